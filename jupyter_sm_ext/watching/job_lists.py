"""Jobs of all kinds by status, name and kind, newest first: what a list of commands and completion show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.errors import (
    AccessDeniedError,
    NotFoundError,
    SageMakerError,
    UnknownOperationError,
    ValidationError,
)
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import Resource, resource, resources
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.looks import CHILD

RUNNING = "running"
"""A status that is none of the service's: whatever changes by itself."""

Json = dict[str, Any]

JOB_KINDS: Mapping[str, str] = {
    row.kind.removesuffix("-jobs"): row.kind for row in resources() if row.kind.endswith("-jobs")
}
"""Kinds of jobs by the word that people type: training, tuning, compilation."""

SEARCHED_KINDS: Mapping[str, str] = {word: JOB_KINDS[word] for word in ("training", "tuning")}
"""Those that SageMaker's Search knows, by the same words."""

_ENDS = ("TrainingEndTime", "HyperParameterTuningEndTime", "CompilationEndTime")


def status_words() -> list[str]:
    """All that can be asked for as a status."""
    found = {status.lower(): status for kind in JOB_KINDS.values() for status in _statuses(resource(kind))}
    return [RUNNING, *sorted(found)]


def find_jobs(
    studio: Studio,
    *,
    kinds: Sequence[str] = tuple(JOB_KINDS.values()),
    status: str | None = None,
    name: str | None = None,
    limit: int = 100,
) -> tuple[list[Json], list[str]]:
    """The newest jobs that fit, without the training jobs of tuning jobs.

    Parameters
    ----------
    studio : Studio
        Where.
    kinds : sequence of str
        Which kinds of jobs.
    status : str, optional
        One of `status_words`, in any case of letters.
    name : str, optional
        A part of the name.
    limit : int
        How many at most.

    Returns
    -------
    list of dict
        ``kind``, ``name``, ``status``, ``created``, ``ended`` (times; the last may be None) and ``summary``.
    list of str
        What keeps the list from being whole.

    Raises
    ------
    ValidationError
        No kind of job has such a status.
    SageMakerError
        Not one of the lists can be read.
    """
    wanted = {kind: _asked(resource(kind), status) for kind in kinds}
    if not any(wanted.values()):
        words = status_words()
        near = meant(str(status).lower(), words)
        hint = f"Did you mean {near}?" if near else f"There are: {', '.join(words)}."
        raise ValidationError(f"--status: no such job is ever {status!r}", hint=hint)
    found: list[Json] = []
    problems: dict[str, SageMakerError] = {}
    parents = _Parents(studio)
    for kind, statuses in wanted.items():
        row = resource(kind)
        try:
            for each in statuses or ():
                found += islice(_of_kind(studio, row, each, name, parents), limit)
        except (AccessDeniedError, UnknownOperationError) as error:
            # One missing permission dims one kind of job, not the whole list.
            problems[kind] = error
    if len(problems) == len(wanted):
        raise next(iter(problems.values()))
    found.sort(key=lambda job: job["created"], reverse=True)
    return found[:limit], [f"{kind}: {error.message}" for kind, error in problems.items()]


def trials_of_job(studio: Studio, tuning_job: str, *, status: str | None = None, limit: int = 100) -> list[Json]:
    """The newest training jobs of a tuning job; the rest as in `find_jobs`."""
    row = resource("training-jobs")
    statuses = _asked(row, status)
    found: list[Json] = []
    for each in statuses:
        filters = {"SortBy": "CreationTime", "SortOrder": "Descending", **({"StatusEquals": each} if each else {})}
        found += (_job(row, summary) for summary in islice(studio.trials(tuning_job, **filters), limit))
    found.sort(key=lambda job: job["created"], reverse=True)
    return found[:limit]


class _Parents:
    """Which names are those of tuning jobs; asked for once each."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._known: dict[str, bool] = {}

    def made(self, training_job: str) -> bool:
        """Whether a tuning job made this training job."""
        child = CHILD.fullmatch(training_job)
        if child is None:
            return False
        if child[1] not in self._known:
            try:
                self._studio.describe("tuning-jobs", child[1])
                self._known[child[1]] = True
            except NotFoundError:
                self._known[child[1]] = False
        return self._known[child[1]]


def _of_kind(studio: Studio, row: Resource, status: str | None, name: str | None, parents: _Parents) -> Iterator[Json]:
    filters = {
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        **({"StatusEquals": status} if status else {}),
        **({"NameContains": name} if name else {}),
    }
    for summary in studio.list(row.kind, **filters):
        job = _job(row, summary)
        if row.kind != "training-jobs" or not parents.made(job["name"]):
            yield job


def _job(row: Resource, summary: Json) -> Json:
    return {
        "kind": row.kind,
        "name": str(summary[row.key[0]]),
        "status": summary[row.status],
        "created": summary["CreationTime"].timestamp(),
        "ended": next((summary[member].timestamp() for member in _ENDS if summary.get(member)), None),
        "summary": summary,
    }


def _asked(row: Resource, status: str | None) -> list[str | None]:
    """Statuses of a kind to ask for; None for any, empty if it has no such status."""
    if status is None:
        return [None]
    if status.lower() == RUNNING:
        return [each for each in _statuses(row) if each in row.transitional]
    return [each for each in _statuses(row) if each.lower() == status.lower()]


def _statuses(row: Resource) -> list[str]:
    return get_model().enum(row.status)
