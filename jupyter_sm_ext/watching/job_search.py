"""Jobs that fit a search: the request that a text becomes, its records page by page, and a table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.requests.search_expression import cell_of, property_named, read_search
from jupyter_sm_ext.requests.search_properties import NUMBER, WHOLE, Property
from jupyter_sm_ext.resources import Resource, resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table
from jupyter_sm_ext.watching.job_lists import SEARCHED_KINDS

PAGE = 100
"""So many records come with one call, at most."""
_ORDERS = {"asc": "Ascending", "desc": "Descending"}
_ALWAYS = {"Name": "name", "Status": "status", "Created": "created"}

Json = dict[str, Any]


@dataclass(frozen=True)
class JobSearch:
    """What is searched for.

    Parameters
    ----------
    row : Resource
        The kind of job.
    request : dict
        Of SageMaker's Search.
    columns : mapping of str to Property
        What a table of the jobs shows, by its heads: name, status, time, and what the search is about.
    """

    row: Resource
    request: Json
    columns: Mapping[str, Property]

    def page(self, studio: Studio, token: str | None = None, size: int = PAGE) -> tuple[list[Json], str | None]:
        """Some records, and the token of the page after them; None if there is none."""
        following = {} if token is None else {"NextToken": token}
        answer = studio.call("Search", {**self.request, "MaxResults": min(size, PAGE), **following})
        records = [each[self.row.noun] for each in answer.get("Results", ())]
        return records, answer.get("NextToken")

    def first(self, studio: Studio, most: int) -> list[Json]:
        """The first records."""
        found, token = self.page(studio, size=most)
        while token is not None and len(found) < most:
            more, token = self.page(studio, token, most - len(found))
            found += more
        return found[:most]

    def table(self, records: Sequence[Json], label: str, notes: Sequence[str] = ()) -> Table:
        """The records in columns.

        Parameters
        ----------
        records : sequence of dict
            Those that were found.
        label : str
            Where they were searched for; said if there are none.
        notes : sequence of str
            Lines below.
        """
        rows = [[cell_of(each, record) for each in self.columns.values()] for record in records]
        numbers = [head for head, each in self.columns.items() if each.type == NUMBER]
        return Table(list(self.columns), rows, f"{label}: no {self.row.kind.replace('-', ' ')} fit", notes, numbers)

    def values(self, record: Json) -> Json:
        """What a record has in each column, as it is: numbers as numbers, several as a text."""
        found: Json = {}
        for head, each in self.columns.items():
            several = () if each.tag else each.values(record)
            found[head] = several[0] if len(several) == 1 else cell_of(each, record) or None
        return found


def job_search(text: str, kind: str = "training", sort: str | None = None) -> JobSearch:
    """Understand a search for jobs.

    Parameters
    ----------
    text : str
        What they must be, as `search_expression` reads it; all fit an empty one.
    kind : str
        One of `job_lists.SEARCHED_KINDS`.
    sort : str, optional
        A property, most first; ``PROPERTY:asc`` for least first.

    Raises
    ------
    ValidationError
        What is wrong, with the nearest that would do.
    """
    if kind not in SEARCHED_KINDS:
        raise ValidationError(f"there is no search for {kind!r}", hint=f"There are: {', '.join(SEARCHED_KINDS)}.")
    row = resource(SEARCHED_KINDS[kind])
    request: Json = {"Resource": row.noun}
    asked: list[Property] = []
    if text.strip():
        sought = read_search(text, row)
        request["SearchExpression"] = sought.expression
        asked += sought.properties
    if sort:
        order, request["SortOrder"] = _order(sort, row)
        request["SortBy"] = order.name
        asked.append(order)
    columns = {head: property_named(name, row) for head, name in _ALWAYS.items()}
    fixed = {each.name for each in columns.values()}
    return JobSearch(row, request, {**columns, **{each.name: each for each in asked if each.name not in fixed}})


def _order(text: str, row: Resource) -> tuple[Property, str]:
    name, colon, word = text.rpartition(":")
    # A metric's own name may have a colon, as validation:loss has.
    if not colon or word.lower() not in _ORDERS:
        name, word = text, "desc"
    found = property_named(name, row)
    if found.type == WHOLE:
        raise ValidationError(f"sort: {found.name} is no single value")
    return found, _ORDERS[word.lower()]
