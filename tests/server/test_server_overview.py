"""The overview over REST: it starts nothing, leases nothing, and tells what runs and what failed."""

from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any

from jupyter_sm_ext import local_engine
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
