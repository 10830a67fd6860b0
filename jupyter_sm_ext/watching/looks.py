"""How each kind of thing is looked at with few calls, and what has been seen of it so far.

A look remembers; `refresh` blocks, calls the service, and tells whether anything changed.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from jupyter_sm_ext.connections.denied import DeniedDeed
from jupyter_sm_ext.errors import (
    AccessDeniedError,
    CredentialsError,
    NotFoundError,
    SageMakerError,
    ThrottledError,
    UnknownOperationError,
    ValidationError,
)
from jupyter_sm_ext.resources import Resource, resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.job_ways import ways
from jupyter_sm_ext.watching.look import Look
from jupyter_sm_ext.watching.studio_look import StudioLook
from jupyter_sm_ext.watching.thing_look import DescribeLook, TuningLook

JOBS = "jobs"
# Training jobs first: of every one that is listed the tuning job, which was there before it, is then listed, too.
_JOB_KINDS = ("training-jobs", "tuning-jobs", "compilation-jobs")
_NEWEST = 100  # jobs in the merged list
_MOST_PAGES = 5
_WHOLE = 300.0  # seconds after which the lists are read whole again: what was deleted elsewhere is in no news
CHILD = re.compile(r"(.+)-(\d{3,})-[0-9a-f]{8}")  # how the service names a tuning job's training jobs


class ListLook(Look):
    """Every summary of one kind."""

    def __init__(self, row: Resource) -> None:
        self.row, self.kind = row, row.kind
        self._items: list[dict[str, Any]] | None = None

    def refresh(self, studio: Studio) -> bool:
        items: list[dict[str, Any]] = []
        request: dict[str, Any] = {"MaxResults": 100}
        while True:
            page = studio.read_json(self.row.operation("list"), request)
            items += page[self.row.summaries]
            if not page.get("NextToken"):
                break
            request["NextToken"] = page["NextToken"]
        changed = items != self._items
        self._items = items
        return changed

    def contents(self, since: int | None) -> dict[str, Any]:
        return {"items": self._items or []}


@dataclass
class _Walk:
    """Through the pages of what was modified since a time; a look reads only so many of them."""

    since: float | None
    token: str | None = None
    newest: float | None = None  # of what the first pages told: what changes later is in the next walk
    enough: bool = False


class JobsLook(Look):
    """The newest jobs of all kinds; after the first look mostly only what was modified since is asked for."""

    kind: ClassVar[str] = JOBS  # type: ignore[misc]

    def __init__(self) -> None:
        self._jobs: dict[tuple[str, str], dict[str, Any]] = {}
        self._modified: dict[str, float] = {}
        self._walks: dict[str, _Walk] = {}
        self._missing: dict[str, SageMakerError] = {}
        self._parents: set[str] = set()
        self._read_whole = self._hastened = -math.inf

    def hasten(self) -> None:
        self._hastened = time.monotonic()

    def refresh(self, studio: Studio) -> bool:
        found: list[tuple[Resource, dict[str, Any]]] = []
        gone: set[tuple[str, str]] = set()
        # A walk that breaks off, also because its token is too old, begins again: the mark has not moved.
        begun, self._walks = self._walks, {}
        walks: dict[str, _Walk] = {}
        began = time.monotonic()
        whole = self._hastened >= self._read_whole or began - self._read_whole > _WHOLE
        for kind in _JOB_KINDS:
            row = resource(kind)
            try:
                since = None if whole else self._modified.get(kind)
                walk = _Walk(since) if since is None else begun.get(kind) or _Walk(since)
                news = self._news(studio, row, walk)
                walks[kind] = walk
                found += [(row, summary) for summary in news]
                if whole:
                    gone |= self._gone(row, news, complete=walk.token is None)
                self._missing.pop(kind, None)
            except (AccessDeniedError, UnknownOperationError) as error:
                # One missing permission dims one kind of job, not the whole list. What was seen of it would stay for
                # ever as it was.
                self._missing[kind] = error
                gone |= {name for name in self._jobs if name[0] == kind}
                self._modified.pop(kind, None)
        if len(self._missing) == len(_JOB_KINDS):
            raise self._missing[_JOB_KINDS[0]]
        if whole:
            self._read_whole = began
        self._parents |= {summary[row.key[0]] for row, summary in found if row.kind == "tuning-jobs"}
        changed = bool(gone)
        for name in gone:
            del self._jobs[name]
        for row, summary in found:
            changed |= self._remember(row, summary)
        for kind, walk in walks.items():
            self._move_mark(kind, walk)
        for name in sorted(self._jobs, key=self._created, reverse=True)[_NEWEST:]:
            del self._jobs[name]
        return changed

    def _created(self, name: tuple[str, str]) -> float:
        return float(self._jobs[name]["created"])

    def _gone(self, row: Resource, listed: list[dict[str, Any]], *, complete: bool) -> set[tuple[str, str]]:
        """Jobs of a kind that are not among the newest of it any more, though they would be."""
        names = {str(summary[row.key[0]]) for summary in listed}
        oldest = 0.0 if complete else min((float(each["CreationTime"]) for each in listed), default=0.0)
        return {
            (kind, name)
            for (kind, name), job in self._jobs.items()
            if kind == row.kind and name not in names and float(job["created"]) > oldest
        }

    def _move_mark(self, kind: str, walk: _Walk) -> None:
        """Move it where nothing before it was left unread; else go on from there in the next look."""
        if walk.token is None or walk.enough or kind not in self._modified:
            if walk.newest is not None:
                self._modified[kind] = max(walk.newest, self._modified.get(kind, 0.0))
        elif walk.since is not None:
            self._walks[kind] = walk

    def _news(self, studio: Studio, row: Resource, walk: _Walk) -> list[dict[str, Any]]:
        """Summaries of one kind that were modified since a time, else the newest."""
        request: dict[str, Any] = {"MaxResults": 100, "SortBy": "CreationTime", "SortOrder": "Descending"}
        if walk.since is not None:
            # A second of overlap: the service's clock has whole seconds in some lists.
            request["LastModifiedTimeAfter"] = walk.since - 1
        found: list[dict[str, Any]] = []
        for _ in range(_MOST_PAGES):
            if walk.token is not None:
                request["NextToken"] = walk.token
            page = studio.read_json(row.operation("list"), request)
            found += page[row.summaries]
            walk.token = page.get("NextToken")
            own = sum(CHILD.fullmatch(str(summary[row.key[0]])) is None for summary in found)
            walk.enough = walk.since is None and own >= _NEWEST
            if walk.token is None or walk.enough:
                break
        if walk.newest is None:
            walk.newest = max(map(_modified, found), default=None)
        return found

    def _remember(self, row: Resource, summary: dict[str, Any]) -> bool:
        name = str(summary[row.key[0]])
        child = CHILD.fullmatch(name) if row.kind == "training-jobs" else None
        if child and child[1] in self._parents:
            return False
        item = {
            "kind": row.kind,
            "key": [name],
            "name": name,
            "status": summary[row.status],
            "created": summary["CreationTime"],
            "modified": _modified(summary),
            "ways": ways(row.kind, summary),
            "summary": summary,
        }
        if self._jobs.get((row.kind, name)) == item:
            return False
        self._jobs[row.kind, name] = item
        return True

    def contents(self, since: int | None) -> dict[str, Any]:
        items = [self._jobs[name] for name in sorted(self._jobs, key=self._created, reverse=True)]
        missing = {kind: error for kind, error in self._missing.items() if error.status == 403}
        return {
            "items": items,
            "missing": {kind: error.message for kind, error in missing.items()},
            "statements": {kind: error.statement for kind, error in missing.items() if error.statement},
        }


def _modified(summary: dict[str, Any]) -> float:
    return float(summary.get("LastModifiedTime") or summary["CreationTime"])


_MERGED: dict[str, type[Look]] = {JOBS: JobsLook, StudioLook.kind: StudioLook}


def look_for(kind: str, key: tuple[str, ...]) -> Look:
    """How to look at a thing.

    Parameters
    ----------
    kind : str
        A resource's kind, ``jobs`` for the merged list of jobs, or ``studio`` for the tree of domains.
    key : tuple of str
        Empty for a list.

    Raises
    ------
    ValidationError
        There is no such kind, or the key has the wrong number of parts.
    """
    if kind in _MERGED:
        if key:
            raise ValidationError(f"{kind} has no key")
        return _MERGED[kind]()
    try:
        row = resource(kind)
        if not key:
            return ListLook(row)
        row.key_request(key)
    except (KeyError, ValueError) as error:
        raise ValidationError(str(error.args[0])) from error
    return TuningLook(row, key) if row.kind == "tuning-jobs" else DescribeLook(row, key)


class Seen:
    """What was seen of a thing so far, and the snapshot that tells it.

    Parameters
    ----------
    studio : Studio
        Whose thing it is.
    thing : Look
        How it is looked at.
    """

    def __init__(self, studio: Studio, thing: Look) -> None:
        self.studio = studio
        self.thing = thing
        self.error: SageMakerError | None = None
        self.credentials = 0  # those with which it was looked last
        self.denied: list[DeniedDeed] = []
        # Starts at the time, so that a number from before a restart is never taken for one of ours.
        self._first = self.seq = time.time_ns() // 1_000_000
        self._updated = 0.0

    @property
    def finished(self) -> bool:
        """Whether it cannot change any more, as far as the last look told."""
        return isinstance(self.error, NotFoundError) or (self.error is None and self.thing.terminal)

    @property
    def expired(self) -> bool:
        """Whether there were no credentials, or only expired ones, when it was looked last."""
        return isinstance(self.error, CredentialsError) and self.error.lasting

    def refused(self) -> bool:
        """Whether they have expired and there are no others: then the service need not be asked to know. Blocks."""
        return self.expired and not self.studio.connection.renew(self.credentials, patient=True)

    def learn(self, changed: bool, error: SageMakerError | None) -> bool:
        """Take in what a look brought; returns whether there is anything new to tell."""
        if error is None:
            self._updated = time.time()
        if changed:
            self.thing.mark(self.seq + 1)
        news = changed or (error and error.code) != (self.error and self.error.code)
        self.error = error
        self.seq += news
        return self.heed() or news

    def heed(self) -> bool:
        """Take in what IAM has denied by now, which nobody need look at the service for; returns whether it is news."""
        denied = self.studio.connection.denied.told()
        news = denied != self.denied
        self.denied = denied
        self.seq += news
        return news

    def snapshot(self, since: int | None = None) -> dict[str, Any]:
        """What was seen last.

        Parameters
        ----------
        since : int, optional
            Sequence number of the viewer's last snapshot: only what changed after it is given where that can be told.
        """
        base = since if since is not None and self._first <= since <= self.seq else None
        connection, error = self.studio.connection, self.error
        return {
            "connection": connection.id,
            "label": connection.label,
            "kind": self.thing.kind,
            "key": list(self.thing.key),
            "seq": self.seq,
            "since": base,
            "status": self.thing.status,
            "terminal": self.thing.terminal,
            **self.thing.contents(base),
            "denied": self.denied,
            "updated": self._updated,
            "error": error
            and {
                "message": error.message,
                "code": error.code,
                "hint": _hint(error),
                "statement": error.statement,
            },
        }


def _hint(error: SageMakerError) -> str | None:
    """What who watches can do about it: less than who called, for the looking goes on by itself."""
    if isinstance(error, ThrottledError):
        return "The service limits how often it may be called; it is asked less often until it answers."
    if isinstance(error, CredentialsError) and error.hint:
        return f"{error.hint} It goes on by itself then."
    return error.hint
