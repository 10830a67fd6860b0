"""A proxy that has faults: it stands before an engine, or before moto, and denies, throttles, delays, drops or loses
what a test names.

Both take calls to their own address only, so they are signed again on the way.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

Json = dict[str, Any]
Answer = tuple[int, Any, bytes]
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_MOST_SKEW = timedelta(minutes=5)
NAME = "sagemaker.invalid"
EXPIRED = "The security token included in the request is expired"
ACCOUNT_USER = "arn:aws:sts::000000000000:assumed-role/analyst/someone"


@dataclass
class Fault:
    """What happens to the calls of one operation.

    Parameters
    ----------
    status, code, message
        The error that is answered; without a code the call goes on.
    times : int, optional
        To how many calls it happens; to all if not given.
    seconds : float
        How long the answer takes beyond the service's own time.
    dropped : bool
        Whether the connection is cut instead of an answer.
    silent : bool
        Whether there is never an answer, and the connection stays.
    halved : bool
        Whether the connection is cut in the middle of the answer.
    taken : bool
        Whether the service gets the call all the same; what happens to its answer is said by the others.
    """

    status: int = 400
    code: str | None = None
    message: str = ""
    times: int | None = None
    seconds: float = 0.0
    dropped: bool = False
    silent: bool = False
    halved: bool = False
    taken: bool = False


@dataclass(frozen=True)
class Outage:
    """Something that is wrong with all calls.

    Parameters
    ----------
    begin : callable
        Gives it to a proxy.
    status, code
        How the error is told over REST.
    """

    begin: Callable[[FaultProxy], None]
    status: int
    code: str


class FaultProxy:
    """The address of it, and its faults by operation name (``*`` is every operation).

    Parameters
    ----------
    behind : str
        Where the service listens.
    access_key_id, secret_access_key, region : str
        What the service takes.
    """

    def __init__(self, behind: str, access_key_id: str, secret_access_key: str, region: str) -> None:
        self._behind = urlsplit(behind)
        self._credentials = Credentials(access_key_id, secret_access_key)
        self._region = region
        #: Ids of the access keys that are good no more; any other will do.
        self.expired: set[str] = set()
        self._used: set[str] = set()
        self.recover()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def endpoint_url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def recover(self) -> None:
        """Have no fault, and no calls counted."""
        self.faults: dict[str, Fault] = {}
        self.calls: Counter[str] = Counter()
        self.expired.clear()
        #: Whether its name is unknown.
        self.nameless = False
        #: How far the service's clock is ahead of ours.
        self.ahead = timedelta()

    def resolving(self, resolve: Callable[..., Any]) -> Callable[..., Any]:
        """What finds addresses, finding ours by `NAME`."""

        def resolved(host: Any, *arguments: Any, **options: Any) -> Any:
            if host not in (NAME, NAME.encode()):
                return resolve(host, *arguments, **options)
            if self.nameless:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return resolve("127.0.0.1", *arguments, **options)

        return resolved

    @property
    def named_url(self) -> str:
        """The same by a name."""
        return f"http://{NAME}:{self._server.server_port}"

    def deny(self, operation: str, resource: str = "*") -> None:
        """Refuse an operation in the words of IAM (error_messages: AccessDeniedException)."""
        message = (
            f"User: {ACCOUNT_USER} is not authorized to perform: sagemaker:{operation} on resource: "
            f"{resource} because no identity-based policy allows the sagemaker:{operation} action"
        )
        self.faults[operation] = Fault(400, "AccessDeniedException", message)

    def throttle(self, operation: str, times: int | None = None) -> None:
        """Answer that the rate is exceeded."""
        self.faults[operation] = Fault(400, "ThrottlingException", "Rate exceeded", times)

    def expire(self) -> None:
        """Take the keys that were used until now no more."""
        self.expired |= self._used

    def set_clock(self, ahead: timedelta) -> None:
        """Put the service's clock ahead of ours."""
        self.ahead = ahead

    def take(self, operation: str, headers: Mapping[str, str]) -> Fault | None:
        """Count a call, and give the fault that happens to it."""
        scope = _SCOPE.search(headers.get("Authorization", ""))
        with self._lock:
            self.calls[operation] += 1
            if scope is not None:
                self._used.add(scope[1])
            if scope is not None and scope[1] in self.expired:
                return Fault(400, "ExpiredTokenException", EXPIRED)
            if (skewed := self._skewed(headers.get("X-Amz-Date"))) is not None:
                return skewed
            fault = self.faults.get(operation) or self.faults.get("*")
            if fault is not None and fault.times is not None:
                if fault.times <= 0:
                    return None
                fault.times -= 1
            return fault

    def _skewed(self, signed: str | None) -> Fault | None:
        now = datetime.now(timezone.utc) + self.ahead
        if signed is None or abs(now - datetime.strptime(signed, "%Y%m%dT%H%M%S%z")) < _MOST_SKEW:
            return None
        past = self.ahead > timedelta()
        words = (
            "expired: {} is now earlier than {} ({} - 5 min.)",
            "not yet current: {} is still later than {} ({} + 5 min.)",
        )
        limit = now - _MOST_SKEW if past else now + _MOST_SKEW
        told = words[0 if past else 1].format(signed, *(f"{time_:%Y%m%dT%H%M%SZ}" for time_ in (limit, now)))
        return Fault(403, "InvalidSignatureException", f"Signature {told}")

    def answer(self, operation: str, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a call that has no fault."""
        return self.forward(method, path, headers, body)

    def forward(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Ask the service."""
        request = AWSRequest(method, f"{self._behind.scheme}://{self._behind.netloc}{path}", _kept(headers), body)
        scope = _SCOPE.search(headers.get("Authorization", ""))
        if scope is not None:
            _, region, service = scope.groups()
            signer = S3SigV4Auth if service == "s3" else SigV4Auth
            signer(self._credentials, service, region).add_auth(request)
        connection = HTTPConnection(self._behind.hostname or "", self._behind.port, timeout=60)
        try:
            connection.request(method, path, body, dict(request.headers.items()))
            answer = connection.getresponse()
            date = format_datetime(datetime.now(timezone.utc) + self.ahead, usegmt=True)
            told = [(name, date if name.lower() == "date" else value) for name, value in answer.getheaders()]
            return answer.status, told, answer.read()
        finally:
            connection.close()

    @contextmanager
    def serving(self) -> Iterator[Any]:
        """Answer as long as the context lasts."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """What sends AWS clients here."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_ACCESS_KEY_ID": self._credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": self._credentials.secret_key,
        }


