"""Search: training jobs and tuning jobs by what they are and what became of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from botocore.model import ListShape, StructureShape

from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.search import expressions
from jupyter_sm_ext.engine.search.columns import Columns
from jupyter_sm_ext.engine.search.expressions import Expression
from jupyter_sm_ext.engine.tags import Tags
from jupyter_sm_ext.engine.tokens import Tokens
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.requests.search_properties import EITHER, WHOLE, Property, record_shape, resolve
from jupyter_sm_ext.resources import Resource, resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

Place: TypeAlias = "tuple[bool, int, Any, str]"
"""Where a record is in the order: whether it lacks the property (then it is last, whichever way), numbers before
texts, value, key."""

_RESOURCES = ("TrainingJob", "HyperParameterTuningJob")
_RESULTS = 10


class Search(Family):
    """The Search operation.

    Parameters
    ----------
    engine : Engine
        What it works with.
    tags : Tags
        The tags of what is searched.
    """

    def __init__(self, engine: Engine, tags: Tags) -> None:
        super().__init__(engine)
        self._tags = tags
        self._columns: dict[str, Columns] = {}

    def search(self, request: Request) -> Answer:
        """Find jobs.

        Raises
        ------
        ValidationError
            The engine does not keep such resources, or the expression is not one for them.
        """
        noun = request["Resource"]
        _refuse(request)
        shape = record_shape(noun)
        row = resource(noun)
        asked = request.get("SearchExpression")
        expression = Expression() if asked is None else expressions.parse(shape, asked)
        order = resolve(shape, request.get("SortBy", "LastModifiedTime"))
        if order.type == WHOLE:
            raise ValidationError(f"SortBy {order.name}: it is no single value.")
        descending = request.get("SortOrder", "Descending") == "Descending"
        tokens = Tokens(self.engine.keys.secret_access_key, ["Search"], request)
        after = tokens.given(request)

        columns = self._columns_of(row)
        everything = columns.look(expression.properties() | {order})
        found = expression.matches(everything, columns.column)
        places = _sorted(found, order, columns.column(order), descending)
        rest = places if after is None else _beyond(places, cast("Place", after), descending)
        limit = int(request.get("MaxResults", _RESULTS))
        page = rest[:limit]
        answer: dict[str, Any] = {
            "Results": [{noun: self._record(row.kind, key, shape)} for *_, key in page],
            "TotalHits": {"Value": len(places), "Relation": "EqualTo"},
        }
        if len(rest) > limit:
            answer["NextToken"] = tokens.write(page[-1])
        return answer

    def _columns_of(self, row: Resource) -> Columns:
        if row.kind not in self._columns:
            self._columns[row.kind] = Columns(self.engine.store, row, self.engine.arn(row, ""))
        return self._columns[row.kind]

    def _record(self, kind: str, key: str, shape: StructureShape) -> dict[str, Any]:
        body = json.loads(self.engine.store.body_text(kind, key) or "{}")
        record: dict[str, Any] = _trimmed(body, shape)
        return record | {"Tags": self._tags.of(self.engine.arn(kind, key))}


def _refuse(request: Mapping[str, Any]) -> None:
    if request["Resource"] not in _RESOURCES:
        raise ValidationError(
            f"The local engine has no {request['Resource']} resources; it can search for {' and '.join(_RESOURCES)}."
        )
    if request.get("CrossAccountFilterOption", "SameAccount") != "SameAccount":
        raise ValidationError("CrossAccountFilterOption: the local engine knows no account but its own.")
    if "VisibilityConditions" in request:
        raise ValidationError(
            "VisibilityConditions: the local engine's only user may see everything; use a filter on Tags.<key>."
        )


def _sorted(keys: Iterable[str], order: Property, column: Mapping[str, Sequence[Any]], descending: bool) -> list[Place]:
    pick = max if descending else min
    places: list[Place] = []
    lacking: list[Place] = []
    for key in keys:
        values = column.get(key)
        if values is None:
            lacking.append((True, 0, None, key))
        elif len(values) == 1:
            places.append((False, *_rank(order, values[0]), key))
        else:
            places.append((False, *pick(_rank(order, value) for value in values), key))
    places.sort(reverse=descending)
    lacking.sort(reverse=descending)
    return places + lacking


def _rank(order: Property, value: Any) -> tuple[int, Any]:
    if order.type != EITHER:
        return 0, value
    number = expressions.number(value)
    return (1, value) if number is None else (0, number)


def _beyond(places: list[Place], last: Place, descending: bool) -> list[Place]:
    def before(place: Place) -> bool:
        if place[0] != last[0]:
            return place[0] < last[0]
        return place[1:] >= last[1:] if descending else place[1:] <= last[1:]

    return list(dropwhile(before, places))


def _trimmed(value: Any, shape: Any) -> Any:
    """What the shape of the record has of a Describe response: newer members are not all in it."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {name: _trimmed(value[name], inner) for name, inner in shape.members.items() if name in value}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_trimmed(item, shape.member) for item in value]
    return value
