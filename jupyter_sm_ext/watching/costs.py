"""What a job costs by on-demand prices: so far, and in the end where that can be told; never a guess.

Counted are instances for the time in which a job has them, as AWS bills it: from TrainingStartTime to TrainingEndTime,
or BillableTimeInSeconds once that is told. Storage, data and the parents of a tuning job are not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, TypedDict

from jupyter_sm_ext.checks.prices import PriceList
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.offers.quota_lines import instances
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.watching.figures import left_to_start, limits_of, recently_ended

_HOUR = 3600.0
_RUNNING = resource("TrainingJob").transitional
_SPOT = "Spot instances cost less than the on-demand price that is counted: the Price List has no spot prices."
_DEAREST = "Of the instance types that a training job may get, the dearest is counted."
_PAID = "It runs on a training plan, which is paid for in advance."
_TOKENS = "It runs without instances and is billed by tokens."
_SELECTED_LATER = "Which of its instance types it gets is not decided yet."

Described = Mapping[str, Any]


class Cost(TypedDict):
    """What a job costs.

    ``so_far`` and ``projected`` are None where nobody can tell; ``per_hour`` is what runs now. ``at_most``: it will be
    less, and nobody knows how much. ``complete`` is false if a price is not known, and what has none is left out.
    ``free``: the local engine, which costs nothing.
    """

    free: bool
    so_far: float | None
    projected: float | None
    per_hour: float | None
    currency: str
    complete: bool
    at_most: bool
    message: str | None


def cost_of(snapshot: Mapping[str, Any], prices: PriceList, now: float) -> Cost:
    """What a training or tuning job costs.

    Parameters
    ----------
    snapshot : mapping
        Of the job, as the hub gives them, full, with times in epoch seconds.
    prices : PriceList
        Of training instances.
    now : float
        Epoch seconds.

    Raises
    ------
    ValidationError
        It is no such job, or was never seen.
    """
    described = snapshot.get("described")
    if not described or snapshot["kind"] not in ("training-jobs", "tuning-jobs"):
        raise ValidationError(f"there is no cost of {'/'.join(snapshot['key'])}: only of training and tuning jobs")
    if prices.free:
        return _cost(prices, 0.0, 0.0, 0.0, free=True, message=prices.message)
    if snapshot["kind"] == "tuning-jobs":
        return _of_tuning(described, snapshot.get("training_jobs") or (), prices, now)
    return _of_training(described, prices, now)


@dataclass(frozen=True)
class _Rate:
    """What one training job of a definition costs an hour: None if that is not known; and what is to be said of it."""

    per_hour: float | None
    at_most: bool = False
    message: str | None = None


def _rate(definition: Described, prices: PriceList) -> _Rate:
    config = definition.get("ResourceConfig") or definition.get("HyperParameterTuningResourceConfig") or {}
    if definition.get("ServerlessJobConfig"):
        return _Rate(None, message=_TOKENS)
    if config.get("TrainingPlanArn"):
        return _Rate(None, message=_PAID)
    if "SelectedInstanceType" in config:
        count = config.get("SelectedInstanceCount") or config.get("InstanceCount", 1)
        config = {"InstanceType": config["SelectedInstanceType"], "InstanceCount": count}
    elif config.get("InstancePreferences"):
        return _Rate(None, message=_SELECTED_LATER)
    choices = [instances({"ResourceConfig": one}) for one in config.get("InstanceConfigs") or (config,)]
    unknown = sorted({name for choice in choices for name in choice if name not in prices.per_hour})
    if unknown or not all(choices):
        return _Rate(
            None, message=prices.message or f"The price of {', '.join(unknown) or 'its instances'} is not known."
        )
    per_hour = max(sum(count * prices.per_hour[name] for name, count in choice.items()) for choice in choices)
    if definition.get("EnableManagedSpotTraining"):
        return _Rate(per_hour, True, _SPOT)
    return _Rate(per_hour, len(choices) > 1, _DEAREST if len(choices) > 1 else prices.message)


def _of_training(described: Described, prices: PriceList, now: float) -> Cost:
    rate = _rate(described, prices)
    over = described["TrainingJobStatus"] not in _RUNNING
    if rate.per_hour is None:
        return _cost(prices, None, None, None, complete=False, message=rate.message)
    billed = described.get("BillableTimeInSeconds")
    seconds = _seconds(described, now) if billed is None else float(billed)
    # What a warm pool was kept for, before another job took it or it ended.
    seconds += (described.get("WarmPoolStatus") or {}).get("ResourceRetainedBillableTimeInSeconds", 0)
    so_far = rate.per_hour * seconds / _HOUR
    runs = not over and "TrainingStartTime" in described
    return _cost(
        prices,
        so_far,
        so_far if over else None,
        rate.per_hour if runs else 0.0,
        # The time that is billed has the spot instances' savings in it.
        at_most=rate.at_most and billed is None,
        message=None if rate.message == _SPOT and billed is not None else rate.message,
    )


def _of_tuning(described: Described, trials: Sequence[Described], prices: PriceList, now: float) -> Cost:
    rates = {name: _rate(definition, prices) for name, definition in _definitions(described).items()}
    first = next(iter(rates.values()))

    def rate_of(trial: Described) -> _Rate:
        return rates.get(trial.get("TrainingJobDefinitionName", ""), first)

    def per_hour_of(trial: Described) -> float:
        return rate_of(trial).per_hour or 0.0

    known = [rate for rate in rates.values() if rate.per_hour is not None]
    message = next((rate.message for rate in rates.values() if rate.message), None)
    if not known:
        return _cost(prices, None, None, None, complete=False, message=message)
    so_far = sum(per_hour_of(trial) * _seconds(trial, now) for trial in trials) / _HOUR
    running = [trial for trial in trials if trial["TrainingJobStatus"] in _RUNNING]
    complete = len(known) == len(rates)
    left: float | None = None
    if described["HyperParameterTuningJobStatus"] not in resource("HyperParameterTuningJob").transitional:
        left = 0.0
    elif complete:
        left = _left(described, trials, per_hour_of, fmean(rate.per_hour or 0.0 for rate in known), now)
    return _cost(
        prices,
        so_far,
        None if left is None else so_far + left,
        sum(per_hour_of(trial) for trial in running if "TrainingStartTime" in trial),
        complete=complete,
        at_most=any(rate.at_most for rate in known),
        message=message,
    )


def _definitions(described: Described) -> dict[str, Described]:
    """The definitions of a tuning job's training jobs, by name."""
    found: Iterable[Described] = described.get("TrainingJobDefinitions") or (described["TrainingJobDefinition"],)
    return {definition.get("DefinitionName", ""): definition for definition in found}


