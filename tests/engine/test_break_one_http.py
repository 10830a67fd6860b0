"""Whatever comes over HTTP is refused, and the engine goes on: broken constraints, raw bytes, huge bodies, signatures.

Nothing of it is stored, nothing is answered with 500, and the engine's memory does not grow with it.
"""

from __future__ import annotations

import datetime
import http.client
import json
import random
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from breaking import breaks
from engine_process import EngineProcess
from model_paths import request_shape
from some_requests import Requests

Json = dict[str, Any]
Headers = dict[str, str]
CASES = 300
OPERATIONS = (
    "CreateAlgorithm",
    "CreateCompilationJob",
    "CreateDomain",
    "CreateHyperParameterTuningJob",
    "CreateTrainingJob",
    "CreateUserProfile",
    "ListTrainingJobs",
    "Search",
    "UpdateSpace",
)
KINDS = (
    "Domains",
    "UserProfiles",
    "Spaces",
    "TrainingJobs",
    "HyperParameterTuningJobs",
    "CompilationJobs",
    "Algorithms",
)
FLAT = 48 * 1024 * 1024
"""More than the engine may grow by, and much less than it is sent."""
MEGABYTE = b"x" * 1024 * 1024


class Wire:
    """A connection that is kept, and requests on it that are signed as they are told to be."""

    def __init__(self, engine: EngineProcess) -> None:
        self.engine = engine
        self._connection = http.client.HTTPConnection(engine.host, timeout=60)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def signed(self, target: str, body: bytes, at: float | None = None, **claims: str) -> Headers:
        """Headers of a request, signed; claims take the place of what is true."""
        told = {**self.engine.file, "service": "sagemaker", **claims}
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", "Host": self.engine.host}
        request = AWSRequest("POST", self.engine.endpoint_url + "/", headers=headers, data=body)
        signer = SigV4Auth(
            Credentials(told["access_key_id"], told["secret_access_key"]), told["service"], told["region"]
        )
        if at is None:
            signer.add_auth(request)
        else:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("botocore.auth.get_current_datetime", lambda: _utc(at))
                signer.add_auth(request)
        return dict(request.headers.items())

    def send(self, headers: Headers, body: bytes) -> tuple[int, Json]:
        self._connection.request("POST", "/", body, headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def call(self, operation: str, request: Any) -> tuple[int, Json]:
        body = json.dumps(request).encode()
        return self.send(self.signed(f"SageMaker.{operation}", body), body)

    def close(self) -> None:
        self._connection.close()


def _utc(at: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc)


@pytest.fixture
def wire(engine: EngineProcess) -> Iterator[Wire]:
    made = Wire(engine)
    yield made
    made.close()


def counts(wire: Wire) -> list[int]:
    """How many there are of each kind."""
    answers = [wire.call(f"List{kind}", {}) for kind in KINDS]
    assert all(status == 200 for status, _ in answers)
    return [len(next(iter(answer.values()))) for _, answer in answers]


def raw(engine: EngineProcess, head: str, *pieces: bytes) -> bytes:
    """What comes back for bytes; the engine may hang up before it has read them all."""
    host, _, port = engine.host.rpartition(":")
    answer = b""
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        try:
            connection.sendall(head.format(host=engine.host).replace("\n", "\r\n").encode("latin-1"))
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        try:
            while more := connection.recv(65536):
                answer += more
        except ConnectionError:
            pass
    return answer


def is_refusal(answer: bytes) -> bool:
    """A 4xx, or hung up on."""
    return not answer or answer.split(b" ")[1][:1] == b"4"


def test_broken_constraints_over_http(wire: Wire) -> None:
    dice, before, wrong, sent = random.Random(8), counts(wire), [], 0
    while sent < CASES:
        operation = dice.choice(OPERATIONS)
        shape = request_shape(operation)
        request = Requests(dice).of(shape)
        for one in dice.sample(ways := list(breaks(shape, request, dice)), min(10, len(ways))):
            sent += 1
            status, answer = wire.call(operation, one.apply(request))
            named = any(f"at '{place}' failed" in answer["message"] for place in one.places())
            if (status, answer["__type"], named) != (400, "ValidationException", True):
                wrong.append(f"{operation} {one!r:.300}: {status} {answer!r:.300}")
    assert wrong == []
    assert counts(wire) == before


SIGNATURES: dict[str, Callable[[Wire, bytes], tuple[Headers, bytes]]] = {
    "none": lambda wire, body: (
        {name: value for name, value in wire.signed("SageMaker.CreateDomain", body).items() if name != "Authorization"},
        body,
    ),
    "another key": lambda wire, body: (
        wire.signed("SageMaker.CreateDomain", body, access_key_id="AKIAIOSFODNN7EXAMPLE"),
        body,
    ),
    "another secret": lambda wire, body: (
        wire.signed("SageMaker.CreateDomain", body, secret_access_key="x" * 40),
        body,
    ),
    "another region": lambda wire, body: (wire.signed("SageMaker.CreateDomain", body, region="eu-west-1"), body),
    "another service": lambda wire, body: (wire.signed("SageMaker.CreateDomain", body, service="logs"), body),
    "an old date": lambda wire, body: (wire.signed("SageMaker.CreateDomain", body, time.time() - 3600), body),
    "a date to come": lambda wire, body: (wire.signed("SageMaker.CreateDomain", body, time.time() + 3600), body),
    "another body": lambda wire, body: (wire.signed("SageMaker.CreateDomain", body), body + b" "),
    "another target": lambda wire, body: (
        {**wire.signed("SageMaker.ListDomains", body), "X-Amz-Target": "SageMaker.CreateDomain"},
        body,
    ),
    "another host": lambda wire, body: ({**wire.signed("SageMaker.CreateDomain", body), "Host": "evil.example"}, body),
    "half of it": lambda wire, body: (
        {**(signed := wire.signed("SageMaker.CreateDomain", body)), "Authorization": signed["Authorization"][:-9]},
        body,
    ),
}


@pytest.mark.parametrize("kind", SIGNATURES)
def test_a_bad_signature_is_403_or_400_and_nothing_is_done(wire: Wire, kind: str) -> None:
    body = json.dumps(
        {
            "DomainName": "bad",
            "AuthMode": "IAM",
            "DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::000000000000:role/SageMakerLocalRole"},
            "SubnetIds": ["subnet-1"],
            "VpcId": "vpc-1",
        }
    ).encode()
    before = counts(wire)
    status, answer = wire.send(*SIGNATURES[kind](wire, body))
    assert status in (400, 403), answer
    assert answer["__type"] not in ("InternalFailure", "ValidationException")
    assert wire.engine.file["secret_access_key"] not in json.dumps(answer)
    assert counts(wire) == before
    good = wire.signed("SageMaker.CreateDomain", body)
    assert wire.send(good, body)[0] == 200, "the same request with a good signature is taken"


