"""Whether policies allow what a request needs, by AWS's own simulation."""

from __future__ import annotations

import pytest
import sample_requests
from checks_help import TRN1, Json, one, states, training
from fake_services import FakeServices
from faulty_aws import FaultyAWS

from jupyter_sm_ext.checks.preflight import preflight
from jupyter_sm_ext.connections.connection import Connection


@pytest.mark.parametrize(
    ("attribute", "state", "words"),
    [
        ("denied", "blocked", "no policy allows it to user/local"),
        ("missing", "unknown", "ask for what is known at the call only: aws:RequestTag/team"),
        ("forbidden_by_organization", "blocked", "a service control policy of the organization forbids it"),
    ],
)
def test_permissions(
    connection: Connection, services: FakeServices, request_: Json, attribute: str, state: str, words: str
) -> None:
    setattr(services, attribute, {"sagemaker:CreateApp"})
    check = one(preflight(connection, "CreateApp", request_), "permission")
    assert check.state == state
    assert words in check.message


def test_the_roles_of_a_request_must_be_handed_over(connection: Connection, services: FakeServices) -> None:
    services.denied = {"iam:PassRole"}
    checks = preflight(connection, "CreateTrainingJob", training(TRN1))
    found = [(check.state, check.message) for check in checks if check.check == "permission"]
    job = "arn:aws:sagemaker:us-east-1:000000000000:training-job/digits-1"
    assert found == [
        ("ok", f"sagemaker:CreateTrainingJob on {job}: user/local may do it."),
        ("blocked", f"iam:PassRole on {sample_requests.ROLE}: no policy allows it to user/local."),
    ]
    asked = services.called("SimulatePrincipalPolicy")[1]
    assert asked["ContextEntries.member.1.ContextKeyName"] == "iam:PassedToService"
    assert asked["ContextEntries.member.1.ContextKeyValues.member.1"] == "sagemaker.amazonaws.com"


@pytest.mark.parametrize(
    ("caller", "role", "principal"),
    [
        ("assumed-role/analyst/me", None, "arn:aws:iam::000000000000:role/analyst"),
        (
            "assumed-role/analyst/me",
            "arn:aws:iam::000000000000:role/team/analyst",
            "arn:aws:iam::000000000000:role/team/analyst",
        ),
    ],
)
def test_a_session_is_judged_by_its_role(
    aws: FaultyAWS,
    connection: Connection,
    services: FakeServices,
    request_: Json,
    caller: str,
    role: str | None,
    principal: str,
) -> None:
    services.role = role
    identify(connection, f"arn:aws:sts::000000000000:{caller}")
    assert states(preflight(connection, "CreateApp", request_))["permission"] == "ok"
    [asked] = services.called("SimulatePrincipalPolicy")
    assert asked["PolicySourceArn"] == principal


def test_the_root_user_is_not_simulated(connection: Connection, services: FakeServices, request_: Json) -> None:
    identify(connection, "arn:aws:iam::000000000000:root")
    assert states(preflight(connection, "CreateApp", request_))["permission"] == "ok"
    assert services.called("SimulatePrincipalPolicy") == []


def identify(connection: Connection, arn: str) -> None:
    """Let STS tell another caller; the engine has one only."""

    def tell(parsed: Json, **_: object) -> None:
        parsed["Arn"] = arn

    connection.client("sts").meta.events.register("after-call.sts.GetCallerIdentity", tell)
