"""The engine on HTTP: one port on loopback for SageMaker, CloudWatch and its Logs, Service Quotas, STS, S3.

It sits on tornado's HTTP/1.1 connections directly. The signature's scope tells which service a request is for. JSON
and form bodies are small and read whole; S3's are handed on as they come, once the signature over the headers is good.
Nothing here logs a header, a query or a body.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from http.client import responses
from typing import TYPE_CHECKING, Any

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
    format_timestamp,
)
from tornado.iostream import IOStream, StreamClosedError

from jupyter_sm_ext.engine import auth, sts, wire
from jupyter_sm_ext.engine.apps.family import Apps
from jupyter_sm_ext.engine.apps.portal import Page
from jupyter_sm_ext.engine.auth import Authenticator, Claim
from jupyter_sm_ext.engine.s3.http import Exchange, ObjectsHttp, error_reply
from jupyter_sm_ext.engine.service import Service
from jupyter_sm_ext.errors import AccessDeniedError, SageMakerError, UnknownOperationError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from tornado.http1connection import HTTP1Connection

    from jupyter_sm_ext.engine.context import Engine

MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
MAX_DRAINED_BYTES = 64 * 1024 * 1024
MAX_OBJECT_BYTES = 5 * 1024**4
# botocore's name of each service and that of its signatures' scope, by the prefix of its targets.
_TARGETS = {
    "SageMaker": ("sagemaker", "sagemaker"),
    "Logs_20140328": ("logs", "logs"),
    "GraniteServiceVersion20100801": ("cloudwatch", "monitoring"),
    "ServiceQuotasV20190624": ("service-quotas", "servicequotas"),
}
# IAM is none of the engine's services, but clients must understand that.
_IN_XML = ("sts", "iam")

_log = logging.getLogger(__name__)


class Front(HTTPServerConnectionDelegate):
    """What every connection works with.

    Parameters
    ----------
    engine : Engine
        Its context.
    service : Service
        The JSON services.
    objects : ObjectsHttp
        S3.
    """

    def __init__(self, engine: Engine, service: Service, objects: ObjectsHttp) -> None:
        self.engine = engine
        self.service = service
        self.objects = objects
        self.portal = next((family.portal for family in service.families if isinstance(family, Apps)), None)
        self.authenticator = Authenticator(engine.keys, engine.region)
        self.hosts: frozenset[str] = frozenset()
        self.last_request = time.monotonic()
        self.transfers: set[asyncio.Task[None]] = set()
        self._date = (0, "")

    def listen_on(self, port: int) -> None:
        """Tell at which port it is: a page that makes its own name point here must not be taken for a client."""
        self.hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))

    def check_host(self, headers: HTTPHeaders) -> None:
        """Refuse a request that was sent to another name.

        Raises
        ------
        AccessDeniedError
            The Host header is not this engine's address.
        """
        if headers.get("Host", "").lower() not in self.hosts:
            raise AccessDeniedError("The Host header is not this engine's address.", code="AccessDenied")

    def start_request(self, server_conn: object, request_conn: HTTP1Connection) -> HTTPMessageDelegate:  # type: ignore[override]
        """Begin with a request."""
        return _Request(self, request_conn)

    def date(self) -> str:
        """The Date header's value."""
        now = int(time.time())
        if self._date[0] != now:
            self._date = (now, format_timestamp(now))
        return self._date[1]


