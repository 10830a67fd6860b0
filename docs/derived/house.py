"""The layers of the package, from the contract that import-linter checks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PROJECT = Path(__file__).parents[2] / "pyproject.toml"
_PACKAGE = Path(__file__).parents[2] / "jupyter_sm_ext"


def text() -> str:
    """A line for each layer, and what each module of it says that it does."""
    contracts: list[dict[str, Any]] = tomllib.loads(_PROJECT.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    lines = ["| | module | its job |", "|---|---|---|"]
    for number, layer in enumerate(layers, 1):
        for place, module in enumerate(name.strip() for name in layer.split(":")):
            lines.append(f"| {'' if place else number} | `{module}` | {_job(module)} |")
    return "\n".join(lines)


def _job(module: str) -> str:
    path = _PACKAGE / f"{module}.py"
    source = path if path.exists() else _PACKAGE / module / "__init__.py"
    return source.read_text("utf-8").split('"""')[1].splitlines()[0].replace("|", "\\|").replace("*", "\\*")
