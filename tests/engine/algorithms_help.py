"""Algorithms for tests: an engine that publishes them, and requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jobs_harness import BUCKET, Harness

from jupyter_sm_ext.engine.algorithms.family import Algorithms
from jupyter_sm_ext.engine.context import Engine
from jupyter_sm_ext.engine.tuning import TuningJobs

Json = dict[str, Any]
ARN = "arn:aws:sagemaker:us-east-1:000000000000:algorithm/"
SCRIPT = """
import json, os, sys
values = json.loads(os.environ["SM_HPS"])
assert os.listdir(os.environ["SM_CHANNEL_TRAIN"]) == ["data.csv"]
if values["lr"] > 0.85:
    sys.exit("lr is too high")
print(f"score={values['lr']};", values)
"""
METRICS = [{"Name": "score", "Regex": "score=([0-9.]+);"}]
HYPERPARAMETERS: list[Json] = [
    {
        "Name": "lr",
        "Description": "Learning rate",
        "Type": "Continuous",
        "Range": {"ContinuousParameterRangeSpecification": {"MinValue": "0.1", "MaxValue": "0.9"}},
        "IsTunable": True,
        "IsRequired": True,
    },
    {
        "Name": "depth",
        "Type": "Integer",
        "Range": {"IntegerParameterRangeSpecification": {"MinValue": "1", "MaxValue": "10"}},
        "IsTunable": True,
        "DefaultValue": "5",
    },
    {
        "Name": "loss",
        "Type": "Categorical",
        "Range": {"CategoricalParameterRangeSpecification": {"Values": ["l1", "l2"]}},
        "IsTunable": False,
    },
    {"Name": "sagemaker_program", "Type": "FreeText", "DefaultValue": '"train.py"'},
]
CHANNELS: list[Json] = [
    {
        "Name": "train",
        "IsRequired": True,
        "SupportedContentTypes": ["text/csv"],
        "SupportedInputModes": ["File"],
    },
    {
        "Name": "more",
        "SupportedContentTypes": [],
        "SupportedCompressionTypes": ["None", "Gzip"],
        "SupportedInputModes": ["Pipe"],
    },
]


class Publishing(Harness):
    """An engine with algorithms."""

    def __init__(self, data_dir: Path) -> None:
        def algorithms(engine: Engine) -> Algorithms:
            return Algorithms(engine, self.training)

        def tuning(engine: Engine) -> TuningJobs:
            return TuningJobs(engine, self.training)

        super().__init__(data_dir, tuning, algorithms, grace=0.2)
        self.data = self.put("data/data.csv", b"1,2\n")

    def algorithm(self, name: str, script: str = SCRIPT, profile: Json | None = None, **training: Any) -> Json:
        """A CreateAlgorithm request, with a validation profile if its hyperparameters are given."""
        source = {"Name": "sagemaker_submit_directory", "Type": "FreeText"}
        source["DefaultValue"] = json.dumps(self.source(script))
        request: Json = {
            "AlgorithmName": name,
            "AlgorithmDescription": "Finds out",
            "TrainingSpecification": {
                "TrainingImage": "local/python",
                "SupportedHyperParameters": [*HYPERPARAMETERS, source],
                "SupportedTrainingInstanceTypes": ["ml.m5.large", "ml.trn1.2xlarge"],
                "SupportsDistributedTraining": False,
                "MetricDefinitions": METRICS,
                "TrainingChannels": CHANNELS,
                "SupportedTuningJobObjectiveMetrics": [{"Type": "Maximize", "MetricName": "score"}],
                **training,
            },
        }
        if profile is not None:
            definition = self.members(HyperParameters=profile, TrainingInputMode="File")
            role = definition.pop("RoleArn")
            request["ValidationSpecification"] = {
                "ValidationRole": role,
                "ValidationProfiles": [{"ProfileName": "smoke", "TrainingJobDefinition": definition}],
            }
        return request

    def members(self, **more: Any) -> Json:
        """What a training job needs besides its name and its algorithm."""
        return {
            "RoleArn": self.engine.role_arn,
            "InputDataConfig": [self.channel()],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **more,
        }

    def channel(self, name: str = "train", **more: Any) -> Json:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data/"}
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}

    def job(self, name: str, algorithm: str, values: Json | None = None, **more: Any) -> Json:
        specification = {
            "AlgorithmName": algorithm,
            "TrainingInputMode": "File",
            **more.pop("AlgorithmSpecification", {}),
        }
        values = {"lr": "0.5"} if values is None else values
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": specification,
            "HyperParameters": values,
            **self.members(**more),
        }

    def of(self, name: str) -> Json:
        return self.call("DescribeAlgorithm", AlgorithmName=name)

    def published(self, request: Json) -> Json:
        """Describe response of an algorithm that was validated."""
        self.call("CreateAlgorithm", **request)
        name = request["AlgorithmName"]
        found: Json = self.until(
            lambda: one if (one := self.of(name))["AlgorithmStatus"] in ("Completed", "Failed") else None
        )
        return found

    def tuning_job(self, name: str, ranges: Json, static: Json | None = None, **config: Any) -> Json:
        return {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": ranges,
                **config,
            },
            "TrainingJobDefinition": {
                "AlgorithmSpecification": {"AlgorithmName": "known", "TrainingInputMode": "File"},
                "StaticHyperParameters": static or {},
                **self.members(),
            },
        }


@contextmanager
def known(root: Path) -> Iterator[Publishing]:
    """An engine with the algorithm "known"."""
    made = Publishing(root / "data")
    assert made.published(made.algorithm("known"))["AlgorithmStatus"] == "Completed"
    yield made
    made.close()
