"""Algorithms: what they must be, and their validation by real training jobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from algorithms_help import ARN, CHANNELS, HYPERPARAMETERS, METRICS, Json, Publishing, known
from deadly import Killed, deadly
from engine_process import EngineProcess
from engine_process import until as wait_until
from jobs_harness import BUCKET, FOREVER, up

from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.errors import ConflictError, ValidationError


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publishing]:
    with known(tmp_path_factory.mktemp("algorithms")) as made:
        yield made


# The thing itself


def test_it_is_described_and_listed(shared: Publishing) -> None:
    request = shared.algorithm(
        "whole",
        TrainingImageDigest="sha256:" + "0" * 64,
    )
    request["InferenceSpecification"] = {
        "Containers": [{"Image": "i", "ModelInput": {"DataInputConfig": "{}"}}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
        "SupportedTransformInstanceTypes": ["ml.m5.large"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
    }
    assert shared.call("CreateAlgorithm", **request) == {"AlgorithmArn": f"{ARN}whole"}
    found = shared.of("whole")
    assert {name: found[name] for name in request} == request
    assert found["AlgorithmStatus"] == "Pending"
    assert found["AlgorithmStatusDetails"] == {"ValidationStatuses": [], "ImageScanStatuses": []}
    assert shared.of(f"{ARN}whole") == found
    shared.until(lambda: shared.of("whole")["AlgorithmStatus"] == "Completed")
    (row,) = shared.call("ListAlgorithms", NameContains="whol")["AlgorithmSummaryList"]
    assert row == {
        "AlgorithmName": "whole",
        "AlgorithmArn": f"{ARN}whole",
        "AlgorithmDescription": "Finds out",
        "CreationTime": found["CreationTime"],
        "AlgorithmStatus": "Completed",
    }
    names = [
        row["AlgorithmName"]
        for row in shared.call("ListAlgorithms", SortBy="Name", SortOrder="Descending")["AlgorithmSummaryList"]
    ]
    assert names == sorted(names, reverse=True)
    with pytest.raises(ConflictError, match="already exists") as taken:
        shared.call("CreateAlgorithm", **request)
    assert taken.value.code == "ValidationException"
    shared.call("DeleteAlgorithm", AlgorithmName="whole")
    for operation in ("DescribeAlgorithm", "DeleteAlgorithm"):
        with pytest.raises(ValidationError) as gone:
            shared.call(operation, AlgorithmName="whole")
        assert gone.value.message == f"Algorithm {ARN}whole does not exist."


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (
            {"SupportedHyperParameters": [*HYPERPARAMETERS, HYPERPARAMETERS[0]]},
            "the hyperparameter name lr must be unique",
        ),
        (
            {"SupportedHyperParameters": [{**HYPERPARAMETERS[0], "Type": "Integer"}]},
            "the Range of the hyperparameter lr must be IntegerParameterRangeSpecification, as its Type is Integer",
        ),
        (
            {"SupportedHyperParameters": [{**HYPERPARAMETERS[0], "Type": "FreeText"}]},
            "the Range of the hyperparameter lr must be absent",
        ),
        (
            {
                "SupportedHyperParameters": [
                    {
                        **HYPERPARAMETERS[1],
                        "Range": {"IntegerParameterRangeSpecification": {"MinValue": "9", "MaxValue": "1"}},
                    }
                ]
            },
            "MinValue that is not greater than its MaxValue",
        ),
        (
            {
                "SupportedHyperParameters": [
                    {
                        **HYPERPARAMETERS[1],
                        "Range": {"IntegerParameterRangeSpecification": {"MinValue": "0.5", "MaxValue": "1"}},
                    }
                ]
            },
            "must have integers as its bounds",
        ),
        (
            {"SupportedHyperParameters": [{**HYPERPARAMETERS[1], "DefaultValue": "11"}]},
            "the DefaultValue '11' of the hyperparameter depth is not valid: it must be between 1 and 10",
        ),
        ({"SupportedHyperParameters": [HYPERPARAMETERS[2]]}, "must have a tunable hyperparameter"),
        ({"MetricDefinitions": []}, "the metric score is not in MetricDefinitions"),
        ({"MetricDefinitions": METRICS * 2}, "the metric name score must be unique"),
        ({"MetricDefinitions": [{"Name": "score", "Regex": "("}]}, "metric definition score is not valid"),
        ({"TrainingChannels": CHANNELS + CHANNELS}, "the channel name train must be unique"),
        ({"SupportedTrainingInstanceTypes": []}, "at least one instance type"),
        (
            {"AdditionalS3DataSource": {"S3DataType": "S3Object", "S3Uri": "s3://b/k"}},
            "AdditionalS3DataSource: the local",
        ),
    ],
)
def test_a_training_specification_must_make_sense(shared: Publishing, training: Json, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        shared.call("CreateAlgorithm", **shared.algorithm("senseless", **training))
    assert message in caught.value.message
    with pytest.raises(ValidationError, match="does not exist"):
        shared.of("senseless")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"CertifyForMarketplace": True}, "CertifyForMarketplace: the local engine cannot do this"),
        ({"InferenceSpecification": {"Containers": [{"Image": "i"}]}}, "needs SupportedTransformInstanceTypes or"),
        (
            {"InferenceSpecification": {"Containers": [{}], "SupportedTransformInstanceTypes": ["ml.m5.large"]}},
            "a container needs an Image",
        ),
    ],
)
def test_so_must_the_rest(shared: Publishing, members: Json, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        shared.call("CreateAlgorithm", **shared.algorithm("senseless"), **members)
    assert message in caught.value.message


def test_a_profile_must_be_what_the_algorithm_itself_allows(shared: Publishing) -> None:
    request = shared.algorithm("strict", profile={"lr": "5"})
    with pytest.raises(ValidationError, match=r"it must be between 0\.1 and 0\.9"):
        shared.call("CreateAlgorithm", **request)
    request = shared.algorithm("strict", profile={"lr": "0.5"})
    profile = request["ValidationSpecification"]["ValidationProfiles"][0]
    profile["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"] = "s3://nobodys-bucket/x"
    with pytest.raises(ValidationError, match=r"the profile smoke is not valid: .*nobodys-bucket does not exist"):
        shared.call("CreateAlgorithm", **request)
    profile["TransformJobDefinition"] = {
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/k"}}},
        "TransformOutput": {"S3OutputPath": "s3://b/k"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    with pytest.raises(ValidationError, match="it has no transform jobs"):
        shared.call("CreateAlgorithm", **request)


# Validation


def test_a_profile_is_run_as_a_training_job(shared: Publishing) -> None:
    request = shared.algorithm("validated", profile={"lr": "0.25", "loss": "l2"})
    shared.call("CreateAlgorithm", **request)
    (status,) = shared.of("validated")["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert status == {"Name": "smoke", "Status": "NotStarted"}
    shared.until(lambda: shared.of("validated")["AlgorithmStatus"] == "InProgress")
    found = shared.of("validated")
    assert found["AlgorithmStatusDetails"]["ValidationStatuses"] == [{"Name": "smoke", "Status": "InProgress"}]
    assert found["ValidationSpecification"] == request["ValidationSpecification"]
    shared.until(lambda: shared.of("validated")["AlgorithmStatus"] == "Completed")
    (status,) = shared.of("validated")["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert status == {"Name": "smoke", "Status": "Completed"}
    (row,) = shared.call("ListTrainingJobs", NameContains="validated-smoke-")["TrainingJobSummaries"]
    job = shared.describe(row["TrainingJobName"])
    assert job["TrainingJobStatus"] == "Completed"
    assert job["AlgorithmSpecification"]["AlgorithmName"] == f"{ARN}validated"
    assert (job["HyperParameters"]["lr"], job["HyperParameters"]["depth"]) == ("0.25", "5")
    assert [metric["Value"] for metric in job["FinalMetricDataList"]] == [0.25]


def test_a_profile_that_fails_fails_the_algorithm(shared: Publishing) -> None:
    found = shared.published(shared.algorithm("broken", profile={"lr": "0.9"}))
    assert found["AlgorithmStatus"] == "Failed"
    (status,) = found["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert (status["Name"], status["Status"]) == ("smoke", "Failed")
    assert status["FailureReason"].startswith("AlgorithmError: ")
    assert status["FailureReason"].endswith("exit code: 1")
    with pytest.raises(ValidationError, match="it is in Failed status"):
        shared.call("CreateTrainingJob", **shared.job("by-broken", "broken"))
    shared.call("DeleteAlgorithm", AlgorithmName="broken")


def test_while_it_is_validated_it_is_neither_used_nor_deleted(shared: Publishing, tmp_path: Path) -> None:
    shared.call("CreateAlgorithm", **shared.algorithm("busy", up(tmp_path / "up") + FOREVER, profile={"lr": "0.2"}))
    with pytest.raises(ValidationError) as early:
        shared.call("DeleteAlgorithm", AlgorithmName="busy")
    assert early.value.message == "Cannot delete Algorithm in Pending status"
    shared.until((tmp_path / "up").exists)
    with pytest.raises(ValidationError) as caught:
        shared.call("DeleteAlgorithm", AlgorithmName="busy")
    assert caught.value.message == "Cannot delete Algorithm in InProgress status"
    with pytest.raises(ValidationError, match="it is in InProgress status"):
        shared.call("CreateTrainingJob", **shared.job("by-busy", "busy"))
    (row,) = shared.call("ListTrainingJobs", NameContains="busy-smoke-")["TrainingJobSummaries"]
    shared.call("StopTrainingJob", TrainingJobName=row["TrainingJobName"])
    shared.until(lambda: shared.of("busy")["AlgorithmStatus"] == "Failed")
    (status,) = shared.of("busy")["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert "is in status Stopped" in status["FailureReason"]


# An engine that is killed


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", ["InProgress", "Completed"])
def test_an_engine_killed_at_any_write_is_followed_by_one_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, when: str
) -> None:
    first = Publishing(tmp_path / "data")

    def here(record: Record) -> bool:
        return record.kind == "algorithms" and record.status == point

    monkeypatch.setattr(first.store, "save", deadly(first.store.save, when, here))
    with pytest.raises(Killed):
        first.published(first.algorithm("survivor", profile={"lr": "0.5"}))
    first.leave()
    second = Publishing(tmp_path / "data")
    try:
        second.until(lambda: second.of("survivor")["AlgorithmStatus"] == "Completed")
        (row,) = second.call("ListTrainingJobs")["TrainingJobSummaries"]
        assert row["TrainingJobStatus"] == "Completed"
        assert second.log(row["TrainingJobName"]).count("score=0.5") == 1
    finally:
        second.close()


def test_validation_goes_on_after_the_engine_was_killed(
    new_engine: Callable[..., EngineProcess], shared: Publishing, tmp_path: Path
) -> None:
    engine = new_engine().start()
    s3, sagemaker = engine.client("s3"), engine.client("sagemaker")
    script = (
        f"import os, time\nopen({str(tmp_path / 'runs')!r}, 'a').write('x')\n"
        f"while not os.path.exists({str(tmp_path / 'go')!r}):\n    time.sleep(0.01)\n"
    )
    request = shared.algorithm("survivor", script, profile={"lr": "0.5"})
    local = {one["Name"]: one for one in request["TrainingSpecification"]["SupportedHyperParameters"]}
    source = json.loads(local["sagemaker_submit_directory"]["DefaultValue"])
    s3.put_object(Bucket=BUCKET, Key=source.removeprefix(f"s3://{BUCKET}/"), Body=shared.read(source))
    s3.put_object(Bucket=BUCKET, Key="data/data.csv", Body=b"1")
    sagemaker.create_algorithm(**request, Tags=[{"Key": "k", "Value": "v"}])
    engine.kill()
    engine.start()
    wait_until((tmp_path / "runs").exists)
    engine.kill()
    engine.start()
    (tmp_path / "go").touch()
    sagemaker = engine.client("sagemaker")
    found = wait_until(
        lambda: (
            one
            if (one := sagemaker.describe_algorithm(AlgorithmName="survivor"))["AlgorithmStatus"] == "Completed"
            else None
        )
    )
    assert (tmp_path / "runs").read_text() == "x"
    assert sagemaker.list_tags(ResourceArn=found["AlgorithmArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    assert len(sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1
