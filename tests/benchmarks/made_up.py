"""A made-up tuning job that is the same each time, in AWS's own words, with as many trials as wanted."""

from __future__ import annotations

import math
import random
import time
from typing import Any

METRIC = "validation:accuracy"
START = time.time() - 40_000  # epoch seconds
_ARN = "arn:aws:sagemaker:us-east-1:000000000000"


def trial(number: int, rng: random.Random, *, running: bool = False) -> dict[str, Any]:
    """A training job's summary."""
    lr, depth, dropout = 10 ** rng.uniform(-4, -1), rng.randint(2, 12), rng.uniform(0, 0.5)
    optimizer = rng.choice(["adam", "sgd", "lamb"])
    value = 1 - 0.1 * (math.log10(lr) + 2.3) ** 2 - 0.01 * (depth - 5) ** 2 - 0.1 * dropout + rng.gauss(0, 0.02)
    created = START + number * 3
    summary: dict[str, Any] = {
        "TrainingJobName": f"large-{number:03}-0123abcd",
        "TrainingJobArn": f"{_ARN}:training-job/large-{number:03}-0123abcd",
        "CreationTime": created,
        "TrainingStartTime": created + 1,
        "TrainingJobStatus": "InProgress" if running else "Completed",
        "TunedHyperParameters": {
            "lr": repr(lr),
            "depth": str(depth),
            "dropout": repr(dropout),
            "optimizer": f'"{optimizer}"',
        },
    }
    if running:
        return summary
    summary["TrainingEndTime"] = created + 1 + rng.uniform(10, 30)
    if number % 50 == 0:
        return {**summary, "TrainingJobStatus": "Failed", "FailureReason": "AlgorithmError: too deep"}
    objective = {"Type": "Maximize", "MetricName": METRIC, "Value": value}
    return {**summary, "FinalHyperParameterTuningJobObjectiveMetric": objective}


def training_job(rng: random.Random) -> dict[str, Any]:
    """DescribeTrainingJob's answer, as long as a usual one."""
    summary = trial(1, rng)
    created = summary["CreationTime"]
    steps = ("Starting", "Downloading", "Training", "Uploading", "Completed")
    history = [
        {
            "Status": step,
            "StartTime": created + at * 10,
            "EndTime": created + at * 10 + 10,
            "StatusMessage": f"{step} now",
        }
        for at, step in enumerate(steps)
    ]
    channel = {
        "ChannelName": "training",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data/training"}},
    }
    metrics = [{"MetricName": METRIC, "Value": rng.random(), "Timestamp": created + at} for at in range(3)]
    return {
        "TrainingJobName": summary["TrainingJobName"],
        "TrainingJobArn": summary["TrainingJobArn"],
        "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/large/output/model.tar.gz"},
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "HyperParameters": {**summary["TunedHyperParameters"], "epochs": "10", "batch_size": "64"},
        "AlgorithmSpecification": {"TrainingImage": "local/python", "TrainingInputMode": "File"},
        "RoleArn": "arn:aws:iam::000000000000:role/service-role/AmazonSageMaker-ExecutionRole",
        "InputDataConfig": [channel, {**channel, "ChannelName": "validation"}],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/large"},
        "ResourceConfig": {"InstanceType": "ml.trn1.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "CreationTime": created,
        "LastModifiedTime": created + 50,
        "SecondaryStatusTransitions": history,
        "FinalMetricDataList": metrics,
    }


def described(trials: list[dict[str, Any]], maximum: int, status: str = "InProgress") -> dict[str, Any]:
    """DescribeHyperParameterTuningJob's answer."""
    statuses = [each["TrainingJobStatus"] for each in trials]
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "lr", "MinValue": "1e-4", "MaxValue": "1e-1", "ScalingType": "Logarithmic"},
            {"Name": "dropout", "MinValue": "0", "MaxValue": "0.5"},
        ],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "12"}],
        "CategoricalParameterRanges": [{"Name": "optimizer", "Values": ['"adam"', '"sgd"', '"lamb"']}],
    }
    return {
        "HyperParameterTuningJobName": "large",
        "HyperParameterTuningJobArn": f"{_ARN}:hyper-parameter-tuning-job/large",
        "HyperParameterTuningJobStatus": status,
        "CreationTime": START,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": METRIC},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": maximum, "MaxParallelTrainingJobs": 10},
            "ParameterRanges": ranges,
        },
        "TrainingJobStatusCounters": {
            "Completed": statuses.count("Completed"),
            "InProgress": statuses.count("InProgress"),
            "NonRetryableError": statuses.count("Failed"),
            "RetryableError": 0,
            "Stopped": 0,
        },
        "ObjectiveStatusCounters": {"Succeeded": 0, "Pending": 0, "Failed": 0},
    }


def snapshot(trials: list[dict[str, Any]], maximum: int) -> dict[str, Any]:
    """A hub's snapshot of the tuning job."""
    return {
        "connection": "local",
        "label": "Local engine",
        "kind": "tuning-jobs",
        "key": ["large"],
        "seq": len(trials),
        "since": None,
        "status": "InProgress",
        "terminal": False,
        "described": described(trials, maximum),
        "training_jobs": trials,
        "updated": time.time(),
        "error": None,
    }
