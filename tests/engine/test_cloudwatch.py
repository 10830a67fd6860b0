"""CloudWatch's statistics of a training job's metrics, which the SageMaker SDK's analytics ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError
from engine_process import EngineProcess, until

Statistics = Callable[..., list[dict[str, Any]]]
LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)
SCRIPT = "print(*(f'loss={value};' for value in (1, 2, 6, 'nan')), 'accuracy=0.5;', sep=chr(10))"


@pytest.fixture(scope="module")
def job(engine: EngineProcess) -> dict[str, Any]:
    sagemaker = engine.client("sagemaker")
    definitions = [{"Name": name, "Regex": f"{name}=([a-z0-9.]+);"} for name in ("loss", "accuracy")]
    sagemaker.create_training_job(
        TrainingJobName="measured",
        RoleArn="arn:aws:iam::000000000000:role/role",
        AlgorithmSpecification={
            "TrainingImage": "local/python",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python", "-c", SCRIPT],
            "MetricDefinitions": definitions,
        },
        OutputDataConfig={"S3OutputPath": f"s3://{engine.bucket}/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )

    def ended() -> Any:
        found = sagemaker.describe_training_job(TrainingJobName="measured")
        return found if found["TrainingJobStatus"] == "Completed" else None

    return dict(until(ended))


@pytest.fixture
def statistics(engine: EngineProcess, job: dict[str, Any]) -> Statistics:
    client = engine.client("cloudwatch")

    def call(**changed: Any) -> list[dict[str, Any]]:
        request = {
            "Namespace": "/aws/sagemaker/TrainingJobs",
            "MetricName": "loss",
            "Dimensions": [{"Name": "TrainingJobName", "Value": "measured"}],
            "StartTime": job["TrainingStartTime"],
            "EndTime": job["TrainingEndTime"] + timedelta(minutes=1),
            "Period": 60,
            "Statistics": ["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
        }
        answer = client.get_metric_statistics(**request | changed)
        assert answer["Label"] == request["MetricName"] or changed
        return list(answer["Datapoints"])

    return call


def test_each_statistic_of_what_was_printed(statistics: Statistics, job: dict[str, Any]) -> None:
    points = statistics(Period=3600)
    assert sum(point["SampleCount"] for point in points) == 3
    assert sum(point["Sum"] for point in points) == 9
    assert (min(point["Minimum"] for point in points), max(point["Maximum"] for point in points)) == (1, 6)
    for point in points:
        assert point["Average"] == point["Sum"] / point["SampleCount"]
        assert point["Unit"] == "None"
        assert point["Timestamp"].timestamp() % 3600 == 0
        assert point["Timestamp"] <= job["TrainingEndTime"]
    (accuracy,) = statistics(MetricName="accuracy", Statistics=["Average"])
    assert accuracy.keys() == {"Timestamp", "Unit", "Average"}
    assert accuracy["Average"] == 0.5


@pytest.mark.parametrize(
    "changed",
    [
        {"MetricName": "nothing"},
        {"Namespace": "AWS/EC2"},
        {"Dimensions": [{"Name": "TrainingJobName", "Value": "nobody"}]},
        {"Dimensions": [{"Name": "TrainingJobName", "Value": "measured"}, {"Name": "Host", "Value": "algo-1"}]},
        {"StartTime": LONG_AGO, "EndTime": LONG_AGO + timedelta(days=1)},
    ],
)
def test_what_there_is_nothing_of_has_no_points(statistics: Statistics, changed: dict[str, Any]) -> None:
    assert statistics(**changed) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"Period": 61}, "Period must be one of"),
        ({"ExtendedStatistics": ["p90"]}, "ExtendedStatistics: the local engine"),
        ({"Unit": "Percent"}, "Unit: the local engine"),
        ({"EndTime": LONG_AGO}, "must be less than the parameter EndTime"),
        ({"StartTime": LONG_AGO}, "exceeds the limit of 1440"),
    ],
)
def test_what_makes_no_sense_is_refused(statistics: Statistics, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        statistics(**changed)
