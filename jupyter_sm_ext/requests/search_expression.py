"""What people search for, as text: ``Metrics.loss < 0.2 and Tags.team = red`` becomes a SearchExpression.

A condition is ``PROPERTY OPERATOR VALUE``, ``PROPERTY in (VALUE, ...)`` or ``PROPERTY [not] exists``; conditions are
joined by ``and``, ``or`` and parentheses. Every name is checked against botocore's shape of the records, so that a
mistake is told here, in one line with the nearest name, and not by a search that finds nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from botocore.model import ListShape, StructureShape

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.requests.search_properties import (
    BOOLEAN,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
    Property,
    record_shape,
    resolve,
)
from jupyter_sm_ext.resources import Resource

#: How AWS calls what people write between a property and a value.
OPERATORS: Mapping[str, str] = {
    "=": "Equals",
    "==": "Equals",
    "!=": "NotEquals",
    "<": "LessThan",
    "<=": "LessThanOrEqualTo",
    ">": "GreaterThan",
    ">=": "GreaterThanOrEqualTo",
    "~": "Contains",
    "contains": "Contains",
    "in": "In",
    "exists": "Exists",
}
_ORDERINGS = frozenset({"LessThan", "LessThanOrEqualTo", "GreaterThan", "GreaterThanOrEqualTo"})
_OF_TEXTS = frozenset({"Contains", "In"})
# What makes no sense of a type, and is refused.
_REFUSED: Mapping[str, frozenset[str]] = {
    TEXT: _ORDERINGS,
    BOOLEAN: _ORDERINGS | _OF_TEXTS,
    NUMBER: _OF_TEXTS,
    TIME: _OF_TEXTS,
    WHOLE: frozenset(OPERATORS.values()) - {"Exists"},
}
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<sign><=|>=|!=|==|[=<>~(),])|(?P<word>[^\s"'<>=!~(),]+))"""
)
_METRICS, _DEPTH = "Metrics", 3
#: Short words for what all jobs have.
SHORT: Mapping[str, str] = {
    "name": "key",
    "status": "status",
    "created": "CreationTime",
    "modified": "LastModifiedTime",
}

Json = dict[str, Any]


@dataclass(frozen=True)
class Sought:
    """What is searched for.

    Parameters
    ----------
    expression : dict
        AWS's SearchExpression.
    properties : list of Property
        What it is about, in order and each once.
    """

    expression: Json
    properties: list[Property]


def read_search(text: str, row: Resource) -> Sought:
    """Understand a search.

    Parameters
    ----------
    text : str
        As people type it.
    row : Resource
        What is searched for.

    Raises
    ------
    ValidationError
        What is wrong, and where.
    """
    return _Reader(text, row).read()


def property_named(name: str, row: Resource) -> Property:
    """The property that somebody means, in whatever case of letters; ``name``, ``status`` and ``created`` will do.

    Raises
    ------
    ValidationError
        Such records have none of that name; the hint tells the nearest.
    """
    shape = record_shape(row.noun)
    exact = {"key": row.key[0], "status": row.status}.get(SHORT.get(name.lower(), ""), SHORT.get(name.lower(), name))
    if exact.split(".")[0].lower() == _METRICS.lower() and "FinalMetricDataList" not in shape.members:
        raise ValidationError(
            f"only training jobs have {_METRICS}, not {_plural(row)}", hint="Search for training jobs."
        )
    try:
        return resolve(shape, _spelt(shape, exact))
    except ValidationError:
        known = [*SHORT, *_names(shape)]
        leaf = {each.rpartition(".")[2].lower(): each for each in reversed(known)}
        near = difflib.get_close_matches(name.rpartition(".")[2].lower(), leaf, n=1, cutoff=0.7)
        hint = f"Did you mean {leaf[near[0]] if near else ' or '.join(_open(shape, name))}?"
        raise ValidationError(f"{_plural(row)} have no property {name!r}", hint=hint) from None


def cell_of(found: Property, record: Mapping[str, Any]) -> str:
    """The values of a property in one record, for a table."""
    if found.tag:
        return ", ".join(tag["Value"] for tag in record.get("Tags") or () if tag["Key"] == found.tag)
    return ", ".join(map(_shown, found.values(record)))


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """In lower case, if it may be a word of the language."""
        return "" if self.kind == "quoted" else self.text.lower()


