"""The words that a search can be made of: properties of jobs, what can stand after each, and values that fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jupyter_sm_ext.requests.search_expression import SHORT, names_of, operators_of, property_named, values_of
from jupyter_sm_ext.requests.search_properties import WHOLE, Property
from jupyter_sm_ext.resources import Resource

_BARE = re.compile(r"""[^\s"'<>=!~(),]+""")
_INJECTED = "_tuning_"  # what names of hyperparameters begin with that the service adds by itself
_EXAMPLES = 8  # values that are told of what jobs have

Json = dict[str, Any]


def search_words(row: Resource, records: Iterable[Mapping[str, Any]] = ()) -> list[Json]:
    """Properties that a search can name, those that are likeliest meant first.

    Parameters
    ----------
    row : Resource
        What is searched for.
    records : iterable of dict
        Jobs as Search tells of them: metrics, hyperparameters and tags have the names that these have.

    Returns
    -------
    list of dict
        ``name``, ``type``, ``operators`` and ``values``, as they are written in a text.
    """
    told = [_told(name, row) for name in SHORT]
    told += _named_by_users(row, records)
    # Of a structure there is only to know whether it exists; its members tell more.
    return told + [_told(name, row) for name in names_of(row) if property_named(name, row).type != WHOLE]


def _told(name: str, row: Resource) -> Json:
    found = property_named(name, row)
    return {**_typed(name, found), "values": values_of(row, found)}


def _typed(name: str, found: Property) -> Json:
    return {"name": name, "type": found.type, "operators": operators_of(found)}


def _named_by_users(row: Resource, records: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    seen: dict[str, tuple[Property, dict[str, None]]] = {}
    for record in records:
        for holder, name, value in _names_in(record):
            written, shown = _written(name), _written(value)
            if written is not None:
                _, values = seen.setdefault(
                    f"{holder}.{written}", (property_named(f"{holder}.{name}", row), dict[str, None]())
                )
                if shown is not None and len(values) < _EXAMPLES:
                    values[shown] = None
    for name, (found, values) in seen.items():
        yield {**_typed(name, found), "values": list(values)}


def _names_in(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for metric in record.get("FinalMetricDataList") or ():
        yield "Metrics", metric["MetricName"], f"{metric['Value']:.6g}"
    for name, value in (record.get("HyperParameters") or {}).items():
        if not name.startswith(_INJECTED):
            yield "HyperParameters", name, value
    for tag in record.get("Tags") or ():
        yield "Tags", tag["Key"], tag["Value"]


def _written(text: str) -> str | None:
    """A name or a value as it stands in a text; None if it cannot."""
    if _BARE.fullmatch(text):
        return text
    quote = next((each for each in "\"'" if each not in text), None)
    return None if quote is None else f"{quote}{text}{quote}"
