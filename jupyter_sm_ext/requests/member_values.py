"""Members of a request as people type them: a dotted name and a text become the value that the model has there.

``DefaultUserSettings.ExecutionRole`` goes into structures, ``HyperParameters.lr`` into a map. A list of plain values is
typed with commas; what has more parts than that is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.shapes import constraints

if TYPE_CHECKING:
    from botocore.model import Shape

Steps = tuple[str, ...]

_BOOLEANS = ["true", "false"]


def read_members(operation: str, pairs: Iterable[tuple[str, str]]) -> dict[Steps, Any]:
    """Values by the members that lead to them, in the order in which they were typed.

    Parameters
    ----------
    operation : str
        AWS operation name.
    pairs : iterable of tuple of str
        Dotted names, in any case of letters, and texts.

    Raises
    ------
    ValidationError
        There is no such member, with the nearest; it is given twice; or the text is no such value.
    """
    found: dict[Steps, Any] = {}
    for name, text in pairs:
        steps, shape = _member(operation, name)
        if steps in found:
            raise ValidationError(f"--{'.'.join(steps)} is given twice", code="Usage")
        found[steps] = _value(shape, text, ".".join(steps))
    return found


def read_request(text: str) -> dict[str, Any]:
    """Members of a request: JSON, or the name of a file that has it.

    Raises
    ------
    ValidationError
        It is neither, or the JSON is not that of members.
    """
    if not text.lstrip().startswith("{"):
        try:
            text = Path(text).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not a text"
            raise ValidationError(f"--json {text}: {why}", hint="Give a file, or JSON in quotes.") from error
    found = _json(text, "json")
    if not isinstance(found, dict):
        raise ValidationError("--json: not an object with members", code="Usage")
    return found


def member_names(operation: str, start: str = "") -> list[str]:
    """Dotted names that go on from what is typed of one: the members of the structure that it leads into."""
    above, dot, _ = start.rpartition(".")
    try:
        shape = _member(operation, above)[1] if dot else get_model().operation(operation).input_shape
    except ValidationError:
        return []
    return [f"{above}{dot}{name}" for name in _members(shape)]


def member_choices(operation: str, name: str) -> list[str]:
    """Values that a member can have, if they are few enough to be listed; none if it is no member."""
    try:
        shape: Any = _member(operation, name)[1]
    except ValidationError:
        return []
    shape = shape.member if shape.type_name == "list" else shape
    return _BOOLEANS if shape.type_name == "boolean" else list(shape.metadata.get("enum", ()))


def required_members(operation: str) -> list[str]:
    """Members that a request must have."""
    shape: Any = get_model().operation(operation).input_shape
    return list(shape.required_members)


def _member(operation: str, name: str) -> tuple[Steps, Shape]:
    shape: Any = get_model().operation(operation).input_shape
    steps: list[str] = []
    left = name
    while left:
        if shape.type_name == "map":
            return (*steps, left), shape.value
        step, _, left = left.partition(".")
        known = {each.lower(): each for each in _members(shape)}
        if step.lower() not in known:
            raise _unknown(operation, steps, step, list(known.values()), shape)
        steps.append(known[step.lower()])
        shape = shape.members[steps[-1]]
    return tuple(steps), shape


def _members(shape: Any) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from shape.members


def _unknown(operation: str, above: list[str], name: str, known: list[str], shape: Shape) -> ValidationError:
    where = ".".join([operation, *above])
    if not known:
        return ValidationError(f"{where} is a {shape.type_name}, which has no member {name!r}", hint=_AS_JSON)
    lower = {each.lower(): each for each in known}
    near = meant(name.lower(), lower)
    hint = f"Did you mean --{'.'.join([*above, lower[near]])}?" if near else f"There are: {', '.join(known)}."
    return ValidationError(f"{where} has no member {name!r}", hint=hint)


_AS_JSON = """Give all of it as JSON: '[{"Name": "..."}]'."""


def _value(shape: Any, text: str, name: str) -> Any:
    kind = shape.type_name
    if kind in ("structure", "map"):
        return _json(text, name)
    if kind != "list":
        return _plain(shape, text, name)
    if text.lstrip().startswith("["):
        return _json(text, name)
    if shape.member.type_name in ("structure", "map", "list"):
        raise ValidationError(f"--{name}: {text!r} is no list of structures", hint=_AS_JSON)
    return [_plain(shape.member, each.strip(), name) for each in text.split(",")]


def _plain(shape: Shape, text: str, name: str) -> Any:
    found: list[constraints.Found] = []
    value = constraints.parsed(text, shape, None, found)
    if found:
        what = found[0].constraint.removeprefix("Member must be ")
        raise ValidationError(f"--{name}: {text!r} is not {what}", code="Usage")
    return value


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValidationError(f"--{name}: {error}", code="Usage", hint="It is JSON that is needed there.") from error
