"""Autotune: what the user left open in a tuning job is chosen here, and told by Describe like what was given.

The service does not say how it chooses (API reference, Autotune); these choices are the engine's own. What is given is
never changed.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine.tuning_plans import plans
from jupyter_sm_ext.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

AUTO = "AutoParameters"
_TRIALS_EACH = 20  # training jobs for each tuned hyperparameter
_MOST_TRIALS = 200
_RETRIES = 3
_BOOLEANS = ("true", "false")


def settle(request: Json) -> Json:
    """Give a request that leaves nothing open; one without Autotune comes back as it is.

    Parameters
    ----------
    request : dict
        A CreateHyperParameterTuningJob request that keeps the model's constraints.

    Raises
    ------
    ValidationError
        There are AutoParameters without Autotune, or with an algorithm.
    """
    auto = [ranges for ranges in _ranges(request) if ranges.get(AUTO)]
    if "Autotune" not in request:
        if auto:
            raise ValidationError(f"{AUTO} are only supported when Autotune is enabled.")
        return request
    request = copy.deepcopy(request)
    config = request["HyperParameterTuningJobConfig"]
    for definition in _definitions(request):
        several = "TrainingJobDefinitions" in request
        _choose_ranges(
            definition, (definition.get("HyperParameterRanges") if several else config.get("ParameterRanges")) or {}
        )
        definition.setdefault("RetryStrategy", {"MaximumRetryAttempts": _RETRIES})
    _choose_ends(request, config)
    return request


def _definitions(request: Mapping[str, Any]) -> list[Json]:
    one = [request["TrainingJobDefinition"]] if "TrainingJobDefinition" in request else []
    return [*one, *request.get("TrainingJobDefinitions", ())]


def _ranges(request: Mapping[str, Any]) -> list[Json]:
    config = request["HyperParameterTuningJobConfig"]
    return [
        config.get("ParameterRanges", {}),
        *(definition.get("HyperParameterRanges", {}) for definition in _definitions(request)),
    ]


def _choose_ranges(definition: Json, ranges: Json) -> None:
    if ranges.get(AUTO) and "AlgorithmName" in definition["AlgorithmSpecification"]:
        raise ValidationError(
            f"The local engine does not have {AUTO} of an algorithm: its specification says what may be tuned. Give "
            "the ranges."
        )
    for parameter in ranges.get(AUTO, ()):
        name, hint = parameter["Name"], parameter["ValueHint"]
        found = range_of(hint)
        if found is None:
            # Not eligible: only a number or a truth value says what lies around it.
            definition.setdefault("StaticHyperParameters", {}).setdefault(name, hint)
        else:
            member, chosen = found
            ranges.setdefault(member, []).append({"Name": name, **chosen})


def range_of(hint: str) -> tuple[str, Json] | None:
    """Member of ParameterRanges and the range around an example value; None for what is no number and no truth value.

    An integer is tried from a quarter of it to four times as much, another number over two orders of magnitude on
    both sides, and one between 0 and 1 not above 1.
    """
    if hint.lower() in _BOOLEANS:
        return "CategoricalParameterRanges", {"Values": [hint, _other(hint)]}
    try:
        value = float(hint)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    if hint.strip().lstrip("+-").isdigit():
        whole = int(hint)
        if whole > 0:
            scaling = "Logarithmic" if whole >= _TRIALS_EACH else "Linear"
            return "IntegerParameterRanges", _bounds(max(1, whole // 4), whole * 4, scaling)
        return "IntegerParameterRanges", _bounds(whole * 4 - 1, -whole // 4 + 1, "Linear")
    if value > 0:
        highest = min(value * 100, 1.0) if value < 1 else value * 100
        return "ContinuousParameterRanges", _bounds(value / 100, highest, "Logarithmic")
    return "ContinuousParameterRanges", _bounds(value * 10 - 1, -value / 10 + 1, "Linear")


def _other(truth: str) -> str:
    other = _BOOLEANS[truth.lower() == "true"]
    return other.capitalize() if truth[0].isupper() else other


def _bounds(low: float, high: float, scaling: str) -> Json:
    return {"MinValue": repr(low), "MaxValue": repr(high), "ScalingType": scaling}


def _choose_ends(request: Json, config: Json) -> None:
    limits, criteria = config["ResourceLimits"], config.get("TuningJobCompletionCriteria", {})
    strategy = config["Strategy"]
    if strategy not in ("Grid", "Hyperband"):
        config.setdefault("TrainingJobEarlyStoppingType", "Auto")
    if strategy == "Grid":
        return  # it ends when every combination was tried
    if not limits.keys() & {"MaxNumberOfTrainingJobs", "MaxRuntimeInSeconds"}:
        of = plans(request)
        wanted = min(_MOST_TRIALS, _TRIALS_EACH * max(1, sum(len(plan.ranges) for plan in of)))
        limits["MaxNumberOfTrainingJobs"] = int(min(wanted, sum(plan.combinations for plan in of)))
    config["TuningJobCompletionCriteria"] = {
        "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"},
        **criteria,
    }
