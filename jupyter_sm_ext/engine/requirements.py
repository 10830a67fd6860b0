"""Whether an interpreter has what a ``requirements.txt`` asks for: ``PYTHON requirements.py FILE``.

SageMaker's containers install it. A job here runs in the user's own environment, which is not ours to change, so what
is missing is told instead. Run by the interpreter in question: standard library, and ``packaging`` in one of the places
where every environment with pip has it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path

_INDEX_OPTIONS = (
    "-i",
    "--index-url",
    "--extra-index-url",
    "--trusted-host",
    "-f",
    "--find-links",
    "--no-index",
    "--pre",
)
_FILE_OPTIONS = ("-r", "--requirement")


def lines(path: Path) -> Iterator[str]:
    """Requirements of a file and of those it includes, one a line, without comments."""
    joined = path.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    for line in joined.splitlines():
        text = line.strip() if not line.strip().startswith("#") else ""
        text = text.partition(" #")[0].strip()
        option, _, rest = text.replace("=", " ", 1).partition(" ")
        if option in _FILE_OPTIONS:
            yield from lines(path.parent / rest.strip())
        elif text and option not in _INDEX_OPTIONS:
            yield text.partition(" --hash")[0].strip()


def missing(path: Path) -> Iterator[str]:
    """Requirements that this interpreter does not meet, or that cannot be checked."""
    try:
        requirements = import_module("packaging.requirements")
    except ImportError:
        requirements = import_module("pip._vendor.packaging.requirements")
    for line in lines(path):
        try:
            wanted = requirements.Requirement(line)
        except requirements.InvalidRequirement:
            yield f"{line} (not a name with a version: it cannot be checked)"
            continue
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            found = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            yield line
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            yield f"{line} (it has {found})"


def main(path: str) -> int:
    """Write what is missing; 0 if nothing is."""
    try:
        found = list(missing(Path(path)))
    except (ImportError, OSError) as error:
        found = [f"all of it: it cannot be checked ({error})"]
    if not found:
        return 0
    sys.stdout.write(
        f"requirements.txt asks for what {sys.executable} does not have, and the local engine installs nothing: "
        f"{', '.join(found)}. Install it there, or choose another interpreter with SM_LOCAL_PYTHON.\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
