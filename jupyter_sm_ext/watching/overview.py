"""What runs, what that costs an hour, and what has ended: all that a status bar and notifications tell."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypedDict

from jupyter_sm_ext.checks.prices import PriceList, Prices
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.resources import BY_KIND
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.snapshots import best_of, figure, metric_of, objective_of
from jupyter_sm_ext.watching.studio_rows import LIVE_STATES, SYSTEM_INSTANCE, Row

Snapshot = Mapping[str, Any]
PricesOf = Callable[[str], PriceList]

_FINISHED = frozenset({"Completed", "COMPLETED"})
_PRICES_KEEP = 3600.0  # seconds
_MOST_BEST = 10  # tuning jobs that are described for their best trial in one look


class Running(TypedDict):
    """An app or job that runs; ``per_hour`` is None where nobody knows the price."""

    kind: str
    key: list[str]
    name: str
    owner: str | None
    app_type: str | None
    text: str
    instance: str | None
    per_hour: float | None
    created: float


class Ended(TypedDict):
    """Something worth telling once; ``id`` is the same as long as it is the same news."""

    id: str
    kind: str
    key: list[str]
    name: str
    owner: str | None
    outcome: str
    text: str | None
    at: float


class Cost(TypedDict):
    """What the running apps cost an hour; ``complete`` is false if the price of one is not known."""

    per_hour: float
    currency: str
    complete: bool


def running(studio: Snapshot, jobs: Snapshot, prices_of: PricesOf) -> tuple[list[Running], Cost | None, str | None]:
    """What runs now, and what its apps cost.

    Jobs are not in the cost: their lists do not tell on which instances they run. Nor is the instance called
    ``system`` of an app of type JupyterServer, for which AWS charges nothing.

    Parameters
    ----------
    studio, jobs : Snapshot
        Of the kinds ``studio`` and ``jobs``.
    prices_of : callable
        The Price List by type of app; asked only for types that run. It may block.

    Returns
    -------
    tuple
        What runs, apps first; the cost in the currency of the Price List, None if no price is known; and what the
        Price List has to say.
    """
    lists: dict[str, PriceList] = {}
    found: list[Running] = []
    total, priced, complete = 0.0, 0, True
    currency, message = "USD", None
    for app in _apps(studio):
        if app["state"] not in LIVE_STATES:
            continue
        instance, app_type = app["instance"], app["app_type"] or ""
        per_hour = None
        if app["state"] == "running" and instance != SYSTEM_INSTANCE:
            if app_type not in lists:
                lists[app_type] = prices_of(app_type)
            told = lists[app_type]
            per_hour = told.per_hour.get(instance or "")
            complete = complete and per_hour is not None
            if per_hour is not None:
                total, priced, currency = total + per_hour, priced + 1, told.currency
            message = message or told.message
        found.append(_of_app(app, per_hour))
    found += [_of_job(job) for job in jobs.get("items") or () if job["status"] in BY_KIND[job["kind"]].transitional]
    return found, Cost(per_hour=total, currency=currency, complete=complete) if priced else None, message


def ended(studio: Snapshot, jobs: Snapshot) -> list[Ended]:
    """What has failed, and the jobs that have finished; newest first.

    A job that somebody stopped is no news.
    """
    news = [_ended(row, "failed", row["reason"], row["modified"]) for row in _rows(studio) if _has_failed(row)]
    for job in jobs.get("items") or ():
        if job["status"] in BY_KIND[job["kind"]].failed:
            news.append(_ended(job, "failed", None, job["modified"]))
        elif job["status"] in _FINISHED:
            news.append(_ended(job, "finished", None, job["modified"]))
    return sorted(news, key=lambda each: each["at"], reverse=True)


class PriceLists:
    """Price Lists as they answered last, kept for an hour: one that does not answer may take long not to do so."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str, str], tuple[float, PriceList]] = {}

    def of(self, connection: Connection) -> PricesOf:
        """The Price List of a connection, by type of app."""
        return lambda app_type: self._kept(connection, "AppInstanceType", app_type)

    def of_training(self, connection: Connection) -> PriceList:
        """The Price List of a connection's training instances; it may block."""
        return self._kept(connection, "TrainingInstanceType", "")

    def _kept(self, connection: Connection, use: str, app_type: str) -> PriceList:
        with self._lock:
            name = (connection.id, use, app_type)
            known = self._known.get(name)
            if known is None or time.monotonic() - known[0] > _PRICES_KEEP:
                known = self._known[name] = (time.monotonic(), Prices(connection).per_hour(use, app_type=app_type))
            return known[1]


class Bests:
    """The best trial of each running tuning job, described only when its list says that something changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[Any, Ended | None]] = {}

    def look(self, studio: Studio, jobs: Snapshot) -> list[Ended]:
        """Best trials so far; blocks. What cannot be described is left out, and asked for next time."""
        with self._lock:
            before, self._known = self._known, {}
            asked = 0
            for job in jobs.get("items") or ():
                if job["kind"] != "tuning-jobs" or job["status"] not in BY_KIND["tuning-jobs"].transitional:
                    continue
                name = (str(jobs["connection"]), str(job["name"]))
                known = before.get(name)
                if known is None or known[0] != job["summary"]:
                    asked += 1
                    if asked <= _MOST_BEST:
                        known = self._described(studio, job) or known
                if known is not None:
                    self._known[name] = known
            return [news for _, news in self._known.values() if news is not None]

    def _described(self, studio: Studio, job: Mapping[str, Any]) -> tuple[Any, Ended | None] | None:
        try:
            described = studio.describe("tuning-jobs", job["name"])
        except SageMakerError:
            return None
        best = best_of({"described": described})
        value = objective_of(best) if best else None
        if best is None or value is None:
            return job["summary"], None
        text = f"{metric_of({'described': described})} = {figure(value)}"
        news = _ended(job, "best", text, job["modified"])
        return job["summary"], {**news, "id": f"{news['id']}/{best['TrainingJobName']}"}


def _rows(studio: Snapshot) -> Iterator[Row]:
    rows: Iterable[Row] = studio.get("items") or ()
    for row in rows:
        yield row
        yield from row["apps"]


def _apps(studio: Snapshot) -> Iterator[Row]:
    return (row for row in _rows(studio) if row["kind"] == "apps")


def _has_failed(row: Row) -> bool:
    # Its own status: a space is shown as failed when its app is, which is told of already.
    return row["summary"]["Status"] in BY_KIND[row["kind"]].failed


def _of_app(app: Row, per_hour: float | None) -> Running:
    return Running(
        kind="apps",
        key=app["key"],
        name=app["name"],
        owner=app["owner"],
        app_type=app["app_type"],
        text=app["text"],
        instance=app["instance"],
        per_hour=per_hour,
        created=app["created"],
    )


def _of_job(job: Mapping[str, Any]) -> Running:
    return Running(
        kind=job["kind"],
        key=job["key"],
        name=job["name"],
        owner=None,
        app_type=None,
        text=job["status"],
        instance=None,
        per_hour=None,
        created=job["created"],
    )


def _ended(thing: Mapping[str, Any], outcome: str, text: str | None, at: float) -> Ended:
    # A name can be given again to another thing: when it was made tells them apart.
    name = "/".join([thing["kind"], *thing["key"]])
    return Ended(
        id=f"{name}@{thing['created']:.0f}:{outcome}",
        kind=thing["kind"],
        key=list(thing["key"]),
        name=thing["name"],
        owner=thing.get("owner"),
        outcome=outcome,
        text=text,
        at=at,
    )
