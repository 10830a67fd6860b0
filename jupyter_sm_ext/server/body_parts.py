"""What the schemas of our bodies are made of."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
TEXT_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}
KEY = {"type": "array", "items": {"type": "string", "maxLength": 256}, "maxItems": 8}
STATEMENT: dict[str, Any] = {
    **TEXT_OR_NULL,
    "description": "The policy statement that gives a missing permission, to be copied into a policy.",
}
ERROR: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {"message": TEXT, "code": TEXT, "hint": TEXT_OR_NULL, "statement": STATEMENT},
    "required": ["message", "code", "hint"],
}
OBJECTS = {"type": "array", "items": {"type": "object"}}


def object_of(properties: dict[str, Any], *optional: str, **more: Any) -> dict[str, Any]:
    """Schema of an object: all its members are required but the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, **more}
