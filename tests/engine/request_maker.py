"""Requests with as many members as there can be at once, made from the model."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from model_paths import ELEMENT, VALUE, Path, request_shape, written
from model_texts import text_for
from refused_members import Refusal, refusals

Json = dict[str, Any]
OMIT: Any = object()
"""For a member that is left out."""
_TEXTS = 30


class Maker:
    """Makes the requests of one operation; each turn takes the next value of every enum and union.

    Parameters
    ----------
    operation : str
        Whose.
    rules : mapping
        Values that mean something, or `OMIT`, or a function of the turn that gives one, by the end of the path; the
        longest that fits is taken.
    """

    def __init__(self, operation: str, rules: Mapping[str, Any]) -> None:
        self.operation = operation
        self.shape = request_shape(operation)
        self._rules = rules
        self._known: dict[Path, Any] = {}
        self._refusals: dict[Path, list[Refusal]] = {}
        self._texts: dict[tuple[str, int], str] = {}

    def request(self, turn: int) -> Json:
        made: Json = self._make(self.shape, (), turn, ())
        return made

    def value(self, path: Path, turn: int = 0) -> Any:
        """What is at a path, whether it is refused or not."""
        shape: Any = self.shape
        for step in path:
            shape = shape.members[step] if isinstance(shape, StructureShape) else shape.member
        return self._anything(shape, path, turn, ())

    def turns(self) -> int:
        """How many it takes until every value had its turn."""
        return self._longest(self.shape, ())

    def _longest(self, shape: Shape, above: tuple[str, ...]) -> int:
        if shape.name in above:
            return 1
        above = (*above, shape.name)
        if isinstance(shape, StructureShape):
            inner = [self._longest(member, above) for member in shape.members.values()]
            return sum(inner) if shape.is_tagged_union else max([1, *inner])
        if isinstance(shape, ListShape):
            return self._longest(shape.member, above)
        if isinstance(shape, MapShape):
            return self._longest(shape.value, above)
        return len(shape.metadata.get("enum", ())) or 2

    def _rule(self, path: Path) -> Any:
        if path not in self._known:
            text = "." + written(path)
            fit = [end for end in self._rules if text.endswith(f".{end}")]
            self._known[path] = self._rules[max(fit, key=len)] if fit else None
        return self._known[path]

    def _refused(self, path: Path) -> list[Refusal]:
        if path not in self._refusals:
            self._refusals[path] = [one for one in refusals(self.operation) if one.is_at(path)]
        return self._refusals[path]

    def _make(self, shape: Shape, path: Path, turn: int, above: tuple[str, ...]) -> Any:
        rule = self._rule(path) if path else None
        if rule is not None:
            return rule(turn) if callable(rule) else rule
        if any(one.values is None for one in self._refused(path)):
            return OMIT
        return self._anything(shape, path, turn, above)

    def _anything(self, shape: Shape, path: Path, turn: int, above: tuple[str, ...]) -> Any:
        meta = shape.metadata
        if shape.name in above:
            return OMIT
        above = (*above, shape.name)
        if isinstance(shape, StructureShape):
            members = list(shape.members.items())
            if shape.is_tagged_union:
                members = [members[turn % len(members)]]
            made = {name: self._make(member, (*path, name), turn, above) for name, member in members}
            return {name: value for name, value in made.items() if value is not OMIT}
        if isinstance(shape, ListShape):
            count = max(1, meta.get("min", 1))
            items = [self._make(shape.member, (*path, ELEMENT), turn + more, above) for more in range(count)]
            return OMIT if OMIT in items else items
        if isinstance(shape, MapShape):
            enum = shape.key.metadata.get("enum")
            key = enum[turn % len(enum)] if enum else self._text(shape.key, turn)
            return {key: self._make(shape.value, (*path, VALUE), turn, above)}
        return self._plain(shape, path, turn)

    def _plain(self, shape: Shape, path: Path, turn: int) -> Any:
        meta = shape.metadata
        refused = [one for one in self._refused(path) if one.values is not None]
        if shape.type_name == "boolean":
            return turn % 2 == 0 and not refused
        if shape.type_name == "timestamp":
            return 1_700_000_000 + turn
        if shape.type_name in ("integer", "long"):
            low = meta.get("min", 0)
            return min(low + 1 + turn % 50, meta.get("max", low + 1 + turn % 50))
        if shape.type_name in ("float", "double"):
            return meta.get("min", 0.0) + 0.5 + turn / 4
        if "enum" in meta:
            taken = [value for value in meta["enum"] if not any(one.refuses(value) for one in refused)]
            return taken[turn % len(taken)] if taken else OMIT
        return self._text(shape, turn)

    def _text(self, shape: Shape, turn: int) -> str:
        which = (shape.name, turn % _TEXTS)
        if which not in self._texts:
            made = text_for(shape.metadata, random.Random(str(which)), least=1)
            assert made is not None, f"no text for {shape.name} {shape.metadata}"
            self._texts[which] = made
        return self._texts[which]
