"""Warm start: what parents found is used, what may differ from them may, and the overall best is told."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import tuning_help as tuning
from botocore.exceptions import ClientError
from engine_process import EngineProcess

SCRIPT = "import os; print(f\"validation:score={-abs(float(os.environ['SM_HP_X']) - 3)};\")"
X = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "10"}]}
FEW = {"IntegerParameterRanges": [{"Name": "x", "MinValue": "1", "MaxValue": "4"}]}
SAME, OTHER = "IdenticalDataAndAlgorithm", "TransferLearning"


def request(engine: EngineProcess, name: str, *parents: str, kind: str = SAME, **more: Any) -> dict[str, Any]:
    config = {"Strategy": "Bayesian", "RandomSeed": 3, "ParameterRanges": X, **more.pop("config", {})}
    # One source for all: a new one each time would be a change of a static hyperparameter.
    made = tuning.request(engine, "source", SCRIPT, config=config, **more)
    made["HyperParameterTuningJobName"] = name
    if parents:
        names = [{"HyperParameterTuningJobName": parent} for parent in parents]
        made["WarmStartConfig"] = {"ParentHyperParameterTuningJobs": names, "WarmStartType": kind}
    return made


def run(engine: EngineProcess, *args: Any, **more: Any) -> dict[str, Any]:
    made = request(engine, *args, **more)
    tuning.client(engine).create_hyper_parameter_tuning_job(**made)
    found = tuning.over(engine, args[0])
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    return found


@pytest.fixture(scope="module")
def parent(engine: EngineProcess) -> dict[str, Any]:
    """A tuning job of 12 trials."""
    return run(engine, "parent", most=12, parallel=1)


def proposals(engine: EngineProcess, name: str) -> list[float]:
    return [float(row["TunedHyperParameters"]["x"]) for row in tuning.trials(engine, name)]


def test_what_the_parent_found_is_gone_on_with(engine: EngineProcess, parent: dict[str, Any]) -> None:
    found = run(engine, "child", "parent", most=4, parallel=1)
    run(engine, "alone", most=4, parallel=1)
    assert found["WarmStartConfig"]["WarmStartType"] == SAME
    # One that knows nothing draws its first trials at random, like its parent of the same seed; these are not drawn.
    assert proposals(engine, "alone") == proposals(engine, "parent")[:4]
    assert not {*proposals(engine, "child")} & {*proposals(engine, "parent")}
    assert min(abs(x - 3) for x in proposals(engine, "child")) < 1.5
    own = [row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in tuning.trials(engine, "child")]
    before = parent["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    overall = found["OverallBestTrainingJob"]
    assert overall["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == max(before, *own)
    assert overall["TuningJobName"] == ("parent" if before >= max(own) else "child")
    assert found["BestTrainingJob"]["TrainingJobName"].startswith("child-")
    assert found["TrainingJobStatusCounters"]["Completed"] == 4


def test_for_another_task_the_parents_best_come_first(engine: EngineProcess, parent: dict[str, Any]) -> None:
    found = run(engine, "transfer", "parent", kind=OTHER, most=7, parallel=1)
    assert "OverallBestTrainingJob" not in found
    best = sorted(proposals(engine, "parent"), key=lambda x: abs(x - 3))
    assert proposals(engine, "transfer")[:2] == best[:2]
    assert proposals(engine, "transfer")[2] not in best


def test_what_was_tried_is_not_tried_again(engine: EngineProcess) -> None:
    run(engine, "few", most=2, config={"ParameterRanges": FEW, "Strategy": "Random"})
    run(engine, "rest", "few", most=2, config={"ParameterRanges": FEW, "Strategy": "Random"})
    assert sorted(proposals(engine, "few") + proposals(engine, "rest")) == [1, 2, 3, 4]


def test_tuned_may_become_static_and_parents_may_go(engine: EngineProcess, parent: dict[str, Any]) -> None:
    made = request(engine, "static", most=2)
    made["HyperParameterTuningJobConfig"]["ParameterRanges"] = {
        "CategoricalParameterRanges": [{"Name": "mode", "Values": ["a", "b", "c"]}]
    }
    made["TrainingJobDefinition"]["StaticHyperParameters"]["x"] = "2.5"
    client = tuning.client(engine)
    client.create_hyper_parameter_tuning_job(**made)
    tuning.over(engine, "static")
    swapped = request(engine, "swapped", "static", most=2, config={"Strategy": "Random"})
    swapped["TrainingJobDefinition"]["StaticHyperParameters"]["mode"] = "a"
    client.create_hyper_parameter_tuning_job(**swapped)
    client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="static")
    found = tuning.over(engine, "swapped")
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["OverallBestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] >= -0.5


def changed(made: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    found = inner = copy.deepcopy(made)
    *names, last = path.split(".")
    for name in names:
        inner = inner[name]
    inner[last] = value
    return found


OBJECTIVE = {"Type": "Minimize", "MetricName": "validation:score"}
FIELDS = (
    "Only the following fields in TrainingJobDefinition are allowed to change: [algorithmSpecification, "
    "inputDataConfig, outputDataConfig, staticHyperParameters, roleArn, resourceConfig, stoppingCondition, vpcConfig, "
    "enableManagedSpotTraining, checkpointConfig]."
)
NAMES = (
    "The set of tunable plus static HyperParameter names is not the same across current and parent tuning jobs. Please "
    "ensure this set is constant when warm starting. Note that previously static HyperParameters can be tuned in warm "
    "start jobs and vice versa."
)
CONFIG, DEFINITION = "HyperParameterTuningJobConfig", "TrainingJobDefinition"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (f"{CONFIG}.HyperParameterTuningJobObjective", OBJECTIVE, "The objective metric is not the same"),
        (f"{CONFIG}.ParameterRanges", tuning.RANGES, NAMES),
        (f"{DEFINITION}.StaticHyperParameters.more", "1", NAMES),
        (f"{DEFINITION}.Environment", {"MORE": "1"}, FIELDS),
        (f"{DEFINITION}.RetryStrategy", {"MaximumRetryAttempts": 2}, FIELDS),
        (f"{CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs", 739, "current utilization of 12 Training Jobs"),
        (f"{CONFIG}.Strategy", "Grid", "WarmStartConfig is only supported when Strategy is Bayesian or Random"),
        (
            "WarmStartConfig.ParentHyperParameterTuningJobs",
            [{"HyperParameterTuningJobName": "nobody"}],
            "Amazon SageMaker can't find a tuning job called nobody. Type another name.",
        ),
        (
            "WarmStartConfig.ParentHyperParameterTuningJobs",
            [{"HyperParameterTuningJobName": "parent"}] * 2,
            "can be given only once",
        ),
        (
            "WarmStartConfig.ParentHyperParameterTuningJobs",
            [{"HyperParameterTuningJobName": f"p{number}"} for number in range(6)],
            "less than or equal to 5",
        ),
    ],
)
def test_what_may_not_differ_is_refused(
    engine: EngineProcess, parent: dict[str, Any], path: str, value: Any, said: str
) -> None:
    made = changed(request(engine, "refused", "parent", most=3), path, value)
    with pytest.raises(ClientError) as caught:
        tuning.client(engine).create_hyper_parameter_tuning_job(**made)
    assert said in caught.value.response["Error"]["Message"]
    with pytest.raises(ClientError, match="can't find a tuning job"):
        tuning.describe(engine, "refused")


def test_what_may_differ_may(engine: EngineProcess, parent: dict[str, Any]) -> None:
    made = request(engine, "differs", "parent", most=1)
    for path, value in {
        "StoppingCondition.MaxRuntimeInSeconds": 300,
        "ResourceConfig.InstanceType": "ml.m5.xlarge",
        "EnableInterContainerTrafficEncryption": False,
    }.items():
        made = changed(made, f"{DEFINITION}.{path}", value)
    tuning.client(engine).create_hyper_parameter_tuning_job(**made)
    assert tuning.over(engine, "differs")["HyperParameterTuningJobStatus"] == "Completed"


def test_ten_changes_and_no_more(engine: EngineProcess) -> None:
    names = [f"s{number}" for number in range(11)]
    made = request(engine, "statics", most=1)
    made[DEFINITION]["StaticHyperParameters"] |= dict.fromkeys(names, "1")
    tuning.client(engine).create_hyper_parameter_tuning_job(**made)
    tuning.over(engine, "statics")
    for count in (11, 10):
        child = request(engine, "changes", "statics", most=1)
        child[DEFINITION]["StaticHyperParameters"] |= dict.fromkeys(names, "1") | dict.fromkeys(names[:count], "2")
        if count == 11:
            with pytest.raises(ClientError, match=r"\[11\], must be equal or less than \[10\]"):
                tuning.client(engine).create_hyper_parameter_tuning_job(**child)
        else:
            tuning.client(engine).create_hyper_parameter_tuning_job(**child)
            assert tuning.over(engine, "changes")["HyperParameterTuningJobStatus"] == "Completed"


def test_a_parent_must_be_over(engine: EngineProcess) -> None:
    made = request(engine, "goes-on", most=2)
    made[DEFINITION]["StaticHyperParameters"]["sagemaker_program"] = '"train.py"'
    key = "source/waits/sourcedir.tar.gz"
    archive = tuning.archive("import time; time.sleep(600)")
    client = tuning.client(engine)
    tuning.client(engine, "s3").put_object(Bucket=engine.bucket, Key=key, Body=archive)
    made[DEFINITION]["StaticHyperParameters"]["sagemaker_submit_directory"] = f'"s3://{engine.bucket}/{key}"'
    client.create_hyper_parameter_tuning_job(**made)
    with pytest.raises(ClientError, match="must be in a terminal state before"):
        client.create_hyper_parameter_tuning_job(**request(engine, "too-soon", "goes-on", most=1))
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="goes-on")
    tuning.over(engine, "goes-on")
