"""Calls that nobody answers: so many wait, the others are told, and another connection can be chosen all the same."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from jupyter_sm_ext.server.app import SageMakerExtension

THREADS = 2
MOST = 8 * THREADS


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    return {**jp_server_config, "SageMakerExtension": {"threads": THREADS}}


async def test_calls_that_nobody_answers_do_not_pile_up(api: Any, extension: SageMakerExtension) -> None:
    assert (await api("GET", "/connection")).json["state"] == "ready"
    answered, before = threading.Event(), threading.active_count()
    waiting = [asyncio.create_task(extension.backend.run(answered.wait)) for _ in range(MOST)]
    try:
        await asyncio.sleep(0)
        refused = [await api("GET", "/connection") for _ in range(3)]
        assert [(reply.status, reply.json["code"]) for reply in refused] == [(502, "TooManyWaiting")] * 3
        assert refused[0].json["message"].startswith(f"{MOST} calls wait for an answer")
        assert threading.active_count() <= before + THREADS
        chosen = await api("PUT", "/connection", {"kind": "local"})
        assert (chosen.status, chosen.json["state"]) == (200, "ready")
    finally:
        answered.set()
        await asyncio.gather(*waiting)
    assert (await api("GET", "/connection")).status == 200
