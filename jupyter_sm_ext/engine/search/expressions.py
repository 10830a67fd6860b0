"""SearchExpression: what it may be, and which records satisfy it.

The rules are those of botocore's documentation of Filter, NestedFilters and SearchExpression. A filter on something
that a record has several of (a channel's name) is satisfied by any one; NotEquals and NotExists are the opposites of
Equals and Exists.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, TypeAlias

from botocore.model import StructureShape

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.requests.search_properties import (
    BOOLEAN,
    EITHER,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
    Property,
    nested,
    resolve,
)

MOST_CONDITIONS = 50
"""Filters, nested filters and subexpressions together."""

Json: TypeAlias = dict[str, Any]
Test: TypeAlias = Callable[[Sequence[Any]], bool]
Column: TypeAlias = Mapping[str, Sequence[Any]]

_ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WHOLE_NUMBER = re.compile(r"[+-]?\d+")


@dataclass
class Condition:
    """One property and what its values must be."""

    property: Property
    test: Test


@dataclass
class Expression:
    """A search expression that is understood.

    Parameters
    ----------
    every : bool
        Whether all parts must be satisfied, or any one.
    conditions : list of Condition
        Its filters and nested filters.
    parts : list of Expression
        Its subexpressions.
    """

    every: bool = True
    conditions: list[Condition] = field(default_factory=list)
    parts: list[Expression] = field(default_factory=list)

    def properties(self) -> set[Property]:
        """Everything it looks at."""
        own = {condition.property for condition in self.conditions}
        return own.union(*(part.properties() for part in self.parts))

    def matches(
        self, everything: frozenset[str], column: Callable[[Property], Mapping[str, Sequence[Any]]]
    ) -> set[str]:
        """Keys of the records that satisfy it.

        Parameters
        ----------
        everything : frozenset of str
            Keys of all records.
        column : callable
            Gives the values of a property by key, for records that have any.
        """
        sets = [_satisfied(condition, everything, column(condition.property)) for condition in self.conditions]
        sets += [part.matches(everything, column) for part in self.parts]
        if not sets:
            return set(everything)
        return set.intersection(*sets) if self.every else set.union(*sets)


def _satisfied(condition: Condition, everything: frozenset[str], column: Column) -> set[str]:
    found = {key for key, values in column.items() if condition.test(values)}
    return found | (everything - column.keys()) if condition.test(()) else found


def parse(shape: StructureShape, request: Mapping[str, Any]) -> Expression:
    """Understand a SearchExpression that keeps the model's constraints.

    Parameters
    ----------
    shape : StructureShape
        Of the records.
    request : mapping
        The expression.

    Raises
    ------
    ValidationError
        It is too long, or a filter does not fit its property.
    """
    count, contains = _size(request)
    if count > MOST_CONDITIONS:
        raise ValidationError(
            f"A SearchExpression can have at most {MOST_CONDITIONS} SubExpressions, NestedFilters and Filters in all; "
            f"this one has {count}."
        )
    if contains > 1:
        raise ValidationError("'CONTAINS' operator usage limit of 1 exceeded.")
    return _expression(shape, request)


def _size(request: Mapping[str, Any]) -> tuple[int, int]:
    """How many conditions there are, and how many of them use Contains."""
    groups = [request, *request.get("NestedFilters", ())]
    filters = [one for group in groups for one in group.get("Filters", ())]
    inner = [_size(part) for part in request.get("SubExpressions", ())]
    count = len(filters) + len(groups) - 1 + len(inner) + sum(size for size, _ in inner)
    contains = sum(one.get("Operator") == "Contains" for one in filters)
    return count, contains + sum(more for _, more in inner)


def _expression(shape: StructureShape, request: Mapping[str, Any]) -> Expression:
    made = Expression(request.get("Operator", "And") == "And")
    for one in request.get("Filters", ()):
        found = resolve(shape, one["Name"])
        made.conditions.append(Condition(found, _test(found, one)))
    made.conditions += [_nested(shape, one) for one in request.get("NestedFilters", ())]
    made.parts += [_expression(shape, part) for part in request.get("SubExpressions", ())]
    if not made.conditions and not made.parts:
        raise ValidationError("A SearchExpression must have at least one SubExpression, Filter or NestedFilter.")
    return made


def _nested(shape: StructureShape, request: Mapping[str, Any]) -> Condition:
    """One element of the list must satisfy all of its filters."""
    name = request["NestedPropertyName"]
    elements, inner = nested(shape, name)
    tests: list[tuple[Property, Test]] = []
    for one in request["Filters"]:
        if not one["Name"].startswith(f"{name}."):
            raise ValidationError(f"The filter {one['Name']} is not on the nested property {name}.")
        found = resolve(inner, one["Name"].removeprefix(f"{name}."))
        tests.append((found, _test(found, one)))
    return Condition(
        elements, lambda items: any(all(test(found.values(item)) for found, test in tests) for item in items)
    )


def _test(of: Property, request: Mapping[str, Any]) -> Test:
    name, value = request.get("Operator", "Equals"), request.get("Value")
    if name == "Exists":
        return bool
    if name == "NotExists":
        return operator.not_
    if of.type == WHOLE:
        raise ValidationError(f"The operator {name} is not supported for {of.name}: it is no single value.")
    if value is None:
        raise ValidationError(f"The filter on {of.name} needs a Value for the operator {name}.")
    if name in _ORDERINGS:
        return _any(_compare(of, name, value))
    if name in ("Contains", "In"):
        if of.type not in (TEXT, EITHER):
            raise ValidationError(f"The operator {name} is not supported for the {of.type} property {of.name}.")
        listed = frozenset(part.strip() for part in value.split(","))
        return _any(lambda found: value in found) if name == "Contains" else _any(lambda found: found in listed)
    equal = _any(_equal(of, value))
    return equal if name == "Equals" else lambda values: not equal(values)


def _any(test: Callable[[Any], bool]) -> Test:
    return lambda values: any(map(test, values))


def _compare(of: Property, name: str, value: str) -> Callable[[Any], bool]:
    order = _ORDERINGS[name]
    if of.type in (TEXT, BOOLEAN):
        raise ValidationError(f"The operator {name} is not supported for the {of.type} property {of.name}.")
    wanted = _seconds(of, value) if of.type == TIME else number(value)
    if wanted is None:
        raise _no_number(of, value)
    if of.type != EITHER:
        return lambda found: order(found, wanted)
    read = _reader(value)
    return lambda found: (one := read(found)) is not None and order(one, wanted)


def _equal(of: Property, value: str) -> Callable[[Any], bool]:
    if of.type == TEXT:
        return lambda found: bool(found == value)
    if of.type == BOOLEAN:
        if value.lower() not in ("true", "false"):
            raise ValidationError(f"The Value for the Boolean property {of.name} must be true or false, not '{value}'.")
        return lambda found: found is (value.lower() == "true")
    if of.type == TIME:
        at = _seconds(of, value)
        return lambda found: bool(found == at)
    wanted = number(value)
    if of.type == NUMBER:
        if wanted is None:
            raise _no_number(of, value)
        return lambda found: bool(found == wanted)
    read = _reader(value)
    return lambda found: found == value or (wanted is not None and read(found) == wanted)


def _reader(value: str) -> Callable[[str], float | None]:
    """How hyperparameters are read: as whole numbers if the filter's value is one (botocore, Filter)."""
    if not _WHOLE_NUMBER.fullmatch(value):
        return number
    return lambda found: None if (one := number(found)) is None else float(math.trunc(one))


def number(text: str) -> float | None:
    """Read a number; None if the text is none."""
    found = float(text) if _NUMBER.fullmatch(text) else math.inf
    return found if math.isfinite(found) else None


def _no_number(of: Property, value: str) -> ValidationError:
    return ValidationError(
        f"The Value for the {of.type} property {of.name} must be an integer or floating-point decimal, not '{value}'."
    )


def _seconds(of: Property, value: str) -> float:
    try:
        # Python 3.10 does not know the Z of ISO 8601.
        at = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", value))
        return (at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        raise ValidationError(
            f"The Value for the timestamp property {of.name} must be an ISO 8601 date-time string "
            f"(YYYY-mm-dd'T'HH:MM:SS), not '{value}'."
        ) from None
