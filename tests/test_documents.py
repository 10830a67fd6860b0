"""What the documents point at is there; of the site itself ``nox -s docs`` makes sure."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest
from derived import surfaces

import jupyter_sm_ext
from jupyter_sm_ext.commands.commands import tree
from jupyter_sm_ext.server.app import SageMakerExtension

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LINK = re.compile(r"""(?:\]\(|src="|srcset=")(?!https?:|mailto:|#)([^)"#\s]+)""")
COMMAND = re.compile(r"(%sm|jupyter sm) ([a-z][a-z-]*)([^`\n]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
NAME = re.compile(r"\bsm\.([A-Za-z_]+)\(")
#: Pages of which the reader goes on to the code, and what they name of it.
CODE_PAGES = ("CONTRIBUTING.md", "docs/contributors.md", "docs/operations.md", "tests/benchmarks/README.md")
CODE_FILE = re.compile(r"(?<![\w/.*-])[\w./-]*\w\.(?:py|tsx?)\b")
SOURCES = ("jupyter_sm_ext", "labextension/src", "scripts", "tests", "notebooks", "docs/derived")
SET_UP = "python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s"


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [*DOCUMENTS, *NOTEBOOKS], ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_says_to_type_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for prog, name, rest in COMMAND.findall(text):
        commands = parsers(prog)
        assert name in commands, f"{prog} {name}"
        unknown = set(OPTION.findall(rest)) - options(commands[name])
        assert not unknown, f"{prog} {name} {unknown}"
    assert set(NAME.findall(text)) <= set(jupyter_sm_ext.__all__)


def parsers(prog: str) -> dict[str, argparse.ArgumentParser]:
    """The commands of a notebook or a terminal, and those of commands that have some of their own."""
    return subparsers(tree(prog, terminal=prog == "jupyter sm")[0])


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return found[0] if found else {}


def options(parser: argparse.ArgumentParser) -> set[str]:
    """What can be given to a command, or to one below it."""
    own = {option for action in parser._actions for option in action.option_strings}
    return own.union(*(options(each) for each in subparsers(parser).values()))


def test_the_readme_sets_up_in_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(rf"^{re.escape(SET_UP)} (\w+)$", readme, re.MULTILINE) == ["lab", "test"]


def test_the_administrators_page_names_every_setting() -> None:
    page = (ROOT / "docs" / "administrators.md").read_text(encoding="utf-8")
    assert [name for name in SageMakerExtension.class_own_traits(config=True) if f"{name}`" not in page] == []


def test_the_readme_has_the_operations_by_surface_as_they_are() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = surfaces.in_short()
    named = [name for line in table.splitlines()[2:] for name in line.split("|")[1].split(",")]
    assert len(named) == 20
    assert table in readme, f"The README's table should be:\n{table}"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_site_shows_what_each_cell_of_a_notebook_gives(notebook: Path) -> None:
    book = json.loads(notebook.read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    text = (ROOT / "docs" / "outputs" / f"{notebook.stem}.json").read_text(encoding="utf-8")
    made = json.loads(text)
    assert [each["source"] for each in made] == sources, f"run nox -s outputs -- {notebook.stem}"
    outputs = [output for each in made for output in each["outputs"]]
    assert outputs
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert re.findall(r"/(?:tmp|home|root|Users|var)/", text) == []


@pytest.mark.parametrize("page", CODE_PAGES)
def test_what_a_page_names_of_the_code_is_there(page: str) -> None:
    named = set(CODE_FILE.findall((ROOT / page).read_text(encoding="utf-8")))
    assert len(named) > 10
    assert [name for name in sorted(named) if not is_there(name)] == []


def is_there(name: str) -> bool:
    """Whether a file is there: by its path below the checkout, the package or the front end, or by its name alone."""
    if "/" in name:
        return any((ROOT / folder / name).exists() for folder in (*SOURCES, "", "labextension/src"))
    return any(found for folder in SOURCES for found in (ROOT / folder).rglob(name))
