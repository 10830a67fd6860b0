"""Forms over REST: what draws them, what is wrong with an answer, and the answer as code that makes the same thing."""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import boto3
import pytest

from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.studio import Studio

Json = dict[str, Any]


@pytest.fixture
def studio(data_dir: Path) -> Studio:
    return Studio(Connections(data_dir).current())


def unique(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex[:8]}"


async def a_form(api: Any, operation: str, **given: str) -> Json:
    reply = await api("GET", f"/forms/{operation}", params=given)
    assert reply.status == 200, reply.json
    return dict(reply.json)


async def a_space(api: Any) -> Json:
    request: Json = (await a_form(api, "CreateSpace"))["defaults"]
    request["SpaceName"] = unique("space")
    request["SpaceDisplayName"] = 'it\'s "mine" $HOME `date` \\ 日本'
    request["Tags"] = [{"Key": "équipe", "Value": "日本 5"}]
    return request


async def test_a_form_starts_with_what_the_connection_knows(api: Any, studio: Studio) -> None:
    found = await a_form(api, "CreateSpace")
    assert found["ui"]["title"] == "New space"
    assert (found["ui"]["verb"], found["ui"]["kind"], found["ui"]["key"]) == (
        "create",
        "spaces",
        ["DomainId", "SpaceName"],
    )
    values = found["defaults"]
    assert values["DomainId"] == studio.connection.domain_id
    assert values["OwnershipSettings"]["OwnerUserProfileName"] == studio.connection.user_profile_name
    assert (await api("POST", "/checks/CreateSpace", values)).json == {"violations": []}
    assert (await api("POST", "/spaces", values)).status == 201
    job = (await a_form(api, "CreateTrainingJob"))["defaults"]
    assert job["RoleArn"] == studio.connection.role
    assert job["OutputDataConfig"]["S3OutputPath"] == f"s3://{studio.connection.bucket}/"


async def test_what_is_given_wins(api: Any, studio: Studio) -> None:
    domain = studio.call("CreateDomain", (await a_form(api, "CreateDomain"))["defaults"])["DomainId"]
    values = (await a_form(api, "CreateSpace", DomainId=domain))["defaults"]
    assert values["DomainId"] == domain
    assert "OwnershipSettings" not in values, "the new domain has no profile yet"


async def test_an_edit_starts_from_what_is_there(api: Any, studio: Studio) -> None:
    request = await a_space(api)
    studio.call("CreateSpace", request)
    key = {name: request[name] for name in ("DomainId", "SpaceName")}
    found = await a_form(api, "UpdateSpace", **key)
    assert found["defaults"] == {name: request[name] for name in ("SpaceSettings", "SpaceDisplayName")}
    assert not key.keys() & found["schema"]["properties"].keys()


async def test_no_such_form(api: Any) -> None:
    for operation in ("DeleteSpace", "CreateNothing"):
        reply = await api("GET", f"/forms/{operation}")
        assert (reply.status, reply.json["code"]) == (404, "UnknownOperationException")
    assert (await api("GET", "/forms/UpdateSpace")).status == 400
    gone = await api("GET", "/forms/UpdateSpace", params={"DomainId": "d-xxxxxxxxxxxx", "SpaceName": "gone"})
    assert gone.status == 404
    for route in ("checks", "code"):
        reply = await api("POST", f"/{route}/CreateNothing", {})
        assert (reply.status, reply.json["code"]) == (404, "UnknownOperationException")


async def test_what_is_wrong_and_where(api: Any) -> None:
    request = {
        "TrainingJobName": "no_such_name",
        "HyperParameters": {"a.b": 5},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "X", "S3Uri": ""}}}],
        "Tags": [{"Key": "only"}],
    }
    violations = (await api("POST", "/checks/CreateTrainingJob", request)).json["violations"]
    told = {tuple(each["path"]): each["message"] for each in violations}
    assert told[("TrainingJobName",)].startswith("Does not fit the pattern ")
    assert told[("HyperParameters", "a.b")] == "Must be a string."
    source = ("InputDataConfig", 0, "DataSource", "S3DataSource", "S3DataType")
    assert told[source] == "One of: ManifestFile, S3Prefix, AugmentedManifestFile, Converse."
    assert told[("Tags", 0, "Value")] == told[("RoleArn",)] == "Required."


async def code_of(api: Any, operation: str, request: Json) -> Json:
    reply = await api("POST", f"/code/{operation}", request)
    assert reply.status == 200, reply.json
    return dict(reply.json)


async def test_the_code_for_boto3_makes_the_same(api: Any, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    request = await a_space(api)
    text = (await code_of(api, "CreateSpace", request))["boto3"]
    for name, value in studio.connection.environment().items():
        monkeypatch.setenv(name, value)
    # The one of an earlier test would have that test's environment.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    made: Json = {}
    exec(text, made)
    made["sagemaker"].close()
    assert_same(studio, request, made["response"]["SpaceArn"])


async def test_the_command_line_makes_the_same(api: Any, studio: Studio, tmp_path: Path) -> None:
    request = await a_space(api)
    text = (await code_of(api, "CreateSpace", request))["aws"]
    # `aws` is the one of this environment, whatever else is installed.
    aws = tmp_path / "aws"
    aws.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -W ignore -m awscli "$@"\n', encoding="utf-8")
    aws.chmod(0o755)
    environment = {**studio.connection.environment(), "PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    ran = await asyncio.to_thread(
        subprocess.run, ["sh", "-c", text], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert_same(studio, request, json.loads(ran.stdout)["SpaceArn"])


def assert_same(studio: Studio, request: Json, arn: str) -> None:
    described = studio.describe("spaces", request["DomainId"], request["SpaceName"])
    assert described["SpaceArn"] == arn
    assert {name: described[name] for name in request if name != "Tags"} == {
        name: value for name, value in request.items() if name != "Tags"
    }
    assert studio.call("ListTags", {"ResourceArn": arn})["Tags"] == request["Tags"]