def _left(
    described: Described, trials: Sequence[Described], per_hour: Callable[[Described], float], rate: float, now: float
) -> float | None:
    """What is still to be paid, by the training jobs so far and the limits; None if nothing tells."""
    if described["HyperParameterTuningJobStatus"] != "InProgress":
        return None
    limits, ended, to_start = limits_of(described), recently_ended(trials), left_to_start(described)
    found: list[float] = []
    if to_start is not None and ended:
        seconds = fmean(_seconds(trial, now) for trial in ended)
        each = fmean(_seconds(trial, now) * per_hour(trial) for trial in ended)
        running = (trial for trial in trials if trial["TrainingJobStatus"] in _RUNNING)
        found.append(
            to_start * each + sum(max(0.0, seconds - _seconds(trial, now)) * per_hour(trial) for trial in running)
        )
    if "MaxRuntimeInSeconds" in limits:
        seconds = max(0.0, described["CreationTime"] + limits["MaxRuntimeInSeconds"] - now)
        found.append(seconds * limits.get("MaxParallelTrainingJobs", 1) * rate)
    return min(found) / _HOUR if found else None


def _seconds(job: Described, now: float) -> float:
    """How long a training job has had instances."""
    start = job.get("TrainingStartTime")
    if start is None:
        return 0.0
    end = job.get("TrainingEndTime", now if job["TrainingJobStatus"] in _RUNNING else start)
    return max(0.0, float(end) - float(start))


def _cost(
    prices: PriceList,
    so_far: float | None,
    projected: float | None,
    per_hour: float | None,
    *,
    free: bool = False,
    complete: bool = True,
    at_most: bool = False,
    message: str | None = None,
) -> Cost:
    return Cost(
        free=free,
        so_far=so_far,
        projected=projected,
        per_hour=per_hour,
        currency=prices.currency,
        complete=complete,
        at_most=at_most,
        message=message,
    )
