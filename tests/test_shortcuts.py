"""Keyboard shortcuts of ours: no key that JupyterLab uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from jupyterlab.commands import get_app_dir  # type: ignore[import-untyped]

OURS = Path(__file__).parents[1] / "labextension"
SCHEMAS = sorted((OURS / "schema").glob("*.json"))


def shortcuts(path: Path) -> Iterator[tuple[str, ...]]:
    for shortcut in json.loads(path.read_text(encoding="utf-8")).get("jupyter.lab.shortcuts", []):
        yield tuple(shortcut["keys"])


def test_no_shortcut_of_jupyterlab_is_taken() -> None:
    own = [keys for path in SCHEMAS for keys in shortcuts(path)]
    assert own
    labs = {keys for path in (Path(get_app_dir()) / "schemas").rglob("*.json") for keys in shortcuts(path) if keys}
    assert len(labs) > 50
    assert labs.isdisjoint(own)
    # Alone or as the first key of a longer one.
    assert {keys[0] for keys in labs}.isdisjoint(keys[0] for keys in own)
