"""Members of training and tuning jobs: each is given back by Describe, or refused by its name - none is lost."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.model import Shape, StructureShape
from local_engine_parts import Parts
from member_walk import Path, at, leaves, sample, with_value

from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.model import get_model

Json = dict[str, Any]
ROLE = "arn:aws:iam::000000000000:role/SageMakerLocalRole"
BUCKET = "s3://sagemaker-us-east-1-000000000000"

TRAINING: Json = {
    "TrainingJobName": "job",
    "AlgorithmSpecification": {
        "TrainingImage": "local/python",
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["true"],
    },
    "RoleArn": ROLE,
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{BUCKET}/one"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": f"{BUCKET}/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
_METRICS = [{"Name": "score", "Regex": "score=(.*)"}]
TUNING: Json = {
    "HyperParameterTuningJobName": "job",
    "HyperParameterTuningJobConfig": {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
        "ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxNumberOfTrainingJobs": 2},
        "ParameterRanges": {
            "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}],
            "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "4"}],
        },
    },
    "TrainingJobDefinition": {
        **{name: value for name, value in TRAINING.items() if name != "TrainingJobName"},
        "AlgorithmSpecification": {
            "TrainingImage": "local/python",
            "TrainingInputMode": "File",
            "MetricDefinitions": _METRICS,
        },
        "StaticHyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"{BUCKET}/one",
        },
    },
}
# Values that mean something, by the end of the path; any value that keeps the model's constraints will do elsewhere.
VALUES: dict[str, Any] = {
    "InstanceGroups[].InstanceGroupName": "group",
    "S3DataSource.InstanceGroupNames": ["group"],
    "AlgorithmSpecification.TrainingInputMode": "File",
    "MetricDefinitions[].Name": "score",
    "HyperParameterTuningJobObjective.MetricName": "score",
    "InputDataConfig[].InputMode": "File",
    "S3DataSource.S3DataType": "S3Prefix",
    "CheckpointConfig.LocalPath": "/opt/ml/checkpoints/mine",
    "ParameterRanges[].MinValue": "0",
    "ParameterRanges[].MaxValue": "1",
    "IntegerParameterRanges[].MinValue": "2",
    "IntegerParameterRanges[].MaxValue": "3",
    "ContinuousParameterRanges[].MinValue": "0.5",
    "ContinuousParameterRanges[].MaxValue": "0.75",
    "EnableNetworkIsolation": False,
    "EnableManagedSpotTraining": False,
    "ProfilerConfig.DisableProfiler": True,
    "RemoteDebugConfig.EnableRemoteDebug": False,
    "InfraCheckConfig.EnableInfraCheck": False,
}

# Members that may be refused, with all that is in them. Whoever makes one work takes it off this list.
REFUSED_OF_TRAINING = (
    # there is no such thing on this machine, and a job that asked for it would not be what it seems
    "AlgorithmSpecification.TrainingImageConfig",
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries",
    "InputDataConfig[].DataSource.S3DataSource.ModelAccessConfig",
    "InputDataConfig[].DataSource.S3DataSource.HubAccessConfig",
    "InputDataConfig[].DataSource.FileSystemDataSource",
    "InputDataConfig[].DataSource.DatasetSource",
    "OutputDataConfig.KmsKeyId",
    "ResourceConfig.VolumeKmsKeyId",
    "ResourceConfig.TrainingPlanArn",
    "ResourceConfig.InstancePlacementConfig",
    "ResourceConfig.InstancePreferences",
    "ResourceConfig.SelectedInstanceType",
    "ResourceConfig.SelectedInstanceCount",
    "VpcConfig",
    "DebugRuleConfigurations",
    "TensorBoardOutputConfig",
    "ExperimentConfig",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
    "SessionChainingConfig",
    "ServerlessJobConfig",
    "MlflowConfig",
    "ModelPackageConfig",
    # with input mode Pipe only
    "InputDataConfig[].DataSource.S3DataSource.AttributeNames",
    "InputDataConfig[].ShuffleConfig",
    # instead of TrainingImage, and with spot only
    "AlgorithmSpecification.AlgorithmName",
    "StoppingCondition.MaxWaitTimeInSeconds",
)
REFUSED_OF_TUNING = (
    *(f"TrainingJobDefinition.{member}" for member in REFUSED_OF_TRAINING),  # as far as there are such members
    # in TrainingJobDefinitions only, and these instead of TrainingJobDefinition
    "TrainingJobDefinition.TuningObjective",
    "TrainingJobDefinition.HyperParameterRanges",
    "TrainingJobDefinitions",
    "TrainingJobDefinition.HyperParameterTuningResourceConfig.AllocationStrategy",
    "TrainingJobDefinition.HyperParameterTuningResourceConfig.VolumeKmsKeyId",
    "TrainingJobDefinition.HyperParameterTuningResourceConfig.InstanceConfigs",
    # with Hyperband only
    "HyperParameterTuningJobConfig.StrategyConfig",
)
REFUSED = {"TrainingJob": REFUSED_OF_TRAINING, "HyperParameterTuningJob": REFUSED_OF_TUNING}
REQUESTS = {"TrainingJob": TRAINING, "HyperParameterTuningJob": TUNING}

_PARENTS = {"ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "text"}]}
_GROUP = {"InstanceGroupName": "group", "InstanceType": "ml.m5.large", "InstanceCount": 1}
# What stands in the request instead, for members that go together with it only.
INSTEAD: dict[str, Json] = {
    "HyperParameterTuningJobConfig.ParameterRanges.AutoParameters": {"Autotune": {"Mode": "Enabled"}},
    "WarmStartConfig.WarmStartType": {"WarmStartConfig": _PARENTS},
    "ResourceConfig.InstanceGroups": {"ResourceConfig": {"InstanceGroups": [_GROUP], "VolumeSizeInGB": 10}},
    "InputDataConfig[].DataSource.S3DataSource.InstanceGroupNames": {
        "ResourceConfig": {"InstanceGroups": [_GROUP], "VolumeSizeInGB": 10}
    },
    "HyperParameterTuningResourceConfig": {
        "ResourceConfig": None,
        "HyperParameterTuningResourceConfig": TRAINING["ResourceConfig"],
    },
}


def shape(noun: str) -> StructureShape:
    found = get_model().operation(f"Create{noun}").input_shape
    assert found is not None
    return found


def written(path: Path) -> str:
    return ".".join(path).replace(".[]", "[]")


def base(noun: str, name: str) -> Json:
    """The request that a member is put into."""
    part = "TrainingJobDefinition"
    request = copy.deepcopy(REQUESTS[noun])
    inner = request[part] if name.startswith(f"{part}.") else request
    for member, instead in INSTEAD.items():
        if name.removeprefix(f"{part}.").startswith(member):
            inner |= instead
    for member in [member for member, value in inner.items() if value is None]:
        del inner[member]
    return request


def value_for(path: Path, leaf: Shape) -> Any:
    ends = [end for end in VALUES if written(path).endswith(end)]
    return VALUES[max(ends, key=len)] if ends else sample(leaf)


def same(found: Any, given: Any) -> bool:
    """Whether what was given is there; the service itself adds hyperparameters."""
    return found.items() >= given.items() if isinstance(given, dict) and isinstance(found, dict) else found == given


def add_parent(parts: Parts) -> None:
    """A tuning job that is over, with the name that any name gets: one to start warm from."""
    parts.call("CreateHyperParameterTuningJob", **{**TUNING, "HyperParameterTuningJobName": "text"})
    record = parts.engine.store.get("tuning-jobs", "text")
    assert record is not None
    record.status = record.body["HyperParameterTuningJobStatus"] = "Completed"
    parts.engine.store.save(record)


@pytest.mark.parametrize("noun", REQUESTS)
def test_no_member_is_lost(parts: Parts, noun: str) -> None:
    file = parts.engine.objects.path(parts.engine.bucket, "one")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"data")
    add_parent(parts)
    kept: list[str] = []
    wrong: list[str] = []
    for number, (path, leaf) in enumerate(leaves(shape(noun), lists=True)):
        if path[0] in ("Tags", f"{noun}Name"):
            continue
        name, value = written(path), value_for(path, leaf)
        key = {f"{noun}Name": f"job-{number}"}
        before = parts.engine.store.database.total_changes
        try:
            parts.call(f"Create{noun}", **{**with_value(shape(noun), base(noun, name), path, value), **key})
        except SageMakerError as error:
            named = any(part.lower() in error.message.lower() for part in path if part != "[]")
            allowed = name.startswith(REFUSED[noun]) and "validation error" not in error.message
            if not (named and allowed) or parts.engine.store.database.total_changes != before:
                wrong.append(f"{name} is refused: {error.message}")
            continue
        if same(at(parts.call(f"Describe{noun}", **key), path), value):
            kept.append(name)
        else:
            wrong.append(f"{name} is not given back")
    assert wrong == []
    assert len(kept) > 35
    assert {f"{noun}Name", *REQUESTS[noun]} >= set(shape(noun).required_members)


def test_a_parent_without_a_name_is_refused(parts: Parts) -> None:
    warm = {"WarmStartType": "TransferLearning", "ParentHyperParameterTuningJobs": [{}]}
    with pytest.raises(
        SageMakerError, match="ParentHyperParameterTuningJobs: each needs a HyperParameterTuningJobName"
    ):
        parts.call("CreateHyperParameterTuningJob", **{**TUNING, "WarmStartConfig": warm})
