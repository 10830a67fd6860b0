"""Bodies in chunks, as SDKs send them that do not know the whole beforehand, and bodies that break off."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import urllib.request
import zlib
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from engine_process import EngineProcess

CHUNKED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


class _SignsHeadersOnly(S3SigV4Auth):
    kind = ""

    def payload(self, request: AWSRequest) -> str:
        return self.kind


def chunked(engine: EngineProcess, bucket: str, chunks: list[bytes], *, signed: bool, spoil: str = "") -> int:
    """PUT a body in chunks, as SDKs do that do not know its hash beforehand; gives the HTTP status."""
    told, content = engine.file, b"".join(chunks)
    checksum = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
    request = AWSRequest("PUT", f"{engine.endpoint_url}/{bucket}/chunked")
    kind = f"{CHUNKED}-TRAILER" if signed else "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    for name, value in {
        "Content-Encoding": "aws-chunked",
        "x-amz-decoded-content-length": str(len(content)),
        "x-amz-trailer": "x-amz-checksum-crc32",
        "X-Amz-Content-SHA256": kind,
    }.items():
        request.headers[name] = value
    auth = _SignsHeadersOnly(Credentials(told["access_key_id"], told["secret_access_key"]), "s3", told["region"])
    auth.kind = kind
    auth.add_auth(request)
    date, signature = request.context["timestamp"], request.headers["Authorization"].rpartition("=")[2]
    scope = f"{date[:8]}/{told['region']}/s3/aws4_request"
    key = f"AWS4{told['secret_access_key']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")

    def sign(what: str, tail: str) -> str:
        nonlocal signature
        text = f"AWS4-HMAC-SHA256-{what}\n{date}\n{scope}\n{signature}\n{tail}"
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        return signature

    body = b""
    for chunk in [*chunks, b""]:
        extension = ""
        if signed:
            tail = f"{hashlib.sha256(b'').hexdigest()}\n{hashlib.sha256(chunk).hexdigest()}"
            extension = f";chunk-signature={sign('PAYLOAD', tail)}"
        body += f"{len(chunk):x}{extension}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
    trailer = f"x-amz-checksum-crc32:{checksum}"
    body += f"{trailer}\r\n".encode()
    if signed:
        told_trailers = hashlib.sha256(f"{trailer}\n".encode()).hexdigest()
        body += f"x-amz-trailer-signature:{sign('TRAILER', told_trailers)}\r\n".encode()
    body += b"\r\n"
    if spoil == "content":
        body = body.replace(b"0123", b"9999", 1)
    elif spoil == "trailer":
        body = body.replace(checksum.encode(), base64.b64encode(b"\0\0\0\0"))
    elif spoil == "cut":
        body = body[: len(body) // 2]
    elif spoil == "sizes":
        body = body.replace(b"\r\n", b"\n", 1)
    sent = urllib.request.Request(request.url, data=body, method="PUT", headers=dict(request.headers.items()))
    try:
        with urllib.request.urlopen(sent) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.read()
        return error.code


@pytest.mark.parametrize("signed", [True, False])
def test_chunked_bodies_are_decoded_and_checked(s3: Any, bucket: str, engine: EngineProcess, signed: bool) -> None:
    chunks = [b"0123456789" * 7000, b"abc", b"\r\n0\r\n"]
    assert chunked(engine, bucket, chunks, signed=signed) == 200
    found = s3.get_object(Bucket=bucket, Key="chunked", ChecksumMode="ENABLED")
    assert found["Body"].read() == b"".join(chunks)
    assert "ContentEncoding" not in found
    for spoil, status in {
        "content": 403 if signed else 400,
        "trailer": 403 if signed else 400,
        "cut": 400,
        "sizes": 403 if signed else 400,
    }.items():
        assert chunked(engine, bucket, [b"0123" * 50], signed=signed, spoil=spoil) == status, spoil
    assert s3.head_object(Bucket=bucket, Key="chunked")["ContentLength"] == 70008


def test_an_upload_that_breaks_off_leaves_nothing(s3: Any, bucket: str, engine: EngineProcess) -> None:
    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 200_000:
                raise RuntimeError("the user pressed Ctrl-C")
            return super().read(size)

    with pytest.raises(Exception, match="Ctrl-C"):
        s3.put_object(Bucket=bucket, Key="k", Body=Breaks(bytes(1 << 20)), ContentLength=1 << 20)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
