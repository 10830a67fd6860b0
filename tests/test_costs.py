"""What jobs cost: by seconds, instances and the Price List, and nothing where nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_sm_ext.checks.prices import FREE_HERE, PriceList
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.watching.costs import Cost, cost_of

NOW = 10_000.0
PRICES = PriceList("USD", {"ml.m5.large": 0.36, "ml.trn1.2xlarge": 3.6})  # 0.0001 and 0.001 a second


def training(**changes: Any) -> dict[str, Any]:
    described = {
        "TrainingJobStatus": "InProgress",
        "CreationTime": NOW - 200,
        "TrainingStartTime": NOW - 100,
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
        **changes,
    }
    return {"kind": "training-jobs", "key": ["job"], "described": described}


def trial(start: float | None, end: float | None = None, **changes: Any) -> dict[str, Any]:
    times = {"TrainingStartTime": start, "TrainingEndTime": end}
    status = "InProgress" if end is None else "Completed"
    given = {name: NOW + time for name, time in times.items() if time is not None}
    return {"TrainingJobName": "x", "TrainingJobStatus": status, "CreationTime": NOW - 900, **given, **changes}


def tuning(*trials: dict[str, Any], **changes: Any) -> dict[str, Any]:
    ended = sum("TrainingEndTime" in each for each in trials)
    limits = {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2}
    described = {
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": NOW - 1000,
        "HyperParameterTuningJobConfig": {"ResourceLimits": changes.pop("limits", limits)},
        "TrainingJobStatusCounters": {"Completed": ended, "InProgress": len(trials) - ended},
        "TrainingJobDefinition": {"ResourceConfig": {"InstanceType": "ml.trn1.2xlarge", "InstanceCount": 1}},
        **changes,
    }
    return {"kind": "tuning-jobs", "key": ["tune"], "described": described, "training_jobs": list(trials)}


def cost(snapshot: dict[str, Any], prices: PriceList = PRICES) -> Cost:
    return cost_of(snapshot, prices, NOW)


def test_a_training_job_that_runs() -> None:
    found = cost(training())
    assert found["so_far"] == pytest.approx(0.02)  # 100 s, 2 instances
    assert found["per_hour"] == pytest.approx(0.72)
    assert found["projected"] is None  # nobody knows when it ends
    assert (found["currency"], found["complete"], found["at_most"], found["message"]) == ("USD", True, False, None)


def test_a_job_that_waits_for_instances_costs_nothing_yet() -> None:
    snapshot = training()
    del snapshot["described"]["TrainingStartTime"]
    assert (cost(snapshot)["so_far"], cost(snapshot)["per_hour"]) == (0.0, 0.0)


def test_what_ended_costs_what_is_billed_and_that_has_the_savings_of_spot_in_it() -> None:
    over = {"TrainingJobStatus": "Completed", "TrainingEndTime": NOW - 20, "TrainingTimeInSeconds": 80}
    assert cost(training(**over))["so_far"] == pytest.approx(0.016)
    found = cost(training(**over, EnableManagedSpotTraining=True, BillableTimeInSeconds=24))
    assert found["so_far"] == found["projected"] == pytest.approx(24 * 0.0002)
    assert (found["at_most"], found["per_hour"], found["message"]) == (False, 0.0, None)


def test_of_spot_jobs_that_run_only_the_most_is_known() -> None:
    found = cost(training(EnableManagedSpotTraining=True))
    assert found["at_most"]
    assert "no spot prices" in str(found["message"])


def test_instance_groups_a_warm_pool_and_what_the_service_selected() -> None:
    groups = [
        {"InstanceType": "ml.m5.large", "InstanceCount": 3, "InstanceGroupName": "a"},
        {"InstanceType": "ml.trn1.2xlarge", "InstanceCount": 1, "InstanceGroupName": "b"},
    ]
    assert cost(training(ResourceConfig={"InstanceGroups": groups}))["so_far"] == pytest.approx(100 * 0.0013)
    over = {"TrainingJobStatus": "Completed", "BillableTimeInSeconds": 50}
    pool = {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 30}
    assert cost(training(**over, WarmPoolStatus=pool))["so_far"] == pytest.approx(80 * 0.0002)
    selected = {"InstancePreferences": [{}], "SelectedInstanceType": "ml.trn1.2xlarge", "SelectedInstanceCount": 4}
    assert cost(training(ResourceConfig=selected))["so_far"] == pytest.approx(100 * 0.004)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"ResourceConfig": {"InstanceType": "ml.p9.large", "InstanceCount": 1}},
            "The price of ml.p9.large is not known.",
        ),
        ({"ResourceConfig": {"InstanceType": "ml.m5.large", "TrainingPlanArn": "arn:plan"}}, "paid for in advance"),
        ({"ResourceConfig": {"InstancePreferences": [{}], "InstanceCount": 1}}, "not decided yet"),
        ({"ServerlessJobConfig": {"JobType": "FineTuning"}, "ResourceConfig": {}}, "billed by tokens"),
        ({"ResourceConfig": {}}, "The price of its instances is not known."),
    ],
)
def test_never_a_guess(changes: dict[str, Any], words: str) -> None:
    found = cost(training(**changes))
    assert (found["so_far"], found["projected"], found["per_hour"], found["complete"]) == (None, None, None, False)
    assert words in str(found["message"])


def test_a_price_list_that_does_not_answer_says_why() -> None:
    found = cost(training(), PriceList("USD", message="AWS's Price List did not answer: denied"))
    assert (found["so_far"], found["message"]) == (None, "AWS's Price List did not answer: denied")


def test_nothing_costs_anything_on_this_machine() -> None:
    for snapshot in (training(), tuning(trial(-50))):
        found = cost(snapshot, PriceList("USD", message=FREE_HERE))
        assert (found["free"], found["so_far"], found["projected"], found["message"]) == (True, 0.0, 0.0, FREE_HERE)


def test_a_tuning_job_is_projected_by_its_trials() -> None:
    # Two of 60 s have ended, one runs for 20 s, one waits; six of ten are to be started.
    found = cost(tuning(trial(-100, -40), trial(-90, -30), trial(-20), trial(None)))
    assert found["so_far"] == pytest.approx(0.14)
    assert found["projected"] == pytest.approx(0.14 + (6 * 60 + 40 + 60) * 0.001)
    assert found["per_hour"] == pytest.approx(3.6)
    assert not found["at_most"]


def test_a_tuning_job_costs_no_more_than_its_runtime_allows() -> None:
    limits = {"MaxNumberOfTrainingJobs": 1000, "MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 1100}
    found = cost(tuning(trial(-100, -40), trial(-20), limits=limits))
    assert found["projected"] == pytest.approx(0.08 + 100 * 2 * 0.001)


def test_no_projection_where_nobody_can_tell() -> None:
    assert cost(tuning(trial(-20)))["projected"] is None
    found = cost(tuning(trial(-100, -40), HyperParameterTuningJobStatus="Stopping"))
    assert (found["so_far"], found["projected"]) == (pytest.approx(0.06), None)
    over = cost(tuning(trial(-100, -40), HyperParameterTuningJobStatus="Completed"))
    assert over["projected"] == over["so_far"] == pytest.approx(0.06)


def definition(name: str, instance: str, **more: Any) -> dict[str, Any]:
    return {"DefinitionName": name, "ResourceConfig": {"InstanceType": instance, "InstanceCount": 1}, **more}


def test_each_trial_by_its_own_definition() -> None:
    definitions = [definition("small", "ml.m5.large"), definition("large", "ml.trn1.2xlarge")]
    trials = [
        trial(-100, -40, TrainingJobDefinitionName="small"),
        trial(-100, -40, TrainingJobDefinitionName="large"),
    ]
    snapshot = tuning(*trials, TrainingJobDefinitions=definitions)
    del snapshot["described"]["TrainingJobDefinition"]
    found = cost(snapshot)
    assert found["so_far"] == pytest.approx(60 * 0.0011)
    assert found["projected"] == pytest.approx(60 * 0.0011 + 8 * 30 * 0.0011)
    snapshot["described"]["TrainingJobDefinitions"] = [definitions[0], definition("large", "ml.p9.large")]
    found = cost(snapshot)
    assert (found["so_far"], found["projected"], found["complete"]) == (pytest.approx(0.006), None, False)
    assert "ml.p9.large" in str(found["message"])


def test_of_spot_trials_and_of_several_instance_types_only_the_most_is_known() -> None:
    spot = {"ResourceConfig": {"InstanceType": "ml.m5.large"}, "EnableManagedSpotTraining": True}
    found = cost(tuning(trial(-100, -40), TrainingJobDefinition=spot))
    assert (found["so_far"], found["at_most"]) == (pytest.approx(0.006), True)
    configs = [{"InstanceType": name, "InstanceCount": 1} for name in ("ml.m5.large", "ml.trn1.2xlarge")]
    found = cost(
        tuning(
            trial(-100, -40),
            TrainingJobDefinition={"HyperParameterTuningResourceConfig": {"InstanceConfigs": configs}},
        )
    )
    assert (found["so_far"], found["at_most"]) == (pytest.approx(0.06), True)
    assert "dearest" in str(found["message"])


def test_trials_that_never_started_cost_nothing() -> None:
    failed = trial(None, -40, TrainingJobStatus="Failed")
    lost = trial(-100, None, TrainingJobStatus="Failed")
    assert cost(tuning(failed, lost))["so_far"] == 0.0


def test_other_jobs_have_no_cost() -> None:
    for kind, described in (("compilation-jobs", {"CompilationJobName": "x"}), ("training-jobs", None)):
        with pytest.raises(ValidationError):
            cost({"kind": kind, "key": ["x"], "described": described})
