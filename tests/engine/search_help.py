"""Training jobs to search for."""

from __future__ import annotations

from typing import Any

from local_engine_parts import START, Parts

from jupyter_sm_ext.engine.store import Record

Json = dict[str, Any]


def channel(name: str, prefix: str, *subsets: str) -> Json:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://bucket/{prefix}", "AttributeNames": list(subsets)}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


JOBS: dict[str, Json] = {
    "alpha": {
        "TrainingJobStatus": "Completed",
        "HyperParameters": {"lr": "0.5", "opt": "adam", "layers.1": "8", "quoted": '"sgd"'},
        "FinalMetricDataList": [
            {"MetricName": "acc", "Value": 0.9, "Timestamp": START},
            {"MetricName": "val:f1.macro", "Value": 0.5, "Timestamp": START},
        ],
        "InputDataConfig": [channel("train", "cats/train"), channel("test", "dogs/test")],
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "EnableManagedSpotTraining": False,
        "TrainingEndTime": START + 100.5,
    },
    "beta": {
        "TrainingJobStatus": "Failed",
        "FailureReason": "AlgorithmError: , exit code: 1",
        "HyperParameters": {"lr": "5.7", "opt": "sgd"},
        "InputDataConfig": [channel("train", "dogs/train", "a", "b")],
        "ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 10},
        "EnableManagedSpotTraining": True,
    },
    "gamma": {
        "TrainingJobStatus": "InProgress",
        "FinalMetricDataList": [{"MetricName": "acc", "Value": 0.25, "Timestamp": START}],
        "ResourceConfig": {"InstanceType": "ml.trn1.2xlarge", "InstanceCount": 4, "VolumeSizeInGB": 10},
    },
}
TAGS = {"alpha": {"team": "red", "cost.center": "7"}, "beta": {"team": "blue"}}


def put(parts: Parts, name: str, at: float, **body: Any) -> None:
    whole = {
        "TrainingJobName": name,
        "TrainingJobArn": parts.engine.arn("TrainingJob", name),
        "CreationTime": at,
        "LastModifiedTime": at,
        **body,
    }
    arn, status = whole["TrainingJobArn"], whole.get("TrainingJobStatus", "Completed")
    parts.engine.store.insert(Record("training-jobs", name, arn, at, at, status, body=whole))


def put_three(parts: Parts) -> None:
    """Three training jobs, an hour from one to the next."""
    for number, (name, body) in enumerate(JOBS.items()):
        put(parts, name, START + 3600 * number, **body)
        tags = [{"Key": key, "Value": value} for key, value in TAGS.get(name, {}).items()]
        if tags:
            parts.call("AddTags", ResourceArn=parts.engine.arn("TrainingJob", name), Tags=tags)


def names(answer: Json) -> list[str]:
    return [row["TrainingJob"]["TrainingJobName"] for row in answer["Results"]]


def found(parts: Parts, *filters: Any, **expression: Any) -> str:
    """First letters of the jobs that satisfy an expression, in order of their names."""
    if filters:
        keys = ("Name", "Operator", "Value")
        expression["Filters"] = [
            {key: part for key, part in zip(keys, one, strict=False) if part is not None} for one in filters
        ]
    answer = parts.call(
        "Search",
        Resource="TrainingJob",
        SearchExpression=expression,
        SortBy="TrainingJobName",
        SortOrder="Ascending",
        MaxResults=100,
    )
    assert answer["TotalHits"] == {"Value": len(answer["Results"]), "Relation": "EqualTo"}
    return "".join(name[0] for name in names(answer))
