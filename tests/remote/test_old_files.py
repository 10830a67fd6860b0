"""What earlier versions left in the user's own folders is read by today's: choices of connections, kernels of apps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.connections.connection_choice import Choice, read_choice, write_choice
from jupyter_sm_ext.remote import specs
from jupyter_sm_ext.remote.__main__ import _parser

OLD = sorted((Path(__file__).parents[1] / "old_files").glob("*.json"))
CHOSEN = [Choice(), Choice("aws", "team", "eu-west-1", "arn:aws:iam::1:role/r")]
HERE = Path("/home/ann/.local/share/jupyter_sm_ext")


@pytest.fixture(params=OLD, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.param.read_text())
    return found


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: dict[str, Any]) -> Path:
    """Those of then, where Jupyter looks."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    for name, content in old["kernels"].items():
        path = tmp_path / "kernels" / name
        path.parent.mkdir(parents=True)
        path.write_text(content)
    return tmp_path / "kernels"


def test_there_are_files_of_several_times() -> None:
    assert len(OLD) >= 4


def test_a_choice_is_what_it_was(old: dict[str, Any], tmp_path: Path) -> None:
    for content, chosen in zip(old["choices"], CHOSEN, strict=True):
        (tmp_path / "connection.json").write_text(content)
        assert read_choice(tmp_path) == chosen
        # What is written now the oldest can read, too: it knows these members alone.
        write_choice(chosen, tmp_path)
        assert list(json.loads((tmp_path / "connection.json").read_text())) == list(json.loads(content))


def test_a_kernel_is_offered_or_stopped_as_it_was(old: dict[str, Any], kernels: Path) -> None:
    found = {(spec.name, spec.state): spec for spec in specs.installed(HERE)}
    # Under the names of then, so that notebooks find them.
    states = {"kernel.json": specs.READY, "kernel.stopped.json": specs.STOPPED}
    named = [path.split("/") for path in old["kernels"]]
    assert set(found) == {(name, states[file]) for name, file in named}
    for spec in found.values():
        assert spec.connection == "aws:team:eu-west-1"
        assert spec.app_key == ("d-1", "space", "mine", "JupyterLab", "default")
        assert spec.language == "python"
        assert spec.display_name == (
            "Python 3 - ml.trn1.2xlarge (mine)" if spec.state == specs.READY else "Python 3 - mine"
        )


def test_what_starts_a_kernel_is_understood(old: dict[str, Any], kernels: Path) -> None:
    for content in old["kernels"].values():
        words = json.loads(content)["argv"]
        assert words[1:3] == ["-m", "jupyter_sm_ext.remote"]
        options = _parser().parse_args(words[3:])
        assert (options.connection, options.app) == ("aws:team:eu-west-1", "d-1/space/mine/JupyterLab/default")


def test_a_kernel_is_brought_up_to_date_in_its_place(old: dict[str, Any], kernels: Path) -> None:
    for spec in specs.installed(HERE):
        specs.write(spec)
    assert sorted(str(path.relative_to(kernels)) for path in kernels.glob("*/*.json")) == sorted(old["kernels"])
    for spec in specs.installed(HERE):
        specs.remove(spec.name)
    assert specs.installed(HERE) == []
