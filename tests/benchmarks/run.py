"""``nox -s bench``: what the product costs, each figure beside a peer's or a floor in the same run.

Prints a Markdown table. Nothing is asserted: what counts is the ratio, and a person judges it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSRequest
from measure import Figure, interleave
from remote_kernel import no_op

import jupyter_sm_ext as sm
from jupyter_sm_ext import local_engine

TRIAL = "import sys\nprint('validation:accuracy=0.5')\n"
LOAD_EXTENSION = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
begin = time.perf_counter()
shell.run_line_magic("load_ext", "jupyter_sm_ext")
print(time.perf_counter() - begin)
"""
CLIENT = """
import time
begin = time.perf_counter()
import boto3
boto3.client("sagemaker", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
print(time.perf_counter() - begin)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="requests of each sort")
    parser.add_argument("--watching", action="store_true", help="only what watching a tuning job costs (minutes)")
    parser.add_argument("--dashboard", action="store_true", help="only the view beside optuna-dashboard, in a browser")
    parser.add_argument("--reading", action="store_true", help="only reads through Jupyter, beside others' (minutes)")
    parser.add_argument("--optimisers", action="store_true", help="only how good the proposed trials are (minutes)")
    options = parser.parse_args()
    apart = {
        "watching": options.watching,
        "beside_dashboard": options.dashboard,
        "reading": options.reading,
        "optimisers": options.optimisers,
    }
    for name, wanted in apart.items():
        if wanted:
            subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)
    if any(apart.values()):
        return
    rounds = options.rounds
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(JUPYTER_SM_DATA_DIR=folder, AWS_EC2_METADATA_DISABLED="true")
        connection = sm.connect("local")
        try:
            figures = [
                load_extension(),
                trial(connection),
                *requests(connection, rounds),
                no_op(connection, rounds),
            ]
        finally:
            local_engine.stop(Path(folder))
    packages = ", ".join(f"{name} {version(name)}" for name in ("boto3", "moto", "optuna", "tornado"))
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}\n")
    print("| work | ours | peer | ours / peer |\n|---|---|---|---|")
    for figure in figures:
        print(figure.row())


def load_extension() -> Figure:
    """``%load_ext`` in a fresh kernel, beside the import and first client of boto3."""
    ours, peer = interleave([lambda: _timed(LOAD_EXTENSION), lambda: _timed(CLIENT)], 7)
    return Figure("`%load_ext jupyter_sm_ext`", ours, peer, "boto3 and a client")


def _timed(code: str) -> float:
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


def trial(connection: Any) -> Figure:
    """One trial of a script that does nothing, two at a time, beside the same processes started by hand."""
    count = 20
    script = Path(tempfile.mkdtemp()) / "train.py"
    script.write_text(TRIAL)

    def tuned() -> float:
        begin = time.perf_counter()
        job = sm.tune(
            str(script),
            studio=sm.Studio(connection),
            ranges={"x": (0.0, 1.0)},
            objective="validation:accuracy",
            strategy="Random",
            max_jobs=count,
            parallel=2,
        )
        job.wait()
        return (time.perf_counter() - begin) / count

    def bare() -> float:
        begin = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            run = [sys.executable, str(script)]
            list(pool.map(lambda _: subprocess.run(run, check=True, capture_output=True), range(count)))
        return (time.perf_counter() - begin) / count

    ours, peer = interleave([tuned, bare], 3)
    return Figure(f"one trial of {count}, two at a time", ours, peer, "bare subprocess")


def requests(connection: Any, rounds: int) -> Iterator[Figure]:
    """Reads, as bytes of requests signed before, so that the servers are measured and not boto3."""
    engine = urlsplit(connection.environment()["AWS_ENDPOINT_URL_SAGEMAKER"])
    with _moto() as peer:
        clients = [connection.client("sagemaker"), _moto_client(peer)]
        names = [_job(client, connection.role, connection.bucket) for client in clients]
        reads: dict[str, Callable[[str], dict[str, Any]]] = {
            "DescribeTrainingJob": lambda name: {"TrainingJobName": name},
            "ListTrainingJobs": lambda name: {"MaxResults": 100},
        }
        for operation, request in reads.items():
            calls = [
                _call(engine.netloc, connection.session, operation, request(names[0])),
                _call(peer, _moto_session(), operation, request(names[1])),
            ]
            ours, theirs = interleave(calls, rounds, warm_up=20)
            yield Figure(f"engine {operation}, signature checked", ours, theirs, "moto, unchecked")


def _job(client: Any, role: str, bucket: str) -> str:
    """A training job; where it is really run it fails at once, for it has no script."""
    client.create_training_job(
        TrainingJobName="bench",
        RoleArn=role,
        AlgorithmSpecification={"TrainingImage": "local/python", "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/bench"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    return "bench"


def _call(host: str, session: Any, operation: str, request: dict[str, Any]) -> Callable[[], None]:
    """A call over one kept connection, with a signature that is made once."""
    from botocore.auth import SigV4Auth

    headers = {"X-Amz-Target": f"SageMaker.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    signed = AWSRequest("POST", f"http://{host}/", headers=headers, data=json.dumps(request).encode())
    SigV4Auth(session.get_credentials().get_frozen_credentials(), "sagemaker", session.region_name).add_auth(signed)
    body, sent = signed.body, dict(signed.headers.items())
    line = http.client.HTTPConnection(host)

    def call() -> None:
        line.request("POST", "/", body, sent)
        answer = line.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{operation}: {answer.status} {text[:200]!r}")

    return call


@contextmanager
def _moto() -> Iterator[str]:
    code = (
        "import time\nfrom moto.server import ThreadedMotoServer\n"
        "server = ThreadedMotoServer('127.0.0.1', 0, verbose=False)\nserver.start()\n"
        "print(server.get_host_and_port()[1], flush=True)\ntime.sleep(3600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        yield f"127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


def _moto_session() -> Any:
    return boto3.Session("x", "x", region_name="us-east-1")


def _moto_client(host: str) -> Any:
    return _moto_session().client("sagemaker", endpoint_url=f"http://{host}")


if __name__ == "__main__":
    main()
