"""Many polls of an AWS that fails again and again: threads, objects and memory stay as they are."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fault_proxy import FaultProxy
from steadiness import rounds
from test_call_counts import run

import jupyter_sm_ext as sm
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.hub import Hub

DOMAINS: dict[str, Any] = {"kind": "domains", "key": []}


@pytest.fixture(autouse=True)
def restless(far: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AwsConnection, "pace", (0.0, 0.0))


def test_a_watch(proxy: FaultProxy, far: Studio) -> None:
    async def scenario() -> None:
        hub = Hub(lambda: far, lambda _: None)
        for _ in rounds(proxy, "ListDomains"):
            await hub.look("me", [DOMAINS])
            assert hub.polling == 1
            await asyncio.sleep(0.005)
        await hub.close()

    run(scenario, 3600)


def test_a_panel(proxy: FaultProxy, far: Studio) -> None:
    panel = sm.domains(studio=far)
    panel._repr_mimebundle_()
    try:
        for how in rounds(proxy, "ListDomains"):
            panel.refresh()
            assert panel.message or how is None
    finally:
        panel.close()
