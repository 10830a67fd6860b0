"""Files to an app and back, through the contents API of a Jupyter Server that really runs."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.remote import uploads
from jupyter_sm_ext.remote.app_files import Moved, remote_path
from jupyter_sm_ext.remote.downloads import Download
from jupyter_sm_ext.remote.sign_in import AppSession
from jupyter_sm_ext.remote.uploads import Upload
from jupyter_sm_ext.remote.waiting import wait_for
from jupyter_sm_ext.studio import Studio


class Far:
    """The app, and its files as they are on the disk."""

    def __init__(self, studio: Studio, key: str) -> None:
        self.studio, self.key = studio, key
        domain, _, space, *_ = key.split("/")
        self.root = studio.connection.data_dir / "spaces" / domain / space
        self.moved: list[Moved] = []

    def upload(self, *sources: Path, to: str = "", force: bool = False) -> list[str]:
        async def run() -> list[str]:
            async with AppSession(self.studio, self.key) as app:
                return await Upload(app, force, self.moved.append).run(sources, to)

        return wait_for(run())

    def download(self, sources: Sequence[str], to: str | Path, *, force: bool = False) -> list[Path]:
        async def run() -> list[Path]:
            async with AppSession(self.studio, self.key) as app:
                return await Download(app, force, self.moved.append).run(sources, to)

        return wait_for(run())


@pytest.fixture
def far(far_studio: Studio, far_app: str, request: pytest.FixtureRequest) -> Far:
    return Far(far_studio, far_app)


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> str:
    """A folder on the app that is the test's own, and not there yet."""
    return f"of {request.node.originalname}"


