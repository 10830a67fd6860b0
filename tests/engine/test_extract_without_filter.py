"""Unpacking user code on a Python without tarfile's filters, such as Debian 12's."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from jupyter_sm_ext.engine import supervisor_files


@pytest.fixture(autouse=True)
def old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    # A newer Python warns that no filter was given; the old one has no such argument.
    monkeypatch.setattr(tarfile.TarFile, "extraction_filter", staticmethod(lambda member, path: member), raising=False)


def archive(path: Path, *members: tarfile.TarInfo) -> str:
    with tarfile.open(path, "w:gz") as packed:
        for member in members:
            packed.addfile(member, io.BytesIO(b"x" * member.size))
    return str(path)


def member(
    name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, target: str = "", mode: int = 0o644
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname, info.mode = size, kind, target, mode
    return info


def test_files_and_directories_are_unpacked(tmp_path: Path) -> None:
    packed = archive(
        tmp_path / "source.tar.gz",
        member("train.py", 3),
        member("lib", kind=tarfile.DIRTYPE, mode=0o777),
        member("lib/run.sh", 5, mode=0o4777),
    )
    supervisor_files.extract(packed, "s3://b/source.tar.gz", str(tmp_path / "code"))
    assert (tmp_path / "code" / "train.py").read_text() == "xxx"
    assert (tmp_path / "code" / "lib" / "run.sh").stat().st_mode & 0o7777 == 0o755


@pytest.mark.parametrize(
    "bad",
    [
        member("../escaped", 1),
        member("lib/../../escaped", 1),
        member("/escaped", 1),
        member("link", kind=tarfile.SYMTYPE, target="/etc"),
        member("hard", kind=tarfile.LNKTYPE, target="/etc/passwd"),
        member("pipe", kind=tarfile.FIFOTYPE),
    ],
    ids=lambda info: info.name,
)
def test_what_leaves_the_directory_is_refused(tmp_path: Path, bad: tarfile.TarInfo) -> None:
    packed = archive(tmp_path / "source.tar.gz", bad)
    with pytest.raises(supervisor_files.Problem, match="cannot unpack"):
        supervisor_files.extract(packed, "s3://b/source.tar.gz", str(tmp_path / "code"))
    assert not (tmp_path / "escaped").exists()
    assert not (tmp_path / "code" / bad.name.strip("/")).is_symlink()
