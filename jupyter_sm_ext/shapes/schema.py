"""Shapes of botocore's model as JSON Schema (draft 2020-12): for forms, completions and OpenAPI."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.shapes.constraints import LAST_SECOND

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

    from jupyter_sm_ext.model import Model

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BLOCKS = frozenset({"p", "ul", "ol", "dl", "dt", "dd", "note", "important", "br"})
_SYNTAX = r"^$\.*+?()[]{}|/-"


def request_schema(model: Model, operation: str) -> dict[str, Any]:
    """JSON Schema of an operation's request.

    Parameters
    ----------
    model : Model
        The service's model.
    operation : str
        AWS operation name.

    Returns
    -------
    dict
        Self-contained, unknown members refused, AWS's documentation as plain text.

    Raises
    ------
    UnknownOperationError
        The service has no such operation.
    """
    found = model.operation(operation)
    root: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
    schemas = Schemas("#/$defs/", closed=True)
    if found.input_shape is not None:
        root = schemas.structure(found.input_shape)
    description = plain_text(found.documentation)
    return {"$schema": DIALECT, "title": operation, "description": description, **root, "$defs": schemas.defs}


class Schemas:
    """Schemas of shapes, each structure and enum defined once and referred to.

    Parameters
    ----------
    prefix : str
        Where the definitions will stand, as a JSON pointer.
    closed : bool
        Refuse unknown members: right for a request, wrong for what a newer service answers.
    brief : bool
        Only the first sentence of each description, and no pattern that other languages than Java's kin cannot compile.
    """

    def __init__(self, prefix: str, *, closed: bool, brief: bool = False) -> None:
        self.defs: dict[str, dict[str, Any]] = {}
        self._prefix = prefix
        self._closed = closed
        self._brief = brief

    def of(self, shape: Shape) -> dict[str, Any]:
        """Schema of a value of this shape, by reference if it is a structure or an enum."""
        from botocore.model import ListShape, MapShape, StructureShape

        meta = shape.metadata
        if isinstance(shape, StructureShape):
            if shape.is_document_type:
                return {}
            if shape.name not in self.defs:
                self.defs[shape.name] = {}  # a shape may contain itself
                self.defs[shape.name] = self.structure(shape)
            return {"$ref": self._prefix + shape.name}
        if isinstance(shape, ListShape):
            return {"type": "array", "items": self.of(shape.member), **_bounds(meta, "minItems", "maxItems")}
        if isinstance(shape, MapShape):
            schema = {"type": "object", "additionalProperties": self.of(shape.value)}
            names = {key: value for key, value in self.of(shape.key).items() if key != "type"}
            return {**schema, **({"propertyNames": names} if names else {}), **_bounds(meta, *_PROPERTIES)}
        if "enum" in meta:
            self.defs.setdefault(shape.name, {"type": "string", "enum": list(meta["enum"])})
            return {"$ref": self._prefix + shape.name}
        plain = _plain(shape.type_name, meta)
        if self._brief and not _portable(plain.get("pattern", "")):
            del plain["pattern"]
        return plain

    def structure(self, shape: StructureShape, without: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Schema of a structure itself, some members left out if wished."""
        properties = {name: self.member(shape, name) for name in shape.members if name not in without}
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        required = [name for name in shape.required_members if name not in without]
        if required:
            schema["required"] = required
        if shape.is_tagged_union:
            schema |= {"minProperties": 1, "maxProperties": 1}
        if self._closed:
            schema["additionalProperties"] = False
        return {**schema, **self._described(shape.documentation)}

    def member(self, shape: StructureShape, name: str) -> dict[str, Any]:
        """Schema of one member, with what is said of it there."""
        member = shape.members[name]
        return {**self.of(member), **self._described(member.documentation)}

    def _described(self, html: str) -> dict[str, str]:
        text = plain_text(html)
        if self._brief:
            text = first_sentence(text)
        return {"description": text} if text else {}


_PROPERTIES = ("minProperties", "maxProperties")


def _plain(kind: str, meta: dict[str, Any]) -> dict[str, Any]:
    if kind == "boolean":
        return {"type": "boolean"}
    if kind == "timestamp":
        return {"type": "number", "format": "epoch-seconds", "minimum": 0, "maximum": LAST_SECOND}
    if kind == "blob":
        return {"type": "string", "contentEncoding": "base64"}
    if kind == "string":
        schema: dict[str, Any] = {"type": "string", **_bounds(meta, "minLength", "maxLength")}
        if "pattern" in meta:
            schema["pattern"] = ecma_pattern(meta["pattern"])
        if meta.get("sensitive"):
            schema["format"] = "password"
        return schema
    formats = {"integer": "int32", "long": "int64", "float": "float", "double": "double"}
    name = "integer" if kind in ("integer", "long") else "number"
    return {"type": name, "format": formats[kind], **_bounds(meta, "minimum", "maximum")}


def _bounds(meta: dict[str, Any], lowest: str, highest: str) -> dict[str, Any]:
    return {name: meta[bound] for name, bound in ((lowest, "min"), (highest, "max")) if bound in meta}


def _portable(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def ecma_pattern(pattern: str) -> str:
    r"""A pattern of the model for JSON Schema: anchored, and in the dialect that JavaScript's ``u`` flag accepts.

    Examples
    --------
    >>> ecma_pattern(r"[\w\:]+\-a")
    '^(?:[\\w:]+-a)$'
    """
    parts: list[str] = []
    inside = False
    for part in re.findall(r"\\.|.", pattern.replace(r"\p{Alnum}", "a-zA-Z0-9"), re.DOTALL):
        char = part[-1]
        if part == "[":
            inside = True
        elif part == "]":
            inside = False
        # JavaScript refuses to escape what has no meaning.
        needless = len(part) == 2 and not char.isalnum() and (char not in _SYNTAX or (char == "-" and not inside))
        parts.append(char if needless else part)
    # Java lets an anchor be repeated; the model means the length, which stands beside the pattern.
    text = re.sub(r"\$\{\d+,\d+\}$", "", "".join(parts))
    return f"^(?:{text})$"


def first_sentence(text: str) -> str:
    """A text up to its first full stop."""
    match = re.match(r".+?[.!?:](?=\s|$)", text, re.DOTALL)
    return match[0] if match else text


def plain_text(html: str) -> str:
    """AWS's documentation without its markup: paragraphs as lines, lists as dashes."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = (re.sub(r"\s+", " ", line).strip() for line in "".join(reader.parts).split("\0"))
    return "\n".join(line for line in lines if line not in ("", "-"))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._after_dash = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "li":
            self.parts.append("\0- ")
            self._after_dash = True
        elif tag in _BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
        self._after_dash = self._after_dash and not data.strip()

    def _break(self) -> None:
        if not self._after_dash:  # a paragraph in a list item starts beside its dash
            self.parts.append("\0")
