"""Training jobs, as any client of SageMaker sees them."""

from __future__ import annotations

import io
import tarfile
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from contract_backend import FAILING, FOREVER, Backend, code_of, new_name

WAITER = {"Delay": 1, "MaxAttempts": 60}


def test_what_is_given_is_described(backend: Backend) -> None:
    name = backend.train(HyperParameters={"epochs": "3"})
    found = backend.trained(name)
    assert found["TrainingJobArn"] == backend.arn("training-job", name)
    assert found["TrainingJobStatus"] == found["SecondaryStatus"] == "Completed"
    given = {"TrainingJobName": name, **backend.definition()}
    given["AlgorithmSpecification"].pop("MetricDefinitions")
    algorithm = found["AlgorithmSpecification"]
    assert {member: algorithm[member] for member in given["AlgorithmSpecification"]} == given.pop(
        "AlgorithmSpecification"
    )
    output = given.pop("OutputDataConfig")
    assert found["OutputDataConfig"]["S3OutputPath"] == output["S3OutputPath"]
    assert {member: found[member] for member in given} == given
    assert found["HyperParameters"]["epochs"] == "3"
    assert found["CreationTime"] <= found["TrainingEndTime"] <= found["LastModifiedTime"]


@pytest.mark.moto_differs("it forgets Environment, RetryStrategy and CheckpointConfig")
def test_all_that_is_given_is_described(backend: Backend) -> None:
    more = {
        "Environment": {"A": "b"},
        "RetryStrategy": {"MaximumRetryAttempts": 2},
        "CheckpointConfig": {"S3Uri": f"s3://{backend.bucket}/checkpoints", "LocalPath": "/opt/ml/checkpoints"},
        "EnableInterContainerTrafficEncryption": True,
    }
    found = backend.trained(backend.train(**more))
    assert {member: found[member] for member in more} == more


def _channel(backend: Backend, name: str, **members: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{backend.bucket}/{name}/",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **members}


@pytest.mark.moto_differs("it runs nothing")
@pytest.mark.parametrize("mode", ["File", "FastFile"])
def test_input(backend: Backend, mode: str) -> None:
    channel = new_name("channel")
    for name in ("a.csv", "deeper/b.csv"):
        backend.put(f"{channel}/{name}", b"1,2\n")
    script = f"""
        import os, pathlib
        files = pathlib.Path(os.environ["SM_INPUT_DIR"], "data", "{channel}").rglob("*.csv")
        print(f"score={{sum(len(file.read_bytes()) for file in files)}};")
    """
    found = backend.trained(backend.train(script, InputDataConfig=[_channel(backend, channel, InputMode=mode)]))
    assert found["TrainingJobStatus"] == "Completed", found["FailureReason"]
    assert found["FinalMetricDataList"][0]["Value"] == 8
    assert found["InputDataConfig"][0]["InputMode"] == mode


@pytest.mark.moto_differs("it runs nothing")
def test_instances_and_spot(backend: Backend) -> None:
    script = """
        import json, os
        print(f"score={len(json.loads(os.environ['SM_HOSTS']))};")
    """
    name = backend.train(
        script,
        ResourceConfig={"InstanceType": "ml.trn1.32xlarge", "InstanceCount": 2, "VolumeSizeInGB": 1},
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
    )
    found = backend.trained(name)
    assert found["TrainingJobStatus"] == "Completed", found["FailureReason"]
    assert found["FinalMetricDataList"][0]["Value"] == 2
    assert found["BillableTimeInSeconds"] <= found["TrainingTimeInSeconds"]
    streams = backend.client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{name}/"
    )["logStreams"]
    assert [one["logStreamName"].split("/")[1][:6] for one in streams] == ["algo-1", "algo-2"]


@pytest.mark.moto_differs("it runs nothing, so metrics, times and model are made up")
def test_what_came_of_it_is_real(backend: Backend) -> None:
    name = backend.train()
    found = backend.trained(name)
    (metric,) = found["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("score", 0.75)
    assert found["TrainingStartTime"] <= found["TrainingEndTime"]
    assert [one["Status"] for one in found["SecondaryStatusTransitions"]] == [
        *("Starting", "Downloading", "Training", "Uploading", "Completed")
    ]
    bucket, _, key = found["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    assert key == f"out/{name}/output/model.tar.gz"
    data = backend.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(data)) as model:
        assert model.getnames() == ["model.txt"]


def test_the_waiter_sees_the_end(backend: Backend) -> None:
    name = backend.train()
    backend.sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name, WaiterConfig=WAITER)
    assert backend.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "Completed"


@pytest.mark.moto_differs("every job is Completed")
def test_the_waiter_sees_a_failure(backend: Backend) -> None:
    name = backend.train(FAILING)
    waiter = backend.sagemaker.get_waiter("training_job_completed_or_stopped")
    with pytest.raises(WaiterError, match="terminal failure state"):
        waiter.wait(TrainingJobName=name, WaiterConfig=WAITER)
    found = backend.sagemaker.describe_training_job(TrainingJobName=name)
    assert found["TrainingJobStatus"] == found["SecondaryStatus"] == "Failed"
    assert "no good data" in found["FailureReason"]


