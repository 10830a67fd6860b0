"""The operations of SageMaker that the product is about, by where each can be had."""

from __future__ import annotations

import json
from pathlib import Path

from jupyter_sm_ext.commands import tree
from jupyter_sm_ext.deeds import deeds
from jupyter_sm_ext.resources import TRIALS, resources

_ROOT = Path(__file__).parents[2]
_DOCUMENT = _ROOT / "labextension" / "openapi.json"
_ENGINE = _ROOT / "docs" / "operations.md"
# Who types a kind's commands, beside `create` and `delete` of what is in Studio. Each is looked up in the tree below.
_COMMANDS = {
    ("algorithms", "create"): ("algorithm",),
    ("algorithms", "describe"): ("algorithm",),
    ("algorithms", "list"): ("algorithms",),
    ("apps", "create"): ("start",),
    ("apps", "delete"): ("stop",),
    ("apps", "list"): ("apps",),
    ("compilation-jobs", "create"): ("compile",),
    ("domains", "list"): ("domains",),
    ("spaces", "create"): ("create",),
    ("spaces", "list"): ("spaces",),
    ("spaces", "update"): ("resize",),
}
_OF_JOBS = {"describe": ("watch",), "list": ("jobs",), "stop": ("stop",), "delete": ("delete",)}
_CELLS = {"training-jobs": "%%sm_train", "tuning-jobs": "%%sm_tune"}


def text() -> str:
    """One row an operation: the engine, the route, the sidebar, the form and the commands."""
    routes = {told["operationId"]: f"`{method.upper()} {path}`" for path, method, told in _routes()}
    engine = _ENGINE.read_text("utf-8")
    offered = {(deed.kind, deed.name) for deed in deeds()}
    names = tree("%sm", terminal=False)[1]
    lines = ["| operation | engine | panel | form | typed | REST |", "|" + "---|" * 6]
    for row in resources():
        for verb in ("create", "describe", "update", "list", "stop", "delete"):
            if verb not in row.verbs:
                continue
            operation = row.operation(verb)
            if f"| {operation} | yes |" not in engine:
                raise ValueError(f"docs/operations.md does not have {operation}")
            typed = _typed(row.kind, verb)
            if set(typed) - set(names):
                raise ValueError(f"there is no command {typed} for {operation}")
            cell = [_CELLS[row.kind]] if verb == "create" and row.kind in _CELLS else []
            said = ", ".join(f"`{each}`" for each in (*cell, *(f"%sm {name}" for name in typed)))
            shown = row.kind != "algorithms" and (verb in ("describe", "list") or (row.kind, verb) in offered)
            seen = "yes" if shown else ""
            form = "yes" if verb in ("create", "update") else ""
            lines.append(f"| {operation} | yes | {seen} | {form} | {said} | {routes[operation]} |")
    lines.append(f"| {TRIALS} | yes | yes | | `%sm jobs --of` | {routes[TRIALS]} |")
    lines.append(f"| Search | yes | | | `%sm search` | {routes['Search']} |")
    return "\n".join(lines)


def _typed(kind: str, verb: str) -> tuple[str, ...]:
    found = _COMMANDS.get((kind, verb), ())
    if kind.endswith("-jobs"):
        return found or _OF_JOBS.get(verb, ())
    return found or (("delete",) if verb == "delete" else ())


def _routes() -> list[tuple[str, str, dict[str, str]]]:
    document = json.loads(_DOCUMENT.read_text("utf-8"))
    return [(path, method, told) for path, methods in document["paths"].items() for method, told in methods.items()]
