"""An AWS that has faults: it stands before an engine and denies, throttles, delays or drops what a test names.

The engine takes calls to its own address only, so they are signed again on the way, with the same keys.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

Json = dict[str, Any]
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
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
        How long the answer takes beyond the engine's own time.
    dropped : bool
        Whether the connection is cut instead of an answer.
    """

    status: int = 400
    code: str | None = None
    message: str = ""
    times: int | None = None
    seconds: float = 0.0
    dropped: bool = False


class FaultyAWS:
    """The address of it, and its faults by operation name (``*`` is every operation).

    Parameters
    ----------
    data_dir : Path
        Of the engine behind it, which runs.
    """

    def __init__(self, data_dir: Path) -> None:
        self.keys = keys_of(data_dir)
        self._behind = urlsplit(self.keys["endpoint_url"])
        self.faults: dict[str, Fault] = {}
        self.calls: Counter[str] = Counter()
        #: Ids of the access keys that are good no more; any other will do.
        self.expired: set[str] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def endpoint_url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def deny(self, operation: str) -> None:
        """Refuse an operation in the words of IAM (error_messages: AccessDeniedException)."""
        message = (
            f"User: {ACCOUNT_USER} is not authorized to perform: sagemaker:{operation} on resource: * "
            f"because no identity-based policy allows the sagemaker:{operation} action"
        )
        self.faults[operation] = Fault(400, "AccessDeniedException", message)

    def throttle(self, operation: str, times: int | None = None) -> None:
        """Answer that the rate is exceeded."""
        self.faults[operation] = Fault(400, "ThrottlingException", "Rate exceeded", times)

    def take(self, operation: str, headers: Mapping[str, str]) -> Fault | None:
        """Count a call, and give the fault that happens to it."""
        scope = _SCOPE.search(headers.get("Authorization", ""))
        with self._lock:
            self.calls[operation] += 1
            if scope is not None and scope[1] in self.expired:
                return Fault(400, "ExpiredTokenException", EXPIRED)
            fault = self.faults.get(operation) or self.faults.get("*")
            if fault is not None and fault.times is not None:
                if fault.times <= 0:
                    return None
                fault.times -= 1
            return fault

    def answer(
        self, operation: str, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Any, bytes]:
        """Answer a call that has no fault."""
        return self.forward(method, path, headers, body)

    def forward(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any, bytes]:
        """Ask the engine."""
        request = AWSRequest(method, f"{self._behind.scheme}://{self._behind.netloc}{path}", _kept(headers), body)
        scope = _SCOPE.search(headers.get("Authorization", ""))
        if scope is not None:
            _, region, service = scope.groups()
            signer = S3SigV4Auth if service == "s3" else SigV4Auth
            signer(Credentials(self.keys["access_key_id"], self.keys["secret_access_key"]), service, region).add_auth(
                request
            )
        connection = HTTPConnection(self._behind.hostname or "", self._behind.port, timeout=60)
        try:
            connection.request(method, path, body, dict(request.headers.items()))
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    @contextmanager
    def serving(self) -> Iterator[FaultyAWS]:
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
            "AWS_REGION": self.keys["region"],
            "AWS_DEFAULT_REGION": self.keys["region"],
            "AWS_ACCESS_KEY_ID": self.keys["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": self.keys["secret_access_key"],
        }


def keys_of(data_dir: Path) -> Json:
    """``engine.json`` of an engine that runs on a data directory."""
    found: Json = json.loads((data_dir / "engine.json").read_text())
    return found


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    gone = {"host", "authorization", "x-amz-date", "x-amz-content-sha256", "connection", "content-length"}
    return {name: value for name, value in headers.items() if name.lower() not in gone}


def _handler(aws: FaultyAWS) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2] or self.command
            fault = aws.take(operation, dict(self.headers.items()))
            if fault is not None:
                time.sleep(fault.seconds)
                if fault.dropped:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                if fault.code is not None:
                    self._refuse(fault, json_=bool(self.headers.get("X-Amz-Target")))
                    return
            try:
                self._send(*aws.answer(operation, self.command, self.path, dict(self.headers.items()), body))
            except (OSError, HTTPException):
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _answer  # noqa: N815

        def _refuse(self, fault: Fault, *, json_: bool) -> None:
            told = json.dumps({"__type": fault.code, "message": fault.message})
            if not json_:
                error = f"<Error><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
                told = f"<ErrorResponse>{error}</ErrorResponse>"
            kind = "application/x-amz-json-1.1" if json_ else "text/xml"
            self._send(fault.status, [("Content-Type", kind)], told.encode())

        def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests tell what they see themselves."""

    return Handler
