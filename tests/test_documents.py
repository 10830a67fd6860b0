"""What the documents point at is there; of the site itself ``nox -s docs`` makes sure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
LINK = re.compile(r"""(?:\]\(|src="|srcset=")(?!https?:|mailto:|#)([^)"#\s]+)""")
SET_UP = "python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s"


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_sets_up_in_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(rf"^{re.escape(SET_UP)} (\w+)$", readme, re.MULTILINE) == ["lab", "test"]


def test_the_walk_through_the_code_names_files_that_are_there() -> None:
    page = (ROOT / "docs" / "contributors.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:engine|server|labextension|tests)/[\w/]+\.(?:py|tsx?))`", page))
    assert len(named) > 10
    assert [name for name in named if not ((ROOT / name).exists() or (ROOT / "jupyter_sm_ext" / name).exists())] == []
