"""The engine's port: what comes in is bounded and checked, what goes out is the protocol's."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import threading
import urllib.error
import urllib.request
from contextlib import closing, suppress
from typing import Any
from xml.etree import ElementTree

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from engine_process import EngineProcess, until

JSON = "application/x-amz-json-1.1"


def send(
    engine: EngineProcess,
    body: bytes = b"{}",
    target: str = "SageMaker.ListDomains",
    service: str = "sagemaker",
    headers: dict[str, str] | None = None,
    method: str = "POST",
    path: str = "/",
    sign: bool = True,
    sent: bytes | None = None,
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One request as it is, signed unless not."""
    told = engine.file
    given = {
        "Host": engine.host,
        **({"X-Amz-Target": target, "Content-Type": JSON} if target else {}),
        **(headers or {}),
    }
    request = AWSRequest(method, engine.endpoint_url + path, data=body, headers=given)
    if sign:
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(Credentials(told["access_key_id"], told["secret_access_key"]), service, told["region"]).add_auth(request)
    with closing(http.client.HTTPConnection(engine.host, timeout=30)) as connection:
        connection.request(method, path, body if sent is None else sent, dict(request.headers.items()))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def told(engine: EngineProcess, **options: Any) -> tuple[int, str]:
    """Status and code of a JSON error."""
    status, headers, body = send(engine, **options)
    assert headers["Content-Type"] == JSON
    assert headers["x-amzn-requestid"]
    found = json.loads(body)
    assert found["message"]
    return status, found["__type"]


def xml_code(body: bytes) -> str | None:
    for element in ElementTree.fromstring(body).iter():
        if element.tag.endswith("Code"):
            return element.text
    return None


def test_an_answer(engine: EngineProcess) -> None:
    status, headers, body = send(engine)
    assert status == 200
    assert headers["Content-Type"] == JSON
    assert len(headers["x-amzn-requestid"]) == 36
    assert headers["Date"].endswith("GMT")
    assert json.loads(body)["Domains"][0]["Status"] == "InService"


def test_operations_that_are_not_there(engine: EngineProcess) -> None:
    assert told(engine, target="SageMaker.ListClusters") == (400, "UnknownOperationException")
    assert told(engine, target="SageMaker.MakeCoffee") == (400, "UnknownOperationException")
    assert told(engine, target="SageMaker.__init__") == (400, "UnknownOperationException")
    assert told(engine, target="SageMaker.Tick") == (400, "UnknownOperationException")
    assert told(engine, target="SageMaker.") == (400, "UnknownOperationException")
    assert told(engine, target="DynamoDB_20120810.ListTables") == (400, "UnknownOperationException")
    assert told(engine, service="monitoring", target="GraniteServiceVersion20100801.ListMetrics") == (
        400,
        "UnknownOperationException",
    )


def test_a_signature_for_one_service_is_none_for_another(engine: EngineProcess) -> None:
    assert told(engine, service="logs")[1] == "InvalidSignatureException"
    status, _, body = send(engine, service="s3")
    assert (status, xml_code(body)) != (200, None)


@pytest.mark.parametrize(
    "body",
    [b"{", b"nonsense", b'{"MaxResults": NaN}', b"\xff", b'{"NextToken": "\\ud800"}', b"[" * 100_000, b"1" * 5000],
    ids=["open", "no JSON", "NaN", "no UTF-8", "half a surrogate", "deep", "long number"],
)
def test_bodies_that_are_no_json(engine: EngineProcess, body: bytes) -> None:
    assert told(engine, body=body) == (400, "SerializationException")


@pytest.mark.parametrize(
    "body", [b"[]", b"3", b'"x"', b'{"Color": 1}', b'{"MaxResults": "many"}', b'{"MaxResults": 101}']
)
def test_requests_the_model_refuses(engine: EngineProcess, body: bytes) -> None:
    assert told(engine, body=body) == (400, "ValidationException")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"NextToken": null}', b' {"MaxResults":1}\n'])
def test_requests_the_model_takes(engine: EngineProcess, body: bytes) -> None:
    assert send(engine, body=body)[0] == 200


def test_a_request_that_is_too_large(engine: EngineProcess) -> None:
    assert told(engine, body=b" " * (4 * 1024 * 1024 + 1)) == (400, "RequestEntityTooLarge")
    assert send(engine, body=b"{}" + b" " * 4_000_000)[0] == 200


@pytest.mark.parametrize("name", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "[::1]"])
def test_a_page_that_points_its_name_here_is_refused(engine: EngineProcess, name: str) -> None:
    assert told(engine, headers={"Host": name}) == (403, "AccessDenied")


def test_localhost_is_its_name_too(engine: EngineProcess) -> None:
    port = engine.host.partition(":")[2]
    client = engine.session.client("sagemaker", endpoint_url=f"http://localhost:{port}")
    assert client.list_domains()["Domains"]


