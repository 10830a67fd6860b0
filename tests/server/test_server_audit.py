"""Every write leaves a line of who did what, without what was in it; and a user's creates are limited."""

from __future__ import annotations

import asyncio
import json
import logging
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from sample_requests import private_space

from jupyter_sm_ext.errors import ThrottledError
from jupyter_sm_ext.resources import resources
from jupyter_sm_ext.server.app import SageMakerExtension
from jupyter_sm_ext.server.audit import AUDIT
from jupyter_sm_ext.server.limits import Creates, TooManyCreatesError
from jupyter_sm_ext.server.openapi import document

PLANTED = "planted-8c1f"
SPACE = {"SpaceName": f"s-{'x' * 300}", "SpaceDisplayName": PLANTED, "Tags": [{"Key": "k", "Value": PLANTED}]}


class OnlyReading(Authorizer):
    """Everybody may look."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return action == "read"


@pytest.fixture
def audit_file(tmp_path: Path, jp_server_config: dict[str, Any]) -> Path:
    path = tmp_path / "audit.log"
    jp_server_config["SageMakerExtension"] = {"audit_file": str(path)}
    return path


@pytest.fixture
def only_reading(jp_server_config: dict[str, Any]) -> None:
    jp_server_config["ServerApp"]["authorizer_class"] = OnlyReading


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_who_did_what(audit_file: Path, api: Any) -> None:
    domain = (await api("GET", "/connection")).json["domain_id"]
    assert (await api("POST", "/spaces", {"DomainId": domain, **SPACE})).status == 400
    assert (await api("POST", "/spaces", {"DomainId": domain, "SpaceName": "audited"})).status == 201
    body = {"SpaceDisplayName": PLANTED}
    await api("PATCH", f"/spaces/{domain}/nowhere", body)
    await api("POST", "/training-jobs/no-such-job/stop")
    await api("POST", "/actions", {"action": "stop", "kind": "spaces", "key": [domain, "audited"]})
    await api("PUT", "/connection", {"kind": "local"})
    await api("GET", "/open/spaces/only/one")
    told = [line for line in lines(audit_file) if not line["operation"].startswith("endAction")]
    assert [(line["operation"], line["kind"], line["key"], line["status"], line["code"]) for line in told] == [
        ("CreateSpace", "spaces", [domain, f"s-{'x' * 254}"], 400, "ValidationException"),
        ("CreateSpace", "spaces", [domain, "audited"], 201, None),
        ("UpdateSpace", "spaces", [domain, "nowhere"], 404, "ResourceNotFound"),
        ("StopTrainingJob", "training-jobs", ["no-such-job"], 404, "ValidationException"),
        ("beginAction:stop", "spaces", [domain, "audited"], 202, None),
        ("chooseConnection", "local", [], 200, None),
        ("goTo2", "spaces", ["only", "one"], told[6]["status"], told[6]["code"]),
    ]
    assert told[6]["status"] >= 400
    assert {line["connection"] for line in told} == {"local"}
    assert all(line["user"] and line["time"].endswith("+00:00") for line in told)
    assert PLANTED not in json.dumps(told)
    assert mode(audit_file) == 0o600


async def test_how_what_goes_on_has_ended(audit_file: Path, api: Any) -> None:
    domain = (await api("GET", "/connection")).json["domain_id"]
    assert (await api("POST", "/spaces", {"DomainId": domain, **private_space("ended")})).status == 201
    for action, name, options in (
        ("start", "nowhere", {"InstanceType": PLANTED}),
        ("stop", "ended", {}),
    ):
        body = {"action": action, "kind": "spaces", "key": [domain, name], "options": options}
        begun = await api("POST", "/actions", body)
        assert begun.status == 202
        deadline = time.monotonic() + 60
        while (await api("GET", f"/actions/{begun.json['id']}")).json["status"] == "Running":
            assert time.monotonic() < deadline, action
            await asyncio.sleep(0.02)
    told = lines(audit_file)[1:]
    users = {line["user"] for line in told if line["operation"].startswith("begin")}
    assert {line["user"] for line in told} == users
    ends = [line for line in told if line["operation"].startswith("end")]
    assert [(line["operation"], line["key"], line["status"]) for line in ends] == [
        ("endAction:start", [domain, "nowhere"], 404),
        ("endAction:stop", [domain, "ended"], 200),
    ]
    assert ends[0]["code"] == "ResourceNotFound"
    assert PLANTED not in json.dumps(told)


async def test_the_file_is_closed_with_the_server(audit_file: Path, extension: SageMakerExtension) -> None:
    assert len(logging.getLogger(AUDIT).handlers) == 1
    await extension.stop_extension()
    assert logging.getLogger(AUDIT).handlers == []


async def test_who_only_looks_leaves_no_line(audit_file: Path, api: Any) -> None:
    await api("GET", "/spaces")
    await api("POST", "/watches", {"viewer": "v", "watches": []})
    await api("POST", "/preflight", {"operation": "CreateSpace", "request": {}})
    # Nobody knows who that was; Jupyter's own log tells of it.
    await api("POST", "/spaces", {}, headers={})
    assert lines(audit_file) == []


async def test_what_was_refused_is_written_down_too(audit_file: Path, only_reading: None, api: Any) -> None:
    await api("DELETE", "/training-jobs/precious")
    [line] = lines(audit_file)
    assert (line["operation"], line["key"], line["status"], line["code"]) == (
        *("DeleteTrainingJob", ["precious"]),
        *(403, "ReadOnly"),
    )


async def test_without_a_file_it_is_in_the_servers_log(
    extension: SageMakerExtension, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(extension.log, "info", lambda text, *words: said.append(text % words))
    await api("POST", "/training-jobs/no-such-job/stop")
    [line] = [text for text in said if text.startswith(AUDIT)]
    assert '"operation": "StopTrainingJob"' in line


@pytest.fixture
def few(jp_server_config: dict[str, Any]) -> None:
    jp_server_config["SageMakerExtension"] = {"creates_per_minute": 2}


async def test_more_than_a_few_creates_are_refused(few: None, api: Any) -> None:
    for _ in range(2):
        assert (await api("POST", "/training-jobs", {})).status == 400
    creates = [
        ("/kernels", {"kind": "spaces", "key": ["a", "b"]}),
        ("/actions", {"action": "start", "kind": "spaces", "key": ["a", "b"]}),
    ]
    creates += [
        (path, {})
        for path, methods in document()["paths"].items()
        if methods.get("post", {}).get("operationId", "").startswith("Create") and "{" not in path
    ]
    assert len(creates) == 2 + sum("create" in row.verbs for row in resources())
    for path, body in creates:
        reply = await api("POST", path, body)
        assert (reply.status, reply.json["code"]) == (429, "TooManyCreates"), path
        assert reply.json["message"] == "Nothing was created: at most 2 creates a minute are taken from one user here."
        assert 1 <= int(reply.headers["Retry-After"]) <= 60
    # What saves money is not refused, and neither is looking.
    stop = await api("POST", "/actions", {"action": "stop", "kind": "spaces", "key": ["a", "b"]})
    assert stop.status == 202
    assert (await api("POST", "/training-jobs/x/stop")).status == 404
    assert (await api("GET", "/spaces")).status == 200


def test_each_user_has_a_minute_of_their_own() -> None:
    time = [100.0]
    creates = Creates(2, lambda: time[0])
    creates.take("ann")
    time[0] += 50
    creates.take("ann")
    creates.take("bob")
    with pytest.raises(TooManyCreatesError) as caught:
        creates.take("ann")
    assert caught.value.retry_after == 10
    assert isinstance(caught.value, ThrottledError)
    time[0] += 10
    creates.take("ann")
    with pytest.raises(TooManyCreatesError):
        creates.take("ann")
    time[0] += 60
    creates.take("carol")
    assert list(creates._taken) == ["carol"]


def test_zero_is_any_number() -> None:
    creates = Creates(0)
    for _ in range(1000):
        creates.take("ann")