class _Request(HTTPMessageDelegate):
    """One request, from its headers to its answer."""

    def __init__(self, front: Front, connection: HTTP1Connection) -> None:
        self._front = front
        self._connection = connection
        self._body = bytearray()
        self._claim: Claim | None = None
        self._refused: SageMakerError | None = None
        self._exchange: Exchange | None = None
        self._visit: str | None = None
        self._service = "s3"
        self._task: asyncio.Task[None] | None = None
        self._answered = False

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        assert isinstance(start_line, RequestStartLine)
        front, self._headers = self._front, headers
        self._method, self._path = start_line.method, start_line.path.partition("?")[0]
        if front.portal is not None and front.portal.is_at(headers.get("Host", "")):
            # A browser with a presigned URL, and no other credentials.
            self._visit = start_line.path
            self._connection.set_max_body_size(0)
            front.last_request = time.monotonic()
            return
        self._service = auth.guess_service(headers)
        self._connection.set_max_body_size(MAX_DOCUMENT_BYTES)
        try:
            front.check_host(headers)
            self._claim = front.authenticator.claim(start_line.method, start_line.path, headers)
            self._service = self._claim.service
            if self._service == "s3":
                claim = self._claim
                unsigned = auth.UNSIGNED if claim.presigned else ""
                front.authenticator.verify(claim, claim.payload_header or unsigned)
                self._connection.set_max_body_size(MAX_OBJECT_BYTES)
                self._exchange = front.objects.open(claim.method, claim.target, headers)
            elif _length(headers) > MAX_DOCUMENT_BYTES:
                raise _too_large()
            front.last_request = time.monotonic()
        except SageMakerError as error:
            self._refused = error
            self._connection.set_max_body_size(MAX_DRAINED_BYTES)
            # A client that asks first is told at once; another has begun to send, and listens only afterwards.
            if "Expect" in headers or _length(headers) > MAX_DRAINED_BYTES:
                self._refuse(error)

    def data_received(self, chunk: bytes) -> None:
        if self._exchange is not None:
            self._front.last_request = time.monotonic()
            self._exchange.receive(chunk)
        elif self._refused is None and self._visit is None:
            self._body += chunk

    def finish(self) -> None:
        if self._answered:
            return
        if self._visit is not None:
            self._show(self._visit)
        elif self._refused is not None:
            self._refuse(self._refused)
        elif self._exchange is not None:
            self._go_on(self._transfer(self._exchange))
        else:
            self._document()

    def on_connection_close(self) -> None:
        # Once it is being answered, the task sees for itself that nobody listens any more.
        if self._exchange is not None and self._task is None:
            self._exchange.abandon()

    def _show(self, target: str) -> None:
        """Answer a browser."""
        assert self._front.portal is not None
        try:
            page = self._front.portal.visit(self._method, target)
        except Exception as error:  # noqa: BLE001 - as in _document
            told = wire.internal(error, "a visit", self._front.engine.request_id())
            page = Page(500, told.message.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        headers = dict(page.headers)
        kind = headers.pop("Content-Type", "text/plain")
        self._send(page.status, page.body, self._front.engine.request_id(), kind, headers)

    def _document(self) -> None:
        """Answer a request whose body is whole."""
        front, claim, body = self._front, self._claim, bytes(self._body)
        request_id = front.engine.request_id()
        operation = "a request"
        text: str | Callable[[], str]
        assert claim is not None
        try:
            front.authenticator.verify_body(claim, hashlib.sha256(body).hexdigest())
            if self._service == "sts":
                text = sts.answer(body, front.service.call, request_id)
            else:
                service, operation = self._operation()
                text = front.service.begin(service, operation, wire.read(body))
        except Exception as error:  # noqa: BLE001 - a bug in one operation must not end the engine
            self._fail(error, operation, request_id)
            return
        if isinstance(text, str):
            self._send(200, text.encode(), request_id)
        else:
            self._go_on(self._work_out(text, operation, request_id))

    async def _work_out(self, answer: Callable[[], str], operation: str, request_id: str) -> None:
        """Answer with what takes its time; others are answered meanwhile."""
        try:
            text = await asyncio.to_thread(answer)
        except Exception as error:  # noqa: BLE001 - as in _document
            self._fail(error, operation, request_id)
        else:
            self._send(200, text.encode(), request_id)
        self._front.last_request = time.monotonic()

    def _fail(self, error: Exception, operation: str, request_id: str) -> None:
        told = error if isinstance(error, SageMakerError) else wire.internal(error, operation, request_id)
        self._refuse(told, request_id)

    def _go_on(self, answering: Coroutine[Any, Any, None]) -> None:
        """Answer in a task."""
        self._task = asyncio.ensure_future(answering)
        self._front.transfers.add(self._task)
        self._task.add_done_callback(self._front.transfers.discard)

    def _operation(self) -> tuple[str, str]:
        """Which operation a request is for, as its target says and its signature's scope confirms."""
        prefix, _, operation = self._headers.get("X-Amz-Target", "").partition(".")
        service, scope = _TARGETS.get(prefix, ("", ""))
        if not service or not operation:
            raise UnknownOperationError(f"The local engine does not have the service {self._service!r}.")
        if scope != self._service:
            raise ValidationError(
                f"Credential should be scoped to correct service: '{scope}'.", code="InvalidSignatureException"
            )
        return service, operation

    def _refuse(self, error: SageMakerError, request_id: str = "") -> None:
        request_id = request_id or self._front.engine.request_id()
        status = 500 if error.code == wire.INTERNAL else 403 if isinstance(error, AccessDeniedError) else 400
        if self._service == "s3":
            reply = error_reply(error.code, error.message, status, self._path, request_id)
            self._send(status, reply.body, request_id, "application/xml")
        elif self._service in _IN_XML:
            self._send(status, sts.refusal(error, request_id).encode(), request_id, sts.CONTENT_TYPE)
        else:
            self._send(status, wire.refusal(error), request_id)

    def _send(
        self,
        status: int,
        body: bytes,
        request_id: str,
        content_type: str = "",
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Send an answer that is whole."""
        self._answered = True
        if self._connection.stream.closed():
            return
        kind = content_type or (sts.CONTENT_TYPE if self._service == "sts" else wire.JSON_TYPE)
        headers = HTTPHeaders(
            {
                "Content-Type": kind,
                "Content-Length": str(len(body)),
                "Date": self._front.date(),
                "x-amzn-requestid": request_id,
                **(more or {}),
            }
        )
        self._connection.write_headers(_start_line(status), headers, b"" if self._method == "HEAD" else body)
        self._connection.finish()

    async def _transfer(self, exchange: Exchange) -> None:
        """Answer a request of S3."""
        request_id = self._front.engine.request_id()
        try:
            try:
                reply = await exchange.finish()
            except Exception as error:  # noqa: BLE001 - as in _document
                told = wire.internal(error, "an S3 request", request_id)
                reply = error_reply("InternalError", told.message, 500, self._path, request_id)
                reply.headers["Content-Length"] = str(len(reply.body))
            headers = _ObjectHeaders(
                {"Date": self._front.date(), "x-amz-request-id": request_id, "Server": "jupyter_sm_ext"}
            )
            for name, value in reply.headers.items():
                headers[name] = value
            await self._connection.write_headers(_start_line(reply.status), headers)
            async for piece in reply.pieces():
                await self._connection.write(piece)
            self._connection.finish()
        except StreamClosedError:
            _log.info("a client went away before its answer was sent (request %s)", request_id)
        except Exception as error:  # noqa: BLE001 - half of an answer is sent: all that is left is to hang up
            wire.internal(error, "an S3 answer", request_id)
            self._connection.stream.close()
        finally:
            exchange.abandon()
            self._front.last_request = time.monotonic()


class _ObjectHeaders(HTTPHeaders):
    """Headers of an object: its metadata is in lower case, and clients hand it to their users as it comes."""

    def get_all(self) -> Iterable[tuple[str, str]]:
        for name, value in super().get_all():
            yield (name.lower() if name.startswith("X-Amz-Meta-") else name), value


class Server(HTTPServer):
    """tornado's server, without Nagle's delay."""

    def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        stream.set_nodelay(True)
        super().handle_stream(stream, address)


def new_server(front: Front) -> Server:
    """Make the server of a front; it listens nowhere yet."""
    return Server(front, max_body_size=MAX_DOCUMENT_BYTES, chunk_size=256 * 1024)


def _start_line(status: int) -> ResponseStartLine:
    return ResponseStartLine("HTTP/1.1", status, responses.get(status, "Unknown"))


def _too_large() -> ValidationError:
    words = f"A request must not be larger than {MAX_DOCUMENT_BYTES} bytes, and must say how large it is."
    return ValidationError(words, code="RequestEntityTooLarge")


def _length(headers: HTTPHeaders) -> float:
    """Bytes of the body; infinite if the request does not say."""
    length = headers.get("Content-Length", "0")
    return float("inf") if "Transfer-Encoding" in headers or not length.isdecimal() else float(length)
