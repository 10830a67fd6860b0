"""Settings with defaults and help: of the server extension from its traitlets, of JupyterLab from its schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_sm_ext.server.app import SageMakerExtension

_SCHEMAS = Path(__file__).parents[2] / "labextension" / "schema"


def of_server() -> str:
    """All of ours: what Jupyter gives every extension is Jupyter's to tell."""
    ours = SageMakerExtension.class_own_traits(config=True)
    lines = ["| setting | type | default | what it does |", "|---|---|---|---|"]
    for name, trait in sorted(ours.items()):
        default = trait.default_value_repr()
        lines.append(f"| `SageMakerExtension.{name}` | {type(trait).__name__} | `{default}` | {_cell(trait.help)} |")
    return "\n".join(lines)


def of_jupyterlab() -> str:
    """What the settings editor shows."""
    parts = []
    for path in sorted(_SCHEMAS.glob("*.json")):
        schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if not schema.get("properties"):
            continue
        parts += [f"### {schema['title']}\n", f"{schema.get('description', '')}\n"]
        parts += ["| setting | default | what it does |", "|---|---|---|"]
        for name, told in schema["properties"].items():
            default = json.dumps(told.get("default"))
            parts.append(
                f"| {told.get('title', name)} (`{name}`) | `{default}` | {_cell(told.get('description', ''))} |"
            )
        parts.append("")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")
