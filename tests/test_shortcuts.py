"""Keyboard shortcuts and menus of ours: no key that JupyterLab uses, no command that is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyterlab.commands import get_app_dir  # type: ignore[import-untyped]

OURS = Path(__file__).parents[1] / "labextension"
SCHEMAS = sorted((OURS / "schema").glob("*.json"))


def shortcuts(path: Path) -> Iterator[tuple[str, ...]]:
    for shortcut in json.loads(path.read_text(encoding="utf-8")).get("jupyter.lab.shortcuts", []):
        yield tuple(shortcut["keys"])


def commands(menus: Any) -> Iterator[str]:
    if isinstance(menus, list):
        for each in menus:
            yield from commands(each)
    elif isinstance(menus, dict):
        if "command" in menus:
            yield menus["command"]
        for each in menus.values():
            yield from commands(each)


def test_no_shortcut_of_jupyterlab_is_taken() -> None:
    own = [keys for path in SCHEMAS for keys in shortcuts(path)]
    assert own
    labs = {keys for path in (Path(get_app_dir()) / "schemas").rglob("*.json") for keys in shortcuts(path) if keys}
    assert len(labs) > 50
    assert labs.isdisjoint(own)
    # Alone or as the first key of a longer one.
    assert {keys[0] for keys in labs}.isdisjoint(keys[0] for keys in own)


def test_menus_and_shortcuts_name_commands_that_are_there() -> None:
    source = (OURS / "src" / "tokens.ts").read_text(encoding="utf-8")
    known = set(re.findall(r"'(jupyter-sm-ext:[\w-]+)'", source))
    named = {command for path in SCHEMAS for command in commands(json.loads(path.read_text(encoding="utf-8")))}
    assert {command for command in named if command.startswith("jupyter-sm-ext:")} <= known
    assert len(named) > 10
