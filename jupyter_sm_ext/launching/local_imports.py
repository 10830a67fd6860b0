"""The modules and packages of the user's own that a script imports: found beside it, to be packed with it.

Imports are read, never run. What is installed is not packed, and neither is what belongs to Python.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path

from jupyter_sm_ext.launching.files import Collected, size_text, walk

_MOST_DATA = 10_000_000
"""Bytes of a file of a package that is not code; a bigger one is data, which goes another way."""
_IMPORTERS = ("import_module", "__import__")


@dataclass
class LocalImports:
    """What a script imports from beside it.

    Parameters
    ----------
    found : Collected
        The files, by their names beside the script.
    modules : list of str
        Names of the modules and packages.
    elsewhere : dict of str to str
        Modules that are neither installed nor beside it, and where Python finds them.
    """

    found: Collected = field(default_factory=Collected)
    modules: list[str] = field(default_factory=list)
    elsewhere: dict[str, str] = field(default_factory=dict)


def local_imports(text: str, folder: Path) -> LocalImports:
    """Find what a script imports from a folder, and what that imports in turn.

    Parameters
    ----------
    text : str
        The script; one that this Python cannot read imports nothing.
    folder : Path
        Where it would be run: the notebook's folder, or that of its file.
    """
    result = LocalImports()
    seen: set[str] = set()
    todo = list(imported(text))
    while todo:
        name = todo.pop(0)
        top = name.partition(".")[0]
        # A package without __init__.py is known by each of its modules.
        if name in seen or top in result.modules or top in sys.stdlib_module_names:
            continue
        seen.add(name)
        files = _beside(folder, name, result.found)
        if files is None:
            place = None if top in seen and name != top else _elsewhere(top)
            if place is not None:
                result.elsewhere[top] = place
            continue
        result.modules.append(top)
        for path in files:
            todo += imported(_read(path))
    for top in result.modules:
        result.elsewhere.pop(top, None)
    return result


def imported(text: str) -> Iterator[str]:
    """Names of the modules that a script imports, as far as it names them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.Call) and node.args and _called(node.func) in _IMPORTERS:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and not name.value.startswith("."):
                yield name.value


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _beside(folder: Path, name: str, found: Collected) -> list[Path] | None:
    """Take the module or package of this name; its Python files, or None if it is not there."""
    top = name.partition(".")[0]
    package, module = folder / top, folder / f"{top}.py"
    if (package / "__init__.py").is_file():
        return _take_package(package, found, code_only=False)
    if module.is_file():
        found.take(module.name, module, module.stat().st_size)
        return [module]
    inner = folder.joinpath(*name.split("."))
    if inner != package and package.is_dir() and (inner.with_suffix(".py").is_file() or _is_package(inner)):
        # Without __init__.py it may be any folder, which is a package only because something is imported from it.
        return _take_package(package, found, code_only=True)
    return None


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def _take_package(package: Path, found: Collected, *, code_only: bool) -> list[Path]:
    left_out: list[tuple[str, str]] = []
    code = []
    for name, path, size in walk(package, f"the package {package.name}", left_out):
        inside = f"{package.name}/{name}"
        if path.suffix == ".py":
            code.append(path)
            found.take(inside, path, size)
        elif code_only:
            continue
        elif size > _MOST_DATA:
            left_out.append((name, f"above {size_text(_MOST_DATA)} beside code; give data with --data"))
        else:
            found.take(inside, path, size)
    found.left_out += [(f"{package.name}/{name}", why) for name, why in left_out]
    return code


def _elsewhere(top: str) -> str | None:
    """Where Python finds a module that is neither installed nor its own; None if that is not so."""
    try:
        spec = PathFinder.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    origin = spec.origin or next(iter(spec.submodule_search_locations or ()), None)
    if origin is None:
        return None
    place = Path(origin).parent if Path(origin).name == "__init__.py" else Path(origin)
    if {"site-packages", "dist-packages"} & set(place.parts) or any(place.is_relative_to(own) for own in _homes()):
        return None
    return str(place)


def _homes() -> Iterator[str]:
    paths = sysconfig.get_paths()
    yield from (paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    # Debug builds and zipped libraries.
    yield from (sys.prefix, sys.base_prefix) if sys.prefix not in ("/usr", "/") else ()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""  # packed as it is; whoever imports it will tell
