"""When a tuning job will have ended, and how near its completion criteria are."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_sm_ext.watching.figures import figures_of

NOW = 1100.0


def tuning(limits: dict[str, Any], criteria: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": 1000.0,
        "HyperParameterTuningJobConfig": {
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxParallelTrainingJobs": 2, **limits},
            **({} if criteria is None else {"TuningJobCompletionCriteria": criteria}),
        },
        "TrainingJobStatusCounters": {"Completed": 2, "InProgress": 2, "NonRetryableError": 0, "Stopped": 0},
        **more,
    }


def trial(created: float, ended: float | None = None) -> dict[str, Any]:
    times = {"CreationTime": created} if ended is None else {"CreationTime": created, "TrainingEndTime": ended}
    return {"TrainingJobStatus": "InProgress" if ended is None else "Completed", **times}


def eta(described: dict[str, Any], *trials: dict[str, Any]) -> float | None:
    found: float | None = figures_of(described, trials, NOW)["eta"]
    return found


def test_eta_is_told_by_how_long_trials_took() -> None:
    # Each took 40 s; two run for 20 s, and six are to be started, two at a time.
    trials = [trial(1000, 1040), trial(1000, 1040), trial(1080), trial(1080)]
    assert eta(tuning({"MaxNumberOfTrainingJobs": 10}), *trials) == NOW + (6 * 40 + 2 * 20) / 2
    # One that runs longer than the others did may end at any moment, and the last one is waited for.
    last = tuning({"MaxNumberOfTrainingJobs": 4})
    assert eta(last, trial(1000, 1040), trial(1000, 1040), trial(1010), trial(1090)) == NOW + 30


def test_eta_is_no_later_than_the_longest_runtime() -> None:
    trials = [trial(1000, 1040), trial(1080)]
    assert eta(tuning({"MaxNumberOfTrainingJobs": 1000, "MaxRuntimeInSeconds": 600}), *trials) == 1600
    assert eta(tuning({"MaxRuntimeInSeconds": 600})) == 1600


def test_no_eta_when_nothing_tells() -> None:
    assert eta(tuning({"MaxNumberOfTrainingJobs": 10}), trial(1080)) is None
    ended = tuning({"MaxNumberOfTrainingJobs": 10}, HyperParameterTuningJobStatus="Stopping")
    assert eta(ended, trial(1000, 1040)) is None


def criteria(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {found.pop("name"): found for found in figures_of(described, (), NOW)["criteria"]}


def test_limits() -> None:
    limits = tuning({"MaxNumberOfTrainingJobs": 10, "MaxRuntimeInSeconds": 400})
    assert criteria(limits) == {
        "MaxNumberOfTrainingJobs": {"at": 2, "of": 10, "since": None, "met": False},
        "MaxRuntimeInSeconds": {"at": 100.0, "of": 400, "since": 1000.0, "met": False},
    }
    # What has ended does not go on.
    ended = criteria({**limits, "HyperParameterTuningEndTime": 1050.0})
    assert ended["MaxRuntimeInSeconds"] == {"at": 50.0, "of": 400, "since": None, "met": False}


@pytest.mark.parametrize(("value", "met"), [(0.4, False), (0.3, True), (0.2, True)])
def test_target(value: float, met: bool) -> None:
    best = {"FinalHyperParameterTuningJobObjectiveMetric": {"Value": value}}
    described = tuning({}, {"TargetObjectiveMetricValue": 0.3}, BestTrainingJob=best)
    assert criteria(described) == {"TargetObjectiveMetricValue": {"at": value, "of": 0.3, "since": None, "met": met}}


def test_what_is_not_known_yet_is_not_told() -> None:
    wanted = {
        "TargetObjectiveMetricValue": 0.3,
        "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 5},
        "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"},
    }
    found = criteria(tuning({}, wanted))
    assert list(found) == list(wanted)
    assert [(each["at"], each["met"]) for each in found.values()] == [(None, False)] * 3
    details = {"NumberOfTrainingJobsObjectiveNotImproving": 5, "ConvergenceDetectedTime": 1090.0}
    known = criteria(tuning({}, wanted, TuningJobCompletionDetails=details))
    assert known["BestObjectiveNotImproving"] == {"at": 5, "of": 5, "since": None, "met": True}
    assert known["ConvergenceDetected"] == {"at": 1090.0, "of": None, "since": None, "met": True}
    assert criteria(tuning({}, {"ConvergenceDetected": {"CompleteOnConvergence": "Disabled"}})) == {}
