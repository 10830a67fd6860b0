"""Watching a tuning job of 500 trials for 60 looks: calls of AWS and CPU time, for 1 and for 20 viewers.

A look is one refresh of what is shown; each finds a trial that has ended and a new one. First the hub, of which each
viewer reads each change. Then a whole Jupyter server with pages as far as it can tell: each holds a websocket for
events, and makes a request when one comes, most of whose time is Jupyter's own (all panels of a page share one). The
peer is what the SageMaker SDK's tuner analytics do at each look (one Describe, and every page of the list), by boto3
alone, whose CPU time is a floor of the SDK's.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import aiohttp
import psutil
from aws_process import HERE, aws_of
from jupyter_process import server_on
from measure import Figure
from tuning_aws import DESCRIBE

TRIALS, LOOKS = 500, 60
PEER = "SDK's analytics, by boto3 alone"
EVENTS = "https://events.jupyter.org/jupyter_sm_ext/change/v1"
# The real pace would take five minutes; it changes neither what is called nor what is worked out.
SERVER = """
import sys
from jupyter_server.serverapp import main
from jupyter_sm_ext.connections.aws_connection import AwsConnection
AwsConnection.pace = (0.25, 0.25)
main(sys.argv[1:])
"""
ANALYTICS = """
import sys, time, boto3
looks = int(sys.argv[1])
client = boto3.client("sagemaker")
pages = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
name = {"HyperParameterTuningJobName": "large"}
def look():
    client.describe_hyper_parameter_tuning_job(**name)
    return [each for page in pages.paginate(**name, MaxResults=100) for each in page["TrainingJobSummaries"]]
look()
begin = time.process_time()
for _ in range(looks - 1):
    look()
print(time.process_time() - begin)
"""


def figures(rounds: int, *, pages: bool) -> Iterator[Figure]:
    """Calls of AWS and CPU seconds of all looks; with whole pages, too, if they are wanted."""
    contenders = {
        "the hub, 1 viewer": lambda aws: alone(aws, 1, LOOKS),
        "the hub, 20 viewers": lambda aws: alone(aws, 20, LOOKS),
        PEER: lambda aws: analytics(aws, LOOKS),
    }
    if pages:
        contenders["a Jupyter server, 1 page"] = lambda aws: asyncio.run(watched(aws, 1, LOOKS))
        contenders["a Jupyter server, 20 pages"] = lambda aws: asyncio.run(watched(aws, 20, LOOKS))
    seen: dict[str, list[tuple[int, float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            with aws_of("tuning_aws.py", "--trials", str(TRIALS)) as aws:
                seen[name].append(run(aws))
    peer = seen.pop(PEER)
    for name, found in seen.items():
        work = f"{TRIALS} trials, {LOOKS} looks: {name}"
        bars = ("at most 130", "at most 0.6 s") if "hub" in name else ("", "")
        for place, (unit, bar) in enumerate(zip(("calls", "CPU s"), bars, strict=True)):
            yield Figure(work, [one[place] for one in found], [one[place] for one in peer], PEER, bar, unit=unit)


def calls_of(aws: dict[str, str]) -> dict[str, int]:
    """What was called so far."""
    with urllib.request.urlopen(aws["AWS_ENDPOINT_URL"] + "/calls") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def alone(aws: dict[str, str], viewers: int, looks: int) -> tuple[int, float]:
    """Calls and CPU seconds of the hub."""
    command = [sys.executable, str(HERE / "hub_alone.py"), str(viewers), str(looks)]
    cpu = float(subprocess.run(command, env=aws, capture_output=True, check=True, text=True).stdout)
    return sum(calls_of(aws).values()), cpu


def analytics(aws: dict[str, str], looks: int) -> tuple[int, float]:
    """Calls and CPU seconds of the SDK's way."""
    command = [sys.executable, "-c", ANALYTICS, str(looks)]
    cpu = float(subprocess.run(command, env=aws, capture_output=True, check=True, text=True).stdout)
    return sum(calls_of(aws).values()), cpu


async def watched(aws: dict[str, str], viewers: int, looks: int) -> tuple[int, float]:
    """Calls and CPU seconds of our way."""
    with server_on(aws, SERVER) as (process, url, token):
        async with aiohttp.ClientSession(headers={"Authorization": f"token {token}"}) as session:
            looking = [asyncio.create_task(view(session, url, f"viewer {n}")) for n in range(viewers)]
            ready = 0
            before = 0.0
            while (calls := calls_of(aws)).get(DESCRIBE, 0) < looks:
                if not ready and all(task.get_name() == "ready" for task in looking):
                    # The first look is not repeated: imports and the first pages are told apart.
                    ready, before = 1, cpu_of(process)
                await asyncio.sleep(0.02)
            cpu = cpu_of(process) - before
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)
            return sum(calls.values()), cpu


def cpu_of(process: psutil.Process) -> float:
    """Seconds of CPU time of a process."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def view(session: aiohttp.ClientSession, url: str, viewer: str) -> None:
    """Look as a tab does: read what changed after an event says that something has."""
    since: int | None = None

    async def read() -> None:
        nonlocal since
        watch: dict[str, Any] = {"kind": "tuning-jobs", "key": ["large"], "since": since}
        body = {"viewer": viewer, "seconds": 60, "watches": [watch]}
        async with session.post(f"{url}/jupyter-sm-ext/watches", json=body) as answer:
            since = (await answer.json())["watches"][0]["seq"]

    async with session.ws_connect(f"{url.replace('http', 'ws')}/api/events/subscribe") as events:
        await read()
        current = asyncio.current_task()
        assert current is not None
        current.set_name("ready")
        async for event in events:
            if json.loads(event.data)["schema_id"] == EVENTS:
                await read()
