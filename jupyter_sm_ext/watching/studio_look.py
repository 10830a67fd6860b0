"""How the tree of domains, profiles, spaces and apps is looked at: four lists at once, and few details.

One list that is denied dims one branch. Where a list can be sorted by its last change only the newest page is read,
and now and then all of it, for what is gone leaves no trace. Why something failed is asked once.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from jupyter_sm_ext.errors import (
    PASSING,
    AccessDeniedError,
    NotFoundError,
    SageMakerError,
    TroubleError,
    UnknownOperationError,
)
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import Resource, resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.look import Look
from jupyter_sm_ext.watching.studio_rows import NO_DETAILS, STUDIO_KINDS, Details, Key, Row, needs_details, studio_rows

_PAGE = 100
_MOST_DETAILS = 20  # Describe calls of one look; the rest comes with the next
_WHOLE_EVERY = 2.0  # times the connection's longest pause
_MODIFIED = "LastModifiedTime"


class Branch:
    """One list, and what was seen of it.

    Parameters
    ----------
    row : Resource
        Of which kind.
    """

    def __init__(self, row: Resource) -> None:
        self.row = row
        self.items: dict[Key, dict[str, Any]] = {}
        self.error: SageMakerError | None = None
        self._whole_until = 0.0
        self._read_at: float | None = None  # seconds since 1970; None where nothing is kept

    def refresh(self, studio: Studio) -> None:
        """Read what is new.

        Raises
        ------
        SageMakerError
            The connection as a whole does not work.
        """
        try:
            self._read(studio)
            self.error, self._read_at = None, time.time()
        except SageMakerError as error:
            if isinstance(error, PASSING) and not isinstance(error, TroubleError):
                raise  # it is the connection's, not that of one branch
            if isinstance(error, (AccessDeniedError, UnknownOperationError)):
                self.items, self._read_at = {}, None
            self._whole_until = 0.0
            self.error = error

    def distrust(self) -> None:
        """Read the whole list next time."""
        self._whole_until = 0.0

    @property
    def problem(self) -> dict[str, Any] | None:
        """What keeps it from being read, and when what is kept of it was."""
        error = self.error
        if error is None:
            return None
        denied = isinstance(error, AccessDeniedError)
        action = f"sagemaker:{self.row.operation('list')}" if denied else None
        hint = f"The IAM action {action} is missing; the rest works without it." if denied else error.hint
        return {
            "message": error.message,
            "code": error.code,
            "hint": hint,
            "action": action,
            "statement": error.statement,
            "updated": self._read_at,
        }

    def _read(self, studio: Studio) -> None:
        now = time.monotonic()
        operation = self.row.operation("list")
        newest = now < self._whole_until and _MODIFIED in _sort_keys(operation)
        # A change moves an item to the front of the other order: between two pages it would slip through.
        order = {"SortBy": _MODIFIED, "SortOrder": "Descending"} if newest else {}
        request: dict[str, Any] = {"MaxResults": _PAGE, **order}
        open_ = {key for key, item in self.items.items() if item[self.row.status] in self.row.transitional}
        read: dict[Key, dict[str, Any]] = {}
        while True:
            page = studio.read_json(operation, request)
            summaries = page[self.row.summaries]
            keys = [self.row.key_parts(summary) for summary in summaries]
            read.update(zip(keys, summaries, strict=True))
            if not page.get("NextToken"):
                self.items = read
                self._whole_until = now + _WHOLE_EVERY * studio.connection.pace[1]
                return
            if newest and summaries and self.items.get(keys[-1]) == summaries[-1] and open_ <= read.keys():
                self.items = {**self.items, **read}
                return
            request["NextToken"] = page["NextToken"]


def _sort_keys(operation: str) -> list[str]:
    shape: Any = get_model().operation(operation).input_shape
    return list(shape.members["SortBy"].enum) if "SortBy" in shape.members else []


class StudioLook(Look):
    """Every domain, user profile, space and app."""

    kind: ClassVar[str] = "studio"  # type: ignore[misc]

    def __init__(self) -> None:
        self._branches = {kind: Branch(resource(kind)) for kind in STUDIO_KINDS}
        self._details: dict[tuple[str, Key], tuple[tuple[object, ...], Details]] = {}
        self._rows: list[Row] = []
        self._changed: set[tuple[str, Key]] = set()
        self._changed_at: dict[tuple[str, Key], int] = {}
        self._problems: dict[str, dict[str, Any] | None] = dict.fromkeys(STUDIO_KINDS)

    def refresh(self, studio: Studio) -> bool:
        with ThreadPoolExecutor(len(self._branches), thread_name_prefix="jupyter-sm-studio") as pool:
            for done in [pool.submit(branch.refresh, studio) for branch in self._branches.values()]:
                done.result()
            self._ask_for_details(studio, pool)
        errors = [branch.error for branch in self._branches.values()]
        if all(isinstance(error, TroubleError) for error in errors) and errors[0] is not None:
            raise errors[0]  # nothing of it was read: that is not one branch's trouble
        found = {kind: branch.items for kind, branch in self._branches.items()}
        details = {name: details for name, (_, details) in self._details.items()}
        rows = studio_rows(found, details, _here(studio))
        problems = {kind: branch.problem for kind, branch in self._branches.items()}
        before, now = _by_name(self._rows), _by_name(rows)
        self._changed.update(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
        changed = rows != self._rows or problems != self._problems
        self._rows, self._problems = rows, problems
        return changed

    def hasten(self) -> None:
        for branch in self._branches.values():
            branch.distrust()

    def mark(self, seq: int) -> None:
        self._changed_at.update(dict.fromkeys(self._changed, seq))
        self._changed.clear()

    def contents(self, since: int | None) -> dict[str, Any]:
        rows = self._rows
        if since is None:
            return {"items": rows, "branches": self._problems}
        news = self._changed | {name for name, seq in list(self._changed_at.items()) if seq > since}
        there = _by_name(rows)
        gone = [[kind, *key] for kind, key in news if (kind, key) not in there]
        items = [row for name, row in there.items() if name in news]
        return {"items": items, "gone": gone, "branches": self._problems}

    def _ask_for_details(self, studio: Studio, pool: ThreadPoolExecutor) -> None:
        wanted = {
            (kind, key): (summary["Status"], summary.get(_MODIFIED) or summary["CreationTime"])
            for kind, branch in self._branches.items()
            for key, summary in branch.items.items()
            if needs_details(kind, summary)
        }
        self._details = {name: kept for name, kept in self._details.items() if wanted.get(name) == kept[0]}
        missing = [name for name in wanted if name not in self._details][:_MOST_DETAILS]
        for name, told in zip(missing, pool.map(lambda name: _details(studio, *name), missing), strict=True):
            if told is not None:
                self._details[name] = wanted[name], told


def _by_name(rows: list[Row]) -> dict[tuple[str, Key], Row]:
    return {(row["kind"], tuple(row["key"])): row for row in rows}


def _here(studio: Studio) -> tuple[str, Key] | None:
    here = studio.connection.here
    if here is None:
        return None
    if here["SpaceName"]:
        return "spaces", (here["DomainId"], here["SpaceName"])
    return "user-profiles", (here["DomainId"], here["UserProfileName"] or "")


def _details(studio: Studio, kind: str, key: Key) -> Details | None:
    """What Describe tells; None if it should be asked again."""
    row = resource(kind)
    try:
        found = studio.read_json(row.operation("describe"), row.key_request(key))
    except (AccessDeniedError, NotFoundError, UnknownOperationError):
        return NO_DETAILS
    except SageMakerError:
        return None
    return Details((found.get("ResourceSpec") or {}).get("InstanceType"), found.get("FailureReason"))
