"""Tuning jobs for tests: a request from a script, a wait for the end, the trials."""

from __future__ import annotations

import io
import json
import tarfile
import textwrap
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from engine_process import EngineProcess, until

Json = dict[str, Any]
ROLE = "arn:aws:iam::000000000000:role/SageMakerLocalRole"
RANGES: Json = {
    "ContinuousParameterRanges": [
        {"Name": "rate", "MinValue": "1e-4", "MaxValue": "1e-1", "ScalingType": "Logarithmic"},
        {"Name": "share", "MinValue": "0", "MaxValue": "1"},
    ],
    "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "8"}],
    "CategoricalParameterRanges": [{"Name": "method", "Values": ["adam", "sgd"]}],
}
SCORES = """
    import argparse
    parser = argparse.ArgumentParser()
    for name, kind in {"rate": float, "share": float, "depth": int, "method": str}.items():
        parser.add_argument(f"--{name}", type=kind, required=True)
    given = parser.parse_args()
    for epoch in range(3):
        print(f"validation:score={epoch + 1 - abs(given.share - 0.5)};", flush=True)
"""


@lru_cache
def _client(service: str, endpoint_url: str, key: str, secret: str, region: str) -> Any:
    session = boto3.Session(key, secret, region_name=region)
    return session.client(service, endpoint_url=endpoint_url, config=Config(retries={"total_max_attempts": 1}))


def client(engine: EngineProcess, service: str = "sagemaker") -> Any:
    """A client that is made once: making one takes longer than a trial."""
    told = engine.file
    return _client(service, engine.endpoint_url, told["access_key_id"], told["secret_access_key"], told["region"])


def archive(script: str) -> bytes:
    """A source archive with train.py."""
    buffer, data = io.BytesIO(), textwrap.dedent(script).encode()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("train.py")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def request(
    engine: EngineProcess, name: str, script: str, *, most: int | None = 6, parallel: int = 2, **more: Any
) -> Json:
    """A CreateHyperParameterTuningJob request; `config` and `definition` are laid over its parts."""
    key = f"source/{name}/sourcedir.tar.gz"
    client(engine, "s3").put_object(Bucket=engine.bucket, Key=key, Body=archive(script))
    limits: Json = {"MaxParallelTrainingJobs": parallel}
    if most is not None:
        limits["MaxNumberOfTrainingJobs"] = most
    algorithm = {
        "TrainingImage": "local/python",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "validation:score", "Regex": "validation:score=([-0-9.e]+);"}],
    }
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:score"},
            "ResourceLimits": limits,
            "ParameterRanges": RANGES,
            **more.pop("config", {}),
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": algorithm,
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": f"s3://{engine.bucket}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "StaticHyperParameters": {
                "sagemaker_program": json.dumps("train.py"),
                "sagemaker_submit_directory": json.dumps(f"s3://{engine.bucket}/{key}"),
            },
            **more.pop("definition", {}),
        },
        **more,
    }


def start(engine: EngineProcess, name: str, script: str = SCORES, **more: Any) -> None:
    client(engine).create_hyper_parameter_tuning_job(**request(engine, name, script, **more))


def describe(engine: EngineProcess, name: str) -> Json:
    found: Json = client(engine).describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return found


def over(engine: EngineProcess, name: str, seconds: float = 60.0) -> Json:
    """Describe response once the job is over."""

    def look() -> Json | None:
        found = describe(engine, name)
        return None if found["HyperParameterTuningJobStatus"] in ("InProgress", "Stopping") else found

    found: Json = until(look, seconds)
    return found


def trials(engine: EngineProcess, name: str, **filters: Any) -> list[Json]:
    """All training jobs of one, page by page."""
    paginator = client(engine).get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    pages = paginator.paginate(HyperParameterTuningJobName=name, **filters)
    return [row for page in pages for row in page["TrainingJobSummaries"]]