def _break(proxy: FaultProxy, **fault: Any) -> None:
    proxy.faults["*"] = Fault(**fault)


def _unname(proxy: FaultProxy) -> None:
    # What is connected needs no name: the connections are cut first.
    proxy.nameless = True
    _break(proxy, dropped=True)


OUTAGES: dict[str, Outage] = {
    "throttled": Outage(lambda proxy: proxy.throttle("*"), 429, "ThrottlingException"),
    "5xx": Outage(
        lambda proxy: _break(proxy, status=503, code="ServiceUnavailable", message="later"), 502, "ServiceUnavailable"
    ),
    "reset": Outage(lambda proxy: _break(proxy, dropped=True), 502, "ConnectionClosedError"),
    "half-open": Outage(lambda proxy: _break(proxy, silent=True), 502, "ReadTimeoutError"),
    "slow": Outage(lambda proxy: _break(proxy, seconds=2.5), 502, "ReadTimeoutError"),
    "broken off": Outage(lambda proxy: _break(proxy, halved=True), 502, "ResponseParserError"),
    "expired": Outage(lambda proxy: proxy.expire(), 424, "ExpiredTokenException"),
    "clock": Outage(lambda proxy: proxy.set_clock(timedelta(hours=2)), 502, "InvalidSignatureException"),
    "no name": Outage(_unname, 502, "EndpointConnectionError"),
}
"""Ways in which the whole of a service can be out of reach, and how that is told."""


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    gone = {"host", "authorization", "x-amz-date", "x-amz-content-sha256", "connection", "content-length"}
    return {name: value for name, value in headers.items() if name.lower() not in gone}


def _refusal(fault: Fault, *, json_: bool) -> Answer:
    told = json.dumps({"__type": fault.code, "message": fault.message})
    if not json_:
        error = f"<Error><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
        told = f"<ErrorResponse>{error}</ErrorResponse>"
    kind = "application/x-amz-json-1.1" if json_ else "text/xml"
    return fault.status, [("Content-Type", kind)], told.encode()


def _handler(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = self.headers.get("X-Amz-Target", "")
            operation = target.rpartition(".")[2] or self.command
            fault = proxy.take(operation, dict(self.headers.items())) or Fault()
            time.sleep(fault.seconds)
            refused = fault.dropped or fault.silent or fault.code is not None
            answer: Answer = 500, [], b""
            if fault.taken or not refused:
                try:
                    answer = proxy.answer(operation, self.command, self.path, dict(self.headers.items()), body)
                except (OSError, HTTPException):
                    self.close_connection = True
                    return
            if fault.silent:
                with contextlib.suppress(OSError):
                    self.connection.recv(1)  # until the client gives up
            if fault.dropped or fault.silent:
                self._cut()
            else:
                refusal = fault.code is not None
                self._send(*(_refusal(fault, json_=bool(target)) if refusal else answer), halved=fault.halved)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _answer  # noqa: N815

        def _cut(self) -> None:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

        def _send(self, status: int, headers: list[tuple[str, str]], body: bytes, *, halved: bool) -> None:
            with contextlib.suppress(ConnectionError):  # who does not wait for an answer misses none
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body[: len(body) // 2] if halved else body)
                if halved:
                    self._cut()

        def log_message(self, *_: object) -> None:
            """Tests tell what they see themselves."""

    return Handler
