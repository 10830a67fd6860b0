"""Several tuning jobs beside each other: the best of each so far, which can share a scale, and all of it as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table
from jupyter_sm_ext.watching.picture import short
from jupyter_sm_ext.watching.snapshots import (
    Snapshot,
    Watcher,
    best_of,
    duration,
    figure,
    kept_of,
    metric_of,
    minimizes,
    name_of,
    number_of,
    objective_of,
    progress_of,
    seconds_of,
    trials_of,
)

#: So many jobs can be told apart in one plot; the front end draws as many.
MOST_JOBS = 8
KIND = "tuning-jobs"


@dataclass(frozen=True)
class Step:
    """A training job that has an objective, and the best of its tuning job up to then.

    Parameters
    ----------
    name : str
        Of the training job.
    number : int
        Which of the tuning job's training jobs it is.
    seconds : float or None
        When it ended, after the tuning job was created; None while it runs.
    objective : float
        What it reached.
    best : float
        The best so far, itself among them.
    """

    name: str
    number: int
    seconds: float | None
    objective: float
    best: float


def checked(names: Iterable[str]) -> list[str]:
    """Each name once, if there are as many as can be compared.

    Raises
    ------
    ValidationError
        They are too few or too many.
    """
    found = list(dict.fromkeys(names))
    if not 2 <= len(found) <= MOST_JOBS:
        raise ValidationError(
            f"{len(found)} tuning job{'' if len(found) == 1 else 's'} cannot be compared",
            hint=f"Name 2 to {MOST_JOBS} of them: more cannot be told apart in one plot.",
        )
    return found


def watchers(studio: Studio, names: Iterable[str]) -> list[Watcher]:
    """What looks at each of the jobs, after a first look.

    Raises
    ------
    ValidationError
        They are too few or too many.
    NotFoundError
        There is no such tuning job.
    """
    found = [Watcher(studio, KIND, (name,)) for name in checked(names)]
    for watcher in found:
        watcher.look()
        if isinstance(watcher.error, NotFoundError):
            raise NotFoundError(
                f"{studio.connection.label} has no tuning job named {watcher.thing.key[0]!r}",
                hint="Only tuning jobs can be compared. The jobs there are: %sm jobs, or `jupyter sm jobs`.",
            )
    return found


def look_at(studio: Studio, names: Iterable[str]) -> list[dict[str, Any]]:
    """Snapshots of the jobs, as they are now; raises as `watchers` does."""
    return [watcher.snapshot() for watcher in watchers(studio, names)]


def steps(snapshot: Snapshot, *, by_time: bool = False) -> list[Step]:
    """The training jobs that have an objective, in the order of their numbers or of their ends."""
    created = float((snapshot.get("described") or {}).get("CreationTime") or 0.0)
    found: list[tuple[dict[str, Any], int, float | None, float]] = []
    for place, trial in enumerate(trials_of(snapshot), 1):
        value, end = objective_of(trial), trial.get("TrainingEndTime")
        seconds = None if end is None else float(end) - created
        if value is not None and not (by_time and seconds is None):
            found.append((trial, number_of(trial) or place, seconds, value))
    if by_time:
        found.sort(key=lambda each: each[2] or 0.0)
    better: Callable[[float, float], float] = min if minimizes(snapshot) else max
    told: list[Step] = []
    for trial, number, seconds, value in found:
        best = better(told[-1].best, value) if told else value
        told.append(Step(str(trial["TrainingJobName"]), number, seconds, value, best))
    return told


def aims(snapshots: Iterable[Snapshot]) -> dict[tuple[str, bool], list[Snapshot]]:
    """Tuning jobs by what they aim at: the metric, and whether less of it is better."""
    found: dict[tuple[str, bool], list[Snapshot]] = {}
    for snapshot in snapshots:
        if snapshot.get("described"):
            found.setdefault((metric_of(snapshot), minimizes(snapshot)), []).append(snapshot)
    return found


def difference(snapshots: Iterable[Snapshot]) -> str | None:
    """What to say of jobs that do not aim at the same; None if they do."""
    found = aims(snapshots)
    if len(found) < 2:
        return None
    told = [
        f"{'lowest' if less else 'highest'} {metric} ({', '.join(map(name_of, jobs))})"
        for (metric, less), jobs in found.items()
    ]
    return f"These jobs do not aim at the same: {'; '.join(told)}. Their values cannot be compared."


def condensed(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot with only those training jobs that make its curves what they are, for a notebook to keep."""
    kept: set[str] = set()
    for by_time in (False, True):
        before: float | None = None
        told = steps(snapshot, by_time=by_time)
        for step in told:
            if step.best != before:
                kept.add(step.name)
            before = step.best
        kept.update(step.name for step in told[-1:])
    trials = [trial for trial in snapshot.get("training_jobs") or () if trial["TrainingJobName"] in kept]
    return {**kept_of(snapshot), "training_jobs": trials}


def table(snapshots: Sequence[Snapshot]) -> Table:
    """How each job stands, its best, and with which hyperparameters."""
    best = {name_of(snapshot): best_of(snapshot) or {} for snapshot in snapshots}
    names = list(dict.fromkeys(name for each in best.values() for name in each.get("TunedHyperParameters") or {}))
    rows = []
    for snapshot in snapshots:
        tuned = best[name_of(snapshot)].get("TunedHyperParameters") or {}
        rows.append((*_standing(snapshot), *(short(str(tuned.get(name, ""))) for name in names)))
    heads = ("Job", "Status", "Objective", "Best", "Trials", "Strategy", "Elapsed", *names)
    note = difference(snapshots)
    return Table(heads, rows, "Nothing to compare.", [note] if note else [], ("Best", "Trials", "Elapsed", *names))


def _standing(snapshot: Snapshot) -> tuple[str, ...]:
    described = snapshot.get("described") or {}
    if not described:
        return (name_of(snapshot), "not seen", "", "", "", "", "")
    value, seconds, progress = objective_of(best_of(snapshot) or {}), seconds_of(snapshot), progress_of(snapshot)
    ended = progress["completed"] + progress["failed"] + progress["stopped"]
    return (
        name_of(snapshot),
        str(snapshot.get("status") or ""),
        f"{'Minimize' if minimizes(snapshot) else 'Maximize'} {metric_of(snapshot)}",
        "" if value is None else figure(value),
        f"{ended}/{progress['maximum']}",
        str(described["HyperParameterTuningJobConfig"].get("Strategy") or ""),
        "" if seconds is None else duration(seconds),
    )


def rows_of(snapshots: Iterable[Snapshot]) -> list[dict[str, Any]]:
    """One row for each training job that has an objective: the best of its tuning job so far."""
    return [
        {
            "HyperParameterTuningJobName": name_of(snapshot),
            "TrialNumber": step.number,
            "ElapsedTimeSeconds": step.seconds,
            "FinalObjectiveValue": step.objective,
            "BestObjectiveValue": step.best,
            "TrainingJobName": step.name,
        }
        for snapshot in snapshots
        for step in steps(snapshot)
    ]


#: Columns of a table of `rows_of`, also when there are no rows.
COLUMNS = (
    "HyperParameterTuningJobName",
    "TrialNumber",
    "ElapsedTimeSeconds",
    "FinalObjectiveValue",
    "BestObjectiveValue",
    "TrainingJobName",
)