@pytest.mark.moto_differs("no StopTrainingJob")
def test_stop(backend: Backend) -> None:
    name = backend.train(FOREVER)
    backend.sagemaker.stop_training_job(TrainingJobName=name)
    assert backend.trained(name)["TrainingJobStatus"] == "Stopped"
    with pytest.raises(backend.sagemaker.exceptions.ClientError, match="is in status Stopped") as caught:
        backend.sagemaker.stop_training_job(TrainingJobName=name)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_list(backend: Backend) -> None:
    stem = new_name("listed")
    names = [backend.train(name=f"{stem}-{letter}") for letter in "bac"]
    for name in names:
        backend.trained(name)
    listed = backend.sagemaker.list_training_jobs(NameContains=stem)["TrainingJobSummaries"]
    assert {row["TrainingJobName"] for row in listed} == set(names)
    for row in listed:
        found = backend.sagemaker.describe_training_job(TrainingJobName=row["TrainingJobName"])
        shared = ("TrainingJobArn", "TrainingJobStatus", "CreationTime", "LastModifiedTime", "TrainingEndTime")
        assert {member: row[member] for member in shared} == {member: found[member] for member in shared}


@pytest.mark.moto_differs("it does not sort, and filters by few parameters")
def test_list_sorted_and_filtered(backend: Backend) -> None:
    stem = new_name("sorted")
    for letter in "bac":
        backend.train(name=f"{stem}-{letter}")
    for letter in "bac":
        backend.trained(f"{stem}-{letter}")
    failed = backend.train(FAILING, f"{stem}-d")
    backend.trained(failed)
    rows = backend.sagemaker.list_training_jobs(NameContains=stem, SortBy="Name", SortOrder="Descending")
    assert [row["TrainingJobName"][-1] for row in rows["TrainingJobSummaries"]] == list("dcba")
    rows = backend.sagemaker.list_training_jobs(NameContains=stem, StatusEquals="Failed")
    assert [row["TrainingJobName"] for row in rows["TrainingJobSummaries"]] == [failed]
    hour, now = timedelta(hours=1), backend.sagemaker.describe_training_job(TrainingJobName=failed)["CreationTime"]
    for bounds, wanted in (
        ({"CreationTimeAfter": now - hour, "LastModifiedTimeBefore": now + hour}, set("abcd")),
        ({"CreationTimeBefore": now - hour}, set()),
        ({"LastModifiedTimeAfter": now + hour}, set()),
    ):
        rows = backend.sagemaker.list_training_jobs(NameContains=stem, **bounds)
        assert {row["TrainingJobName"][-1] for row in rows["TrainingJobSummaries"]} == wanted


@pytest.mark.moto_differs("no DeleteTrainingJob")
def test_delete(backend: Backend) -> None:
    name = backend.train()
    assert code_of(lambda: backend.sagemaker.delete_training_job(TrainingJobName=name), backend.sagemaker) == (
        "ValidationException"
    )
    backend.trained(name)
    backend.sagemaker.delete_training_job(TrainingJobName=name)
    describe = backend.sagemaker.describe_training_job
    assert code_of(lambda: describe(TrainingJobName=name), backend.sagemaker) == "ValidationException"
    backend.train(name=name)
    assert backend.trained(name)["TrainingJobStatus"] == "Completed"


@pytest.mark.moto_differs("a second job of a name takes the place of the first")
def test_a_name_in_use(backend: Backend) -> None:
    name = backend.train()
    with pytest.raises(backend.sagemaker.exceptions.ResourceInUse, match="must be unique"):
        backend.train(name=name)
    backend.trained(name)


@pytest.mark.moto_differs("it runs nothing, so there is no log")
def test_the_log(backend: Backend) -> None:
    name, group = backend.train(), "/aws/sagemaker/TrainingJobs"
    backend.trained(name)
    logs = backend.client("logs")
    groups = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/sagemaker/")
    assert group in [one["logGroupName"] for page in groups for one in page["logGroups"]]
    streams = logs.get_paginator("describe_log_streams").paginate(logGroupName=group, logStreamNamePrefix=f"{name}/")
    ((stream,),) = [page["logStreams"] for page in streams]
    wanted = ["epoch 1 score=0.25;", "epoch 2 score=0.5;", "epoch 3 score=0.75;"]
    where = {"logGroupName": group, "logStreamName": stream["logStreamName"]}
    events = logs.get_log_events(**where, startFromHead=True)["events"]
    assert [event["message"] for event in events if "score=" in event["message"]] == wanted
    last = logs.get_log_events(**where, limit=1)["events"]
    assert last == events[-1:]
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group,
        logStreamNames=[stream["logStreamName"]],
        filterPattern="score",
        PaginationConfig={"PageSize": 2},
    )
    assert [event["message"] for page in pages for event in page["events"]] == wanted
