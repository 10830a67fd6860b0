"""A valid request with exactly one of its constraints broken, as the model has them."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from jupyter_sm_ext.shapes.constraints import compiled

Json = dict[str, Any]
Steps = tuple[str | int, ...]

_MISFITS = ("\x07", "\n", " ", "?", "%", "*", "é", "_", "/", "🙂", "-", "0", "a", "A")
_LONGEST = 70_000
_OF_OTHER_KINDS: dict[str, tuple[Any, ...]] = {
    "string": (7, True, ["x"], {"x": "y"}, 1.5),
    "integer": ("1", True, 1.5, [1], {}),
    "long": ("1", False, 1.5, [], {"x": 1}),
    "float": ("1", True, [], {}),
    "double": ("1", True, [], {}),
    "boolean": ("true", 1, 0, [], {}),
    "timestamp": ("yesterday", True, [], {}, -1),
    "list": ("x", {}, 1, True),
    "map": ("x", [], 1, True),
    "structure": ("x", [], 1, True),
}


@dataclass(frozen=True)
class Break:
    """One constraint, where it is, and what breaks it.

    Parameters
    ----------
    kind : str
        Which constraint.
    steps : tuple
        Members, indices and keys that lead to the value.
    value : object
        What breaks it there; None to take the member away.
    path : tuple of str
        The steps, as the service writes them.
    shape : str
        Whose constraint it is.
    """

    kind: str
    steps: Steps
    value: Any
    path: tuple[str, ...]
    shape: str = ""

    def apply(self, request: Json) -> Any:
        """A copy of the request that is broken."""
        if not self.steps:
            return self.value
        broken = copy.deepcopy(request)
        part: Any = broken
        for step in self.steps[:-1]:
            part = part[step]
        if self.kind == "required":
            del part[self.steps[-1]]
        else:
            part[self.steps[-1]] = self.value
        return broken

    def places(self) -> set[str]:
        """What a message may call it: the value itself or, for an element, the list or map that it is in."""
        end, found = len(self.path), set()
        while end and self.path[end - 1] == "member":
            found.add(".".join(self.path[:end]))
            end -= 2
        return {*found, ".".join(self.path[:end]) or "request"}


def breaks(shape: Shape, value: Any, dice: random.Random) -> Iterator[Break]:
    """Every way to break one constraint of a valid value; which of several values does it is a matter of dice."""
    yield from _breaks(shape, value, (), (), dice)


def _breaks(shape: Shape, value: Any, steps: Steps, path: tuple[str, ...], dice: random.Random) -> Iterator[Break]:
    yield Break("type", steps, dice.choice(_OF_OTHER_KINDS[shape.type_name]), path, shape.name)
    if isinstance(shape, StructureShape):
        yield from _of_structure(shape, value, steps, path, dice)
    elif isinstance(shape, ListShape):
        yield from _of_list(shape, value, steps, path, dice)
    elif isinstance(shape, MapShape):
        yield from _of_map(shape, value, steps, path, dice)
    elif shape.type_name == "string":
        for kind, text in _texts(shape, value, dice):
            yield Break(kind, steps, text, path, shape.name)
    elif shape.type_name in ("integer", "long", "float", "double"):
        for kind, number in _numbers(shape):
            yield Break(kind, steps, number, path, shape.name)


def _of_structure(
    shape: StructureShape, value: Json, steps: Steps, path: tuple[str, ...], dice: random.Random
) -> Iterator[Break]:
    stray = dice.choice([one for one in ("Nonsense", "name", "", "x" * 300, "a.b") if one not in shape.members])
    yield Break("unknown", (*steps, stray), dice.choice(["x", 1, {}, []]), (*path, _camel(stray[:256])), shape.name)
    if shape.is_tagged_union:
        yield Break("union", steps, {}, path, shape.name)
    for name, item in value.items():
        inner, below = (*steps, name), (*path, _camel(name))
        if name in shape.required_members and not shape.is_tagged_union:
            yield Break("required", inner, None, below)
        yield from _breaks(shape.members[name], item, inner, below, dice)


def _of_list(
    shape: ListShape, value: list[Any], steps: Steps, path: tuple[str, ...], dice: random.Random
) -> Iterator[Break]:
    meta = shape.metadata
    if meta.get("min", 0) > 0:
        yield Break("few", steps, value[: meta["min"] - 1], path, shape.name)
    if value and meta.get("max", _LONGEST) < 2_000:
        yield Break("many", steps, (value * (meta["max"] + 1))[: meta["max"] + 1], path, shape.name)
    if value:
        index = dice.randrange(len(value))
        yield Break("null", (*steps, index), None, (*path, str(index + 1), "member"), shape.name)
        yield from _breaks(shape.member, value[index], (*steps, index), (*path, str(index + 1), "member"), dice)


def _of_map(shape: MapShape, value: Json, steps: Steps, path: tuple[str, ...], dice: random.Random) -> Iterator[Break]:
    meta = shape.metadata
    if value and meta.get("max", _LONGEST) < 2_000 and "enum" not in shape.key.metadata:
        item = next(iter(value.values()))
        keys = [text for number in range(meta["max"] + 1) if (text := f"k{number}")]
        if all(_keeps(shape.key, key) for key in keys):
            yield Break("many", steps, dict.fromkeys(keys, item), path, shape.name)
    for name, item in list(value.items())[:1]:
        for kind, key in _texts(shape.key, name, dice):
            yield Break(f"key {kind}", steps, {key: item}, path, shape.name)
        yield from _breaks(shape.value, item, (*steps, name), (*path, name, "member"), dice)


def _texts(shape: Shape, value: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    meta = shape.metadata
    if "enum" in meta:
        wrong = dice.choice([value + "x", value.swapcase(), f" {value}", "", "\u00e9"])
        if wrong not in meta["enum"]:
            yield "enum", wrong
        return
    least, most = meta.get("min", 0), meta.get("max")
    if least > 0:
        yield "short", value[: least - 1]
    if most is not None and most < _LONGEST:
        yield "long", value + (value[-1:] or "a") * (most + 1 - len(value))
    if "pattern" in meta:
        for misfit in dice.sample(_MISFITS, len(_MISFITS)):
            at = dice.randrange(len(value) + 1)
            wrong = value[:at] + misfit + value[at + 1 :]
            if not compiled(meta["pattern"]).fullmatch(wrong) and least <= len(wrong) <= (most or len(wrong)):
                yield "pattern", wrong
                return


def _keeps(shape: Shape, text: str) -> bool:
    meta = shape.metadata
    fits = compiled(meta["pattern"]).fullmatch(text) if "pattern" in meta else True
    return bool(fits) and meta.get("min", 0) <= len(text) <= meta.get("max", len(text))


def _numbers(shape: Shape) -> Iterator[tuple[str, Any]]:
    meta = shape.metadata
    if "min" in meta:
        yield "small", meta["min"] - 1
    if "max" in meta:
        yield "large", meta["max"] + 1
    if shape.type_name in ("integer", "long"):
        yield "bits", 1 << (31 if shape.type_name == "integer" else 63)


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]
