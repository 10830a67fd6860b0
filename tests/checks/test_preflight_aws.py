"""Checks on an AWS that answers, denies, is slow or is not there: what is not known is told so, with the reason."""

from __future__ import annotations

import pytest
from checks_help import CODES, CONSOLE, LAB, TRN1, Json, one, states
from fake_services import FakeServices, product
from faulty_aws import Fault, FaultyAWS

from jupyter_sm_ext.checks import kept_answers
from jupyter_sm_ext.checks.preflight import Check, preflight
from jupyter_sm_ext.connections.connection import Connection


def test_all_is_well(fresh: Connection, services: FakeServices, request_: Json) -> None:
    checks = preflight(fresh, "CreateApp", request_)
    assert states(checks) == dict.fromkeys(("constraints", "quota", "region", "price", "permission"), "ok")
    quota = one(checks, "quota")
    assert quota.message == f"Quota '{LAB}' is 10,000: 0 in use, 1 more wanted."
    assert quota.link == f"{CONSOLE}/{quota.link.rpartition('/')[2] if quota.link else ''}"
    assert one(checks, "region").message == (
        f"us-east-1 has {TRN1} for JupyterLab apps: there is a quota and a price for it."
    )
    assert one(checks, "price").message == f"$1.61 an hour for {TRN1} (AWS's Price List, on demand)."
    arn = f"arn:aws:sagemaker:us-east-1:000000000000:app/{request_['DomainId']}/s/JupyterLab/default"
    assert one(checks, "permission").message == f"sagemaker:CreateApp on {arn}: user/local may do it."
    [asked] = services.called("SimulatePrincipalPolicy")
    assert asked["PolicySourceArn"] == "arn:aws:iam::000000000000:user/local"
    told = {asked[f"ContextEntries.member.{n}.ContextKeyName"]: n for n in (1, 2)}
    assert list(told) == ["aws:RequestedRegion", "sagemaker:InstanceTypes"]
    assert asked["ContextEntries.member.2.ContextKeyValues.member.1"] == TRN1


def test_without_permissions_each_check_says_what_it_may_not_ask(
    aws: FaultyAWS, fresh: Connection, services: FakeServices, request_: Json
) -> None:
    for operation in ("ListServiceQuotas", "ListApps"):
        aws.deny(operation)
    services.refused = {"GetProducts", "SimulatePrincipalPolicy"}
    checks = preflight(fresh, "CreateApp", request_)
    wanted = dict.fromkeys(("quota", "region", "price", "permission"), "unknown")
    assert states(checks) == {"constraints": "ok", **wanted}
    assert "is not authorized to perform: sagemaker:ListServiceQuotas" in one(checks, "quota").message
    assert "is not authorized to perform: x:GetProducts" in one(checks, "price").message
    assert "is not authorized to perform: x:SimulatePrincipalPolicy" in one(checks, "permission").message
    del aws.faults["ListServiceQuotas"]
    check = one(preflight(fresh, "CreateApp", request_), "quota")
    assert check.state == "unknown"
    assert check.message.startswith(f"Quota '{LAB}' is 10,000: how many are in use is not known (User: ")
    assert check.link is not None


def test_a_slow_service_holds_nobody_up(
    aws: FaultyAWS, connection: Connection, services: FakeServices, request_: Json
) -> None:
    aws.faults["GetServiceQuota"] = Fault(seconds=30)
    services.products = []
    checks = preflight(connection, "CreateApp", request_, seconds=4)
    assert states(checks)["quota"] == "unknown"
    assert one(checks, "quota").message == "Whether a quota has room is not known: no answer within 4 seconds."
    assert states(checks)["permission"] == "ok"


def test_a_service_that_is_not_there_is_no_obstacle(
    fresh: Connection, request_: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in ("PRICING", "IAM", "SERVICE_QUOTAS"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", "http://127.0.0.1:9")
    checks = preflight(fresh, "CreateApp", request_)
    wanted = dict.fromkeys(("quota", "region", "price", "permission"), "unknown")
    assert states(checks) == {"constraints": "ok", **wanted}
    assert "Could not connect" in one(checks, "permission").message


def test_the_region_is_judged_by_quota_and_price(
    connection: Connection, services: FakeServices, request_: Json
) -> None:
    request = {**request_, "AppType": "RSessionGateway"}
    check = one(preflight(connection, "CreateApp", request), "region")
    # The Price List is not asked for these, and the engine has no lines for them.
    assert check.state == "unknown"
    services.products = [product("ml.t3.medium", "0.05", use="studio-codeeditor")]
    check = one(preflight(connection, "CreateApp", {**request_, "AppType": "CodeEditor"}), "region")
    assert (check.state, check.message) == (
        "ok",
        f"us-east-1 has {TRN1} for CodeEditor apps: there is a quota for it.",
    )
    kept = kept_answers.KeptAnswer(connection.data_dir, CODES)
    codes, _ = kept.read()
    assert codes is not None
    kept.write({name: code for name, code in codes.items() if TRN1 not in name})
    checks = preflight(connection, "CreateApp", {**request_, "AppType": "CodeEditor"})
    assert one(checks, "region").state == "warning"
    assert one(checks, "region").message == (
        f"us-east-1 probably does not have {TRN1} for CodeEditor apps: AWS lists neither a quota nor a price for it."
    )
    line = f"Studio CodeEditor Apps running on {TRN1} instances"
    assert one(checks, "quota") == Check(
        "quota", "unknown", f"Service Quotas has no line '{line}' in us-east-1.", CONSOLE
    )