RAW = {
    "no HTTP": ("\0\1\2\3\n\n", ()),
    "half a line": ("POST / HT", ()),
    "no length": ("POST / HTTP/1.1\nHost: {host}\nTransfer-Encoding: chunked\n\n", (b"zz\r\nabc\r\n0\r\n\r\n",)),
    "a negative chunk": ("POST / HTTP/1.1\nHost: {host}\nTransfer-Encoding: chunked\n\n", (b"-5\r\nabc\r\n0\r\n\r\n",)),
    "a chunk of all": (
        "POST / HTTP/1.1\nHost: {host}\nTransfer-Encoding: chunked\n\n",
        (b"ffffffffffffffff\r\n", MEGABYTE),
    ),
    "a chunk that ends": ("POST / HTTP/1.1\nHost: {host}\nTransfer-Encoding: chunked\n\n", (b"ff\r\nabc",)),
    "chunks without end": (
        "POST / HTTP/1.1\nHost: {host}\nTransfer-Encoding: chunked\n\n",
        (b"100000\r\n" + MEGABYTE + b"\r\n",) * 80,
    ),
    "two lengths": ("POST / HTTP/1.1\nHost: {host}\nContent-Length: 2\nContent-Length: 3\n\n", (b"{}",)),
    "length and chunks": (
        "POST / HTTP/1.1\nHost: {host}\nContent-Length: 2\nTransfer-Encoding: chunked\n\n",
        (b"2\r\n{}\r\n0\r\n\r\n",),
    ),
    "another encoding": ("POST / HTTP/1.1\nHost: {host}\nTransfer-Encoding: gzip\n\n", (b"x",)),
    "a length of all": ("POST / HTTP/1.1\nHost: {host}\nContent-Length: 99999999999999999999\n\n", (b"x",)),
    "a huge body": ("POST / HTTP/1.1\nHost: {host}\nContent-Length: 83886080\n\n", (MEGABYTE,) * 80),
    "a body that ends": ("POST / HTTP/1.1\nHost: {host}\nContent-Length: 1000\n\n", (b"{",)),
    "huge headers": ("POST / HTTP/1.1\nHost: {host}\n", (b"X-A: " + MEGABYTE + b"\r\n\r\n",)),
    "many headers": (
        "POST / HTTP/1.1\nHost: {host}\n",
        (b"".join(b"X-%d: a\r\n" % n for n in range(20_000)) + b"\r\n",),
    ),
    "a folded header": ("POST / HTTP/1.1\nHost: {host}\nX-A: b\n c\nContent-Length: 0\n\n", ()),
    "an odd version": ("POST / HTTP/9.9\nHost: {host}\nContent-Length: 0\n\n", ()),
    "a long target": ("POST /{host}" + "x" * 50_000 + " HTTP/1.1\nHost: {host}\nContent-Length: 0\n\n", ()),
}


