"""When a tuning job will probably have ended, and how near it is to each of its completion criteria."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

_RECENT = 30  # training jobs by which the next ones are judged: what is proposed changes as the search goes on
_ENDED = ("Completed", "NonRetryableError", "RetryableError", "Stopped")

Described = Mapping[str, Any]


def figures_of(described: Described, trials: Iterable[Mapping[str, Any]], now: float) -> dict[str, Any]:
    """What a tuning job's description and its training jobs tell of its end.

    Parameters
    ----------
    described : mapping
        DescribeHyperParameterTuningJob's response, with times in epoch seconds.
    trials : iterable of mapping
        Summaries of its training jobs.
    now : float
        Epoch seconds.

    Returns
    -------
    dict
        ``eta``: epoch seconds of the probable end; None unless it runs and something tells. ``criteria``: for each
        completion criterion that is set its ``name`` (AWS's member), ``at`` and ``of`` (how far it is, and where it
        ends the job; None where there is no such number yet), ``since`` (epoch seconds from which ``at`` is counted,
        for one that grows with the time) and whether it is ``met``.
    """
    return {"eta": _eta(described, trials, now), "criteria": _criteria(described, now)}


def limits_of(described: Described) -> Mapping[str, Any]:
    """A tuning job's ResourceLimits."""
    found: Mapping[str, Any] = _config(described).get("ResourceLimits") or {}
    return found


def left_to_start(described: Described) -> int | None:
    """How many training jobs a tuning job may still start; None if no number ends it."""
    maximum = limits_of(described).get("MaxNumberOfTrainingJobs")
    return None if maximum is None else max(0, maximum - sum(described["TrainingJobStatusCounters"].values()))


def recently_ended(trials: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The training jobs by which the next ones are judged."""
    return sorted((trial for trial in trials if "TrainingEndTime" in trial), key=_end)[-_RECENT:]


def _end(trial: Mapping[str, Any]) -> float:
    return float(trial["TrainingEndTime"])


def _config(described: Described) -> Mapping[str, Any]:
    found: Mapping[str, Any] = described.get("HyperParameterTuningJobConfig") or {}
    return found


def _eta(described: Described, trials: Iterable[Mapping[str, Any]], now: float) -> float | None:
    if described["HyperParameterTuningJobStatus"] != "InProgress":
        return None
    limits = limits_of(described)
    ends: list[float] = []
    if "MaxRuntimeInSeconds" in limits:
        ends.append(described["CreationTime"] + limits["MaxRuntimeInSeconds"])
    to_start = left_to_start(described)
    left = None if to_start is None else _seconds_left(described, list(trials), to_start, now)
    if left is not None:
        ends.append(now + left)
    return min(ends, default=None)


def _seconds_left(described: Described, trials: Sequence[Mapping[str, Any]], to_start: int, now: float) -> float | None:
    recent = recently_ended(trials)
    if not recent:
        return None
    mean: float = fmean(_end(trial) - trial["CreationTime"] for trial in recent)
    # A job that runs longer than the others did may end at any moment.
    running: list[float] = [
        max(0.0, mean - (now - trial["CreationTime"]))
        for trial in trials
        if trial["TrainingJobStatus"] in ("InProgress", "Stopping")
    ]
    parallel: int = max(1, limits_of(described).get("MaxParallelTrainingJobs", 1))
    return max((to_start * mean + sum(running)) / parallel, max(running, default=0.0))


def _criteria(described: Described, now: float) -> list[dict[str, Any]]:
    config = _config(described)
    limits, criteria = limits_of(described), config.get("TuningJobCompletionCriteria") or {}
    details = described.get("TuningJobCompletionDetails") or {}
    found = []
    if (maximum := limits.get("MaxNumberOfTrainingJobs")) is not None:
        ended = sum(described["TrainingJobStatusCounters"].get(counter, 0) for counter in _ENDED)
        found.append(_criterion("MaxNumberOfTrainingJobs", ended, maximum, met=ended >= maximum))
    if (longest := limits.get("MaxRuntimeInSeconds")) is not None:
        created, end = described["CreationTime"], described.get("HyperParameterTuningEndTime")
        ran = (end or now) - created
        since = created if end is None else None
        found.append(_criterion("MaxRuntimeInSeconds", ran, longest, met=ran >= longest, since=since))
    if (target := criteria.get("TargetObjectiveMetricValue")) is not None:
        best = described.get("BestTrainingJob") or {}
        value = (best.get("FinalHyperParameterTuningJobObjectiveMetric") or {}).get("Value")
        lower = (config.get("HyperParameterTuningJobObjective") or {}).get("Type") == "Minimize"
        met = value is not None and (value <= target if lower else value >= target)
        found.append(_criterion("TargetObjectiveMetricValue", value, target, met=met))
    patience = (criteria.get("BestObjectiveNotImproving") or {}).get("MaxNumberOfTrainingJobsNotImproving")
    if patience is not None:
        without = details.get("NumberOfTrainingJobsObjectiveNotImproving")
        met = without is not None and without >= patience
        found.append(_criterion("BestObjectiveNotImproving", without, patience, met=met))
    if (criteria.get("ConvergenceDetected") or {}).get("CompleteOnConvergence") == "Enabled":
        when = details.get("ConvergenceDetectedTime")
        found.append(_criterion("ConvergenceDetected", when, None, met=when is not None))
    return found


def _criterion(
    name: str, at: float | None, of: float | None, *, met: bool, since: float | None = None
) -> dict[str, Any]:
    return {"name": name, "at": at, "of": of, "since": since, "met": met}