class _Reader:
    """Recursive descent over the tokens of one text: or, and, condition."""

    def __init__(self, text: str, row: Resource) -> None:
        self._text, self._row = text, row
        self._tokens = list(self._split())
        self._properties: dict[str, Property] = {}

    def read(self) -> Sought:
        expression = self._any()
        if self._tokens:
            raise self._wrong(self._tokens[0], "expected `and`, `or` or the end")
        return Sought(expression, list(self._properties.values()))

    def _split(self) -> Iterator[_Token]:
        at, end = 0, len(self._text.rstrip())
        while at < end:
            found = _TOKEN.match(self._text, at)
            if found is None:
                raise ValidationError(f"search: {self._text[at:end].strip()!r} cannot be understood", code="Usage")
            kind = str(found.lastgroup)
            yield _Token(kind, found[kind], found.start(kind))
            at = found.end()

    def _any(self) -> Json:
        return self._joined("or", "Or", lambda: self._joined("and", "And", self._one))

    def _joined(self, word: str, operator: str, part: Any) -> Json:
        parts = [part()]
        while self._tokens and self._tokens[0].word == word:
            self._tokens.pop(0)
            parts.append(part())
        if len(parts) == 1:
            found: Json = parts[0]
            return found
        # A part of one filter alone needs no expression of its own: the service counts them.
        single = [each for each in parts if "SubExpressions" not in each and len(each["Filters"]) == 1]
        filters = [each["Filters"][0] for each in single]
        others = [each for each in parts if each not in single]
        return {
            **({"Filters": filters} if filters else {}),
            **({"SubExpressions": others} if others else {}),
            "Operator": operator,
        }

    def _one(self) -> Json:
        token = self._next("a property")
        if token.word == "(":
            inside = self._any()
            self._expect(")")
            return inside
        if token.kind == "sign" or token.word in ("and", "or", "not"):
            raise self._wrong(token, "expected a property, such as Metrics.loss")
        name = token.text.strip("\"'")
        if name.endswith(".") and self._tokens and self._tokens[0].kind == "quoted":
            name += self._tokens.pop(0).text[1:-1]
        found = property_named(name, self._row)
        self._properties.setdefault(found.name, found)
        return {"Filters": [self._filter(found)]}

    def _filter(self, found: Property) -> Json:
        token = self._next(f"an operator after {found.name}")
        if token.word == "not":
            self._expect("exists")
            return {"Name": found.name, "Operator": "NotExists"}
        operator = OPERATORS.get(token.word)
        if operator is None:
            raise self._wrong(token, f"expected an operator after {found.name}: {' '.join(OPERATORS)} `not exists`")
        if operator == "Exists":
            return {"Name": found.name, "Operator": operator}
        value = self._listed(found) if operator == "In" else self._value(found, operator)
        return {"Name": found.name, "Operator": operator, "Value": value}

    def _listed(self, found: Property) -> str:
        self._expect("(")
        values = [self._value(found, "In")]
        while self._tokens and self._tokens[0].text == ",":
            self._tokens.pop(0)
            values.append(self._value(found, "In"))
        self._expect(")")
        return ",".join(values)

    def _value(self, found: Property, operator: str) -> str:
        token = self._next(f"a value for {found.name}")
        if token.kind == "sign":
            raise self._wrong(token, f"expected a value for {found.name}")
        text = token.text[1:-1] if token.kind == "quoted" else token.text
        return _of_enum(self._row, found, _checked(found, operator, text), operator)

    def _next(self, what: str) -> _Token:
        if not self._tokens:
            raise ValidationError(f"search: it ends where {what} should be", code="Usage", hint=_HINT)
        return self._tokens.pop(0)

    def _expect(self, word: str) -> None:
        token = self._next(f"`{word}`")
        if token.word != word:
            raise self._wrong(token, f"expected `{word}`")

    def _wrong(self, token: _Token, expected: str) -> ValidationError:
        return ValidationError(f"search: {expected}, not {token.text!r} (at {token.at + 1})", code="Usage", hint=_HINT)


_HINT = 'Such as: "Metrics.loss < 0.2 and (Tags.team = red or HyperParameters.opt in (adam, sgd))".'