@pytest.mark.parametrize("kind", RAW)
def test_raw_bytes_are_refused_and_the_engine_goes_on(engine: EngineProcess, wire: Wire, kind: str) -> None:
    head, pieces = RAW[kind]
    assert is_refusal(raw(engine, head, *pieces))
    assert wire.call("ListDomains", {})[0] == 200


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes_are_refused_and_the_engine_goes_on(engine: EngineProcess, wire: Wire, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(25):
        body = dice.randbytes(dice.randrange(2_000))
        head = f"POST / HTTP/1.1\nHost: {{host}}\nContent-Length: {len(body)}\n\n" if dice.random() < 0.5 else ""
        assert is_refusal(raw(engine, head, body))
        # Signed, so that it is read.
        status, answer = wire.send(wire.signed("SageMaker.CreateTrainingJob", body), body)
        assert (status, answer["__type"]) == (400, "SerializationException" if body else "ValidationException")
    assert wire.call("ListDomains", {})[0] == 200


NESTED = b"[" * 500_000 + b"]" * 500_000
HUGE = {
    "nested": b'{"Tags": ' + NESTED + b"}",
    "wide": json.dumps({"HyperParameters": {str(number): "x" for number in range(150_000)}}).encode(),
    "long": json.dumps({"TrainingJobName": "x" * 3_900_000}).encode(),
    "digits": b'{"StoppingCondition": {"MaxRuntimeInSeconds": ' + b"9" * 3_000_000 + b"}}",
    "members": json.dumps({f"Unknown{number}": 1 for number in range(100_000)}).encode(),
    "too large": MEGABYTE * 5,
    "twice": b'{"TrainingJobName": "a", "TrainingJobName": "b"}',
}


def test_huge_requests_are_refused_and_memory_stays_flat(engine: EngineProcess, wire: Wire) -> None:
    assert engine.process is not None
    process = psutil.Process(engine.process.pid)

    def all_of_them() -> None:
        for kind, body in HUGE.items():
            status, answer = wire.send(wire.signed("SageMaker.CreateTrainingJob", body), body)
            assert 400 <= status < 500, kind
            assert len(answer["message"]) < 20_000, kind
            assert is_refusal(raw(engine, *RAW["a huge body"][:1], *RAW["a huge body"][1]))

    # Twice first: what an allocator keeps, it keeps once.
    all_of_them()
    all_of_them()
    before = process.memory_info().rss
    for _ in range(4):
        all_of_them()
    assert process.memory_info().rss - before < FLAT
    assert wire.call("ListDomains", {})[0] == 200
