"""Whatever comes in, the answer is never 500, nothing is stored, and the engine goes on."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from engine_process import EngineProcess
from urllib3.connection import HTTPConnection

from jupyter_sm_ext.model import get_model

Json = dict[str, Any]
SCOPES = {"SageMaker": "sagemaker", "ServiceQuotasV20190624": "servicequotas", "Logs_20140328": "logs"}

_PLAIN = ("", "x" * 300, "\0\n", "arn:aws:sagemaker:::", "é\U0001f600", None, True, False, 0, -1, 1 << 80, 1e308, -0.5)
_PLAIN += ("2023-11-14T22:13:20", "../../etc", "%00", "d-aaaaaaaaaaaa", "training-jobs", "\ud800")


@pytest.fixture(scope="module")
def http() -> Iterator[URLLib3Session]:
    # As botocore's clients have it: without TCP_NODELAY each request waits 40 ms for an ACK.
    session = URLLib3Session(timeout=20, socket_options=HTTPConnection.default_socket_options)
    yield session
    session.close()


def post(
    engine: EngineProcess, http: URLLib3Session, target: str, body: bytes, *, scope: str = "sagemaker", **headers: str
) -> tuple[int, Json, Any]:
    told = engine.file
    given = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", **headers}
    request = AWSRequest("POST", engine.endpoint_url + "/", headers=given, data=body)
    SigV4Auth(Credentials(told["access_key_id"], told["secret_access_key"]), scope, told["region"]).add_auth(request)
    answer = http.send(request.prepare())
    return answer.status_code, json.loads(answer.content), answer.headers


def junk(dice: random.Random, depth: int = 0) -> Any:
    """Some JSON."""
    kind = dice.randrange(9 if depth < 4 else 6)
    if kind < 6:
        return dice.choice(_PLAIN)
    if kind == 6:
        return [junk(dice, depth + 1) for _ in range(dice.randrange(4))]
    names = ["Name", "Value", "Filters", "SearchExpression", "Key", "TrainingJobName", "DomainId", "", "a.b"]
    return {dice.choice(names): junk(dice, depth + 1) for _ in range(dice.randrange(4))}


def bent(dice: random.Random, operation: str, service: str) -> Json:
    """A request with the operation's own members, and junk for their values."""
    shape = get_model(service).operation(operation).input_shape
    names = list(shape.members) if shape is not None else []
    wanted = [
        *(shape.required_members if shape is not None else ()),
        *dice.sample(names, dice.randrange(len(names) + 1)),
    ]
    return {name: junk(dice) for name in wanted}


def some_body(dice: random.Random, operation: str, service: str) -> bytes:
    request = json.dumps(bent(dice, operation, service)).encode()
    kind = dice.randrange(5)
    if kind < 2:
        return request
    return [json.dumps(junk(dice)).encode(), dice.randbytes(dice.randrange(200)), request[: len(request) // 2]][
        kind - 2
    ]


def operations(service: str) -> list[str]:
    return sorted(get_model(service).service.operation_names)


@pytest.mark.parametrize("seed", range(6))
def test_three_hundred_requests_of_junk(engine: EngineProcess, http: URLLib3Session, seed: int) -> None:
    dice = random.Random(seed)
    before = counts(engine, http)
    for _ in range(50):
        prefix = dice.choice(["SageMaker"] * 4 + ["ServiceQuotasV20190624", "Logs_20140328"])
        service = {"SageMaker": "sagemaker", "ServiceQuotasV20190624": "service-quotas"}.get(prefix, "logs")
        creates = [name for name in operations(service) if name.startswith("Create")] or operations(service)
        operation = dice.choice([dice.choice(operations(service)), dice.choice(creates), "Search", "AddTags"])
        if operation not in operations(service):
            operation = dice.choice(operations(service))
        body = some_body(dice, operation, service)
        status, answer, headers = post(engine, http, f"{prefix}.{operation}", body, scope=SCOPES[prefix])
        assert status in (200, 400), (operation, body, answer)
        assert "x-amzn-requestid" in headers
        if status == 400:
            assert set(answer) == {"__type", "message"}, (operation, body)
            assert answer["__type"] not in ("InternalFailure", "InternalServerError"), (operation, body, answer)
        else:
            # Little of the junk is a good request, and that can only ask for something.
            assert operation.startswith(("List", "Describe", "Get", "Search")), (operation, body)
    assert counts(engine, http) == before


def counts(engine: EngineProcess, http: URLLib3Session) -> list[int]:
    """How many there are of each kind."""
    lists = ["ListDomains", "ListUserProfiles", "ListSpaces", "ListTrainingJobs", "ListHyperParameterTuningJobs"]
    answers = [post(engine, http, f"SageMaker.{operation}", b"{}") for operation in lists]
    assert all(status == 200 for status, _, _ in answers)
    return [len(next(iter(answer.values()))) for _, answer, _ in answers]


@pytest.mark.parametrize("target", ["", "SageMaker", "SageMaker.", ".Search", "SageMaker.Nothing", "EC2.RunInstances"])
def test_targets_of_nothing(engine: EngineProcess, http: URLLib3Session, target: str) -> None:
    status, answer, _ = post(engine, http, target, b"{}")
    assert (status, answer["__type"]) == (400, "UnknownOperationException")


def test_every_operation_that_the_engine_does_not_have_says_so(engine: EngineProcess, http: URLLib3Session) -> None:
    for operation in operations("sagemaker")[::12]:
        status, answer, _ = post(engine, http, f"SageMaker.{operation}", b"[]")
        assert status == 400, operation
        assert answer["__type"] in ("UnknownOperationException", "ValidationException"), operation


def test_a_service_is_asked_in_its_own_name(engine: EngineProcess, http: URLLib3Session) -> None:
    for prefix, scope in SCOPES.items():
        other = "logs" if scope != "logs" else "sagemaker"
        status, answer, _ = post(engine, http, f"{prefix}.ListTags", b"{}", scope=other)
        assert status == 400
        assert answer == {
            "__type": "InvalidSignatureException",
            "message": f"Credential should be scoped to correct service: '{scope}'.",
        }


@pytest.mark.parametrize(
    "raw",
    [
        b"\0" * 40 + b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: abc\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: SageMaker.Search\r\nContent-Length: 2\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nAuthorization: AWS4-HMAC-SHA256 x\r\nContent-Length: 0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
        b"DELETE /%ff%00?x=%zz HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ],
    ids=range(8),
)
def test_what_is_no_request_at_all(engine: EngineProcess, http: URLLib3Session, raw: bytes) -> None:
    host, _, port = engine.host.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(raw.replace(b"{host}", engine.host.encode()))
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    # Hung up on, or told that it is wrong or not signed.
    assert answer == b"" or answer.split()[1] in (b"400", b"403")
    assert post(engine, http, "SageMaker.ListDomains", b"{}")[0] == 200