def _checked(found: Property, operator: str, text: str) -> str:
    """A value as the service takes it for a property."""
    if found.type == WHOLE:
        raise ValidationError(f"{found.name} is no single value", hint=f"Ask whether it exists: {found.name} exists.")
    refused = operator in _REFUSED.get(found.type, ())
    if refused and operator in _ORDERINGS:
        raise ValidationError(f"{found.name} is {found.type}, which is not more or less", hint="Use = != ~ or in.")
    if refused:
        raise ValidationError(f"{found.name} is {found.type}: {operator.lower()} is for texts", hint="Use = != < or >.")
    if operator == "In" and "," in text:
        raise ValidationError(f"{found.name}: a value with a comma cannot be in a list", hint="Join them with or.")
    if found.type == TIME:
        return _time(found, text)
    if found.type == NUMBER or (operator in _ORDERINGS and found.type not in (TEXT, BOOLEAN)):
        try:
            float(text)
        except ValueError:
            raise ValidationError(f"{found.name} is compared with a number, not {text!r}") from None
    return text


def values_of(row: Resource, found: Property) -> list[str]:
    """All values that a status and its like can have; none if it can have any."""
    shape: Any = record_shape(row.noun)
    for step in found.steps:
        shape = shape.member if isinstance(shape, ListShape) else shape
        shape = shape.members.get(step) if isinstance(shape, StructureShape) else None
    shape = shape.member if isinstance(shape, ListShape) else shape
    return list(shape.metadata.get("enum", ())) if shape is not None else []


def operators_of(found: Property) -> list[str]:
    """What can stand after a property, one word for each operator of AWS."""
    words: dict[str, str] = {}
    for word, operator in OPERATORS.items():
        if operator not in _REFUSED.get(found.type, ()):
            words.setdefault(operator, word)
    return [*words.values(), "not exists"]


def names_of(row: Resource) -> list[str]:
    """Names of all members that records of a kind may have."""
    return list(_names(record_shape(row.noun)))


def _of_enum(row: Resource, found: Property, text: str, operator: str) -> str:
    """A status and its like in the service's own capitals."""
    values = values_of(row, found)
    if not values or operator == "Contains":
        return text
    known = {each.lower(): each for each in values}
    if text.lower() not in known:
        near = difflib.get_close_matches(text.lower(), known, n=3)
        hint = f"Did you mean {' or '.join(known[each] for each in near)}?" if near else f"There are {_few(values)}."
        raise ValidationError(f"{found.name} is never {text!r}", hint=hint)
    return known[text.lower()]


def _few(values: list[str]) -> str:
    return ", ".join(values[:8]) + (", ..." if len(values) > 8 else "")


def _time(found: Property, text: str) -> str:
    try:
        # As people here read it; the service takes UTC.
        at = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValidationError(
            f"{found.name} is compared with a time, not {text!r}", hint='Write 2026-11-28 or "2026-11-28 14:00".'
        ) from None
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _spelt(shape: StructureShape, name: str) -> str:
    """A name with the members' own capitals, as far as they are members."""
    steps: list[str] = []
    inner: Any = shape
    head, _, rest = name.partition(".")
    for special in ("Tags", _METRICS):
        if head.lower() == special.lower() and rest:
            return f"{special}.{rest}"
    left = name
    while isinstance(inner, StructureShape) and left:
        step, _, left = left.partition(".")
        found = {each.lower(): each for each in inner.members}.get(step.lower(), step)
        steps.append(found)
        inner = inner.members.get(found)
        while isinstance(inner, ListShape):
            inner = inner.member
    return ".".join([*steps, *([left] if left else [])])


def _names(shape: StructureShape, before: str = "", depth: int = _DEPTH) -> Iterator[str]:
    for name, member in shape.members.items():
        yield before + name
        inner = member.member if isinstance(member, ListShape) else member
        if isinstance(inner, StructureShape) and depth > 1:
            yield from _names(inner, f"{before}{name}.", depth - 1)


def _open(shape: StructureShape, name: str) -> list[str]:
    """What a name may be that users give: a metric, a hyperparameter, a tag."""
    metrics = [f"{_METRICS}.{name}"] if "FinalMetricDataList" in shape.members else []
    return [*metrics, *([f"HyperParameters.{name}"] if "HyperParameters" in shape.members else []), f"Tags.{name}"]


def _plural(row: Resource) -> str:
    return row.kind.replace("-", " ")
