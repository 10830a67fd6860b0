"""Tuning jobs, as any client of SageMaker sees them."""

from __future__ import annotations

from typing import Any

import pytest
from contract_backend import FOREVER, TUNED, Backend, code_of, new_name


def test_what_is_given_is_described(backend: Backend) -> None:
    config = backend.tuning_config()
    name = backend.tune(config=config)
    found = backend.tuned(name)
    assert found["HyperParameterTuningJobArn"] == backend.arn("hyper-parameter-tuning-job", name)
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    described = found["HyperParameterTuningJobConfig"]
    assert {member: described[member] for member in config} == config
    definition = backend.definition()
    assert {member: found["TrainingJobDefinition"][member] for member in ("RoleArn", "StoppingCondition")} == {
        member: definition[member] for member in ("RoleArn", "StoppingCondition")
    }
    (row,) = backend.sagemaker.list_hyper_parameter_tuning_jobs(NameContains=name)["HyperParameterTuningJobSummaries"]
    shared = ("HyperParameterTuningJobArn", "HyperParameterTuningJobStatus", "TrainingJobStatusCounters")
    assert {member: row[member] for member in shared} == {member: found[member] for member in shared}


@pytest.mark.moto_differs("no trials: no ListTrainingJobsForHyperParameterTuningJob")
def test_trials(backend: Backend) -> None:
    name = backend.tune()
    found = backend.tuned(name)
    assert found["TrainingJobStatusCounters"]["Completed"] == found["ObjectiveStatusCounters"]["Succeeded"] == 3
    pages = backend.sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=name,
        SortBy="FinalObjectiveMetricValue",
        SortOrder="Descending",
        PaginationConfig={"PageSize": 1},
    )
    trials = [row for page in pages for row in page["TrainingJobSummaries"]]
    assert len(trials) == 3
    assert all(row["TrainingJobName"].startswith(f"{name}-00") for row in trials)
    scores = [row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in trials]
    assert scores == sorted(scores, reverse=True)
    for row, score in zip(trials, scores, strict=True):
        assert score == pytest.approx(1 - (float(row["TunedHyperParameters"]["x"]) - 0.3) ** 2, abs=1e-6)
        trial = backend.sagemaker.describe_training_job(TrainingJobName=row["TrainingJobName"])
        assert trial["TuningJobArn"] == found["HyperParameterTuningJobArn"]
    assert found["BestTrainingJob"]["TrainingJobName"] == trials[0]["TrainingJobName"]


LIMITS = {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 3}
GRID = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["0.1", "0.2", "0.3"]}]}
STRATEGIES: dict[str, dict[str, Any]] = {
    "Bayesian": {"ResourceLimits": LIMITS},
    "Random": {"ResourceLimits": LIMITS, "RandomSeed": 7},
    "Grid": {"ResourceLimits": {"MaxParallelTrainingJobs": 3}, "ParameterRanges": GRID},
    "Hyperband": {
        "ResourceLimits": LIMITS,
        "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 2}},
    },
    "Early stopping": {"ResourceLimits": LIMITS, "Strategy": "Random", "TrainingJobEarlyStoppingType": "Auto"},
}


@pytest.mark.moto_differs("one trial that is made up")
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_strategies(backend: Backend, strategy: str) -> None:
    config = backend.tuning_config(**{"Strategy": strategy, **STRATEGIES[strategy]})
    found = backend.tuned(backend.tune(config=config))
    assert found["HyperParameterTuningJobStatus"] == "Completed", found.get("FailureReason")
    described = found["HyperParameterTuningJobConfig"]
    assert {member: described[member] for member in config} == config
    counters = found["TrainingJobStatusCounters"]
    assert counters["Completed"] + counters["Stopped"] == 3
    if strategy == "Grid":
        assert found["BestTrainingJob"]["TunedHyperParameters"] == {"x": "0.3"}


@pytest.mark.moto_differs("no trials: no ListTrainingJobsForHyperParameterTuningJob")
def test_several_definitions(backend: Backend) -> None:
    config = backend.tuning_config()
    objective, ranges = config.pop("HyperParameterTuningJobObjective"), config.pop("ParameterRanges")
    definitions = [
        {
            "DefinitionName": name,
            "TuningObjective": objective,
            "HyperParameterRanges": ranges,
            "StaticHyperParameters": backend.script(TUNED),
            **backend.definition(),
        }
        for name in ("one", "two")
    ]
    name = f"tune-{new_name('two')[:12]}"
    backend.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig=config,
        TrainingJobDefinitions=definitions,
    )
    found = backend.tuned(name)
    assert found["HyperParameterTuningJobStatus"] == "Completed", found.get("FailureReason")
    assert [one["DefinitionName"] for one in found["TrainingJobDefinitions"]] == ["one", "two"]
    trials = backend.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    told = {row["TrainingJobDefinitionName"] for row in trials["TrainingJobSummaries"]}
    assert told == {"one", "two"}


def test_warm_start(backend: Backend) -> None:
    parent = backend.tune()
    backend.tuned(parent)
    warm = {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": parent}],
        "WarmStartType": "IdenticalDataAndAlgorithm",
    }
    found = backend.tuned(backend.tune(WarmStartConfig=warm))
    assert found["HyperParameterTuningJobStatus"] == "Completed", found.get("FailureReason")
    assert found["WarmStartConfig"] == warm
    best = found["OverallBestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert best >= found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]


@pytest.mark.moto_differs("no StopHyperParameterTuningJob")
def test_stop(backend: Backend) -> None:
    name = backend.tune(FOREVER)
    stop = backend.sagemaker.stop_hyper_parameter_tuning_job
    stop(HyperParameterTuningJobName=name)
    found = backend.tuned(name)
    assert found["HyperParameterTuningJobStatus"] == "Stopped"
    assert found["TrainingJobStatusCounters"]["InProgress"] == 0
    assert code_of(lambda: stop(HyperParameterTuningJobName=name), backend.sagemaker) == "ValidationException"


def test_delete(backend: Backend) -> None:
    name = backend.tune()
    backend.tuned(name)
    backend.sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    rows = backend.sagemaker.list_hyper_parameter_tuning_jobs(NameContains=name)
    assert rows["HyperParameterTuningJobSummaries"] == []


@pytest.mark.moto_differs("a job that runs can be deleted")
def test_delete_while_it_runs(backend: Backend) -> None:
    name = backend.tune(FOREVER)
    delete = backend.sagemaker.delete_hyper_parameter_tuning_job
    code = code_of(lambda: delete(HyperParameterTuningJobName=name), backend.sagemaker)
    backend.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    backend.tuned(name)
    assert code == "ValidationException"


def test_a_name_in_use(backend: Backend) -> None:
    name = backend.tune()
    with pytest.raises(backend.sagemaker.exceptions.ResourceInUse, match="already exists"):
        backend.tune(name=name)
    backend.tuned(name)


@pytest.mark.moto_differs("no rules beyond the model's")
def test_an_objective_with_no_metric(backend: Backend) -> None:
    objective = {"Type": "Minimize", "MetricName": "loss"}
    config = backend.tuning_config(HyperParameterTuningJobObjective=objective)
    with pytest.raises(backend.sagemaker.exceptions.ClientError, match="A metric is required") as caught:
        backend.tune(config=config)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
