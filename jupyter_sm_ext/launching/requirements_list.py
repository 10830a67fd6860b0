"""What a script needs installed: a requirements file, or requirements one by one, as the job's own file of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.errors import ValidationError

FILE = "requirements.txt"
_OPTION = "--requirements"
_INCLUDES = re.compile(r"(?:-r|--requirement)(?:\s+|=)(.+)")
_LOCAL = re.compile(r"(?:-e|--editable|-c|--constraint)\b|\.{0,2}/|\.\\|file:|[^@]+@\s*file:")
_PASSWORD = re.compile(r"://[^/\s@]*:[^/\s@]+@")

Given = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def requirements_text(given: Given) -> str:
    """The ``requirements.txt`` of a job; empty if nothing is needed.

    Parameters
    ----------
    given : str, path or sequence of them
        Files, and requirements like ``numpy>=1.26``.

    Raises
    ------
    ValidationError
        One is neither, or asks for what a job cannot have.
    """
    lines: list[str] = []
    for each in [given] if isinstance(given, (str, os.PathLike)) else given:
        file = Path(each).expanduser()
        if file.is_file():
            lines += _lines(file, set())
        else:
            lines.append(_requirement(str(each)))
    return "".join(f"{line}\n" for line in lines)


def _lines(file: Path, reading: set[Path]) -> Iterator[str]:
    """Lines of a file, those that it includes in their place: they would not be there in the job."""
    real = file.resolve()
    if real in reading:
        raise ValidationError(f"{_OPTION}: {file} includes itself")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ValidationError(f"{_OPTION}: {file} cannot be read: {reason}") from error
    for number, line in enumerate(text.replace("\\\n", " ").splitlines(), 1):
        plain = line.strip()
        if not plain or plain.startswith("#"):
            continue
        where = f"{_OPTION}: {file}, line {number}"
        included = _INCLUDES.fullmatch(plain.partition(" #")[0].strip())
        if included is not None:
            other = file.parent / included[1].strip()
            if not other.is_file():
                raise ValidationError(f"{where}: there is no file {other}")
            yield from _lines(other, reading | {real})
        else:
            _refuse(plain, where)
            yield plain


def _requirement(text: str) -> str:
    # A package may be called so, but nobody means one.
    is_file = Path(text).suffix in (".txt", ".in", ".toml")
    if not is_file:
        _refuse(text.strip(), f"{_OPTION}: {text}")
    try:
        if not is_file:
            return str(Requirement(text))
    except InvalidRequirement:
        pass
    near = meant(text, (path.name for path in Path().glob("*.txt")))
    raise ValidationError(
        f"{_OPTION}: {text!r} is neither a file nor a requirement like numpy>=1.26",
        hint=f"Did you mean {near}?" if near else None,
    )


def _refuse(line: str, where: str) -> None:
    if _PASSWORD.search(line):
        raise ValidationError(
            f"{where}: it holds a password, which would be copied to where others can read it",
            hint="Give it to the job in another way, for instance with PIP_EXTRA_INDEX_URL from AWS Secrets Manager.",
        )
    if _LOCAL.match(line):
        raise ValidationError(
            f"{where}: a job does not have the files of this machine", hint="Local packages are packed with --include."
        )
