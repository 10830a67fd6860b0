"""Requests that the service takes, to be made wrong by tests."""

from __future__ import annotations

from typing import Any

ROLE = "arn:aws:iam::000000000000:role/SageMakerLocalRole"
CREATE_TUNING = "CreateHyperParameterTuningJob"
CREATE_TRAINING = "CreateTrainingJob"


def training(**changes: Any) -> dict[str, Any]:
    """A request that the service takes, changed."""
    return {
        "TrainingJobName": "digits-1",
        "HyperParameters": {"epochs": "3"},
        "AlgorithmSpecification": {"TrainingImage": "local/python", "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/digits"},
        "ResourceConfig": {"InstanceType": "ml.trn1.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **changes,
    }


def tuning() -> dict[str, Any]:
    definition = training()
    definition["StaticHyperParameters"] = definition.pop("HyperParameters")
    del definition["TrainingJobName"]
    return {
        "HyperParameterTuningJobName": "digits",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 2},
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:accuracy"},
            "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "opt", "Values": ["adam", "sgd"]}]},
        },
        "TrainingJobDefinition": definition,
        "Tags": [{"Key": "équipe", "Value": "日本 5"}],
    }


def private_space(name: str = "mine", app_type: str = "JupyterLab", **settings: Any) -> dict[str, Any]:
    """A space of the user profile that every local connection has; the domain is to be added."""
    return {
        "SpaceName": name,
        "SpaceSettings": {"AppType": app_type, **settings},
        "OwnershipSettings": {"OwnerUserProfileName": "default"},
        "SpaceSharingSettings": {"SharingType": "Private"},
    }
