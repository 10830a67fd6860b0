"""What is wrong is told with the service's codes, in words that name the member."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ParamValidationError
from contract_backend import Backend, code_of, new_name

NO_CHECKS = "it does not check requests against the model"


def _training(backend: Backend, **changes: Any) -> dict[str, Any]:
    return {"TrainingJobName": new_name("wrong"), **backend.definition(), **changes}


@pytest.mark.moto_differs(NO_CHECKS)
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TrainingJobName": "-wrong-"}, "Value '-wrong-' at 'trainingJobName' failed to satisfy constraint"),
        ({"TrainingJobName": "x" * 64}, "Member must have length less than or equal to 63"),
        (
            {"ResourceConfig": {"InstanceType": "ml.huge", "InstanceCount": 1, "VolumeSizeInGB": 1}},
            "Value 'ml.huge' at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum",
        ),
        ({"HyperParameters": {str(number): "" for number in range(101)}}, "'hyperParameters' failed to satisfy"),
        ({"StoppingCondition": {"MaxPendingTimeInSeconds": 1 << 30}}, "stoppingCondition.maxPendingTimeInSeconds"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}},
            "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true",
        ),
    ],
    ids=["pattern", "length", "enum", "map", "number", "rule"],
)
def test_validation(backend: Backend, changes: dict[str, Any], words: str) -> None:
    request = _training(backend, **changes)
    with pytest.raises(backend.sagemaker.exceptions.ClientError) as caught:
        backend.sagemaker.create_training_job(**request)
    error = caught.value.response
    assert error["Error"]["Code"] == "ValidationException"
    assert words in error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    name = request["TrainingJobName"][:63]
    assert backend.sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"] == []


def test_unknown_members_never_leave_botocore(backend: Backend) -> None:
    with pytest.raises(ParamValidationError, match='Unknown parameter in input: "Colour"'):
        backend.sagemaker.create_training_job(**_training(backend, Colour="red"))
    with pytest.raises(ParamValidationError, match="Missing required parameter"):
        backend.sagemaker.create_training_job(TrainingJobName="alone")


@pytest.fixture(scope="module")
def unchecked(backend: Backend) -> Any:
    """A client that checks nothing itself."""
    credentials = backend._session.get_credentials()
    session = boto3.Session(credentials.access_key, credentials.secret_key, region_name=backend.region)
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return session.client("sagemaker", endpoint_url=backend.endpoint_url, config=config)


def test_what_botocore_lets_through_is_refused(unchecked: Any) -> None:
    for request in ({}, {"TrainingJobName": 7}, {"TrainingJobName": None}):
        assert code_of(lambda given=request: unchecked.describe_training_job(**given), unchecked) in (
            "ValidationException",
            "SerializationException",
        )


@pytest.mark.moto_differs(NO_CHECKS)
def test_logs_have_a_code_of_their_own(backend: Backend) -> None:
    logs = backend.client("logs")
    with pytest.raises(logs.exceptions.InvalidParameterException, match="failed to satisfy constraint"):
        logs.get_log_events(logGroupName="no spaces", logStreamName="any")


@pytest.mark.moto_differs("500 for what it does not have")
def test_an_operation_that_is_not_there(backend: Backend) -> None:
    with pytest.raises(backend.sagemaker.exceptions.ClientError) as caught:
        backend.sagemaker.list_workteams()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"


JOBS = {
    "training_job": ("TrainingJobName", "ValidationException"),
    "hyper_parameter_tuning_job": ("HyperParameterTuningJobName", "ResourceNotFound"),
    "compilation_job": ("CompilationJobName", "ResourceNotFound"),
}


@pytest.mark.parametrize(
    "verb",
    [
        "describe",
        pytest.param("stop", marks=pytest.mark.moto_differs("no Stop")),
        pytest.param("delete", marks=pytest.mark.moto_differs("no DeleteTrainingJob")),
    ],
)
def test_no_such_job(backend: Backend, verb: str) -> None:
    for noun, (member, code) in JOBS.items():
        call = getattr(backend.sagemaker, f"{verb}_{noun}")
        assert code_of(lambda call=call, member=member: call(**{member: "nobody"}), backend.sagemaker) == code, noun


@pytest.mark.moto_differs("it takes any signature")
def test_a_wrong_signature(backend: Backend) -> None:
    key = backend._session.get_credentials().access_key
    session = boto3.Session(key, "not the secret", region_name=backend.region)
    for service, call, code in (
        ("sagemaker", "list_domains", "InvalidSignatureException"),
        ("s3", "list_buckets", "SignatureDoesNotMatch"),
    ):
        client = session.client(service, endpoint_url=backend.endpoint_url)
        with pytest.raises(client.exceptions.ClientError) as caught:
            getattr(client, call)()
        client.close()
        assert caught.value.response["Error"]["Code"] == code
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
