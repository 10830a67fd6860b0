"""Requests of the local engine beside the same of moto's server: describe, list and create training jobs.

Requests are signed before and sent over one kept connection, so that the servers are measured and not boto3. The engine
checks every signature and has what it creates on the disk before it answers; moto does neither.
"""

from __future__ import annotations

import http.client
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
import psutil
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from measure import Figure, interleave

from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.engine.context import Clock
from jupyter_sm_ext.engine.store import Store

JOB = "bench"
KIND = "training-jobs"
REQUEST: dict[str, Any] = {
    # It has no script, and so ends by itself where it would really be run.
    "AlgorithmSpecification": {"TrainingImage": "local/python", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/SageMakerLocalRole",
    "HyperParameters": {"lr": "0.1", "epochs": "3"},
    "OutputDataConfig": {"S3OutputPath": "s3://bench/models"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
_MOTO = """
import sys, time
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sagemaker.models import sagemaker_backends
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.readline()
jobs = sagemaker_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].training_jobs
jobs.update({f"job-{number}": jobs["bench"] for number in range(int(sys.argv[1]))})
print("filled", flush=True)
time.sleep(3600)
"""


class Server(NamedTuple):
    """Who is asked, and with which keys."""

    host: str
    session: boto3.Session
    pid: int

    def cpu(self) -> float:
        """Seconds that it has worked."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def client(self, service: Any = "sagemaker") -> Any:
        """boto3's."""
        return self.session.client(service, endpoint_url=f"http://{self.host}")


def figures(rounds: int) -> Iterator[Figure]:
    """Describe and list with 1,000, 10,000 and 100,000 jobs, and create."""
    with ExitStack() as kept:
        engines = [kept.enter_context(engine(count)) for count in (1_000, 10_000, 100_000)]
        motos = [kept.enter_context(moto(count)) for count in (1_000, 10_000)]
        pair = (engines[0], motos[0])
        before = [server.cpu() for server in pair]
        ours, theirs = interleave([describe(server) for server in pair], rounds, warm_up=0)
        yield Figure("engine DescribeTrainingJob", ours, theirs, "moto, unsigned", "at most 0.2 x")
        # On a busy machine most of the time above is spent waiting for a processor, by both alike.
        spent = [[(server.cpu() - since) / rounds] for server, since in zip(pair, before, strict=True)]
        yield Figure("the same, CPU of the server", *spent, "moto, unsigned", "at most 0.2 x")
        pages = [call(server, "ListTrainingJobs", {"MaxResults": 100}) for server in (*engines, *motos)]
        small, large, huge, *peers = interleave(pages, rounds, warm_up=20)
        yield Figure("engine ListTrainingJobs, 100 of 1,000", small, peers[0], "moto, unsigned", "at most 0.125 x")
        yield Figure("engine ListTrainingJobs, 100 of 10,000", large, peers[1], "moto, unsigned", "at most 0.125 x")
        yield Figure("engine ListTrainingJobs, 100 of 100,000", huge, small, "itself, of 1,000", "at most 1.3 x")
        ours, theirs = interleave([creates(server) for server in pair], rounds, warm_up=20)
        yield Figure("engine CreateTrainingJob, on disk", ours, theirs, "moto, in memory", "at most 1 x")


@contextmanager
def engine(count: int) -> Iterator[Server]:
    """An engine that has so many jobs, all of them over."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        try:
            server = _begun(path)
            server.client("s3").create_bucket(Bucket="bench")
            client = server.client()
            client.create_training_job(TrainingJobName=JOB, **REQUEST)
            while client.describe_training_job(TrainingJobName=JOB)["TrainingJobStatus"] == "InProgress":
                time.sleep(0.02)
            local_engine.stop(path)
            fill(path, count - 1)
            yield _begun(path)
        finally:
            local_engine.stop(path)


def _begun(path: Path) -> Server:
    info = local_engine.start(path)
    session = boto3.Session(info.access_key_id, info.secret_access_key, region_name=info.region)
    return Server(urlsplit(info.endpoint_url).netloc, session, info.pid)


def fill(path: Path, count: int) -> None:
    """Put so many more jobs like the one there is into a stopped engine's database."""
    store = Store(path / "engine.sqlite", Clock().now)
    try:
        one = store.get(KIND, JOB)
        assert one is not None
        with store.transaction():
            for number in range(count):
                key = f"job-{number:06d}"
                name = {"TrainingJobName": key}
                created = one.created - number
                store.insert(
                    replace(one, key=key, created=created, body={**one.body, **name}, summary={**one.summary, **name})
                )
    finally:
        store.close()


@contextmanager
def moto(count: int) -> Iterator[Server]:
    """moto's server, with so many jobs."""
    command = [sys.executable, "-c", _MOTO, str(count - 1)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            session = boto3.Session("x", "x", region_name="us-east-1")
            server = Server(f"127.0.0.1:{process.stdout.readline().strip()}", session, process.pid)
            server.client().create_training_job(TrainingJobName=JOB, **REQUEST)
            process.stdin.write("\n")
            process.stdin.flush()
            process.stdout.readline()
            yield server
        finally:
            process.kill()


def describe(server: Server) -> Callable[[], None]:
    """Descriptions of the one job."""
    return call(server, "DescribeTrainingJob", {"TrainingJobName": JOB})


def call(server: Server, operation: str, request: dict[str, Any]) -> Callable[[], None]:
    """A call over one kept connection, with a signature that is made once."""
    line = http.client.HTTPConnection(server.host)
    body, headers = _signed(server, operation, request)
    return lambda: _ask(line, body, headers)


def creates(server: Server) -> Callable[[], float]:
    """Creations of one job after another over one kept connection, each signed before its time is taken."""
    line, numbers = http.client.HTTPConnection(server.host), itertools.count()

    def create() -> float:
        name = f"new-{next(numbers)}"
        body, headers = _signed(server, "CreateTrainingJob", {"TrainingJobName": name, **REQUEST})
        begin = time.perf_counter()
        _ask(line, body, headers)
        return time.perf_counter() - begin

    return create


def _signed(server: Server, operation: str, request: dict[str, Any]) -> tuple[str, dict[str, str]]:
    headers = {"X-Amz-Target": f"SageMaker.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    made = AWSRequest("POST", f"http://{server.host}/", headers=headers, data=json.dumps(request))
    keys: Any = server.session.get_credentials()
    SigV4Auth(keys.get_frozen_credentials(), "sagemaker", server.session.region_name).add_auth(made)
    return made.body, dict(made.headers.items())


def _ask(line: http.client.HTTPConnection, body: str, headers: dict[str, str]) -> None:
    line.request("POST", "/", body, headers)
    answer = line.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{headers['X-Amz-Target']}: {answer.status} {text[:200]!r}")
