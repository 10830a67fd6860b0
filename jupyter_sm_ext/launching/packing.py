"""What goes beside a script into its job, as one archive, and in words."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching import requirements_list
from jupyter_sm_ext.launching.files import Collected, collect, count_text, listed, refuse_big, size_text
from jupyter_sm_ext.launching.local_imports import local_imports
from jupyter_sm_ext.launching.options import JobOptions
from jupyter_sm_ext.launching.source import Script

_INCLUDE = "--include"
_MOST_NAMES = 6


@dataclass(frozen=True)
class Package:
    """A script with what belongs beside it.

    Parameters
    ----------
    body : bytes
        The ``sourcedir.tar.gz``; equal contents give equal bytes.
    lines : list of str
        What is in it and what was left out, for the user.
    """

    body: bytes
    lines: list[str]


def package(script: Script, options: JobOptions) -> Package:
    """Pack a script with what it imports, what is included and what it requires.

    Raises
    ------
    ValidationError
        Something is not there or cannot be read, is too big to be meant, or two files would have the same name.
    """
    members: dict[str, bytes | Path] = {script.name: script.text.encode()}
    lines: list[str] = []
    for given in options.include:
        root = Path(given).expanduser()
        found = collect(root, _INCLUDE, anything=options.yes)
        prefix = "" if root.is_file() else f"{root.resolve().name}/"
        _add(members, {f"{prefix}{name}": path for name, path in found.files.items()}, _INCLUDE)
        lines.append(f"{_INCLUDE} {given}: {count_text(len(found.files))}, {size_text(found.size)}{_without(found)}")
    if options.imports:
        lines += _add_imports(members, script, options)
    needed = requirements_list.requirements_text(options.requirements)
    if needed:
        _add(members, {requirements_list.FILE: needed.encode()}, "--requirements")
        lines.append(f"requirements: {_some(needed.splitlines())}")
    return Package(_archive(members), lines)


def _add_imports(members: dict[str, bytes | Path], script: Script, options: JobOptions) -> list[str]:
    imports = local_imports(script.text, script.folder)
    own = {name: path for name, path in imports.found.files.items() if not _same(members.get(name), path)}
    lines = []
    if own:
        found = Collected(own, sum(path.stat().st_size for path in own.values()))
        if not options.yes:
            refuse_big("what the script imports from beside it", found)
        _add(members, own, "imported modules")
        lines.append(f"imported and packed: {_some(sorted(own))} ({size_text(found.size)}){_without(imports.found)}")
    elif imports.found.left_out:
        lines.append(f"imported, but left out: {listed(imports.found.left_out)}")
    lines += [
        f"imported, but not packed: {name} from {place}; if a job needs it there, add --include {place}"
        for name, place in imports.elsewhere.items()
    ]
    return lines


def _same(packed: bytes | Path | None, path: Path) -> bool:
    # What was included by hand needs no finding, and a script may be imported by its own modules.
    if isinstance(packed, bytes):
        return packed == _read(path)
    return packed is not None and packed.resolve() == path.resolve()


def _add(members: dict[str, bytes | Path], more: Mapping[str, bytes | Path], option: str) -> None:
    for name, body in more.items():
        if name in members:
            raise ValidationError(f"{option}: there would be two files named {name!r} beside the script")
        members[name] = body


def _without(found: Collected) -> str:
    return f"; left out: {listed(found.left_out)}" if found.left_out else ""


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{', '.join(names[:_MOST_NAMES])}{more}"


def _archive(members: Mapping[str, bytes | Path]) -> bytes:
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, body in sorted(members.items()):
            data = body if isinstance(body, bytes) else _read(body)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mode = 0o755 if isinstance(body, Path) and os.access(body, os.X_OK) else 0o644
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValidationError(f"{path} cannot be read: {error.strerror}") from error
