"""Tuning jobs through boto3, on an engine that really runs their scripts."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import pytest
import tuning_help as tuning
from botocore.exceptions import ClientError
from engine_process import EngineProcess, until

from jupyter_sm_ext.engine import tuning_trials
from jupyter_sm_ext.engine.tuning_trials import Trial

WAITS = """
    import pathlib, sys, time
    print("validation:score=1;", flush=True)
    time.sleep(600)
"""


def refused(engine: EngineProcess, request: dict[str, Any]) -> ClientError:
    """The error of a create that must leave nothing behind."""
    client = tuning.client(engine)
    before = client.list_hyper_parameter_tuning_jobs(MaxResults=100)["HyperParameterTuningJobSummaries"]
    with pytest.raises(ClientError) as caught:
        client.create_hyper_parameter_tuning_job(**request)
    assert client.list_hyper_parameter_tuning_jobs(MaxResults=100)["HyperParameterTuningJobSummaries"] == before
    return caught.value


@pytest.fixture(scope="module")
def finished(engine: EngineProcess) -> dict[str, Any]:
    """A tuning job of 12 trials that went well."""
    tuning.start(engine, "good", most=12, Tags=[{"Key": "team", "Value": "blue"}])
    return tuning.over(engine, "good")


def test_it_completes_with_its_best_trial(engine: EngineProcess, finished: dict[str, Any]) -> None:
    assert finished["HyperParameterTuningJobStatus"] == "Completed"
    assert "FailureReason" not in finished
    counters = {"Completed": 12, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0}
    assert finished["TrainingJobStatusCounters"] == counters
    assert finished["ObjectiveStatusCounters"] == {"Succeeded": 12, "Pending": 0, "Failed": 0}
    assert finished["HyperParameterTuningEndTime"] >= finished["CreationTime"]
    assert finished["LastModifiedTime"] >= finished["HyperParameterTuningEndTime"]
    rows = tuning.trials(engine, "good")
    values = {row["TrainingJobName"]: row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in rows}
    best = finished["BestTrainingJob"]
    assert values[best["TrainingJobName"]] == max(values.values())
    assert best == next(row for row in rows if row["TrainingJobName"] == best["TrainingJobName"])
    share = float(best["TunedHyperParameters"]["share"])
    single = struct.unpack("f", struct.pack("f", 3 - abs(share - 0.5)))[0]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"] == {
        "Type": "Maximize",
        "MetricName": "validation:score",
        "Value": pytest.approx(single),
    }


def test_trials_are_training_jobs_of_their_own(engine: EngineProcess, finished: dict[str, Any]) -> None:
    client = tuning.client(engine)
    rows = tuning.trials(engine, "good")
    assert [re.sub("[0-9a-f]{8}$", "", row["TrainingJobName"]) for row in rows] == [
        f"good-{number:03d}-" for number in range(1, 13)
    ]
    for row in rows:
        assert row["ObjectiveStatus"] == "Succeeded"
        tuned = row["TunedHyperParameters"]
        assert set(tuned) == {"rate", "share", "depth", "method"}
        assert re.fullmatch("[2-8]", tuned["depth"])
        job = client.describe_training_job(TrainingJobName=row["TrainingJobName"])
        static = finished["TrainingJobDefinition"]["StaticHyperParameters"]
        assert static["_tuning_objective_metric"] == "validation:score"
        assert job["HyperParameters"] == {**static, **tuned}
        assert job["TuningJobArn"] == finished["HyperParameterTuningJobArn"]
        assert job["TrainingJobStatus"] == "Completed"
    tags = client.list_tags(ResourceArn=rows[0]["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "blue"}]


def test_no_more_run_at_once_than_allowed(engine: EngineProcess, finished: dict[str, Any]) -> None:
    rows = tuning.trials(engine, "good")
    for row in rows:
        others = [other for other in rows if other["CreationTime"] < row["CreationTime"] < other["TrainingEndTime"]]
        assert len(others) < 2


def test_trials_are_listed_by_name_page_by_page(engine: EngineProcess, finished: dict[str, Any]) -> None:
    client = tuning.client(engine)
    first = client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="good")
    assert len(first["TrainingJobSummaries"]) == 10
    second = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="good", NextToken=first["NextToken"]
    )
    assert "NextToken" not in second
    names = [row["TrainingJobName"] for page in (first, second) for row in page["TrainingJobSummaries"]]
    assert names == sorted(names)
    assert len(set(names)) == 12
    down = tuning.trials(engine, "good", SortOrder="Descending", MaxResults=5)
    assert [row["TrainingJobName"] for row in down] == names[::-1]
    assert tuning.trials(engine, "good", StatusEquals="Failed") == []
    assert len(tuning.trials(engine, "good", StatusEquals="Completed")) == 12


def test_trials_are_sorted_by_the_objective(engine: EngineProcess, finished: dict[str, Any]) -> None:
    rows = tuning.trials(
        engine, "good", SortBy="FinalObjectiveMetricValue", SortOrder="Descending", PaginationConfig={"PageSize": 5}
    )
    values = [row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert len(values) == 12
    assert rows[0]["TrainingJobName"] == finished["BestTrainingJob"]["TrainingJobName"]


def test_it_is_listed(engine: EngineProcess, finished: dict[str, Any]) -> None:
    page = tuning.client(engine).list_hyper_parameter_tuning_jobs(NameContains="good", StatusEquals="Completed")
    (row,) = page["HyperParameterTuningJobSummaries"]
    for name in ("HyperParameterTuningJobArn", "TrainingJobStatusCounters", "CreationTime", "LastModifiedTime"):
        assert row[name] == finished[name]
    assert row["Strategy"] == "Bayesian"
    assert row["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 2}


def test_random_with_a_seed_is_reproducible(engine: EngineProcess) -> None:
    found = []
    for name in ("seed-a", "seed-b"):
        tuning.start(engine, name, most=5, config={"Strategy": "Random", "RandomSeed": 7})
        assert tuning.over(engine, name)["HyperParameterTuningJobStatus"] == "Completed"
        found.append([row["TunedHyperParameters"] for row in tuning.trials(engine, name)])
    assert found[0] == found[1]


def test_scripts_that_raise_fail_it(engine: EngineProcess) -> None:
    tuning.start(engine, "raises", "raise ValueError('no such column')", most=20, parallel=3)
    found = tuning.over(engine, "raises")
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("No training job succeeded after 5 attempts. For additional details, ")
    assert "no such column" in found["FailureReason"]
    counters = found["TrainingJobStatusCounters"]
    assert 5 <= counters["NonRetryableError"] <= 8
    assert counters["Completed"] == counters["InProgress"] == 0
    for row in tuning.trials(engine, "raises"):
        assert row["ObjectiveStatus"] == "Failed"
        assert row["FailureReason"].startswith("AlgorithmError: ")
        assert "no such column" in row["FailureReason"]
    assert tuning.trials(engine, "raises", SortBy="FinalObjectiveMetricValue") == []


def test_scripts_that_print_no_metric_fail_it(engine: EngineProcess) -> None:
    tuning.start(engine, "silent", "print('accuracy is fine')", most=3)
    found = tuning.over(engine, "silent")
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("No objective metrics found after running 3 training jobs.")
    assert found["TrainingJobStatusCounters"]["Completed"] == 3
    assert found["ObjectiveStatusCounters"] == {"Succeeded": 0, "Pending": 0, "Failed": 3}
    assert "BestTrainingJob" not in found


def test_some_that_fail_do_not_stop_it(engine: EngineProcess) -> None:
    script = """
        import os
        number = int(os.environ["TRAINING_JOB_NAME"].split("-")[1])
        assert number % 3, "every third one"
        if number % 2:
            print(f"validation:score={-number};")
    """
    tuning.start(engine, "mixed", script, most=9, parallel=3)
    found = tuning.over(engine, "mixed")
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["NonRetryableError"] == 3
    assert found["TrainingJobStatusCounters"]["Completed"] == 6
    assert found["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 6}
    assert found["BestTrainingJob"]["TrainingJobName"].startswith("mixed-001-")
    by_value = tuning.trials(engine, "mixed", SortBy="FinalObjectiveMetricValue")
    assert [row["TrainingJobName"][:9] for row in by_value] == ["mixed-007", "mixed-005", "mixed-001"]


def test_stop_ends_the_trials_too(engine: EngineProcess) -> None:
    client = tuning.client(engine)
    tuning.start(engine, "stopped", WAITS, most=8, parallel=2)
    until(lambda: len(tuning.trials(engine, "stopped", StatusEquals="InProgress")) == 2)
    rows = tuning.trials(engine, "stopped")
    until(lambda: all(_training(client, row) for row in rows))
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")
    assert tuning.describe(engine, "stopped")["HyperParameterTuningJobStatus"] in ("Stopping", "Stopped")
    found = tuning.over(engine, "stopped")
    assert found["HyperParameterTuningJobStatus"] == "Stopped"
    assert found["TrainingJobStatusCounters"]["Stopped"] == 2
    assert {row["TrainingJobStatus"] for row in tuning.trials(engine, "stopped")} == {"Stopped"}
    with pytest.raises(ClientError, match=r"ValidationException.*already in status Stopped"):
        client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")


def _training(client: Any, row: dict[str, Any]) -> bool:
    found = client.describe_training_job(TrainingJobName=row["TrainingJobName"])
    return bool(found["SecondaryStatus"] == "Training")


def test_one_trial_that_is_stopped_does_not_stop_it(engine: EngineProcess) -> None:
    client = tuning.client(engine)
    script = """
        import os, time
        if "-001-" in os.environ["TRAINING_JOB_NAME"]:
            time.sleep(600)
        print("validation:score=1;")
    """
    tuning.start(engine, "one-stopped", script, most=4, parallel=1)
    first = until(lambda: tuning.trials(engine, "one-stopped"))[0]
    client.stop_training_job(TrainingJobName=first["TrainingJobName"])
    found = tuning.over(engine, "one-stopped")
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Stopped"] == 1
    assert found["TrainingJobStatusCounters"]["Completed"] == 3


def test_the_target_ends_it(engine: EngineProcess) -> None:
    script = """
        import os, time
        number = int(os.environ["TRAINING_JOB_NAME"].split("-")[1])
        print(f"validation:score={number / 10};", flush=True)
        time.sleep(600 if number == 4 else 0)
    """
    config = {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.3}}
    tuning.start(engine, "target", script, most=None, parallel=2, config=config)
    found = tuning.over(engine, "target")
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] >= 0.299
    assert sum(found["TrainingJobStatusCounters"].values()) <= 4


def test_no_improvement_ends_it(engine: EngineProcess) -> None:
    config = {"TuningJobCompletionCriteria": {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}}
    tuning.start(engine, "flat", "print('validation:score=5;')", most=50, parallel=1, config=config)
    found = tuning.over(engine, "flat")
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Completed"] == 4
    assert found["TuningJobCompletionDetails"] == {"NumberOfTrainingJobsObjectiveNotImproving": 3}


@pytest.mark.parametrize(("wanted", "made"), [("Enabled", 11), ("Disabled", 13)])
def test_convergence_is_told_and_ends_it_if_wanted(engine: EngineProcess, wanted: str, made: int) -> None:
    name = f"converges-{wanted}"
    config = {"TuningJobCompletionCriteria": {"ConvergenceDetected": {"CompleteOnConvergence": wanted}}}
    tuning.start(engine, name, "print('validation:score=5;')", most=13, parallel=1, config=config)
    found = tuning.over(engine, name)
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Completed"] == made
    details = found["TuningJobCompletionDetails"]
    assert details["NumberOfTrainingJobsObjectiveNotImproving"] == made - 1
    assert found["CreationTime"] <= details["ConvergenceDetectedTime"] <= found["HyperParameterTuningEndTime"]


def test_its_name_is_free_again_and_its_trials_stay(engine: EngineProcess) -> None:
    client = tuning.client(engine)
    tuning.start(engine, "again", most=2)
    with pytest.raises(ClientError, match="not in a terminal state"):
        client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="again")
    tuning.over(engine, "again")
    old = tuning.trials(engine, "again")
    client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="again")
    with pytest.raises(ClientError, match="can't find a tuning job called again"):
        tuning.describe(engine, "again")
    tuning.start(engine, "again", most=1)
    assert tuning.over(engine, "again")["TrainingJobStatusCounters"]["Completed"] == 1
    assert len(tuning.trials(engine, "again")) == 1
    for row in old:
        assert client.describe_training_job(TrainingJobName=row["TrainingJobName"])["TrainingJobStatus"] == "Completed"


def test_a_name_is_taken_once(engine: EngineProcess, finished: dict[str, Any]) -> None:
    error = refused(engine, tuning.request(engine, "good", tuning.SCORES))
    assert error.response["Error"] == {
        "Code": "ResourceInUse",
        "Message": "A hyperparameter tuning job with the name, good, already exists. Choose a different name.",
    }


@pytest.mark.parametrize(
    "operation",
    [
        "describe_hyper_parameter_tuning_job",
        "stop_hyper_parameter_tuning_job",
        "delete_hyper_parameter_tuning_job",
        "list_training_jobs_for_hyper_parameter_tuning_job",
    ],
)
def test_one_that_is_not_there(engine: EngineProcess, operation: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(tuning.client(engine), operation)(HyperParameterTuningJobName="nobody")
    assert caught.value.response["Error"] == {
        "Code": "ResourceNotFound",
        "Message": "Amazon SageMaker can't find a tuning job called nobody. Type another name.",
    }


ALGORITHM = {"TrainingImage": "local/python", "TrainingInputMode": "File"}
EMPTY_RANGE = {"ContinuousParameterRanges": [{"Name": "rate", "MinValue": "1", "MaxValue": "0.1"}]}
FEW = {"CategoricalParameterRanges": [{"Name": "method", "Values": ["a", "b", "c"]}]}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"definition": {"AlgorithmSpecification": ALGORITHM}},
            "A metric is required for this hyperparameter tuning job",
        ),
        ({"config": {"ParameterRanges": EMPTY_RANGE}}, "continuousParameterRanges.1.member.minValue"),
        ({"config": {"ParameterRanges": {}}}, "hyperParameterTuningJobConfig.parameterRanges"),
        ({"config": {"ParameterRanges": FEW}}, r"for the provided ranges \[3.0\] must be equal or greater than"),
        ({"config": {"Strategy": "Hyperband"}}, "Cannot infer MaxResource"),
        (
            {"config": {"StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 3}}}},
            "only supported when Strategy",
        ),
        (
            {"config": {"ParameterRanges": {"AutoParameters": [{"Name": "rate", "ValueHint": "0.1"}]}}},
            "only supported when Autotune",
        ),
        (
            {
                "config": {"ParameterRanges": {"AutoParameters": [{"Name": "rate", "ValueHint": "fast"}]}},
                "Autotune": {"Mode": "Enabled"},
            },
            "at least one parameter range",
        ),
        ({"definition": {"StaticHyperParameters": {"rate": "1"}}}, "either static or tuned, not both: rate"),
        (
            {"definition": {"OutputDataConfig": {"S3OutputPath": "s3://nowhere/out"}}},
            "the bucket nowhere does not exist",
        ),
        ({"definition": {"HyperParameterTuningResourceConfig": {}}}, "Exactly one of"),
        ({"most": None}, "MaxNumberOfTrainingJobs is required"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(
    engine: EngineProcess, more: dict[str, Any], said: str
) -> None:
    error = refused(engine, tuning.request(engine, "refused", tuning.SCORES, **more))
    assert error.response["Error"]["Code"] == "ValidationException"
    assert re.search(said, error.response["Error"]["Message"])


def test_its_log_stays_clean(engine: EngineProcess, finished: dict[str, Any]) -> None:
    log = Path(engine.data_dir / "engine.log").read_text()
    assert "Traceback" not in log
    assert "study" not in log


def trial(number: int, objective: float | None = None, status: str = "Completed", reason: str = "") -> Trial:
    return Trial(number, f"t-{number:03d}", status, 0.0, float(number), objective, reason)


def test_criteria_by_the_trials_alone() -> None:
    config: dict[str, Any] = {
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
        "ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 120},
    }
    assert not tuning_trials.reached(config, [trial(1, 0.5)], 119.0, False)
    assert tuning_trials.reached(config, [trial(1, 0.5)], 120.0, False)
    config["TuningJobCompletionCriteria"] = {"TargetObjectiveMetricValue": 0.1}
    single = struct.unpack("f", struct.pack("f", 0.1))[0]
    assert tuning_trials.reached(config, [trial(1, 0.5), trial(2, single)], 0.0, False)
    assert not tuning_trials.reached(config, [trial(1, 0.5), trial(2, 0.11)], 0.0, False)
    assert tuning_trials.not_improving([trial(1, 1.0), trial(2, 0.995), trial(3, 0.991), trial(4, 1.2)], False) == 3
    assert tuning_trials.not_improving([trial(1, 1.0), trial(2, 0.98), trial(3, 0.99)], False) == 1


def test_convergence_is_half_of_the_trials_without_improvement() -> None:
    flat = [trial(number, 1.0) for number in range(1, 12)]
    assert not tuning_trials.converged(flat[:10], False)
    assert tuning_trials.converged(flat, False)
    falling = [trial(number, 100.0 - number * 2) for number in range(1, 31)]
    # Thirty that got better, then ever more that do not: 29 of 59 are not half of them, 30 of 60 are.
    late = [trial(number, 40.0) for number in range(31, 61)]
    assert not tuning_trials.converged(falling + late[:29], False)
    assert tuning_trials.converged(falling + late, False)


def test_counters_tell_errors_that_may_pass_from_others() -> None:
    jobs, objectives = tuning_trials.counters(
        [
            trial(1, 0.5),
            trial(2, None, "Failed", "InternalServerError: We encountered an internal error. Please try again."),
            trial(3, None, "Failed", "AlgorithmError: , exit code: 1"),
            trial(4, None, "Stopping"),
            trial(5, 0.3, "Stopped"),
        ]
    )
    assert jobs == {"Completed": 1, "InProgress": 1, "RetryableError": 1, "NonRetryableError": 1, "Stopped": 1}
    assert objectives == {"Succeeded": 2, "Pending": 1, "Failed": 2}
    assert tuning_trials.best([trial(2, 0.7), trial(1, 0.7), trial(3, 0.1)], True) == trial(1, 0.7)
