"""What Describe says of anything, for people: one line a member, by its dotted name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from jupyter_sm_ext.tables import Table, local_time


def description_table(described: Mapping[str, Any], name: str) -> Table:
    """The members of a description that have a value, in the order in which the service gives them.

    Parameters
    ----------
    described : mapping
        As boto3 gives it.
    name : str
        Of what is described.
    """
    return Table(("Member", "Value"), list(_members(described, "")), f"{name}: nothing is said of it")


def _members(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for member, inner in value.items():
            yield from _members(inner, f"{name}.{member}" if name else str(member))
    elif isinstance(value, list) and any(isinstance(each, (Mapping, list)) for each in value):
        for number, inner in enumerate(value):
            yield from _members(inner, f"{name}[{number}]")
    elif value not in (None, "", []):
        yield name, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, datetime):
        return local_time(value.timestamp())
    if isinstance(value, bool):
        return str(value).lower()
    # A cell is one line: a reason for a failure may have several.
    return " ".join(str(value).split("\n"))
