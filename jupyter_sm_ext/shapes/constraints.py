"""One function a shape: what a value must be, in the service's words.

Each function takes the value, the path to it and the list of what was found wrong, and only adds to that list; `model`
compiles shapes into them.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import difflib
import functools
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from botocore.model import Shape

MAX_VIOLATIONS = 50
MAX_SHOWN = 256
_NULL = "Member must not be null"
LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last one that datetime can hold

Path = tuple[Any, str] | None
"""Linked list of the names that lead to a value; joined only when something is wrong."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something wrong with a value, before it is put into words."""

    path: Path
    value: object
    constraint: str
    secret: bool = False
    # False: of the wrong kind altogether, so a list or map names the element instead of its constraints
    listed: bool = True


Check = Callable[[Any, Path, list[Found]], None]
MembersCheck = Callable[[object, Iterable[tuple[str, Any]], Path, list[Found]], None]


def anything_check(value: Any, path: Path, found: list[Found]) -> None:
    """Take what the model calls a document: any JSON."""


def lower_camel(name: str) -> str:
    """A member's name as the service writes it in paths."""
    return name[:1].lower() + name[1:]


def structure_check(members: dict[str, tuple[Check, str]], required: Iterable[str], union: bool) -> Check:
    """Known members only, none missing that is required, exactly one of a union.

    Members are given with their names as they stand in paths, and may still be added after this call.
    """
    needed = [(name, lower_camel(name)) for name in required]

    def check(value: Any, path: Path, found: list[Found]) -> None:
        if not isinstance(value, dict):
            found.append(Found(path, value, "Member must be an object", listed=False))
            return
        for name, item in value.items():
            member = members.get(name)
            if member is None:
                found.append(unknown_member(name, item, path, members))
                if len(found) >= MAX_VIOLATIONS:
                    return
            elif item is not None:  # null on the wire is the same as not there
                check_member, shown = member
                check_member(item, (path, shown), found)
        found.extend(Found((path, shown), None, _NULL) for name, shown in needed if value.get(name) is None)
        if union and sum(value.get(name) is not None for name in members) != 1:
            found.append(Found(path, value, f"Member must have exactly one of [{', '.join(members)}]"))

    return check


def list_check(item_check: Check, meta: Mapping[str, Any], constraints: str) -> Check:
    """Size, then each element."""
    size = _size(meta)
    each = _members_check(item_check, constraints, "Member")

    def check(value: Any, path: Path, found: list[Found]) -> None:
        if not isinstance(value, (list, tuple)):
            found.append(Found(path, value, "Member must be a list", listed=False))
            return
        size(len(value), value, path, found)
        each(value, ((str(number), item) for number, item in enumerate(value, 1)), path, found)

    return check


def map_check(key_check: Check, item_check: Check, meta: Mapping[str, Any], keys: str, constraints: str) -> Check:
    """Size, then each key, then each value."""
    size = _size(meta)
    each = _members_check(item_check, constraints, "Map value")

    def check(value: Any, path: Path, found: list[Found]) -> None:
        if not isinstance(value, dict):
            found.append(Found(path, value, "Member must be an object", listed=False))
            return
        size(len(value), value, path, found)
        wrong: list[Found] = []
        for key in value:
            key_check(key, path, wrong)
            if wrong:
                found.append(_together(wrong, value, path, f"Map keys must satisfy constraint: [{keys}]"))
                wrong.clear()
                break
        each(value, ((str(key)[:MAX_SHOWN], item) for key, item in value.items()), path, found)

    return check


def _members_check(item_check: Check, constraints: str, what: str) -> MembersCheck:
    """Each member of a list or map, given with the name that messages call it by."""
    sentence = f"{what} must satisfy constraint: [{constraints}]"

    def check(value: object, members: Iterable[tuple[str, Any]], path: Path, found: list[Found]) -> None:
        wrong: list[Found] = []
        for name, item in members:
            where: Path = ((path, name), "member")
            if item is None:
                wrong.append(Found(where, None, _NULL, listed=False))
            else:
                item_check(item, where, wrong if constraints else found)
            if wrong:
                found.append(_together(wrong, value, path, sentence))
                wrong.clear()
                if constraints:
                    return
            if len(found) >= MAX_VIOLATIONS:
                return

    return check


def _together(wrong: list[Found], value: object, path: Path, constraint: str) -> Found:
    """One violation for a list or map of plain values, as the service has it."""
    for each in wrong:
        if not each.listed:
            return each
    return Found(path, value, constraint, any(each.secret for each in wrong))


def string_check(meta: Mapping[str, Any]) -> Check:
    """Enum, pattern, length."""
    enum = frozenset(meta.get("enum", ()))
    enum_text = f"Member must satisfy enum value set: [{', '.join(meta.get('enum', ()))}]"
    pattern = meta.get("pattern")
    secret = bool(meta.get("sensitive"))
    longest = meta.get("max")
    size = _size(meta, secret)

    def check(value: Any, path: Path, found: list[Found]) -> None:
        if not isinstance(value, str):
            found.append(Found(path, value, "Member must be a string", secret, listed=False))
            return
        if enum and value not in enum:
            found.append(Found(path, value, enum_text, secret))
        length = len(value)
        # No pattern is tried on what is far too long anyway: it could take forever.
        tried = pattern is not None and (longest is None or length <= longest + MAX_SHOWN)
        if tried and not compiled(pattern).fullmatch(value):
            text = f"Member must satisfy regular expression pattern: {pattern}"
            found.append(Found(path, value, text, secret))
        size(length, value, path, found)

    return check


