"""Pages of a list: filters, order and NextToken, the same for every kind.

Which members a List request may have is the model's business (`model.validate`); what they mean is told here, once:
``CreationTimeAfter/Before`` and ``LastModifiedTimeAfter/Before`` are bounds, ``*NameContains`` is a part of the name,
``StatusEquals`` is the status, ``DomainIdEquals`` the parent, and any other ``*Equals`` a member of the list's rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from jupyter_sm_ext.engine.store import Row, dumps
from jupyter_sm_ext.engine.tokens import Tokens
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

_BOUNDS = {
    "CreationTimeAfter": "created_after",
    "CreationTimeBefore": "created_before",
    "LastModifiedTimeAfter": "modified_after",
    "LastModifiedTimeBefore": "modified_before",
}
_SORTS: Mapping[str, str] = {
    "CreationTime": "created",
    "LastModifiedTime": "modified",
    "Name": "key",
    "Status": "status",
    "FinalObjectiveMetricValue": "objective",
}


@dataclass(frozen=True)
class Listing:
    """How one List operation behaves.

    Parameters
    ----------
    operation : str
        AWS operation name; a NextToken is good for this one only.
    kind : str
        What it lists.
    member : str, optional
        Response member that holds the page; the one of the kind's row in resources.py if not given.
    default_sort : str
        What SortBy is if not given.
    default_results : int
        What MaxResults is if not given.
    filters_after : bool
        Whether a page is cut before StatusEquals and NameContains are applied, so that it can be short or empty and
        still have a NextToken; ListTrainingJobs does so (API reference, MaxResults).
    """

    operation: str
    kind: str
    member: str | None = None
    default_sort: str = "CreationTime"
    default_results: int = 100
    filters_after: bool = False


@dataclass
class _Wanted:
    """A List request, understood."""

    filters: dict[str, Any] = field(default_factory=dict)
    equals: dict[str, Any] = field(default_factory=dict)
    contains: str | None = None
    status: str | None = None


def page(
    engine: Engine,
    listing: Listing,
    request: Mapping[str, Any],
    *,
    parent: str | None = None,
    text: Callable[[Row], str | None] | None = None,
) -> str:
    """Answer a List request.

    Parameters
    ----------
    engine : Engine
        Whose records.
    listing : Listing
        How the operation behaves.
    request : mapping
        As the model allows it.
    parent : str, optional
        Only the records of this parent.
    text : callable, optional
        Makes the JSON text of a row, or None if it is none after all; the record's summary if not given.

    Returns
    -------
    str
        The response as JSON text.

    Raises
    ------
    ValidationError
        The NextToken is not one of ours, or was given for other filters.
    """
    wanted = _understand(request)
    if parent is not None:
        wanted.filters["parent"] = parent
    order = _SORTS[request.get("SortBy", listing.default_sort)]
    descending = request.get("SortOrder", "Ascending") == "Descending"
    limit = int(request.get("MaxResults", listing.default_results))
    late = listing.filters_after
    if not late:
        wanted.filters["contains"] = wanted.contains
        wanted.filters["statuses"] = None if wanted.status is None else (wanted.status,)
    tokens = Tokens(engine.keys.secret_access_key, [listing.operation, parent], request)
    after = cast("tuple[float | str, str] | None", tokens.given(request))
    rows: list[Row] = []
    while True:
        found = engine.store.rows(
            listing.kind, order_by=order, descending=descending, after=after, limit=limit + 1, **wanted.filters
        )
        rows += found if late else [row for row in found if _fits(row, wanted, late)]
        if late or len(rows) > limit or len(found) <= limit:
            break
        after = cast("tuple[float | str, str]", (found[-1].value, found[-1].key))
    more, rows = len(rows) > limit, rows[:limit]
    shown = [row for row in rows if _fits(row, wanted, late)]
    texts = [row.summary if text is None else text(row) for row in shown]
    member = listing.member or resource(listing.kind).summaries
    token = f',"NextToken":{dumps(tokens.write((rows[-1].value, rows[-1].key)))}' if more else ""
    return f'{{"{member}":[{",".join(filter(None, texts))}]{token}}}'


def _understand(request: Mapping[str, Any]) -> _Wanted:
    wanted = _Wanted()
    for name, value in request.items():
        if name in _BOUNDS:
            wanted.filters[_BOUNDS[name]] = float(value)
        elif name == "DomainIdEquals":
            wanted.filters["parent"] = value
        elif name == "StatusEquals":
            wanted.status = value
        elif name.endswith("Equals"):
            wanted.equals[name.removesuffix("Equals")] = value
        elif name.endswith("NameContains") or name == "NameContains":
            wanted.contains = value
    return wanted


def _fits(row: Row, wanted: _Wanted, late: bool) -> bool:
    if late and wanted.status is not None and row.status != wanted.status:
        return False
    if late and wanted.contains is not None and wanted.contains not in row.key:
        return False
    if not wanted.equals:
        return True
    summary = json.loads(row.summary)
    return all(_plain(summary.get(name)) == value for name, value in wanted.equals.items())


def _plain(value: Any) -> Any:
    """A status with details is compared by its status (WarmPoolStatusEquals)."""
    return value.get("Status") if isinstance(value, dict) else value
