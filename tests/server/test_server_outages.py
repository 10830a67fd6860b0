"""While AWS is out of reach the routes say how, nothing is created twice, and all goes on by itself."""

from __future__ import annotations

import json
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from contract_backend import Backend
from fault_proxy import OUTAGES, Fault, FaultProxy
from steadiness import rounds

from jupyter_sm_ext.connections import quick_reads

SERVED = {"viewer": "tab", "seconds": 60, "watches": [{"kind": "domains", "key": []}]}


@pytest.fixture
def data_dir(tmp_path: Path, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The choice of an account, whose keys are in a file."""
    directory = tmp_path / "aws-data"
    directory.mkdir()
    (directory / "connection.json").write_text(json.dumps({"kind": "aws"}))
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(directory))
    monkeypatch.setattr(quick_reads, "_SECONDS", quick_reads.aiohttp.ClientTimeout(total=1))
    return directory


async def test_every_outage_is_told_and_passes(
    api: Any, service: Backend, proxy: FaultProxy, far: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = service.domain_id
    for name, outage in OUTAGES.items():
        while (await api("GET", "/domains")).status != 200:
            pass
        [before] = (await api("POST", "/watches", SERVED)).json["watches"]
        outage.begin(proxy)
        while (told := await api("GET", "/domains")).json.get("code") != outage.code:
            assert name == "no name", told.json  # what is connected is cut before the name is missed
        assert (name, told.status) == (name, outage.status)
        assert told.json["message"]
        while not (stale := (await api("POST", "/watches", SERVED)).json["watches"][0])["error"]:
            pass
        assert domain in str(stale["items"])
        assert stale["updated"] >= before["updated"]
        used = set(proxy.expired)
        proxy.recover()
        if used:
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"AKID{uuid.uuid4().hex}")
            proxy.expired |= used
        while (after := (await api("POST", "/watches", SERVED)).json["watches"][0])["error"]:
            pass
        assert after["updated"] > stale["updated"]
    assert len([each for each in threading.enumerate() if each.name.startswith("jupyter-sm")]) <= 80


async def test_a_create_whose_answer_was_lost_is_not_made_twice(
    api: Any, service: Backend, proxy: FaultProxy, far: object
) -> None:
    request = service.domain_request()
    proxy.faults["CreateDomain"] = Fault(dropped=True, taken=True, times=1)
    created = await api("POST", "/domains", request)
    assert created.status == 201
    found = [
        each for each in (await api("GET", "/domains")).json["Domains"] if each["DomainName"] == request["DomainName"]
    ]
    assert [each["DomainArn"] for each in found] == [created.json["DomainArn"]]
    assert proxy.calls["CreateDomain"] == 1


async def test_many_reads_leave_threads_and_memory_as_they_are(api: Any, proxy: FaultProxy, far: object) -> None:
    for how in rounds(proxy, "ListDomains"):
        reply = await api("GET", "/domains")
        assert reply.status != 200 or how is None