def tree(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


FILES = {"a.txt": b"a", "data/b é.bin": bytes(range(256)), "data/deep/er/c": b"", "notes.ipynb": b"{}"}


def test_folders_there_and_back(far: Far, folder: str, tmp_path: Path) -> None:
    source = write(tmp_path / "mine", {**FILES, ".hidden": b"x", ".git/config": b"x"})
    sent = far.upload(source, to=f"{folder}/in/side")
    assert sorted(sent) == sorted(f"{folder}/in/side/mine/{name}" for name in FILES)
    assert tree(far.root / folder / "in/side") == {f"mine/{name}": content for name, content in FILES.items()}
    fetched = far.download([f"{folder}/in/side/mine", f"/{folder}/in/side/mine/a.txt"], tmp_path / "back")
    assert len(fetched) == len(FILES) + 1
    assert tree(tmp_path / "back") == {"a.txt": b"a", **{f"mine/{name}": content for name, content in FILES.items()}}


def test_one_file_under_another_name(far: Far, folder: str, tmp_path: Path) -> None:
    source = write(tmp_path, {"a.txt": b"a"}) / "a.txt"
    assert far.upload(source, to=f"{folder}/b.txt") == [f"{folder}/b.txt"]
    assert far.upload(source, to=folder) == [f"{folder}/a.txt"]
    assert far.upload(source, to=f"{folder}/new/") == [f"{folder}/new/a.txt"]
    assert far.download([f"{folder}/b.txt"], tmp_path / "c.txt") == [tmp_path / "c.txt"]
    assert far.download([f"{folder}/b.txt"], f"{tmp_path}/in/") == [tmp_path / "in" / "b.txt"]
    assert far.download([f"{folder}/b.txt"], tmp_path) == [tmp_path / "b.txt"]
    mode = stat.S_IMODE((tmp_path / "c.txt").stat().st_mode)
    assert mode == stat.S_IMODE((tmp_path / "a.txt").stat().st_mode)


def test_nothing_is_replaced_silently(far: Far, folder: str, tmp_path: Path) -> None:
    old, new = write(tmp_path, {"old/a": b"old", "new/a": b"new", "new/z": b"new"}) / "old", tmp_path / "new"
    far.upload(old / "a", to=f"{folder}/")
    with pytest.raises(ConflictError, match=rf"{folder}/a is on the app already"):
        far.upload(new / "z", new / "a", to=folder)
    assert tree(far.root / folder) == {"a": b"old"}, "nothing at all was sent"
    far.upload(new / "z", new / "a", to=folder, force=True)
    assert tree(far.root / folder) == {"a": b"new", "z": b"new"}

    here = write(tmp_path / "here", {"a": b"mine"})
    with pytest.raises(ConflictError, match="is here already"):
        far.download([f"{folder}/z", f"{folder}/a"], here)
    assert tree(here) == {"a": b"mine"}
    far.download([f"{folder}/z", f"{folder}/a"], here, force=True)
    assert tree(here) == {"a": b"new", "z": b"new"}


def test_a_folder_is_never_replaced_by_a_file(far: Far, folder: str, tmp_path: Path) -> None:
    source = write(tmp_path, {"a": b"a", "x/a/b": b"b"}) / "a"
    far.upload(tmp_path / "x" / "a", to=folder)
    with pytest.raises(ConflictError):
        far.upload(source, to=f"{folder}/", force=True)
    far.upload(source, to=f"{folder}/file/a")
    with pytest.raises(ConflictError, match="is a file on the app"):
        far.upload(tmp_path / "x", to=f"{folder}/file/a", force=True)
    (tmp_path / "down" / "a").mkdir(parents=True)
    with pytest.raises(ConflictError):
        far.download([f"{folder}/file/a"], f"{tmp_path}/down/", force=True)


def test_large_files_go_in_pieces(far: Far, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 2 * uploads.CHUNK + 12_345
    content = os.urandom(size)
    source = write(tmp_path, {"large": content}) / "large"
    far.upload(source, to=f"{folder}/large")
    assert [moved.done for moved in far.moved] == [uploads.CHUNK, 2 * uploads.CHUNK, size]
    assert tree(far.root / folder) == {"large": content}, "and no part is left"
    source.write_bytes(content[::-1])
    far.upload(source, to=f"{folder}/large", force=True)
    assert (far.root / folder / "large").read_bytes() == content[::-1]
    far.moved.clear()
    far.download([f"{folder}/large"], tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content[::-1]
    assert [moved.done for moved in far.moved] == sorted({moved.done for moved in far.moved})
    assert far.moved[-1] == Moved(f"{folder}/large", tmp_path / "back", size, size)


def test_exactly_one_piece(far: Far, folder: str, tmp_path: Path) -> None:
    content = {"one": b"1" * uploads.CHUNK, "two": b"2" * 2 * uploads.CHUNK, "more": b"3" * (uploads.CHUNK + 1)}
    far.upload(*(write(tmp_path, content) / name for name in content), to=folder)
    assert tree(far.root / folder) == content


def test_what_is_cut_off_leaves_nothing(far: Far, folder: str, tmp_path: Path) -> None:
    source = write(tmp_path, {"large": b"x" * 3 * uploads.CHUNK}) / "large"

    def cut(moved: Moved) -> None:
        raise KeyboardInterrupt

    async def run(job: Any, *arguments: Any) -> None:
        async with AppSession(far.studio, far.key) as app:
            await job(app, False, cut).run(*arguments)

    # Not by `wait_for`: an interrupt of the loop itself is none of a caller's.
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(run(Upload, [source], f"{folder}/large"))
    assert tree(far.root / folder) == {}
    far.upload(source, to=f"{folder}/large")
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(run(Download, [f"{folder}/large"], tmp_path / "down" / "large"))
    assert tree(tmp_path / "down") == {}


def test_a_file_that_grows_is_told(far: Far, folder: str, tmp_path: Path) -> None:
    source = write(tmp_path, {"log": b"x" * (uploads.CHUNK + 1)}) / "log"

    def shrink(moved: Moved) -> None:
        source.write_bytes(b"")

    async def run() -> None:
        async with AppSession(far.studio, far.key) as app:
            await Upload(app, False, shrink).run([source], f"{folder}/log")

    with pytest.raises(SageMakerError, match="changed while it was sent"):
        wait_for(run())


@pytest.mark.parametrize("path", ["..", "../x", "a/../../b", "a/..", "x\0y"])
def test_paths_stay_inside(path: str, far: Far, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="leads out"):
        remote_path(path)
    with pytest.raises(ValidationError, match="leads out"):
        far.upload(tmp_path, to=path)
    with pytest.raises(ValidationError, match="leads out"):
        far.download([path], tmp_path)


async def test_names_that_lead_out_of_the_folder_here(tmp_path: Path) -> None:
    class Wicked:
        async def request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
            inside = [{"name": "../../evil", "path": "x", "type": "file", "size": 1}]
            return {"type": "directory", "name": "x", "content": inside}

    wicked: Any = Wicked()
    with pytest.raises(ValidationError, match="cannot be a file here"):
        await Download(wicked, True, lambda _: None).run(["x"], tmp_path)


async def test_folders_without_end(tmp_path: Path) -> None:
    class Endless:
        async def request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
            return {"type": "directory", "content": [{"name": "again", "type": "directory"}]}

    endless: Any = Endless()
    with pytest.raises(ValidationError, match="folders within folders"):
        await Download(endless, True, lambda _: None).run(["x"], tmp_path)


def test_what_is_not_there(far: Far, folder: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="the app has no file or folder 'nothing'"):
        far.download(["nothing"], tmp_path)
    with pytest.raises(ValidationError, match="there is no file or folder"):
        far.upload(tmp_path / "nothing", to=folder)
    write(tmp_path, {"x/a": b"", "y/a": b""})
    with pytest.raises(ValidationError, match="2 of the files would be called"):
        far.upload(tmp_path / "x" / "a", tmp_path / "y" / "a", to=folder)
    assert not (far.root / folder).exists()


def test_an_app_that_does_not_run(far_studio: Studio, far_app: str, tmp_path: Path) -> None:
    domain, *_ = far_app.split("/")
    gone = Far(far_studio, f"{domain}/space/nowhere/JupyterLab/default")
    with pytest.raises(NotFoundError, match="nowhere"):
        gone.download(["a"], tmp_path)
