"""Signatures: what botocore signs is taken, and nothing else."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.httputil import HTTPHeaders

from jupyter_sm_ext.engine.auth import UNSIGNED, Authenticator
from jupyter_sm_ext.engine.context import Keys
from jupyter_sm_ext.errors import AccessDeniedError

HOST = "127.0.0.1:8123"
KEYS = Keys("SMLOCALKEY", "the secret")
TARGET = {"X-Amz-Target": "SageMaker.ListDomains", "Content-Type": "application/x-amz-json-1.1"}


def clock(at: float | None = None) -> Callable[[], float]:
    return time.time if at is None else lambda: at


def signed(
    signer: type[SigV4Auth] = SigV4Auth,
    service: str = "sagemaker",
    method: str = "POST",
    path: str = "/",
    body: bytes = b"{}",
    headers: dict[str, str] | None = None,
    keys: Keys = KEYS,
    region: str = "us-east-1",
    **options: Any,
) -> dict[str, Any]:
    request = AWSRequest(method, f"http://{HOST}{path}", data=body, headers={"Host": HOST, **(headers or {})})
    credentials = Credentials(keys.access_key_id, keys.secret_access_key)
    signer(credentials, service, region, **options).add_auth(request)
    url = urlsplit(request.url)
    return {
        "method": method,
        "target": url.path + (f"?{url.query}" if url.query else ""),
        "headers": HTTPHeaders(dict(request.headers.items())),
        "body": body,
    }


def check(request: dict[str, Any], at: float | None = None, payload: str | None = None) -> str:
    authenticator = Authenticator(KEYS, "us-east-1", clock(at))
    claim = authenticator.claim(request["method"], request["target"], request["headers"])
    if payload is not None:
        authenticator.verify(claim, payload)
    else:
        authenticator.verify_body(claim, hashlib.sha256(request["body"]).hexdigest())
    return claim.service


def refused(request: dict[str, Any], code: str, **options: Any) -> str:
    with pytest.raises(AccessDeniedError) as caught:
        check(request, **options)
    assert caught.value.code == code
    assert KEYS.secret_access_key not in str(caught.value)
    return caught.value.message


def s3(path: str = "/bucket/key", body: bytes = b"x", **options: Any) -> dict[str, Any]:
    return signed(S3SigV4Auth, "s3", "PUT", path, body, **options)


def presigned(path: str = "/bucket/key", expires: int = 60) -> dict[str, Any]:
    return signed(S3SigV4QueryAuth, "s3", "GET", path, b"", expires=expires)


@pytest.mark.parametrize("service", ["sagemaker", "logs", "sts"])
def test_what_botocore_signs_is_taken(service: str) -> None:
    assert check(signed(service=service, headers=TARGET)) == service


@pytest.mark.parametrize(
    "path", ["/b/k", "/b/a%20b/%C3%A4", "/b//x/../y/", "/b?list-type=2&prefix=a%2Fb&x", "/b/k?uploads"]
)
def test_s3s_paths_are_taken_as_they_are(path: str) -> None:
    assert check(s3(path)) == "s3"
    assert check(presigned(path), payload=UNSIGNED) == "s3"


def test_a_signed_query_of_a_json_service() -> None:
    request = signed(SigV4QueryAuth, "sts", "GET", "/?Action=GetCallerIdentity", b"", expires=30)
    assert check(request) == "sts"


@pytest.mark.parametrize(
    ("part", "value"), [("method", "GET"), ("target", "/other"), ("target", "/?a=b"), ("body", b'{"MaxResults":1}')]
)
def test_a_changed_request_is_refused(part: str, value: object) -> None:
    refused({**signed(headers=TARGET), part: value}, "InvalidSignatureException")


def test_a_changed_header_is_refused() -> None:
    request = signed(headers=TARGET)
    request["headers"]["X-Amz-Target"] = "SageMaker.DeleteDomain"
    refused(request, "InvalidSignatureException")


def test_a_header_that_counts_must_be_signed() -> None:
    request = signed()
    request["headers"]["X-Amz-Target"] = "SageMaker.DeleteDomain"
    assert "x-amz-target" in refused(request, "InvalidSignatureException")
    request = s3()
    request["headers"]["x-amz-copy-source"] = "other/key"
    refused(request, "SignatureDoesNotMatch", payload=request["headers"]["X-Amz-Content-SHA256"])


def test_a_changed_presigned_url_is_refused() -> None:
    request = presigned()
    other = request["target"].replace("/bucket/key", "/bucket/other")
    refused({**request, "target": other}, "SignatureDoesNotMatch", payload=UNSIGNED)
    refused({**request, "method": "PUT"}, "SignatureDoesNotMatch", payload=UNSIGNED)
    longer = request["target"].replace("X-Amz-Expires=60", "X-Amz-Expires=99")
    refused({**request, "target": longer}, "SignatureDoesNotMatch", payload=UNSIGNED)


def test_other_keys_are_refused() -> None:
    stranger = Keys("SOMEBODY", KEYS.secret_access_key)
    refused(signed(keys=stranger), "UnrecognizedClientException")
    refused(signed(keys=stranger, service="sts"), "InvalidClientTokenId")
    refused(s3(keys=stranger), "InvalidAccessKeyId")
    liar = Keys(KEYS.access_key_id, "another secret")
    refused(signed(keys=liar), "InvalidSignatureException")
    refused(signed(keys=liar, service="sts"), "SignatureDoesNotMatch")
    refused(s3(keys=liar), "SignatureDoesNotMatch")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_too_far_away(minutes: int) -> None:
    at = time.time() + minutes * 60
    refused(signed(), "InvalidSignatureException", at=at)
    refused(s3(), "RequestTimeTooSkewed", at=at)


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_not_too_far_away(minutes: int) -> None:
    check(signed(), at=time.time() + minutes * 60)


def test_a_presigned_url_lives_as_long_as_it_says() -> None:
    assert check(presigned(expires=3600), at=time.time() + 3500, payload=UNSIGNED) == "s3"
    assert "expired" in refused(presigned(expires=3600), "AccessDenied", at=time.time() + 3700, payload=UNSIGNED)
    refused(presigned(expires=700_000), "AuthorizationHeaderMalformed", payload=UNSIGNED)


def test_another_region_is_refused_where_services_have_one() -> None:
    assert "eu-west-1" in refused(signed(region="eu-west-1"), "InvalidSignatureException")
    assert check(s3(region="eu-west-1")) == "s3"
    assert check(signed(service="sts", region="aws-global")) == "sts"


def test_an_unsigned_request_is_refused_in_the_words_of_its_service() -> None:
    bare = {"method": "POST", "target": "/", "body": b""}
    refused({**bare, "headers": HTTPHeaders(TARGET)}, "MissingAuthenticationTokenException")
    form = HTTPHeaders({"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    refused({**bare, "headers": form}, "MissingAuthenticationToken")
    refused({**bare, "headers": HTTPHeaders()}, "AccessDenied")


def test_the_body_must_be_the_one_announced() -> None:
    request = signed(headers={**TARGET, "X-Amz-Content-SHA256": hashlib.sha256(b"other").hexdigest()})
    refused(request, "InvalidSignatureException")
    request = signed(headers={**TARGET, "X-Amz-Content-SHA256": UNSIGNED})
    refused(request, "InvalidSignatureException")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-MD5"),
        lambda text: text.replace("/aws4_request", ""),
        lambda text: text.replace("/aws4_request", "/aws4_other"),
        lambda text: text.split("Signature=")[0],
        lambda text: text[:-1],
        lambda text: text.replace("SignedHeaders=", "SignedHeaders=,"),
        lambda text: "Bearer token",
        lambda text: "",
    ],
)
def test_half_an_authorization_header(change: Callable[[str], str]) -> None:
    request = signed(headers=TARGET)
    text = request["headers"]["Authorization"]
    request["headers"]["Authorization"] = change(text)
    message = refused(request, "IncompleteSignatureException")
    assert text.split("Signature=")[1] not in message


@pytest.mark.parametrize("date", ["", "yesterday", "20260230T000000Z", "99999999T999999Z", "20230101"])
def test_a_date_that_is_none(date: str) -> None:
    request = signed(headers=TARGET)
    credential = request["headers"]["Authorization"]
    request["headers"]["Authorization"] = credential.replace(credential.split("/")[1], date[:8], 1)
    request["headers"]["X-Amz-Date"] = date
    refused(request, "IncompleteSignatureException")


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_refused_and_never_a_crash(text: str) -> None:
    headers = {**TARGET, "Authorization": text}
    for request in (
        {"method": "POST", "target": "/", "headers": headers, "body": b""},
        {"method": "GET", "target": f"/?X-Amz-Signature={text}", "headers": HTTPHeaders(), "body": b""},
    ):
        with pytest.raises(AccessDeniedError):
            check(request)
