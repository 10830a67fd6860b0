"""Valid requests of any operation, as the model has them: some of the members, and values of all sizes."""

from __future__ import annotations

import random
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from model_texts import text_for

Json = dict[str, Any]
_DEEPEST = 3


class Requests:
    """Makes them; what the dice say is made again by the same dice.

    Parameters
    ----------
    dice : Random
        Decides on everything.
    """

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._share = dice.choice([0.1, 0.3, 0.6, 0.9])

    def of(self, shape: StructureShape) -> Json:
        made: Json = self._value(shape, ())
        return made

    def _value(self, shape: Shape, above: tuple[str, ...]) -> Any:
        dice, meta = self._dice, shape.metadata
        if isinstance(shape, StructureShape):
            return self._structure(shape, (*above, shape.name))
        if isinstance(shape, ListShape):
            least = meta.get("min", 0)
            count = dice.randint(least, max(least, min(2, meta.get("max", 2))))
            return [self._value(shape.member, above) for _ in range(count)]
        if isinstance(shape, MapShape):
            keys = {self._value(shape.key, above) for _ in range(dice.randint(meta.get("min", 0), 2))}
            return {key: self._value(shape.value, above) for key in keys}
        match shape.type_name:
            case "boolean":
                return dice.random() < 0.5
            case "timestamp":
                return dice.randrange(2_000_000_000)
            case "integer" | "long":
                low = meta.get("min", -5)
                return dice.randint(low, min(meta.get("max", low + 50), low + 50))
            case "float" | "double":
                return meta.get("min", 0) + dice.randrange(100) / 4
        if "enum" in meta:
            return dice.choice(meta["enum"])
        made = text_for(meta, dice)
        assert made is not None, f"no text for {shape.name} {meta}"
        return made

    def _structure(self, shape: StructureShape, above: tuple[str, ...]) -> Json:
        dice = self._dice
        inner = {name: member for name, member in shape.members.items() if above.count(member.name) < _DEEPEST}
        names = list(inner)
        if shape.is_tagged_union:
            chosen = [dice.choice(names)]
        else:
            share = self._share / len(above)
            chosen = [name for name in names if name in shape.required_members or dice.random() < share]
        return {name: self._value(inner[name], above) for name in chosen}
