"""The overview over REST: it starts nothing, leases nothing, and tells what runs and what failed."""

from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from faulty_aws import Fault, FaultyAWS

from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice, Connections
from jupyter_sm_ext.server.app import SageMakerExtension


async def test_a_sleeping_engine_is_not_woken(api: Any, extension: SageMakerExtension, tmp_path: Path) -> None:
    extension.data_dir = str(tmp_path / "untouched")
    told = (await api("GET", "/overview")).json
    assert (told["connection"], told["kind"], told["state"]) == ("local", "local", "asleep")
    assert (told["running"], told["ended"], told["cost"]) == ([], [], None)
    assert local_engine.find(tmp_path / "untouched") is None


async def test_apps_that_run_and_fail(api: Any, extension: SageMakerExtension) -> None:
    domain = (await api("GET", "/connection")).json["domain_id"]
    name = f"fails-{uuid.uuid4().hex[:8]}"
    space = {"DomainId": domain, "SpaceName": name, "SpaceSettings": {"AppType": "CodeEditor"}}
    assert (await api("POST", "/spaces", space)).status == 201
    # The engine has no Code Editor: this app is seen as running first, and then as failed.
    app = {"DomainId": domain, "SpaceName": name, "AppType": "CodeEditor", "AppName": "default"}
    deadline = time.monotonic() + 30
    while (await api("POST", "/apps", app)).status != 201:
        assert time.monotonic() < deadline, "the space is never ready"
        await asyncio.sleep(0.05)
    told: dict[str, Any] = {}
    while not any(news["owner"] == name for news in told.get("ended", ())):
        assert time.monotonic() < deadline, "nobody told of the failure"
        await asyncio.sleep(0.05)
        told = (await api("GET", "/overview", params={"best": "true"})).json
        assert told["state"] == "ready"
    [news] = [news for news in told["ended"] if news["owner"] == name]
    assert (news["kind"], news["outcome"], news["key"][:3]) == ("apps", "failed", [domain, "space", name])
    assert news["text"]
    assert not any(thing["owner"] == name for thing in told["running"])
    assert told["cost_message"] is None
    assert extension.backend.hub.polling == 0


@pytest.fixture
def aws(engine_dir: Path, extension: SageMakerExtension, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An AWS with faults, which the server is connected to."""
    local_engine.start(engine_dir)
    extension.data_dir = str(tmp_path / "aws")
    with FaultyAWS(engine_dir).serving() as aws:
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        Connections(tmp_path / "aws").choose(Choice("aws", region="us-east-1"))
        yield aws


async def test_what_cannot_be_listed_is_said(api: Any, aws: FaultyAWS) -> None:
    aws.deny("ListApps")
    told = (await api("GET", "/overview")).json
    assert (told["kind"], told["state"]) == ("aws", "ready")
    assert "sagemaker:ListApps" in told["message"]


async def test_expired_credentials_are_told_as_such(api: Any, aws: FaultyAWS) -> None:
    aws.faults["*"] = Fault(400, "ExpiredTokenException", "The security token included in the request is expired")
    told = (await api("GET", "/overview")).json
    assert told["state"] == "credentials"
    assert "expired" in told["message"]
    aws.faults.clear()
    assert (await api("GET", "/overview", params={"fresh": "true"})).json["state"] == "ready"
