"""S3 requests that no sane client sends, signed all the same."""

from __future__ import annotations

import errno
import hashlib
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from engine_process import EngineProcess

from jupyter_sm_ext.engine.s3.http import ObjectsHttp
from jupyter_sm_ext.engine.s3.objects import Objects


def send(
    engine: EngineProcess, method: str, target: str, body: bytes = b"", **headers: str
) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of the answer."""
    told = engine.file
    request = AWSRequest(method, f"{engine.endpoint_url}{target}", data=body)
    for name, value in headers.items():
        request.headers[name.replace("_", "-")] = value
    credentials = Credentials(told["access_key_id"], told["secret_access_key"])
    S3SigV4Auth(credentials, "s3", told["region"]).add_auth(request)
    sent = urllib.request.Request(request.url, data=body or None, method=method, headers=dict(request.headers.items()))
    try:
        with urllib.request.urlopen(sent) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


VERSION = b"<Delete><Object><Key>k</Key><VersionId>1</VersionId></Object></Delete>"
ELSEWHERE = b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "code"),
    [
        ("POST", "/{b}?delete=", b"<Delete><Object></Object></Delete>", 400, "MalformedXML"),
        ("POST", "/{b}?delete=", b"<Delete></Delete>", 400, "MalformedXML"),
        ("POST", "/{b}?delete=", b"no XML", 400, "MalformedXML"),
        ("POST", "/{b}?delete=", b"<Other/>", 400, "MalformedXML"),
        ("POST", "/{b}?delete=", VERSION, 501, "NotImplemented"),
        ("POST", "/{b}?delete=", b" " * (4 * 1024 * 1024 + 1), 400, "EntityTooLarge"),
        ("PUT", "/a-new-bucket", ELSEWHERE, 400, "InvalidLocationConstraint"),
        ("PUT", "/Not_A_Bucket", b"", 400, "InvalidBucketName"),
        ("PUT", "/{b}/%ff", b"x", 400, "InvalidURI"),
        ("PUT", "/{b}/" + "k" * 1025, b"x", 400, "KeyTooLongError"),
        ("GET", "/{b}?list-type=2&max-keys=many", b"", 400, "InvalidArgument"),
        ("GET", "/{b}?list-type=2&max-keys=-1", b"", 400, "InvalidArgument"),
        ("GET", "/{b}?list-type=2&encoding-type=rot13", b"", 400, "InvalidArgument"),
        ("GET", "/{b}/k?versionId=1", b"", 501, "NotImplemented"),
        ("GET", "/{b}/k?uploadId=../../x", b"", 404, "NoSuchUpload"),
        ("PUT", "/{b}/k?uploadId=0&partNumber=one", b"x", 404, "NoSuchUpload"),
        ("PATCH", "/{b}/k", b"x", 405, "MethodNotAllowed"),
        ("POST", "/{b}/k", b"x", 501, "NotImplemented"),
    ],
)  # fmt: skip
def test_it_is_told_what_is_wrong(
    engine: EngineProcess, method: str, target: str, body: bytes, status: int, code: str
) -> None:
    found, text, _ = send(engine, method, target.replace("{b}", engine.bucket), body)
    assert found == status
    assert f"<Code>{code}" in text
    assert "<RequestId>" in text


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-MD5": "not base64!"}, "InvalidDigest"),
        ({"x-amz-checksum-crc32": "AAA="}, "InvalidDigest"),
        ({"x-amz-checksum-md4": "AAAA"}, "NotImplemented"),
        ({"x-amz-server-side-encryption": "aws:kms:dsse"}, "NotImplemented"),
        ({"x-amz-server-side-encryption-customer-algorithm": "AES256"}, "NotImplemented"),
    ],
)
def test_headers_that_make_no_sense(engine: EngineProcess, headers: dict[str, str], code: str) -> None:
    _, text, _ = send(engine, "PUT", f"/{engine.bucket}/k", b"data", **headers)
    assert f"<Code>{code}</Code>" in text
    assert send(engine, "GET", f"/{engine.bucket}/k")[0] == 404


def test_a_body_that_is_not_the_one_that_was_signed(engine: EngineProcess) -> None:
    told = engine.file
    request = AWSRequest("PUT", f"{engine.endpoint_url}/{engine.bucket}/swapped", data=b"good")
    S3SigV4Auth(Credentials(told["access_key_id"], told["secret_access_key"]), "s3", told["region"]).add_auth(request)
    sent = urllib.request.Request(request.url, data=b"evil", method="PUT", headers=dict(request.headers.items()))
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(sent)
    assert "XAmzContentSHA256Mismatch" in caught.value.read().decode()
    assert send(engine, "GET", f"/{engine.bucket}/swapped")[0] == 404


def test_the_reply_s_headers_can_be_chosen(engine: EngineProcess) -> None:
    send(engine, "PUT", f"/{engine.bucket}/named", b"data", Cache_Control="no-store", Content_Type="text/x")
    _, text, headers = send(engine, "GET", f"/{engine.bucket}/named?response-content-type=text%2Fplain")
    assert (text, headers["Content-Type"], headers["Cache-Control"]) == ("data", "text/plain", "no-store")


class Exchanges:
    """The protocol without a server, on a disk that a test can break."""

    def __init__(self, folder: Path) -> None:
        self.database = sqlite3.connect(folder / "objects.sqlite", isolation_level=None)
        self.objects = Objects(folder / "objects", self.database)
        self.objects.create_bucket("one")
        self.http = ObjectsHttp(self.objects, region="r", account="a", secret="s", request_id=lambda: "id")

    async def send(self, method: str, target: str, *body: bytes) -> tuple[int, bytes]:
        exchange = self.http.open(method, target, {})
        for piece in body:
            exchange.receive(piece)
        try:
            reply = await exchange.finish()
            return reply.status, b"".join([piece async for piece in reply.pieces()])
        finally:
            exchange.abandon()


@pytest.fixture
def exchanges(tmp_path: Path) -> Iterator[Exchanges]:
    made = Exchanges(tmp_path)
    yield made
    made.database.close()


def test_a_full_disk_is_told_and_nothing_is_lost(
    exchanges: Exchanges, jp_asyncio_loop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = jp_asyncio_loop.run_until_complete
    assert run(exchanges.send("PUT", "/one/k", b"old"))[0] == 200

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        status, text = run(exchanges.send("PUT", "/one/k", b"new"))
    assert status == 500
    assert b"<Code>InternalError</Code>" in text
    assert b"No space left on device" in text
    assert run(exchanges.send("GET", "/one/k")) == (200, b"old")
    assert list(exchanges.objects.staging.iterdir()) == []


def test_one_who_goes_away_leaves_nothing(exchanges: Exchanges) -> None:
    exchange = exchanges.http.open("PUT", "/one/k", {})
    exchange.receive(b"half of it")
    exchange.abandon()
    assert list(exchanges.objects.staging.iterdir()) == []
    assert not exchanges.objects.exists("one", "k")


def test_an_object_that_is_replaced_while_it_is_read(exchanges: Exchanges, jp_asyncio_loop: Any) -> None:
    async def scenario() -> bytes:
        await exchanges.send("PUT", "/one/k", b"a" * 600_000)
        exchange = exchanges.http.open("GET", "/one/k", {})
        reply = await exchange.finish()
        found = b""
        async for piece in reply.pieces():
            if not found:
                await exchanges.send("PUT", "/one/k", b"b" * 600_000)
            found += piece
        exchange.abandon()
        return found

    found = jp_asyncio_loop.run_until_complete(scenario())
    assert hashlib.md5(found).digest() == hashlib.md5(b"a" * 600_000).digest()
