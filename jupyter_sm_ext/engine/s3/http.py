"""S3's REST protocol, path-style, over `Objects`; it knows no web server.

The server does this with each request that is signed and not for a JSON service::

    exchange = http.open(request.method, request.uri, request.headers)   # never raises
    exchange.receive(chunk)            # for each piece of the body as it comes (raise the server's limit on its size)
    reply = await exchange.finish()    # status, headers (Content-Length among them)
    async for piece in reply.pieces(): write(piece); await flush()
    exchange.abandon()                 # always in the end, and when the client goes away
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jupyter_sm_ext.engine.s3 import answers
from jupyter_sm_ext.engine.s3.call import Call, Reply, Service
from jupyter_sm_ext.engine.s3.multipart import Uploads
from jupyter_sm_ext.engine.s3.xml import document, leaf
from jupyter_sm_ext.errors import SageMakerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jupyter_sm_ext.engine.s3.objects import Objects

_log = logging.getLogger(__name__)
_STATUS = {
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchUpload": 404,
    "MethodNotAllowed": 405,
    "BucketAlreadyExists": 409,
    "BucketAlreadyOwnedByYou": 409,
    "BucketNotEmpty": 409,
    "OperationAborted": 409,
    "NotModified": 304,
    "PreconditionFailed": 412,
    "InvalidRange": 416,
    "AccessDenied": 403,
    "SignatureDoesNotMatch": 403,
    "InternalError": 500,
    "NotImplemented": 501,
}


class Exchange:
    """One request and its reply, see the top of this file."""

    def __init__(self, http: ObjectsHttp, method: str, target: str, headers: Mapping[str, str]) -> None:
        self._http, self._method, self._target = http, method, target
        self._call: Call | None = None
        self._error: SageMakerError | None = None
        self._reply: Reply | None = None
        try:
            self._call = Call(http.service, method, target, headers)
        except SageMakerError as error:
            self._error = error

    def receive(self, data: bytes) -> None:
        """Take a piece of the body. After an error the rest is thrown away: the client gets it with the reply."""
        if self._call is None or self._error is not None:
            return
        try:
            self._call.incoming.write(data)
        except SageMakerError as error:
            self._error = error
        except OSError as error:
            self._error = _internal(error)

    async def finish(self) -> Reply:
        """Do what the request asks for."""
        reply: Reply | None = None
        if self._call is not None and self._error is None:
            try:
                reply = await answers.answer(self._call)
            except SageMakerError as error:
                self._error = error
            except OSError as error:
                self._error = _internal(error)
        if reply is None:
            assert self._error is not None
            reply = self._refusal(self._error)
        if reply.file is None:
            # HEAD of an object tells the length of what it does not send.
            if reply.status not in (204, 304):
                reply.headers.setdefault("Content-Length", str(len(reply.body)))
            if self._method == "HEAD":
                reply.body = b""
        self._reply = reply
        return reply

    def abandon(self) -> None:
        """Free what the request held; safe at any time and more than once."""
        if self._call is not None:
            self._call.clear()
        if self._reply is not None and self._reply.file is not None:
            self._reply.file.close()

    def _refusal(self, error: SageMakerError) -> Reply:
        status = _STATUS.get(error.code, 400)
        if status == 304:
            return Reply(status)
        return error_reply(error.code, error.message, status, self._target.partition("?")[0], self._http.request_id())


class ObjectsHttp:
    """The S3 of one engine.

    Parameters
    ----------
    objects : Objects
        Where everything is kept.
    region, account : str
        Told to clients that ask.
    secret : str
        The secret access key, to check the chunks of signed streams.
    request_id : callable
        Gives a new id for each error.
    """

    def __init__(
        self, objects: Objects, *, region: str, account: str, secret: str, request_id: Callable[[], str]
    ) -> None:
        self.service = Service(objects, Uploads(objects), region, account, secret)
        self.request_id = request_id

    def open(self, method: str, target: str, headers: Mapping[str, str]) -> Exchange:
        """Begin with a request once its headers are there; `target` is the request line's, still quoted."""
        return Exchange(self, method, target, headers)


def error_reply(code: str, message: str, status: int, resource: str, request_id: str) -> Reply:
    """Write an error as S3 does, also for the server's own (a signature that does not fit)."""
    parts = (leaf("Code", code), leaf("Message", message), leaf("Resource", resource), leaf("RequestId", request_id))
    return Reply(status, {"Content-Type": "application/xml"}, document("Error", *parts, plain=True))


def _internal(error: OSError) -> SageMakerError:
    _log.error("cannot keep an object", exc_info=error)
    return SageMakerError(f"The local engine could not use its disk: {error.strerror}", code="InternalError")
