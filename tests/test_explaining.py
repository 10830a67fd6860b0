"""What a refusal is told with: which quota, permission, region or capacity, and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess
from faulty_aws import Fault, FaultyAWS

from jupyter_sm_ext.checks.preflight import create, explain, explained
from jupyter_sm_ext.connections.connection import Choice, Connection, open_connection
from jupyter_sm_ext.errors import AccessDeniedError, LimitError, SageMakerError, ThrottledError, ValidationError
from jupyter_sm_ext.studio import Studio

TRN1 = "ml.trn1.2xlarge"
LAB = f"Studio JupyterLab Apps running on {TRN1} instances"
CONSOLE = "https://us-east-1.console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas"
OR_ELSE = "This is no quota: try again later, or choose another instance type or region."
APP = "arn:aws:sagemaker:us-east-1:1:app/d-1/s/JupyterLab/default"
SPEC = {"ResourceSpec": {"InstanceType": TRN1}}


def over(name: str, unit: str, value: str = "0") -> str:
    """In the words that real accounts have got."""
    return (
        f"The account-level service limit '{name}' is {value} {unit}, with current utilization of 0 {unit} and a"
        f" request delta of 1 {unit}. Please use AWS Service Quotas to request an increase for this quota. If AWS"
        " Service Quotas is not available, contact AWS support to request an increase for this quota."
    )


@pytest.fixture
def connection(aws: FaultyAWS, data_dir: Path) -> Connection:
    return open_connection(Choice("aws"), data_dir)


def hint(connection: Connection, error: SageMakerError, request: dict[str, Any] | None = None) -> str | None:
    return explain(connection, "CreateApp", SPEC if request is None else request, error).hint


def test_a_quota_is_named_with_its_use_and_its_page(
    connection: Connection, aws: FaultyAWS, engine_behind: EngineProcess
) -> None:
    client = engine_behind.client("service-quotas")
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    [code] = [quota["QuotaCode"] for page in pages for quota in page["Quotas"] if quota["QuotaName"] == LAB]
    told = f"Quota '{LAB}' is 0: 0 in use, 1 more wanted. Ask for more at {CONSOLE}"
    assert hint(connection, LimitError(over(LAB, "Apps"))) == f"{told}/{code}"
    # Older regions leave the word Studio out.
    older = LAB.removeprefix("Studio ")
    assert (hint(connection, LimitError(over(older, "Apps"))) or "").endswith(f"/{code}")


def test_the_page_of_all_quotas_will_do(connection: Connection, aws: FaultyAWS) -> None:
    aws.deny("ListServiceQuotas")
    told = hint(connection, LimitError(over("Total domains", "Domains", "1")))
    assert told == f"Quota 'Total domains' is 1: 0 in use, 1 more wanted. Ask for more at {CONSOLE}"
    older = (
        "The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, with current"
        " utilization of 0 Instances and a request delta of 1 Instances. Please contact AWS support."
    )
    assert (hint(connection, LimitError(older)) or "").startswith("Quota 'ml.p3.2xlarge for training job usage' is 0:")
    assert (
        hint(connection, LimitError("Too many of them."))
        == "A quota of the account is used up; the message tells which."
    )


def test_a_slow_service_quotas_delays_the_message_for_seconds_only(
    connection: Connection, aws: FaultyAWS, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_sm_ext.checks.explaining._SECONDS", 0.2)
    aws.faults["ListServiceQuotas"] = Fault(seconds=20)
    assert (hint(connection, LimitError(over(LAB, "Apps"))) or "").endswith(f"Ask for more at {CONSOLE}")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            AccessDeniedError(
                "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: sagemaker:CreateApp on resource:"
                f" {APP} because no identity-based policy allows it"
            ),
            f"The missing permission is sagemaker:CreateApp on {APP}: ask whoever administers the account for it.",
        ),
        (
            ValidationError("User x is not authorized to perform: iam:PassRole on resource: * because"),
            "The missing permission is iam:PassRole: ask whoever administers the account for it.",
        ),
        (AccessDeniedError("Access denied"), "The missing permission is probably sagemaker:CreateApp."),
        (
            ValidationError("The requested resource training-job/ml.p2.xlarge is not available in this region"),
            f"us-east-1 has no {TRN1}: choose another instance type or region.",
        ),
        (
            SageMakerError("CapacityError: Unable to provision requested ML compute capacity. Please retry."),
            f"AWS has no {TRN1} free in us-east-1 now. {OR_ELSE}",
        ),
        (ValidationError("1 validation error detected"), None),
        (AccessDeniedError("The request signature we calculated does not match", code="SignatureDoesNotMatch"), None),
        (ThrottledError("Rate exceeded", hint="try again"), "try again"),
    ],
)
def test_other_refusals(connection: Connection, error: SageMakerError, words: str | None) -> None:
    assert hint(connection, error) == words


def test_what_the_request_does_not_say_is_not_made_up(connection: Connection) -> None:
    no_room = SageMakerError("InsufficientInstanceCapacity")
    assert (hint(connection, no_room, {}) or "").startswith("AWS has no such instance free in us-east-1 now.")
    assert explain(connection, "", {}, no_room).hint


def test_the_error_stays_what_it_was(connection: Connection) -> None:
    error = AccessDeniedError(
        "Access denied", code="AccessDenied", operation="CreateApp", request_id="r", hint="Sign in."
    )
    told = explain(connection, "CreateApp", {}, error)
    assert type(told) is AccessDeniedError
    assert told.as_dict() == {
        **error.as_dict(),
        "hint": "Sign in. The missing permission is probably sagemaker:CreateApp.",
    }
    assert error.hint == "Sign in."
    note = f"{told.hint}\n{told.statement}"
    assert getattr(told, "__notes__", [note]) == [note]
    plain = ValidationError("x")
    assert explain(connection, "CreateApp", {}, plain) is plain


def test_whoever_creates_gets_the_explanation(connection: Connection, aws: FaultyAWS) -> None:
    aws.deny("CreateSpace")
    studio = Studio(connection)
    with pytest.raises(AccessDeniedError) as caught:
        create(studio, "spaces", {"DomainId": "d-000000000000", "SpaceName": "s"})
    assert (caught.value.hint or "").startswith("The missing permission is sagemaker:CreateSpace")
    assert isinstance(caught.value.__cause__, AccessDeniedError)
    with pytest.raises(ValidationError, match="x"), explained(connection, "CreateApp", {}):
        raise ValidationError("x")
