"""The REST interface, from ``labextension/openapi.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_DOCUMENT = Path(__file__).parents[2] / "labextension" / "openapi.json"


def text() -> str:
    """A section for each kind, a part for each route."""
    document = json.loads(_DOCUMENT.read_text("utf-8"))
    sections: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            sections.setdefault(told["tags"][0], []).extend(_route(path, method, told))
    return "\n".join(line for tag, lines in sections.items() for line in (f"## {tag}\n", *lines))


def _route(path: str, method: str, told: dict[str, Any]) -> Iterator[str]:
    yield f"### `{method.upper()} {path}`\n"
    yield f"{_plain(told['summary'])} (`{told['operationId']}`)\n"
    rows = [_parameter(each) for each in told.get("parameters", ())]
    if rows:
        yield from ("| parameter | where | type | |", "|---|---|---|---|", *rows, "")
    if "requestBody" in told:
        yield f"Body: {_content(told['requestBody'])}\n"
    answers = "; ".join(f"{status} {_content(answer)}" for status, answer in told["responses"].items())
    yield f"Answers: {answers}\n"


def _parameter(told: dict[str, Any]) -> str:
    schema = told.get("schema", {})
    choices = ", ".join(f"`{value}`" for value in schema.get("enum", ())[:8])
    need = "needed" if told.get("required") else ""
    what = "; ".join(filter(None, [need, _plain(told.get("description", "")), choices]))
    return f"| `{told['name']}` | {told['in']} | {_type(schema)} | {what} |"


def _content(told: dict[str, Any]) -> str:
    if "$ref" in told:
        return f"`{told['$ref'].rpartition('/')[2]}`"
    kinds = [f"{_type(part.get('schema', {}))} ({kind})" for kind, part in told.get("content", {}).items()]
    return ", ".join(kinds) or _plain(told.get("description", ""))


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
