"""Which hyperparameters matter."""

from __future__ import annotations

import random
from typing import Any

import pytest

from jupyter_sm_ext.watching.importance import importances


def snapshot(
    trials: list[tuple[dict[str, str], float | None]], kind: str = "Minimize", **ranges: Any
) -> dict[str, Any]:
    return {
        "kind": "tuning-jobs",
        "key": ["t"],
        "described": {
            "HyperParameterTuningJobConfig": {
                "HyperParameterTuningJobObjective": {"Type": kind, "MetricName": "loss"},
                "ParameterRanges": ranges,
            }
        },
        "training_jobs": [
            {
                "TrainingJobName": f"t-{number:03}-0123abcd",
                "CreationTime": float(number),
                "TunedHyperParameters": parameters,
                **(
                    {}
                    if value is None
                    else {"FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "loss", "Value": value}}
                ),
            }
            for number, (parameters, value) in enumerate(trials, 1)
        ],
    }


def some(count: int = 60) -> list[tuple[dict[str, str], float | None]]:
    """The loss depends on the logarithm of `lr` alone."""
    chance = random.Random(3)
    found: list[tuple[dict[str, str], float | None]] = []
    for _ in range(count):
        exponent = chance.uniform(-4, -1)
        parameters = {
            "lr": str(10**exponent),
            "depth": str(chance.randint(2, 8)),
            "opt": chance.choice(['"adam"', '"sgd"']),
            "fixed": "1",
        }
        found.append((parameters, (exponent + 2.5) ** 2))
    return found


LOG = {
    "ContinuousParameterRanges": [{"Name": "lr", "MinValue": "1e-4", "MaxValue": "0.1", "ScalingType": "Logarithmic"}]
}


@pytest.mark.parametrize("kind", ["Minimize", "Maximize"])
def test_what_the_objective_depends_on_comes_first(kind: str) -> None:
    trials = [(parameters, value if kind == "Minimize" else -(value or 0)) for parameters, value in some()]
    found = importances(snapshot(trials, kind, **LOG))
    assert next(iter(found)) == "lr"
    assert found["lr"] > 0.7
    assert sum(found.values()) == pytest.approx(1)
    assert "fixed" not in found


def test_trials_without_an_objective_do_not_count() -> None:
    trials = some(3) + [(parameters, None) for parameters, _ in some(20)]
    assert importances(snapshot(trials)) == {}


def test_hyperparameters_that_only_some_trials_have_are_left_out() -> None:
    trials = some(20)
    trials[4][0].pop("depth")
    assert set(importances(snapshot(trials))) == {"lr", "opt"}


def test_nothing_varied_is_nothing_to_tell() -> None:
    assert importances(snapshot([({"lr": "0.1"}, float(n)) for n in range(10)])) == {}
