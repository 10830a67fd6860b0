"""What a job runs and reads, as files: the script with what belongs beside it, and the data of a channel."""

from __future__ import annotations

import gzip
import io
import os
import re
import tarfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_sm_ext.errors import ValidationError

DEFAULT_NAME = "script.py"
_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".git", ".DS_Store"}


@dataclass(frozen=True)
class Script:
    """A training script.

    Parameters
    ----------
    text : str
        Its source.
    name : str
        Name of its file in the job.
    """

    text: str
    name: str = DEFAULT_NAME

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Script:
        """Take the script from a file.

        Raises
        ------
        ValidationError
            It cannot be read.
        """
        file = Path(path).expanduser()
        try:
            return cls(file.read_text(encoding="utf-8"), file.name)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ValidationError(f"the script {file} cannot be read: {reason}") from error

    def check(self) -> None:
        """Refuse a script that this Python cannot read.

        Raises
        ------
        ValidationError
            It is empty, or has a syntax error; the message gives the line.
        """
        if not self.text.strip():
            raise ValidationError("the script is empty")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(self.text, self.name, "exec", dont_inherit=True)
        except SyntaxError as error:
            line = (error.text or "").strip()
            hint = "A job runs plain Python: no % or ! lines." if line[:1] in ("%", "!") else None
            raise ValidationError(f"{self.name}, line {error.lineno}: {error.msg}: {line}", hint=hint) from error
        except ValueError as error:
            raise ValidationError(f"{self.name}: {error}") from error


def pack(script: Script, include: Sequence[str | os.PathLike[str]] = ()) -> bytes:
    """The ``sourcedir.tar.gz`` of a script and what belongs beside it; equal contents give equal bytes.

    Raises
    ------
    ValidationError
        A file cannot be read, or two would have the same name.
    """
    members: dict[str, tuple[bytes, bool]] = {script.name: (script.text.encode(), False)}
    for given in include:
        root = Path(given).expanduser()
        for path in _files(root, "--include"):
            name = path.relative_to(root.parent).as_posix()
            if name in members:
                raise ValidationError(f"--include: there would be two files named {name!r} beside the script")
            try:
                members[name] = path.read_bytes(), os.access(path, os.X_OK)
            except OSError as error:
                raise ValidationError(f"--include: {path} cannot be read: {error.strerror}") from error
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, (body, executable) in sorted(members.items()):
            info = tarfile.TarInfo(name)
            info.size = len(body)
            info.mode = 0o755 if executable else 0o644
            archive.addfile(info, io.BytesIO(body))
    return packed.getvalue()


def data_files(channel: str, location: str, *, bucket: str, prefix: str) -> tuple[str, list[tuple[str, Path]]]:
    """Where a channel's data will be, and what has to be uploaded for it.

    Parameters
    ----------
    channel : str
        Name of the channel.
    location : str
        ``s3://`` URI, or a file or folder of this machine.
    bucket, prefix : str
        Where local data goes: below ``<prefix>/<channel>/``.

    Returns
    -------
    str
        The channel's S3 URI.
    list of (str, Path)
        Key and file of each object.

    Raises
    ------
    ValidationError
        There is no such file or folder, or nothing in it.
    """
    if re.match(r"[a-z][a-z0-9]+://", location):
        if not re.match(r"s3://[^/]+", location):
            raise ValidationError(f"--data {channel}: {location!r} is neither an s3:// URI nor a path")
        return location, []
    root = Path(location).expanduser()
    base = root if root.is_dir() else root.parent
    folder = f"{prefix}/{channel}/"
    files = [(folder + path.relative_to(base).as_posix(), path) for path in _files(root, f"--data {channel}")]
    return f"s3://{bucket}/{folder}", files


def _files(root: Path, option: str) -> list[Path]:
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise ValidationError(f"{option}: there is no file or folder {root}")
    found = sorted(_walk(root))
    if not found:
        raise ValidationError(f"{option}: the folder {root} has no files")
    return found


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _LEFT_OUT]
        yield from (Path(folder, name) for name in names if name not in _LEFT_OUT)