def test_unsigned_requests_are_refused_in_the_words_of_each_service(engine: EngineProcess) -> None:
    assert told(engine, sign=False) == (403, "MissingAuthenticationTokenException")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, headers, body = send(engine, b"Action=GetCallerIdentity", target="", headers=form, sign=False)
    assert (status, headers["Content-Type"], xml_code(body)) == (403, "text/xml", "MissingAuthenticationToken")
    for method in ("GET", "PUT", "POST", "DELETE", "OPTIONS"):
        status, headers, body = send(engine, b"", target="", method=method, path="/bucket/key", sign=False)
        assert (status, headers["Content-Type"], xml_code(body)) == (403, "application/xml", "AccessDenied")


def test_another_users_keys_reach_nothing(engine: EngineProcess) -> None:
    stranger = boto3.Session("AKIDSTRANGER", "x" * 40, region_name="us-east-1")
    liar = boto3.Session(engine.file["access_key_id"], "x" * 40, region_name="us-east-1")
    calls = [
        ("sagemaker", "list_domains", {}, "UnrecognizedClientException", "InvalidSignatureException"),
        ("logs", "describe_log_groups", {}, "UnrecognizedClientException", "InvalidSignatureException"),
        ("sts", "get_caller_identity", {}, "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("s3", "list_buckets", {}, "InvalidAccessKeyId", "SignatureDoesNotMatch"),
        ("s3", "head_bucket", {"Bucket": engine.bucket}, "403", "403"),
        ("s3", "put_object", {"Bucket": engine.bucket, "Key": "k", "Body": b"x" * 2_000_000}, "InvalidAccessKeyId",
         "SignatureDoesNotMatch"),
    ]  # fmt: skip
    for session, column in ((stranger, 3), (liar, 4)):
        for call in calls:
            client = engine.client(call[0], session)
            with pytest.raises(ClientError) as caught:
                getattr(client, call[1])(**call[2])
            assert caught.value.response["Error"]["Code"] == call[column]
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert "Contents" not in engine.client("s3").list_objects_v2(Bucket=engine.bucket, Prefix="k")


def test_sts(engine: EngineProcess) -> None:
    client = engine.client("sts")
    found = client.get_caller_identity()
    assert found["Arn"] == "arn:aws:iam::000000000000:user/local"
    assert found["UserId"] == engine.file["access_key_id"]
    with pytest.raises(ClientError, match="GetSessionToken") as caught:
        client.get_session_token()
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"", b"Action=", b"\xff", b"&" * 1000, b"Action=GetCallerIdentity&Color=red"):
        status, _, answer = send(engine, body, target="", service="sts", headers=form)
        assert status == 400
        assert xml_code(answer)


@pytest.mark.parametrize("version", ["s3v4", None])
def test_presigned_urls(engine: EngineProcess, version: str | None) -> None:
    client = engine.client("s3", **({"signature_version": version} if version else {}))
    key = {"Bucket": engine.bucket, "Key": "a folder/ä+b.txt"}
    put = client.generate_presigned_url("put_object", Params=key)
    urllib.request.urlopen(urllib.request.Request(put, b"hello", method="PUT", headers={"Content-Type": ""})).close()
    get = client.generate_presigned_url("get_object", Params=key, ExpiresIn=60)
    with urllib.request.urlopen(get) as answer:
        assert answer.read() == b"hello"
    for bad in (
        get.replace("folder", "f"),
        get[:-1] + ("A" if get[-1] != "A" else "B"),
        get + "&versionId=1",
        get + "&x=1",
    ):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(bad)
        assert caught.value.code == 403
        caught.value.close()
    client.delete_object(**key)


def test_an_expired_presigned_url(engine: EngineProcess) -> None:
    for version in ("s3v4", "s3"):
        client = engine.client("s3", signature_version=version)
        url = client.generate_presigned_url("get_object", Params={"Bucket": engine.bucket, "Key": "k"}, ExpiresIn=-10)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url)
        assert caught.value.code == 403
        caught.value.close()


def test_a_body_that_is_not_the_one_signed(engine: EngineProcess) -> None:
    wrong = {"X-Amz-Content-SHA256": hashlib.sha256(b"other").hexdigest()}
    assert told(engine, headers=wrong) == (403, "InvalidSignatureException")
    status, _, body = send(
        engine, b"this", target="", service="s3", method="PUT", path=f"/{engine.bucket}/wrong", sent=b"that"
    )
    assert (status, xml_code(body)) == (400, "XAmzContentSHA256Mismatch")
    assert "Contents" not in engine.client("s3").list_objects_v2(Bucket=engine.bucket, Prefix="wrong")


def raw(engine: EngineProcess, data: bytes, *, ends: bool = True) -> bytes:
    """Bytes on a socket, and all that comes back until the engine hangs up or says no more.

    A client that ``ends`` says that it will send nothing more, which the engine may hear before it has answered.
    """
    host, _, port = engine.host.partition(":")
    with closing(socket.create_connection((host, int(port)), timeout=5)) as connection:
        found = b""
        with suppress(OSError):  # it may hang up before all is sent
            connection.sendall(data)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                found += piece
        return found


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
        b"PUT /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["nothing", "empty", "nonsense", "TLS", "length", "cut", "headers", "both", "path"],
)
def test_bytes_that_are_no_request(engine: EngineProcess, data: bytes) -> None:
    assert not raw(engine, data).startswith(b"HTTP/1.1 200")
    assert send(engine)[0] == 200


