"""The trials of a tuning job, and what follows from them: counters, the best one, whether it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.metric_lines import single

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jupyter_sm_ext.engine.store import Record

Json = dict[str, Any]

RUNNING = ("InProgress", "Stopping")
ATTEMPTS = 5
"""So many trials may fail, or print no metric, before a tuning job gives up (the number in the service's message)."""
CONVERGED = 10
"""So many trials without an improvement, at the least, are convergence."""
_RETRYABLE = ("InternalServerError", "CapacityError")
_REASON_CHARACTERS = 1024
_IMPROVEMENT = 0.01  # the service counts less than 1 % as none


@dataclass(frozen=True)
class Trial:
    """What a tuning job knows of one of its training jobs.

    Parameters
    ----------
    number : int
        From 1.
    name, status : str
        Of the training job.
    modified : float
        When its record changed last, epoch seconds.
    ended : float
        TrainingEndTime in epoch seconds; 0 while it runs.
    objective : float, optional
        Final value of the objective metric; only of one that has ended and did not fail.
    reason : str
        FailureReason, or nothing.
    """

    number: int
    name: str
    status: str
    modified: float
    ended: float = 0.0
    objective: float | None = None
    reason: str = ""

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.status in RUNNING


def trial(record: Record, metric: str) -> Trial:
    """Read a trial off its training job's record."""
    body = record.body
    return Trial(
        record.number or 0,
        record.key,
        record.status,
        record.modified,
        0.0 if record.status in RUNNING else float(body.get("TrainingEndTime", record.modified)),
        final_value(body, metric),
        body.get("FailureReason", ""),
    )


def final_value(body: Mapping[str, Any], metric: str) -> float | None:
    """Final value of the objective metric; None while the job runs, if it failed, or if it printed none."""
    if body["TrainingJobStatus"] not in ("Completed", "Stopped"):
        return None
    for found in body.get("FinalMetricDataList", ()):
        if found["MetricName"] == metric:
            return float(found["Value"])
    return None


def summary(
    body: Mapping[str, Any], tuned: Iterable[str], objective: Mapping[str, str], definition: str | None
) -> Json:
    """Make a HyperParameterTrainingJobSummary.

    Parameters
    ----------
    body : mapping
        The training job as Describe has it.
    tuned : iterable of str
        Names of the hyperparameters that are tuned.
    objective : mapping
        HyperParameterTuningJobObjective.
    definition : str, optional
        DefinitionName of its TrainingJobDefinition.
    """
    status, values = body["TrainingJobStatus"], body["HyperParameters"]
    value = final_value(body, objective["MetricName"])
    found: Json = {} if definition is None else {"TrainingJobDefinitionName": definition}
    for name in ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime"):
        if name in body:
            found[name] = body[name]
    found |= {"TrainingJobStatus": status, "TunedHyperParameters": {name: values[name] for name in tuned}}
    if "FailureReason" in body:
        found["FailureReason"] = body["FailureReason"]
    if value is not None:
        found["FinalHyperParameterTuningJobObjectiveMetric"] = {**objective, "Value": value}
    found["ObjectiveStatus"] = "Pending" if status in RUNNING else "Failed" if value is None else "Succeeded"
    return found


def counters(trials: Iterable[Trial]) -> tuple[dict[str, int], dict[str, int]]:
    """TrainingJobStatusCounters and ObjectiveStatusCounters."""
    jobs = dict.fromkeys(("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0)
    objectives = dict.fromkeys(("Succeeded", "Pending", "Failed"), 0)
    for one in trials:
        if one.running:
            jobs["InProgress"] += 1
            objectives["Pending"] += 1
            continue
        retryable = one.reason.startswith(_RETRYABLE)
        failed = "RetryableError" if retryable else "NonRetryableError"
        jobs[failed if one.status == "Failed" else one.status] += 1
        objectives["Failed" if one.objective is None else "Succeeded"] += 1
    return jobs, objectives


def best(trials: Iterable[Trial], maximize: bool) -> Trial | None:
    """The best trial so far, the first of equal ones."""
    found: Trial | None = None
    value = 0.0
    for one in trials:
        if one.objective is None:
            continue
        first = found is not None and one.objective == value and one.number < found.number
        if found is None or first or _better(one.objective, value, maximize):
            found, value = one, one.objective
    return found


def not_improving(trials: Iterable[Trial], maximize: bool) -> int:
    """How many trials ended since the best one got better by 1 %."""
    mark: float | None = None
    count = 0
    ended = [one for one in trials if one.objective is not None]
    for one in sorted(ended, key=lambda one: (one.ended, one.number)):
        assert one.objective is not None
        if mark is None or (
            _better(one.objective, mark, maximize) and abs(one.objective - mark) >= _IMPROVEMENT * abs(mark)
        ):
            mark, count = one.objective, 0
        else:
            count += 1
    return count


def converged(trials: Iterable[Trial], maximize: bool) -> bool:
    """Whether a tuning job will hardly find anything better.

    The service does not tell by what it goes ("lack of significant improvement over time"); here it is that half of the
    trials with an objective, and `CONVERGED` at the least, have ended since the best one got better by 1 %.
    """
    ended = [one for one in trials if one.objective is not None]
    return not_improving(ended, maximize) >= max(CONVERGED, len(ended) / 2)


def _better(value: float, than: float, maximize: bool) -> bool:
    return value > than if maximize else value < than


def reached(config: Mapping[str, Any], trials: Sequence[Trial], elapsed: float, maximize: bool) -> bool:
    """Whether a tuning job should end before all its trials were made.

    Parameters
    ----------
    config : mapping
        HyperParameterTuningJobConfig.
    elapsed : float
        Seconds since it was created.
    maximize : bool
        Whether a greater objective is better.
    """
    criteria = config.get("TuningJobCompletionCriteria", {})
    if elapsed >= config["ResourceLimits"].get("MaxRuntimeInSeconds", elapsed + 1):
        return True
    target, top = criteria.get("TargetObjectiveMetricValue"), best(trials, maximize)
    # Metrics are float32: 0.9 as the target and 0.9 as a metric must be equal.
    target = None if target is None else single(str(target))
    value = None if top is None else top.objective
    if target is not None and value is not None and (value == target or _better(value, target, maximize)):
        return True
    if criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence") == "Enabled" and converged(
        trials, maximize
    ):
        return True
    patience = criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving")
    return patience is not None and not_improving(trials, maximize) >= patience


def hopeless(trials: Sequence[Trial], attempts: int = ATTEMPTS) -> str | None:
    """Why a tuning job has failed, if so many trials brought nothing; None if one did or fewer were made."""
    tried = [one for one in trials if not one.running and one.status != "Stopped"]
    if not tried or len(tried) < attempts or any(one.objective is not None for one in trials):
        return None
    number = min(len(tried), ATTEMPTS)
    if any(one.status == "Completed" for one in tried):
        return (
            f"No objective metrics found after running {number} training jobs. Please ensure that the custom algorithm "
            "is emitting the objective metric as defined by the regular expression provided."
        )
    last = max(tried, key=lambda one: (one.ended, one.number))
    reason = (
        f"No training job succeeded after {number} attempts. For additional details, please take a look at the "
        "training job failures by listing training jobs for the hyperparameter tuning job."
    )
    return f"{reason} The last one: {last.reason}"[:_REASON_CHARACTERS] if last.reason else reason
