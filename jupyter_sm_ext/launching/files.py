"""Files that go into a job: what a folder holds, and what of it stays here.

Secrets stay here always. Links are followed, and what they lead to is copied; a link that leads round in a circle, or
nowhere, stays here. Nothing but the beginning of a file is read for all this.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.secret_files import is_secret, is_secret_folder

MOST_FILES = 1_000
MOST_BYTES = 100_000_000
_MOST_COUNTED = 20 * MOST_FILES
# What programs leave behind is of no use to a job, and not worth a word.
_CACHES = {
    "__pycache__", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", ".pytest_cache", ".mypy_cache", ".ruff_cache",
    ".nox", ".tox",
}  # fmt: skip
_HELD_BACK = "a secret"


@dataclass
class Collected:
    """The files of one root.

    Parameters
    ----------
    files : dict of str to Path
        Each by its name below the root.
    size : int
        Bytes of all of them.
    left_out : list of (str, str)
        Name and reason of what stays here.
    """

    files: dict[str, Path] = field(default_factory=dict)
    size: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def take(self, name: str, path: Path, size: int) -> None:
        """Add a file."""
        self.files[name] = path
        self.size += size


def collect(root: Path, option: str, *, anything: bool = False) -> Collected:
    """The files of a folder, or the one file that it is.

    Parameters
    ----------
    root : Path
        Folder or file.
    option : str
        For which it was given, for messages.
    anything : bool
        Whether it may be as big as it is.

    Raises
    ------
    ValidationError
        It is not there, holds nothing, cannot be read, is a secret, or is so big that it is probably not meant.
    """
    found = Collected()
    if root.is_file():
        if is_secret(root, root.stat().st_size):
            raise ValidationError(
                f"{option}: {root} is a secret, and is not copied into a job",
                hint="Let the job read it where it is kept, for instance in AWS Secrets Manager.",
            )
        found.take(_utf8(root.name, option), root, root.stat().st_size)
    elif root.is_dir():
        for name, path, size in walk(root, option, found.left_out):
            found.take(_utf8(name, option), path, size)
            if not anything and len(found.files) > _MOST_COUNTED:
                break
    else:
        raise ValidationError(f"{option}: there is no file or folder {root}")
    if not found.files:
        kept = f" but {listed(found.left_out)}" if found.left_out else ""
        raise ValidationError(f"{option}: the folder {root} has no files{kept}")
    if not anything:
        refuse_big(f"{option}: {root}", found)
    return found


def walk(root: Path, option: str, left_out: list[tuple[str, str]]) -> Iterator[tuple[str, Path, int]]:
    """Every file below a folder that may go into a job: its name below the folder, itself, and its size.

    Parameters
    ----------
    root : Path
        The folder.
    option : str
        For which it was given, for messages.
    left_out : list of (str, str)
        Gets name and reason of what stays here.

    Raises
    ------
    ValidationError
        A folder cannot be read.
    """
    todo: list[tuple[Path, str, frozenset[tuple[int, int]]]] = [(root, "", frozenset())]
    while todo:
        folder, prefix, above = todo.pop()
        try:
            own = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise ValidationError(f"{option}: {folder} cannot be read: {error.strerror}") from error
        here = above | {(own.st_dev, own.st_ino)}
        below = []
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.name in _CACHES or entry.name.endswith(".pyc"):
                continue
            try:
                about = entry.stat()
            except OSError:
                left_out.append((name, "a link that leads nowhere"))
                continue
            if stat.S_ISDIR(about.st_mode):
                why = _why_not(entry, (about.st_dev, about.st_ino) in here)
                if why:
                    left_out.append((f"{name}/", why))
                else:
                    below.append((Path(entry.path), f"{name}/", here))
            elif not stat.S_ISREG(about.st_mode):
                left_out.append((name, "not a file"))
            elif is_secret(Path(entry.path), about.st_size):
                left_out.append((name, _HELD_BACK))
            else:
                yield name, Path(entry.path), about.st_size
        todo += reversed(below)


def size_text(size: int) -> str:
    """Bytes as people read them."""
    if size < 1_000:
        return f"{size} bytes"
    value, units = float(size), iter(("kB", "MB", "GB", "TB"))
    unit = "bytes"
    while value >= 999.5:  # 999,999 bytes are 1 MB, not 1000 kB
        value, unit = value / 1_000, next(units)
    return f"{value:.3g} {unit}"


def count_text(count: int) -> str:
    """So many files."""
    return f"{count:,} file{'s' * (count != 1)}"


def listed(left_out: list[tuple[str, str]]) -> str:
    """What stays here, by reason, in one line."""
    by_reason: dict[str, list[str]] = {}
    for name, why in left_out:
        by_reason.setdefault(why, []).append(name)
    return "; ".join(f"{_some(names)} ({why})" for why, names in by_reason.items())


def _some(names: list[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _why_not(entry: os.DirEntry[str], circle: bool) -> str | None:
    target = Path(os.path.realpath(entry.path)).name if entry.is_symlink() else entry.name
    if is_secret_folder(entry.name) or is_secret_folder(target):
        return _HELD_BACK if ".git" not in (entry.name, target) else "a history"
    if circle:
        return "a link that leads round in a circle"
    if entry.name == "node_modules" or Path(entry.path, "pyvenv.cfg").is_file():
        return "an environment"
    return None


def _utf8(name: str, option: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ValidationError(f"{option}: the name {os.fsencode(name)!r} is not UTF-8, as names in S3 are") from None
    return name


def refuse_big(what: str, found: Collected) -> None:
    """Refuse what is so much that it is probably not meant.

    Raises
    ------
    ValidationError
        It is.
    """
    count = len(found.files)
    if count <= MOST_FILES and found.size <= MOST_BYTES:
        return
    more = "more than " if count > _MOST_COUNTED else ""
    told = f"{more}{count_text(min(count, _MOST_COUNTED))}, {more}{size_text(found.size)}"
    raise ValidationError(
        f"{what} has {told}; above {count_text(MOST_FILES)} or {size_text(MOST_BYTES)} it is copied only with --yes",
        hint="Add --yes if all of it is meant; data that is in S3 already is given as s3://bucket/prefix.",
    )
