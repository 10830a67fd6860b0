"""``kernels``, ``upload`` and ``download``, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apps_running import start_space

from jupyter_sm_ext import remote
from jupyter_sm_ext.actions import lifecycle
from jupyter_sm_ext.actions.steps import OnStep
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.commands import commands
from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table


class Paper:
    """A surface that keeps what is written."""

    prog = "%sm"
    terminal = False

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, text: str) -> None:
        self.lines += text.splitlines()

    def table(self, table: Table) -> None:
        self.write(table.text())

    def on_step(self) -> OnStep:
        return lambda step: self.lines.append(f"{step.text}: {step.state}")


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def root(far_studio: Studio, far_app: str) -> Path:
    domain, _, space, *_ = far_app.split("/")
    return far_studio.connection.data_dir / "spaces" / domain / space


def type_(line: str) -> list[str]:
    surface: Any = Paper()
    commands.run(line.split(), surface)
    lines: list[str] = surface.lines
    return lines


def test_from_adding_to_removing(far_studio: Studio, far_app: str) -> None:
    assert type_("kernels") == ["no kernels on apps; add some: %sm kernels add SPACE"]
    told = type_("kernels add far")
    assert told[0] == "Read the kernels of far: running"
    assert told[-1].startswith("Added: Python 3 - ml.trn1.2xlarge (far). Choose it")
    [kernel] = remote.installed(far_studio.connection.data_dir)
    assert type_("kernels list")[1:] == [f"Python 3 - ml.trn1.2xlarge (far)  ready  {kernel.name}"]
    with pytest.raises(NotFoundError, match="'nothing'") as caught:
        type_("kernels remove nothing")
    assert caught.value.hint == f"There are: {kernel.name}."
    assert type_("kernels remove far") == ["Removed: Python 3 - ml.trn1.2xlarge (far); its app goes on."]
    assert remote.installed(far_studio.connection.data_dir) == []
    assert far_studio.describe("apps", *far_app.split("/"))["Status"] == "InService"


def test_there_and_back_by_name(far_app: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a" * 1500)
    assert type_("upload a.txt far:commands/") == ["a.txt -> far:commands/a.txt (1.5 kB)"]
    assert type_("upload a.txt :commands/b") == ["a.txt -> far:commands/b (1.5 kB)"]
    assert (root / "commands" / "b").read_text() == "a" * 1500
    assert type_("download far:commands/b far:commands/a.txt down") == [
        f"far:commands/{name} -> down/{name} (1.5 kB)" for name in ("b", "a.txt")
    ]
    assert sorted(file.name for file in (tmp_path / "down").iterdir()) == ["a.txt", "b"]
    with pytest.raises(ConflictError):
        type_("upload a.txt far:commands/")
    with pytest.raises(ConflictError):
        type_("download :commands/b down")
    type_("upload a.txt far:commands/ --force")
    type_("download :commands/b down -f")
    (tmp_path / "with:colon").write_text("c")
    type_("upload ./with:colon :commands/")
    assert (root / "commands" / "with:colon").exists()
    (tmp_path / "with:colon").unlink()
    assert type_("download :commands/with:colon") == ["far:commands/with:colon -> with:colon (1 B)"]
    assert type_("upload down") == ["down/a.txt -> far:down/a.txt (1.5 kB)", "down/b -> far:down/b (1.5 kB)"]


@pytest.mark.parametrize(
    "line",
    [
        "kernels add",
        "kernels add far --profile default",
        "kernels remove",
        "upload far:",
        "upload far:x --profile default",
        "download a.txt",
        "download a.txt far:b",
        "download far:a other:b .",
    ],
)
def test_mistakes_on_the_line(line: str, far_app: str) -> None:
    with pytest.raises(ValidationError) as caught:
        type_(line)
    assert caught.value.code == "Usage"


@pytest.mark.parametrize(
    "line", ["kernels add nowhere", "upload far:x nowhere:", "download nowhere:x", "upload x --profile no"]
)
def test_what_is_not_there(line: str, far_app: str) -> None:
    with pytest.raises(SageMakerError) as caught:
        type_(line.replace("far:x", "x"))
    assert isinstance(caught.value, NotFoundError)
    assert caught.value.hint


@pytest.fixture
def second(far_studio: Studio) -> Iterator[str]:
    key = start_space(far_studio, "second")
    yield key
    lifecycle.stop(far_studio, Target("apps", tuple(key.split("/"))))


def test_which_app_is_meant(far_studio: Studio, far_app: str, second: str) -> None:
    with pytest.raises(ValidationError, match="several apps are meant"):
        remote.running_app(far_studio)
    # The only one whose kernels this Jupyter has.
    remote.add(far_studio, Target("apps", tuple(second.split("/"))))
    assert "/".join(remote.running_app(far_studio)) == second
    assert "/".join(remote.running_app(far_studio, "far")) == far_app


def test_in_a_notebook_whose_kernel_is_there(far_app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    domain, _, space, app_type, _ = far_app.split("/")
    told = {"DomainId": domain, "SpaceName": space, "AppType": app_type, "ResourceArn": "arn:aws:sagemaker:x:0:app/y"}
    (tmp_path / "metadata.json").write_text(json.dumps(told))
    monkeypatch.setenv("JUPYTER_SM_RESOURCE_METADATA", str(tmp_path / "metadata.json"))
    for line in ("upload metadata.json far:", "download far:x"):
        with pytest.raises(ValidationError, match="in the app of far itself") as caught:
            type_(line)
        assert "jupyter sm upload" in str(caught.value.hint)
