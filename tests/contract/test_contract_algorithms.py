"""Algorithms, as any client of SageMaker sees them."""

from __future__ import annotations

from typing import Any

import pytest
from contract_backend import FAILING, Backend, code_of, new_name

pytestmark = pytest.mark.moto_differs("no algorithms")


def _validation(backend: Backend) -> dict[str, Any]:
    definition = backend.definition()
    definition["TrainingInputMode"] = definition.pop("AlgorithmSpecification")["TrainingInputMode"]
    role = definition.pop("RoleArn")
    channel = {
        "ChannelName": "train",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": backend.put("data/train/one.csv", b"1,2")}},
    }
    job = {**definition, "InputDataConfig": [channel]}
    return {
        "ValidationRole": role,
        "ValidationProfiles": [{"ProfileName": "smoke", "TrainingJobDefinition": job}],
    }


def test_it_is_validated_and_described(backend: Backend) -> None:
    request = backend.algorithm_request(ValidationSpecification=_validation(backend))
    name = request["AlgorithmName"]
    arn = backend.sagemaker.create_algorithm(**request)["AlgorithmArn"]
    assert arn == backend.arn("algorithm", name)
    found = backend.reaches("Completed", "algorithm", "AlgorithmStatus", AlgorithmName=name)
    assert found["AlgorithmArn"] == arn
    given = request.pop("TrainingSpecification")
    specification = found["TrainingSpecification"]
    assert {member: specification[member] for member in given} == given
    assert {member: found[member] for member in request} == request
    (status,) = found["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert (status["Name"], status["Status"]) == ("smoke", "Completed")
    (row,) = backend.sagemaker.list_algorithms(NameContains=name)["AlgorithmSummaryList"]
    assert row == {member: found[member] for member in row}


def test_one_that_does_not_train_fails(backend: Backend) -> None:
    request = backend.algorithm_request(FAILING, ValidationSpecification=_validation(backend))
    backend.sagemaker.create_algorithm(**request)
    name = request["AlgorithmName"]
    found = backend.reaches("Failed", "algorithm", "AlgorithmStatus", AlgorithmName=name)
    (status,) = found["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert "no good data" in status["FailureReason"]


def test_a_training_job_by_its_name(backend: Backend) -> None:
    request = backend.algorithm_request()
    name = request["AlgorithmName"]
    backend.sagemaker.create_algorithm(**request)
    backend.reaches("Completed", "algorithm", "AlgorithmStatus", AlgorithmName=name)
    job, definition = new_name("training"), backend.definition()
    definition["AlgorithmSpecification"] = {"AlgorithmName": name, "TrainingInputMode": "File"}
    backend.sagemaker.create_training_job(TrainingJobName=job, **definition)
    found = backend.trained(job)
    assert found["TrainingJobStatus"] == "Completed", found["FailureReason"]
    assert found["AlgorithmSpecification"]["AlgorithmName"] in (name, backend.arn("algorithm", name))
    assert found["HyperParameters"]["rate"] == "0.5"
    (metric,) = found["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("score", 0.75)


def test_a_name_in_use_or_unknown(backend: Backend) -> None:
    request, sagemaker = backend.algorithm_request(), backend.sagemaker
    key = {"AlgorithmName": request["AlgorithmName"]}
    sagemaker.create_algorithm(**request)
    backend.reaches("Completed", "algorithm", "AlgorithmStatus", **key)
    with pytest.raises(sagemaker.exceptions.ClientError, match="already exists"):
        sagemaker.create_algorithm(**request)
    sagemaker.delete_algorithm(**key)
    for call in (sagemaker.describe_algorithm, sagemaker.delete_algorithm):
        with pytest.raises(sagemaker.exceptions.ClientError, match="does not exist") as caught:
            call(**key)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
    definition = backend.definition()
    definition["AlgorithmSpecification"] = {"TrainingInputMode": "File", **key}
    job = {"TrainingJobName": new_name("training"), **definition}
    assert code_of(lambda: sagemaker.create_training_job(**job), sagemaker) == "ValidationException"