def number_check(kind: str, meta: Mapping[str, Any]) -> Check:
    """Kind, range."""
    whole = kind in ("integer", "long")
    bits = 32 if kind == "integer" else 64
    edge = 1 << (bits - 1)
    lowest, highest = meta.get("min"), meta.get("max")

    def check(value: Any, path: Path, found: list[Found]) -> None:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float, Decimal)):
            text = "Member must be an integer" if whole else "Member must be a number"
            found.append(Found(path, value, text, listed=False))
        elif whole and not -edge <= value < edge:
            found.append(Found(path, value, f"Member must be an integer of {bits} bits", listed=False))
        elif not whole and not (isinstance(value, int) or math.isfinite(value)):
            found.append(Found(path, value, "Member must be a finite number", listed=False))
        else:
            if highest is not None and value > highest:
                found.append(Found(path, value, f"Member must have value less than or equal to {highest}"))
            if lowest is not None and value < lowest:
                found.append(Found(path, value, f"Member must have value greater than or equal to {lowest}"))

    return check


def boolean_check(value: Any, path: Path, found: list[Found]) -> None:
    """True or false, nothing that looks like it."""
    if not isinstance(value, bool):
        found.append(Found(path, value, "Member must be a boolean", listed=False))


def timestamp_check(value: Any, path: Path, found: list[Found]) -> None:
    """Seconds since 1970, as on the wire, or a datetime."""
    if isinstance(value, datetime.datetime):
        return
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)) or not 0 <= value <= LAST_SECOND:
        found.append(Found(path, value, "Member must be a time in seconds since 1970", listed=False))


def blob_check(meta: Mapping[str, Any]) -> Check:
    """Bytes, or the base64 that stands for them on the wire."""
    size = _size(meta)

    def check(value: Any, path: Path, found: list[Found]) -> None:
        if isinstance(value, str):
            try:
                value = base64.b64decode(value, validate=True)
            except (binascii.Error, ValueError):
                found.append(Found(path, value, "Member must be base64", listed=False))
                return
        if isinstance(value, (bytes, bytearray)):
            size(len(value), "...", path, found)
        else:
            found.append(Found(path, value, "Member must be bytes", listed=False))

    return check


def _size(meta: Mapping[str, Any], secret: bool = False) -> Callable[[int, object, Path, list[Found]], None]:
    lowest, highest = meta.get("min"), meta.get("max")

    def check(length: int, value: object, path: Path, found: list[Found]) -> None:
        if highest is not None and length > highest:
            text = f"Member must have length less than or equal to {highest}"
            found.append(Found(path, value, text, secret))
        if lowest is not None and length < lowest:
            text = f"Member must have length greater than or equal to {lowest}"
            found.append(Found(path, value, text, secret))

    return check


def plain_check(kind: str, meta: Mapping[str, Any]) -> Check:
    """Check a value that has no parts."""
    simple: dict[str, Check] = {"boolean": boolean_check, "timestamp": timestamp_check}
    if kind in simple:
        return simple[kind]
    if kind == "string":
        return string_check(meta)
    return blob_check(meta) if kind == "blob" else number_check(kind, meta)


def constraints_of(shape: Shape) -> str:
    """Name all constraints of a plain value, as the service lists them for the elements of a list or map."""
    meta = shape.metadata
    if shape.type_name in ("structure", "list", "map"):
        return ""
    measure = "length" if shape.type_name in ("string", "blob") else "value"
    parts = []
    if "max" in meta:
        parts.append(f"Member must have {measure} less than or equal to {meta['max']}")
    if "min" in meta:
        parts.append(f"Member must have {measure} greater than or equal to {meta['min']}")
    if "pattern" in meta:
        parts.append(f"Member must satisfy regular expression pattern: {meta['pattern']}")
    if "enum" in meta:
        parts.append(f"Member must satisfy enum value set: [{', '.join(meta['enum'])}]")
    return ", ".join(parts)


def unknown_member(name: object, value: object, path: Path, members: Iterable[str]) -> Found:
    """Report a member that the model does not have, with the one that was probably meant."""
    known = list(members)
    text = str(name)[:MAX_SHOWN]
    meant = difflib.get_close_matches(text, known, 1)
    guess = f" (did you mean {meant[0]}?)" if meant else ""
    return Found((path, lower_camel(text)), value, f"Member is unknown{guess}, it must be one of [{', '.join(known)}]")


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile one of the model's patterns, which are Java's, as Python's."""
    # Java writes what is beyond 16 bits as a pair of surrogates.
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    if r"\p{" not in pattern:
        return re.compile(pattern, re.ASCII)  # \w, \d and \s mean ASCII in Java
    import regex

    # regex's own \p{Alnum} is any letter of any script, Java's is ASCII.
    return cast("re.Pattern[str]", regex.compile(pattern.replace(r"\p{Alnum}", "a-zA-Z0-9")))


def parsed(text: str, shape: Shape, path: Path, found: list[Found]) -> Any:
    """Read the value that a text stands for."""
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "timestamp":
            return _seconds(text)
    except (ValueError, OverflowError):
        what = "a time (seconds since 1970 or ISO 8601)" if kind == "timestamp" else "a number"
        found.append(Found(path, text, f"Member must be {what}", listed=False))
        return None
    if kind == "boolean":
        if text not in ("true", "false"):
            found.append(Found(path, text, "Member must be true or false", listed=False))
        return text == "true"
    if kind != "string":
        found.append(Found(path, text, f"Member is a {kind} and can't be given as text", listed=False))
    return text


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        # Python 3.10 does not read the Z.
        when = datetime.datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
        return (when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)).timestamp()
    if not 0 <= value <= LAST_SECOND:
        raise ValueError(text)
    return value