def test_a_client_that_asks_first_is_refused_before_it_sends(engine: EngineProcess) -> None:
    head = f"PUT /b/k HTTP/1.1\r\nHost: {engine.host}\r\nContent-Length: 999999999\r\nExpect: 100-continue\r\n\r\n"
    assert raw(engine, head.encode(), ends=False).startswith(b"HTTP/1.1 403")


def test_an_upload_that_is_cut_off_leaves_nothing(engine: EngineProcess) -> None:
    told_ = engine.file
    request = AWSRequest(
        "PUT",
        f"{engine.endpoint_url}/{engine.bucket}/cut",
        headers={"Host": engine.host, "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"},
    )
    request.context["payload_signing_enabled"] = False
    request.url = request.url.replace("http:", "https:")  # or botocore would sign the body
    credentials = Credentials(told_["access_key_id"], told_["secret_access_key"])
    S3SigV4Auth(credentials, "s3", told_["region"]).add_auth(request)
    lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    head = f"PUT /{engine.bucket}/cut HTTP/1.1\r\n{lines}Content-Length: 1000000\r\n\r\n"
    assert raw(engine, head.encode() + b"x" * 500_000) == b""
    staging = engine.data_dir / "objects" / ".staging" / "bodies"
    until(lambda: not list(staging.iterdir()))
    assert "Contents" not in engine.client("s3").list_objects_v2(Bucket=engine.bucket, Prefix="cut")


def test_large_objects_go_through(engine: EngineProcess, tmp_path: Any) -> None:
    client = engine.client("s3")
    (tmp_path / "up").write_bytes(os.urandom(20_000_001))
    client.upload_file(str(tmp_path / "up"), engine.bucket, "large")
    client.download_file(engine.bucket, "large", str(tmp_path / "down"))
    assert (tmp_path / "up").read_bytes() == (tmp_path / "down").read_bytes()
    client.delete_object(Bucket=engine.bucket, Key="large")


def test_many_clients_at_once(engine: EngineProcess) -> None:
    domain_id = engine.client("sagemaker").list_domains()["Domains"][0]["DomainId"]
    failures: list[Exception] = []

    def work(worker: int) -> None:
        try:
            client = engine.client("sagemaker")
            for number in range(10):
                client.create_space(DomainId=domain_id, SpaceName=f"w{worker}-{number}")
                client.describe_space(DomainId=domain_id, SpaceName=f"w{worker}-{number}")
        except (ClientError, OSError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    pages = engine.client("sagemaker").get_paginator("list_spaces").paginate(SpaceNameContains="w")
    assert sum(len(page["Spaces"]) for page in pages) == 80


def test_one_name_is_given_once_however_many_ask(engine: EngineProcess) -> None:
    domain_id = engine.client("sagemaker").list_domains()["Domains"][0]["DomainId"]
    codes: list[str] = []

    def ask() -> None:
        try:
            engine.client("sagemaker").create_space(DomainId=domain_id, SpaceName="coveted")
            codes.append("made")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["ResourceInUse"] * 7 + ["made"]


def test_the_log_holds_no_secret(engine: EngineProcess) -> None:
    client = engine.client("s3")
    url = client.generate_presigned_url("get_object", Params={"Bucket": engine.bucket, "Key": "nothing-here"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url)
    caught.value.close()
    raw(engine, b"GET /?X-Amz-Signature=0123456789 HTTP/9.9\r\nAuthorization: mine\r\n\r\n")
    log = (engine.data_dir / "engine.log").read_text()
    assert "ready at" in log
    for secret in (engine.file["secret_access_key"], engine.file["access_key_id"], "ignature", "Authorization", "mine"):
        assert secret not in log
    assert "Traceback" not in log


def test_others_are_answered_while_a_long_log_is_read(engine: EngineProcess) -> None:
    # What is wanted of this log takes as long as we like: its times are in a pipe.
    log = engine.data_dir / "logs" / "endless" / "algo-1-1.log"
    log.parent.mkdir(parents=True)
    log.write_text("here it is\n")
    times = log.with_suffix(".idx")
    os.mkfifo(times)
    found: list[str] = []

    def read() -> None:
        answer = engine.client("logs").filter_log_events(
            logGroupName="/aws/sagemaker/TrainingJobs", logStreamNames=["endless/algo-1-1"], filterPattern="here"
        )
        found.extend(event["message"] for event in answer["events"])

    def listened_to() -> int | None:
        with suppress(OSError):  # nobody reads it yet
            return os.open(times, os.O_WRONLY | os.O_NONBLOCK)
        return None

    reader = threading.Thread(target=read)
    reader.start()
    pipe = until(listened_to)
    try:
        assert send(engine)[0] == 200
        assert not found
    finally:
        os.close(pipe)
        reader.join(60)
        times.unlink()
    assert found == ["here it is"]
