"""What a user is told before creating something: instance types and prices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.model import get_model


async def test_instance_types_are_those_of_the_model_with_what_they_have(api: Any) -> None:
    reply = await api("GET", "/instance-types")
    assert reply.status == 200
    assert (reply.json["use"], reply.json["note"]) == ("AppInstanceType", "simulated on this machine")
    assert {item["name"] for item in reply.json["items"]} == set(get_model().enum("AppInstanceType"))
    [trn1] = [item for item in reply.json["items"] if item["name"] == "ml.trn1.2xlarge"]
    assert trn1 == {
        "name": "ml.trn1.2xlarge",
        "vcpus": 8,
        "memory_gib": 32,
        "accelerator": {"kind": "Trainium", "name": "Trainium", "count": 1, "memory_gib": 32},
        "family": "trn1",
        "known": True,
    }
    lab = await api("GET", "/instance-types", params={"app_type": "JupyterLab"})
    assert {item["name"] for item in reply.json["items"]} - {item["name"] for item in lab.json["items"]} == {"system"}
    training = await api("GET", "/instance-types", params={"use": "TrainingInstanceType"})
    assert {"ml.trn2.48xlarge"} <= {item["name"] for item in training.json["items"]}


async def test_a_use_that_there_is_not_is_refused(api: Any) -> None:
    reply = await api("GET", "/instance-types", params={"use": "TeapotType"})
    assert reply.status == 400
    assert "TeapotType" in reply.json["message"]
    assert "AppInstanceType" in reply.json["hint"]


async def test_this_machine_costs_nothing(api: Any) -> None:
    for params in ({}, {"use": "TrainingInstanceType"}, {"use": "AppInstanceType", "app_type": "CodeEditor"}):
        reply = await api("GET", "/prices", params=params)
        assert reply.json == {"currency": "USD", "per_hour": {}, "message": "This machine costs nothing."}


async def test_a_request_is_checked_before_it_is_made(api: Any, data_dir: Path) -> None:
    space = {"DomainId": "d-000000000000", "SpaceName": "one"}
    app = {**space, "AppType": "JupyterLab", "AppName": "default", "ResourceSpec": {"InstanceType": "ml.trn1.2xlarge"}}
    name = "Studio JupyterLab Apps running on ml.trn1.2xlarge instances"
    (data_dir / "quotas.json").write_text(json.dumps({name: 0}))
    try:
        reply = await api("POST", "/preflight", {"operation": "CreateApp", "request": app})
    finally:
        (data_dir / "quotas.json").unlink()
    assert reply.status == 200
    told = {check["check"]: check for check in reply.json["checks"]}
    assert list(told) == ["constraints", "quota", "region", "price", "permission"]
    assert told["quota"] == {
        "check": "quota",
        "state": "blocked",
        "message": f"It would be refused: quota '{name}' is 0: 0 in use, 1 more wanted.",
        "link": None,
    }
    assert {check["state"] for name, check in told.items() if name != "quota"} == {"ok"}


async def test_what_the_model_has_against_it_comes_alone(api: Any) -> None:
    reply = await api("POST", "/preflight", {"operation": "CreateSpace", "request": {"SpaceName": "no spaces here"}})
    assert {check["check"] for check in reply.json["checks"]} == {"constraints"}
    assert {check["state"] for check in reply.json["checks"]} == {"blocked"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"operation": "MakeCoffee", "request": {}}, "no operation MakeCoffee"),
        ({"operation": "CreateApp"}, "'request' is a required property"),
        ({"operation": "CreateApp", "request": []}, "request: [] is not of type 'object'"),
        ({"operation": "CreateApp", "request": {}, "force": True}, "force"),
    ],
)
async def test_a_wrong_question_is_refused(api: Any, body: dict[str, Any], words: str) -> None:
    reply = await api("POST", "/preflight", body)
    assert reply.status == 400
    assert words in reply.json["message"]


async def test_a_create_that_fails_tells_which_quota_it_was(api: Any, data_dir: Path) -> None:
    (data_dir / "quotas.json").write_text(json.dumps({"Total domains": 0}))
    role = "arn:aws:iam::000000000000:role/SageMakerLocalRole"
    body = {"DomainName": "two", "AuthMode": "IAM", "DefaultUserSettings": {"ExecutionRole": role}}
    try:
        reply = await api("POST", "/domains", body)
    finally:
        (data_dir / "quotas.json").unlink()
    assert (reply.status, reply.json["code"]) == (403, "ResourceLimitExceeded")
    assert reply.json["hint"].startswith("Quota 'Total domains' is 0: 1 in use, 1 more wanted. Set it in ")
