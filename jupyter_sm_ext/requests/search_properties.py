"""Names of properties: ``TrainingJobName``, ``ResourceConfig.InstanceType``, ``HyperParameters.x``, ``Tags.k``.

What a record has, and of which type it is, follows from botocore's shape of it; a name goes through lists as if they
were not there, so that ``InputDataConfig.ChannelName`` has one value a channel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.model import get_model

TEXT, NUMBER, BOOLEAN, TIME, EITHER, WHOLE = "text", "numeric", "Boolean", "timestamp", "hyperparameter", "structure"

_TYPES: Mapping[str, str] = {
    "string": TEXT,
    "integer": NUMBER,
    "long": NUMBER,
    "float": NUMBER,
    "double": NUMBER,
    "boolean": BOOLEAN,
    "timestamp": TIME,
}
_TAGS, _METRICS = "Tags", "Metrics"
_FINAL_METRICS = "FinalMetricDataList"


@dataclass(frozen=True)
class Property:
    """Something that records of a kind may have.

    Parameters
    ----------
    name : str
        As in the request.
    type : str
        One of text, numeric, Boolean, timestamp, hyperparameter (a text that may be a number) and structure (of which
        there is only to know whether it exists).
    steps : tuple of str
        Members on the way to it.
    only : tuple of str, optional
        Member and value that the last list element on the way must have.
    tag : str, optional
        It is the value of this tag, which is not in the record; of any tag if this is empty.
    elements : bool
        Its values are the elements of a list, for a nested filter.
    """

    name: str
    type: str
    steps: tuple[str, ...]
    only: tuple[str, str] | None = None
    tag: str | None = None
    elements: bool = False

    def values(self, part: Any) -> tuple[Any, ...]:
        """All values of it in a record, or in an element of a list; none if there is no such thing."""
        found = tuple(_walk(part, self.steps, self.only))
        if self.type == WHOLE and not self.elements:
            return (True,) if found else ()
        return found


def _walk(part: Any, steps: tuple[str, ...], only: tuple[str, str] | None) -> Iterator[Any]:
    if isinstance(part, list):
        for item in part:
            yield from _walk(item, steps, only)
    elif not steps:
        yield part
    elif isinstance(part, dict) and steps[0] in part and _fits(part, steps, only):
        yield from _walk(part[steps[0]], steps[1:], only)


def _fits(part: Mapping[str, Any], steps: tuple[str, ...], only: tuple[str, str] | None) -> bool:
    return only is None or len(steps) > 1 or part.get(only[0]) == only[1]


def record_shape(noun: str) -> StructureShape:
    """Shape of the records of a kind that can be searched for.

    Raises
    ------
    KeyError
        Nobody can search for such.
    """
    record = get_model().service.shape_for("SearchRecord")
    assert isinstance(record, StructureShape)
    shape = record.members[noun]
    assert isinstance(shape, StructureShape)
    return shape


def resolve(shape: StructureShape, name: str) -> Property:
    """Find out what a name means.

    Parameters
    ----------
    shape : StructureShape
        Of the records.
    name : str
        Of the property.

    Raises
    ------
    ValidationError
        Such records have no such property.
    """
    first, _, rest = name.partition(".")
    if first == _TAGS and _TAGS in shape.members and (rest or name == _TAGS):
        return Property(name, TEXT if rest else WHOLE, (), tag=rest)
    if first == _METRICS and rest and _FINAL_METRICS in shape.members:
        return Property(name, NUMBER, (_FINAL_METRICS, "Value"), only=("MetricName", rest))
    steps, kind = _steps(shape, name)
    return Property(name, kind, steps)


def nested(shape: StructureShape, name: str) -> tuple[Property, StructureShape]:
    """Find the list that a nested filter is about; its elements, and what they are.

    Raises
    ------
    ValidationError
        The name is not that of a list of structures.
    """
    inner: Any = shape
    names = name.split(".")
    for step in names:
        inner = inner.member if isinstance(inner, ListShape) else inner
        inner = inner.members.get(step) if isinstance(inner, StructureShape) else None
    # Tags are not in the records themselves, and have names of their own: Tags.<key>.
    if not isinstance(inner, ListShape) or not isinstance(inner.member, StructureShape) or name == _TAGS:
        raise ValidationError(f"NestedPropertyName {name}: this is no property that is a list of structures.")
    return Property(name, WHOLE, tuple(names), elements=True), inner.member


def _steps(shape: Shape, name: str) -> tuple[tuple[str, ...], str]:
    steps: list[str] = []
    left: str = name
    while left:
        while isinstance(shape, ListShape):
            shape = shape.member
        if isinstance(shape, MapShape):
            return (*steps, left), EITHER if "HyperParameters" in shape.name else TEXT
        step, dot, left = left.partition(".")
        if not isinstance(shape, StructureShape) or step not in shape.members or (dot and not left):
            raise ValidationError(f"Unknown property name: {name}.")
        steps.append(step)
        shape = shape.members[step]
    while isinstance(shape, ListShape):
        shape = shape.member
    return tuple(steps), _TYPES.get(shape.type_name, WHOLE)
