"""The operations of SageMaker that the product is about, by where each can be had."""

from __future__ import annotations

import argparse
import json
from functools import cache
from pathlib import Path

import jupyter_sm_ext
from jupyter_sm_ext.commands.commands import tree
from jupyter_sm_ext.commands.kind_arguments import word_of
from jupyter_sm_ext.deeds import deeds
from jupyter_sm_ext.resources import TRIALS, Resource, resource, resources
from jupyter_sm_ext.watching.snapshots import WATCHED_JOBS

_ROOT = Path(__file__).parents[2]
_DOCUMENT = _ROOT / "labextension" / "openapi.json"
_ENGINE = _ROOT / "docs" / "operations.md"
# Who types a kind's commands, beside those that take any kind, and `delete` of what is in Studio. Each is looked up in
# the tree below.
_COMMANDS = {
    ("algorithms", "create"): ("algorithm",),
    ("algorithms", "describe"): ("algorithm",),
    ("algorithms", "list"): ("algorithms",),
    ("apps", "create"): ("start",),
    ("apps", "delete"): ("stop",),
    ("apps", "list"): ("apps",),
    ("processing-jobs", "list"): ("jobs",),
    ("compilation-jobs", "create"): ("compile",),
    ("domains", "list"): ("domains",),
    ("spaces", "list"): ("spaces",),
    ("spaces", "update"): ("resize",),
}
_OF_JOBS = {"describe": ("watch",), "list": ("jobs",), "stop": ("stop",), "delete": ("delete",)}
_CELLS = {"training-jobs": "%%sm_train", "tuning-jobs": "%%sm_tune"}
# Whose panel of a notebook shows things of a kind; jobs have `sm.watch`.
_PANELS = {"apps": "domains", "domains": "domains", "spaces": "spaces", "user-profiles": "domains"}
# What the release of 2023-11-16 is about, which brought Trainium to Studio; and Search.
_RELEASE = {
    "training-jobs": ("create", "describe"),
    "tuning-jobs": ("create", "describe"),
    "compilation-jobs": ("create", "describe"),
    "algorithms": ("create", "describe"),
    "spaces": ("create", "describe", "update"),
    "apps": ("create", "describe"),
    "domains": ("create", "describe", "update"),
    "user-profiles": ("create", "describe", "update"),
}
_SEARCH = ("yes", "`sm.search`", "`%sm search`", "yes")
_HEAD = ("REST", "sidebar and forms", "widget", "magic, command", "engine")


def text() -> str:
    """One row an operation; its route, which is long, is last."""
    lines = _table("operation", *_HEAD[1:], _HEAD[0])
    for row in resources():
        for verb in ("create", "describe", "update", "list", "stop", "delete"):
            if verb in row.verbs:
                operation = row.operation(verb)
                lines.append(_line(operation, *_cells(row, (verb,)), f"`{_routes()[operation]}`"))
    lines.append(_line(TRIALS, "yes", "`sm.watch`", "`%sm jobs --of`", "yes", f"`{_routes()[TRIALS]}`"))
    lines.append(_line("Search", *_SEARCH, f"`{_routes()['Search']}`"))
    return "\n".join(lines)


def in_short() -> str:
    """The operations of the release, one row a kind of thing; the README has it."""
    lines = _table("", *_HEAD)
    for row in resources():
        verbs = _RELEASE.get(row.kind, ())
        if verbs:
            operations = ", ".join(row.operation(verb) for verb in verbs)
            lines.append(_line(operations, "yes", *_cells(row, verbs)))
    lines.append(_line("Search", "yes", *_SEARCH))
    return "\n".join(lines)


def _table(*head: str) -> list[str]:
    return [_line(*head), "|" + "---|" * len(head)]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Resource, verbs: tuple[str, ...]) -> tuple[str, str, str, str]:
    """What all columns but the route say of some operations of one kind; all that is told is looked up."""
    operations = [row.operation(verb) for verb in verbs]
    if missing := [each for each in operations if each not in _routes()]:
        raise ValueError(f"REST does not have {missing}")
    if missing := [each for each in operations if f"| {each} | yes |" not in _ENGINE.read_text("utf-8")]:
        raise ValueError(f"docs/operations.md does not have {missing}")
    seen = [verb for verb in verbs if _in_lab(row, verb)]
    lab = "yes" if len(seen) == len(verbs) else ", ".join(seen) or "no"
    widgets = list(dict.fromkeys(filter(None, (_widget(row, verb) for verb in verbs))))
    if missing := [each for each in widgets if each not in jupyter_sm_ext.__all__]:
        raise ValueError(f"there is no sm.{missing}")
    typed = list(dict.fromkeys(name for verb in verbs for name in _typed(row.kind, verb)))
    if missing := sorted(set(typed) - set(tree("%sm", terminal=False)[1])):
        raise ValueError(f"there is no command {missing}")
    cell = [_CELLS[row.kind]] if "create" in verbs and row.kind in _CELLS else []
    said = ", ".join(f"`{each}`" for each in (*cell, *(f"%sm {name}" for name in typed)))
    return lab, ", ".join(f"`sm.{name}`" for name in widgets) or "no", said or "no", "yes"


def _in_lab(row: Resource, verb: str) -> bool:
    listed = row.kind in (*_PANELS, *WATCHED_JOBS, "algorithms")
    if verb in ("create", "update"):
        # By the form of the operation.
        return listed
    return listed and (verb in ("describe", "list") or (row.kind, verb) in {(deed.kind, deed.name) for deed in deeds()})


def _widget(row: Resource, verb: str) -> str | None:
    if verb in ("create", "update"):
        return "form"
    if row.kind in WATCHED_JOBS:
        return "watch" if verb in ("describe", "stop") else None
    if row.kind == "algorithms":
        return "algorithm" if verb == "describe" else None
    return _PANELS.get(row.kind)


def _typed(kind: str, verb: str) -> tuple[str, ...]:
    found = _COMMANDS.get((kind, verb), ())
    if kind in WATCHED_JOBS:
        found = found or _OF_JOBS.get(verb, ())
    elif verb == "delete" and kind in (*_PANELS, "algorithms"):
        found = found or ("delete",)
    return (*found, *((verb,) if word_of(resource(kind)) in _kinds_of(verb) else ()))


def _kinds_of(command: str) -> tuple[str, ...]:
    """The kinds that a command takes, where it takes kinds."""
    (commands,) = _subparsers(tree("%sm", terminal=False)[0])
    found = commands.choices.get(command)
    return tuple(name for kinds in _subparsers(found) for name in kinds.choices) if found is not None else ()


def _subparsers(parser: argparse.ArgumentParser) -> list[argparse._SubParsersAction]:
    return [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]


@cache
def _routes() -> dict[str, str]:
    document = json.loads(_DOCUMENT.read_text("utf-8"))
    return {
        told["operationId"]: f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    }
