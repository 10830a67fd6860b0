"""Reads that go the quick way, and what is left to botocore's client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_aws import Fault, FaultyAWS

from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.server.app import SageMakerExtension
from jupyter_sm_ext.studio import Studio

DESCRIBE = "DescribeTrainingJob"
ABSENT = "/training-jobs/absent"


@pytest.fixture
def aws(engine_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyAWS]:
    """An account for this server, with its keys in a file that a test may change."""
    local_engine.start(engine_dir)
    with FaultyAWS(engine_dir).serving() as aws:
        directory = tmp_path / "aws-data"
        directory.mkdir()
        (directory / "connection.json").write_text(json.dumps({"kind": "aws"}))
        keys = tmp_path / "credentials"
        write_keys(keys, "AKIDBEFORE")
        for name, value in {**aws.environment, "AWS_SHARED_CREDENTIALS_FILE": str(keys)}.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(directory))
        yield aws


def write_keys(path: Path, key: str) -> None:
    path.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = secret\n")


@pytest.fixture
def slow_way(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The reads that were made by botocore's client."""
    made: list[str] = []
    read = Studio.read

    def noted(self: Studio, operation: str, request: dict[str, Any] | None = None) -> bytes:
        made.append(operation)
        return read(self, operation, request)

    monkeypatch.setattr(Studio, "read", noted)
    return made


async def test_a_read_is_one_call_and_its_answer_the_services_own(
    aws: FaultyAWS, api: Any, slow_way: list[str], engine_dir: Path
) -> None:
    listed = await api("GET", "/domains")
    assert (listed.status, aws.calls["ListDomains"], slow_way) == (200, 1, [])
    assert set(listed.json) == {"Domains"}
    # Other files may have made some in the engine that all of them share.
    page, domains = (await api("GET", "/domains", params={"MaxResults": "1"})).json, listed.json["Domains"]
    assert page["Domains"] == domains[:1]
    assert set(page) == ({"Domains"} if len(domains) == 1 else {"Domains", "NextToken"})


async def test_a_refusal_is_asked_once_and_told_as_ever(aws: FaultyAWS, api: Any, slow_way: list[str]) -> None:
    reply = await api("GET", ABSENT)
    assert (reply.status, aws.calls[DESCRIBE], slow_way) == (404, 1, [])
    assert (reply.json["operation"], reply.json["code"]) == (DESCRIBE, "ValidationException")
    assert reply.json["request_id"]
    aws.deny(DESCRIBE)
    denied = await api("GET", ABSENT)
    assert (denied.status, denied.json["code"]) == (403, "AccessDeniedException")
    assert f'"sagemaker:{DESCRIBE}"' in denied.json["statement"]


async def test_a_wrong_request_is_never_sent(aws: FaultyAWS, api: Any) -> None:
    reply = await api("POST", "/search", {"Resource": 3})
    assert (reply.status, reply.json["code"]) == (400, "ParamValidationError")
    assert aws.calls["Search"] == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(400, "ThrottlingException", "Rate exceeded", times=1),
        Fault(503, "ServiceUnavailable", "later", times=1),
        Fault(dropped=True, times=1),
    ],
    ids=["throttled", "5xx", "cut"],
)
async def test_what_passes_is_asked_again(aws: FaultyAWS, api: Any, slow_way: list[str], fault: Fault) -> None:
    aws.faults["ListDomains"] = fault
    assert (await api("GET", "/domains")).status == 200
    assert slow_way == ["ListDomains"]
    assert (await api("GET", "/domains")).status == 200
    assert slow_way == ["ListDomains"], "the next one goes the quick way again"


async def test_renewed_keys_are_taken_up(aws: FaultyAWS, api: Any, tmp_path: Path, slow_way: list[str]) -> None:
    assert (await api("GET", "/domains")).status == 200
    aws.expired.add("AKIDBEFORE")
    assert (await api("GET", "/domains")).status == 424
    write_keys(tmp_path / "credentials", "AKIDAFTER")
    assert (await api("GET", "/domains")).status == 200
    before = len(slow_way)
    assert (await api("GET", "/domains")).status == 200
    assert len(slow_way) == before


async def test_a_proxy_is_left_to_botocore(
    aws: FaultyAWS, api: Any, monkeypatch: pytest.MonkeyPatch, slow_way: list[str]
) -> None:
    # It stands in for the address, too: whoever forgot the proxy would get an answer.
    monkeypatch.setenv("http_proxy", aws.endpoint_url)
    monkeypatch.setenv("no_proxy", "")
    await api("GET", "/domains")
    assert slow_way == ["ListDomains"]


async def test_an_engine_that_was_stopped_is_started_again(api: Any, engine_dir: Path) -> None:
    assert (await api("GET", "/domains")).status == 200
    local_engine.stop(engine_dir)
    assert (await api("GET", "/domains")).status == 200


async def test_another_choice_holds_for_the_next_read(aws: FaultyAWS, api: Any) -> None:
    assert (await api("GET", "/domains")).status == 200
    assert (await api("PUT", "/connection", {"kind": "aws", "profile": "nobody", "region": "us-east-1"})).status == 200
    assert (await api("GET", "/domains")).status == 424


async def test_another_choice_holds_at_once(aws: FaultyAWS, api: Any, extension: SageMakerExtension) -> None:
    assert (await api("GET", "/domains")).status == 200
    # Without the questions that come with the answer of a PUT, after which any time would have passed.
    await extension.backend.run(lambda: extension.backend.connections.choose(Choice("aws", "nobody", "us-east-1")))
    assert (await api("GET", "/domains")).status == 424
