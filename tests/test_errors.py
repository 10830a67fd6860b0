"""What botocore raises becomes ours, once, with a status, a code and a hint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from jupyter_sm_ext import errors
from jupyter_sm_ext.errors import SageMakerError, translate


def client_error(code: str, message: str = "it says") -> aws.ClientError:
    meta = {"RequestId": "0000", "HTTPStatusCode": 400}
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": meta}
    return aws.ClientError(response, "DescribeTrainingJob")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("ResourceNotFound", "Amazon SageMaker can't find a tuning job called x.", errors.NotFoundError),
        ("ValidationException", "Requested resource not found.", errors.NotFoundError),
        ("ValidationException", "Could not find requested job with name: x", errors.NotFoundError),
        ("ValidationException", "Algorithm arn:aws:sagemaker:r:1:algorithm/x does not exist.", errors.NotFoundError),
        ("ValidationException", "1 validation error detected: ...", errors.ValidationError),
        ("ResourceInUse", "Training job names must be unique ... already exists (arn)", errors.ConflictError),
        ("ResourceLimitExceeded", "The account-level service limit ...", errors.LimitError),
        ("AccessDeniedException", "User: x is not authorized to perform", errors.AccessDeniedError),
        ("InvalidSignatureException", "The request signature we calculated does not", errors.AccessDeniedError),
        ("ThrottlingException", "Rate exceeded", errors.ThrottledError),
        ("ExpiredTokenException", "The security token included in the request is expired", errors.CredentialsError),
        ("UnknownOperationException", "", errors.UnknownOperationError),
        ("InternalFailure", "who knows", SageMakerError),
    ],
)
def test_the_services_codes(code: str, message: str, expected: type[SageMakerError]) -> None:
    error = translate(client_error(code, message))
    assert type(error) is expected
    assert error.code == code
    assert error.operation == "DescribeTrainingJob"
    assert error.request_id == "0000"
    assert error.message
    if message:
        assert error.message == message


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (aws.ParamValidationError(report="Unknown parameter in input"), errors.ValidationError),
        (aws.NoCredentialsError(), errors.CredentialsError),
        (aws.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), errors.CredentialsError),
        (aws.ProfileNotFound(profile="nobody"), errors.CredentialsError),
        (aws.UnauthorizedSSOTokenError(), errors.CredentialsError),
        (aws.NoRegionError(), errors.ValidationError),
        (aws.EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), errors.UnreachableError),
        (aws.ReadTimeoutError(endpoint_url="http://127.0.0.1:1"), errors.UnreachableError),
        (aws.ConnectionClosedError(endpoint_url="http://127.0.0.1:1"), errors.UnreachableError),
        (ResponseParserError("<html>"), errors.UnreachableError),
        (aws.UnknownServiceError(service_name="x", known_service_names="y"), SageMakerError),
    ],
)
def test_what_never_reached_the_service(error: Exception, expected: type[SageMakerError]) -> None:
    ours = translate(error, "ListDomains")
    assert type(ours) is expected
    assert ours.operation == "ListDomains"
    assert ours.code == type(error).__name__


def test_hints_tell_what_to_do() -> None:
    assert "aws sso login" in (translate(aws.NoCredentialsError()).hint or "")
    assert "try again" in (translate(client_error("ThrottlingException")).hint or "")


def test_ours_stays_as_it_is() -> None:
    ours = errors.ConflictError("taken")
    assert translate(ours) is ours


def test_a_bug_is_not_dressed_up_as_a_service_error() -> None:
    with pytest.raises(TypeError, match="not a service error"):
        translate(ZeroDivisionError("oops"))


def family(kind: type[SageMakerError]) -> list[type[SageMakerError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in family(child))]


def test_the_tree_at_the_top_of_the_module_is_true() -> None:
    drawn = re.findall(r"(\w+Error) +(\d{3})", Path(errors.__file__).read_text(encoding="utf-8").split('"""')[1])
    real = [(kind.__name__, str(kind.status)) for kind in family(SageMakerError) if kind.__module__ == errors.__name__]
    assert sorted(drawn) == sorted(real)


@pytest.mark.parametrize("kind", family(SageMakerError))
def test_the_rest_body_has_all_its_members(kind: type[SageMakerError]) -> None:
    body = kind("what", operation="ListDomains", request_id="1", hint="do").as_dict()
    assert body == {
        "message": "what",
        "code": kind.default_code,
        "operation": "ListDomains",
        "request_id": "1",
        "hint": "do",
        # What nobody may do, some statement allows; the rest is no matter of permissions.
        "statement": body["statement"] if issubclass(kind, errors.AccessDeniedError) else None,
    }
    assert (body["statement"] is not None) == issubclass(kind, errors.AccessDeniedError)
    assert 400 <= kind.status < 600
