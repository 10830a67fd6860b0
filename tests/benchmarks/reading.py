"""Reading one job through Jupyter: our route beside boto3, a plain handler, aws-jupyter-proxy and an empty route.

All routes are in one Jupyter server, in front of one AWS that gives a fixed answer at once, or after 50 ms; the
contenders take turns, so that a busy minute hits all of them. boto3 is called directly, in this process. Reads one at
a time go over one kept connection with as little of a client as there is, for what a client costs is no server's.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import boto3
from aws_process import HERE, aws_of
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from jupyter_process import server_on
from measure import Figure

JOB = "large-001-0123abcd"
SERVER = "import sys\nfrom jupyter_server.serverapp import main\nmain(sys.argv[1:])\n"
OURS, BOTO3, PLAIN, PROXY, NOTHING = (
    *("our route", "boto3 called directly", "a plain handler with boto3"),
    *("aws-jupyter-proxy", "Jupyter, nothing done"),
)
# By the seconds that AWS takes and the requests at once: whom we are compared with, and what is to be reached.
_COMPARED: dict[tuple[float, int], dict[str, str]] = {
    (0.0, 1): {BOTO3: "at most 1 x", PROXY: "", PLAIN: "", NOTHING: ""},
    (0.0, 32): {PROXY: "at least 1.2 x", PLAIN: ""},
    (0.05, 32): {BOTO3: "at least 0.95 x", PROXY: "", PLAIN: ""},
}
Times = list[float]
Contender = Callable[[int, int], Times]


def figures(requests: int, rounds: int) -> Iterator[Figure]:
    """Seconds of each read one at a time, and reads a second many at once."""
    for (delay, at_once), compared in _COMPARED.items():
        with aws_of("fixed_aws.py", "--delay", str(delay)) as aws:
            path = os.pathsep.join(filter(None, (str(HERE), aws.get("PYTHONPATH"))))
            with server_on({**aws, "PYTHONPATH": path}, SERVER, "peer_routes") as (_, url, token):
                contenders = _contenders(aws, url, token)
                taking_part = {name: contenders[name] for name in (OURS, *compared)}
                found = _measured(taking_part, at_once, requests, rounds)
        work = f"read of a job over REST, AWS answers after {delay * 1000:g} ms, {at_once} at once"
        for peer, bar in compared.items():
            yield Figure(work, found[OURS], found[peer], peer, bar, unit="ms" if at_once == 1 else "reads/s")


def _measured(contenders: dict[str, Contender], at_once: int, count: int, rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, contender in contenders.items():
            begin = time.perf_counter()
            times = contender(at_once, count)
            seconds = time.perf_counter() - begin
            if turn:  # the first is to warm up
                found[name] += times if at_once == 1 else [count / seconds]
    return found


def _contenders(aws: dict[str, str], url: str, token: str) -> dict[str, Contender]:
    endpoint, keys = aws["AWS_ENDPOINT_URL"], (aws["AWS_ACCESS_KEY_ID"], aws["AWS_SECRET_ACCESS_KEY"])
    body = f'{{"TrainingJobName": "{JOB}"}}'
    jupyter = {"Authorization": f"token {token}"}
    signed = AWSRequest("POST", f"{endpoint}/", data=body, headers={"X-Amz-Target": "SageMaker.DescribeTrainingJob"})
    signed.headers["Content-Type"] = "application/x-amz-json-1.1"
    SigV4Auth(Credentials(*keys), "sagemaker", "us-east-1").add_auth(signed)
    proxied = dict(signed.headers.items())
    return {
        BOTO3: _boto3(endpoint, *keys),
        OURS: _web("GET", f"{url}/jupyter-sm-ext/training-jobs/{JOB}", jupyter),
        PLAIN: _web("GET", f"{url}/peers/plain/{JOB}", jupyter),
        PROXY: _web("POST", f"{url}/awsproxy?token={token}", proxied, body.encode()),
        NOTHING: _web("GET", f"{url}/peers/nothing", jupyter),
    }


def _boto3(endpoint: str, key: str, secret: str) -> Contender:
    session = boto3.Session(key, secret, region_name="us-east-1")
    client: Any = session.client("sagemaker", endpoint_url=endpoint, config=Config(max_pool_connections=64))

    def once(_: int) -> float:
        begin = time.perf_counter()
        client.describe_training_job(TrainingJobName=JOB)
        return time.perf_counter() - begin

    def run(at_once: int, count: int) -> Times:
        if at_once == 1:
            return [once(number) for number in range(count)]
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(once, range(count)))

    return run


def _web(method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> Contender:
    def run(at_once: int, count: int) -> Times:
        if at_once == 1:
            return _one_at_a_time(count, method, url, headers, body)
        return asyncio.run(_at_once(at_once, count, method, url, headers, body))

    return run


# Cookies are kept as a browser keeps them: without one, Jupyter makes a new session for each request.


def _one_at_a_time(count: int, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Times:
    where = urlsplit(url)
    path = f"{where.path}?{where.query}" if where.query else where.path
    line, times, kept = http.client.HTTPConnection(where.netloc), [], dict(headers)
    for _ in range(count):
        begin = time.perf_counter()
        line.request(method, path, body, kept)
        answer = line.getresponse()
        text = answer.read()
        times.append(time.perf_counter() - begin)
        _check(url, answer.status, text)
        if cookies := answer.headers.get_all("Set-Cookie"):
            kept["Cookie"] = "; ".join(each.partition(";")[0] for each in cookies)
    line.close()
    return times


async def _at_once(
    at_once: int, count: int, method: str, url: str, headers: dict[str, str], body: bytes | None
) -> Times:
    times: Times = []
    numbers = iter(range(count))
    jar, pool = aiohttp.CookieJar(unsafe=True), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=pool, cookie_jar=jar, headers=headers) as session:

        async def work() -> None:
            for _ in numbers:
                begin = time.perf_counter()
                async with session.request(method, url, data=body) as answer:
                    _check(url, answer.status, await answer.read())
                times.append(time.perf_counter() - begin)

        await asyncio.gather(*(work() for _ in range(at_once)))
    return times


def _check(url: str, status: int, text: bytes) -> None:
    if status != 200:
        raise RuntimeError(f"{url}: {status} {text[:200]!r}")
