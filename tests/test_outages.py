"""While AWS is out of reach: who looks keeps what was seen, says why and since when, and goes on by itself."""

from __future__ import annotations

import asyncio
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from contract_backend import FOREVER, Backend
from fault_proxy import OUTAGES, FaultProxy
from test_call_counts import run

import jupyter_sm_ext as sm
from jupyter_sm_ext.commands.job_commands import follow
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.errors import TroubleError, UnreachableError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import local_time
from jupyter_sm_ext.watching.hub import Hub
from jupyter_sm_ext.watching.picture import render
from jupyter_sm_ext.watching.snapshots import line_of


@pytest.fixture(scope="module")
def job(service: Backend) -> str:
    return service.train(FOREVER)


def recover(proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all well again; keys that have expired are good no more, but there are others."""
    expired = set(proxy.expired)
    proxy.recover()
    if expired:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"AKID{uuid.uuid4().hex}")
        proxy.expired |= expired


@pytest.mark.parametrize("how", OUTAGES)
def test_a_watch(
    how: str, service: Backend, proxy: FaultProxy, far: Studio, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage, domain = OUTAGES[how], service.domain_id

    async def scenario() -> None:
        hub = Hub(lambda: far, lambda _: None)
        wanted: list[dict[str, Any]] = [
            {"kind": "training-jobs", "key": [job]},
            {"kind": "studio", "key": []},
        ]

        async def look(code: str | None) -> list[dict[str, Any]]:
            """Until all of them have this error."""
            ends = time.monotonic() + 30
            while True:
                seen = await hub.look("me", wanted)
                codes = [each["error"] and each["error"]["code"] for each in seen]
                if codes == [code] * len(seen):
                    return seen
                assert time.monotonic() < ends, codes
                await asyncio.sleep(0.01)

        before = await look(None)
        assert domain in str(before[1]["items"])
        began = time.time()
        outage.begin(proxy)
        stale = await look(outage.code)
        for was, now in zip(before, stale, strict=True):
            assert {name: now.get(name) for name in ("items", "described", "status")} == {
                name: was.get(name) for name in ("items", "described", "status")
            }
            assert was["updated"] <= now["updated"] <= time.time()
            assert now["error"]["message"]
        [watched, *_] = stale
        assert f"(as of {local_time(watched['updated'])}) - {watched['error']['message']}" in line_of(watched)
        assert "This is as of " in render(watched)
        assert render(before[0]).count("This is as of ") == 0

        recover(proxy, monkeypatch)
        after = await look(None)
        assert all(each["updated"] > began for each in after)
        await hub.close()

    run(scenario)


@pytest.mark.parametrize("how", ["5xx", "reset", "expired"])
def test_a_panel(how: str, service: Backend, proxy: FaultProxy, far: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    outage, domain = OUTAGES[how], service.domain_id
    panel = sm.domains(studio=far)

    def wait(told: bool) -> None:
        deadline = time.monotonic() + 30
        while bool(panel.message) != told:
            assert time.monotonic() < deadline, panel.message
            time.sleep(0.01)

    try:
        panel._repr_mimebundle_()
        wait(told=False)
        assert not panel.moving
        rows = panel.rows
        assert domain in str(rows)
        outage.begin(proxy)
        panel.refresh()
        assert f"What is shown is as of {local_time(time.time())[:10]}" in panel.message
        assert panel.rows == rows
        recover(proxy, monkeypatch)
        wait(told=False)
        assert panel.rows == rows
    finally:
        panel.close()
    assert panel._poller is not None
    panel._poller.join(60)
    assert not panel._poller.is_alive()


def test_who_waits_and_who_follows_a_log_waits_on(service: Backend, proxy: FaultProxy, far: Studio) -> None:
    if service.name == "moto":
        pytest.skip("every job is Completed there from its beginning")
    name = service.train(FOREVER)

    def asked(times: int) -> None:
        ends, before = time.monotonic() + 60, proxy.calls["DescribeTrainingJob"]
        while proxy.calls["DescribeTrainingJob"] < before + times:
            assert time.monotonic() < ends
            time.sleep(0.01)

    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(far.wait, "training-jobs", name)
        following = pool.submit(list, follow(far, name, until_ended=True))
        try:
            asked(10)
            OUTAGES["reset"].begin(proxy)
            asked(10)
            assert not waiting.done()
            assert not following.done()
        finally:
            proxy.recover()
            service.sagemaker.stop_training_job(TrainingJobName=name)
        assert waiting.result(60)["TrainingJobStatus"] == "Stopped"
        [told] = [line for line in following.result(60) if line.startswith("[no news since ")]
    assert "Connection was closed before we received a valid response" in told
    assert told.endswith("; trying again]")


def test_who_never_had_an_answer_does_not_wait_for_ever(proxy: FaultProxy, far: Studio, job: str) -> None:
    OUTAGES["5xx"].begin(proxy)
    with pytest.raises(TroubleError):
        far.wait("training-jobs", job)


def test_a_missing_endpoint_of_logs_is_told_apart(
    proxy: FaultProxy, far: Studio, job: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://127.0.0.1:9")
    without = Studio(AwsConnection(Choice("aws"), data_dir))
    with pytest.raises(UnreachableError, match="CloudWatch Logs, where the logs are, cannot be reached") as caught:
        without.logs(job)
    assert caught.value.hint is not None
    assert "in a VPC, its endpoints" in caught.value.hint
    assert far.describe("training-jobs", job)["TrainingJobName"] == job
