"""How much each tuned hyperparameter matters for the objective, by PED-ANOVA over the trials so far.

Method: Watanabe, Bansal, Hutter, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary
Subspaces", IJCAI 2023, as Optuna has it. It takes about half a second for 10,000 trials.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.watching.snapshots import minimizes, objective_of, trials_of

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

FEWEST = 4
"""Finished trials below which nothing is said."""


def importances(snapshot: Mapping[str, Any]) -> dict[str, float]:
    """Shares of the hyperparameters that all trials have, most important first; they add up to 1.

    Parameters
    ----------
    snapshot : mapping
        Of a tuning job.

    Returns
    -------
    dict
        Empty while fewer than `FEWEST` trials have an objective, or none of the hyperparameters was varied.
    """
    import optuna

    trials = [trial for trial in trials_of(snapshot) if objective_of(trial) is not None]
    given = [dict(trial["TunedHyperParameters"]) for trial in trials]
    space = _space(snapshot, given) if len(trials) >= FEWEST else {}
    if not space:
        return {}
    study = optuna.study.create_study(
        storage=optuna.storages.InMemoryStorage(), direction="minimize" if minimizes(snapshot) else "maximize"
    )
    study.add_trials(
        [
            optuna.trial.create_trial(
                params={name: _value(parameters[name], of) for name, of in space.items()},
                distributions=space,
                value=objective_of(trial),
            )
            for trial, parameters in zip(trials, given, strict=True)
        ]
    )
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: share for name, share in found.items() if math.isfinite(share)}


def _space(snapshot: Mapping[str, Any], given: list[dict[str, str]]) -> dict[str, BaseDistribution]:
    """Distribution of each hyperparameter that every trial has and that took more than one value."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    logarithmic = _logarithmic(snapshot)
    found: dict[str, BaseDistribution] = {}
    for name in set.intersection(*(set(parameters) for parameters in given)):
        values = [parameters[name] for parameters in given]
        if len(set(values)) < 2:
            continue
        numbers = [number for number in map(_number, values) if number is not None]
        if len(numbers) == len(values):
            low, high = min(numbers), max(numbers)
            if low < high:
                found[name] = FloatDistribution(low, high, log=name in logarithmic and low > 0)
        else:
            found[name] = CategoricalDistribution(sorted(set(values)))
    return found


def _logarithmic(snapshot: Mapping[str, Any]) -> set[str]:
    config = (snapshot.get("described") or {}).get("HyperParameterTuningJobConfig") or {}
    ranges = config.get("ParameterRanges") or {}
    numeric = [*ranges.get("ContinuousParameterRanges", ()), *ranges.get("IntegerParameterRanges", ())]
    return {one["Name"] for one in numeric if one.get("ScalingType") == "Logarithmic"}


def _value(text: str, of: BaseDistribution) -> Any:
    from optuna.distributions import FloatDistribution

    return _number(text) if isinstance(of, FloatDistribution) else text


def _number(text: str) -> float | None:
    try:
        number = float(text.strip('"'))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
