"""A bug in one operation, or a full disk: the client is told so, the log has the rest, and the engine goes on."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from jupyter_sm_ext.engine import running
from jupyter_sm_ext.engine.domains import Domains
from jupyter_sm_ext.engine.home import Home
from jupyter_sm_ext.engine.s3.objects import Objects

Client = Callable[[str], Any]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Clients of an engine that runs in a thread of this process, where a test can break it."""
    home = Home(tmp_path / "data")
    identity = home.identity()
    ready = threading.Event()
    ends: list[Callable[[], object]] = []

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        engine = running.build(home, identity)
        try:
            listener = running.listen(None, 0)
            await running.run(home, engine, identity, listener, ready=lambda line: ready.set(), stop=stop)
        finally:
            engine.store.close()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert ready.wait(30)
    session = boto3.Session(identity.access_key_id, identity.secret_access_key, region_name=identity.region)
    config = Config(retries={"total_max_attempts": 1})
    yield lambda service: session.client(service, endpoint_url=identity.endpoint_url, config=config)
    ends[0]()
    thread.join(30)
    assert not thread.is_alive()
    home.leave()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("inner detail"), "unknown error"),
        (OSError(errno.ENOSPC, "No space left on device", "/inner detail"), "No space left on device"),
        (sqlite3.OperationalError("database or disk is full"), "database or disk is full"),
    ],
    ids=["bug", "disk", "database"],
)
def test_an_operation_that_fails(
    client: Client,
    error: Exception,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(self: Domains, request: object) -> None:
        raise error

    sagemaker = client("sagemaker")
    with monkeypatch.context() as patch:
        # The method is looked up when the engine starts; what it calls is not.
        patch.setattr(Domains, "_list", fail)
        with pytest.raises(ClientError) as caught:
            sagemaker.list_domains()
    answer = caught.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (500, "InternalFailure")
    assert words in answer["Error"]["Message"]
    assert "inner detail" not in answer["Error"]["Message"]
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert f"ListDomains failed (request {request_id})" in caplog.text
    assert "Traceback" in caplog.text
    assert sagemaker.list_domains()["Domains"]


def test_an_s3_request_that_fails(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Objects) -> None:
        raise RuntimeError("inner detail")

    s3 = client("s3")
    with monkeypatch.context() as patch:
        patch.setattr(Objects, "buckets", fail)
        with pytest.raises(ClientError) as caught:
            s3.list_buckets()
    answer = caught.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (500, "InternalError")
    assert "inner detail" not in answer["Error"]["Message"]
    assert "an S3 request failed" in caplog.text
    assert len(s3.list_buckets()["Buckets"]) == 1


def test_a_file_that_becomes_shorter_while_it_is_sent(client: Client, tmp_path: Path) -> None:
    s3 = client("s3")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    # Larger than what sockets and buffers hold, so that the engine is still at it.
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 40_000_000)
    body = s3.get_object(Bucket=bucket, Key="k")["Body"]
    with (tmp_path / "data" / "objects" / bucket / "k").open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(Exception, match=r"(?i)incomplete|expected|broken|reset"):  # noqa: PT012 - the last read says it
        while body.read(1 << 20):
            pass
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 1000
