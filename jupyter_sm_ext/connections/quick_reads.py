"""Reads that pass through an event loop: checked, encoded and signed by botocore, sent over connections kept open.

What botocore's client does beyond that (a thread for each call, retries, parsing) costs several times as much as the
call itself. Whatever needs it - a proxy, keys that want to be renewed, a service that does not answer - is left to it.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import aiohttp

from jupyter_sm_ext.connections.certificates import bundle_of, trusted
from jupyter_sm_ext.connections.connection_base import CONNECT_SECONDS, READ_SECONDS
from jupyter_sm_ext.connections.sessions import whole
from jupyter_sm_ext.errors import PASSING, SageMakerError, UnreachableError, translate

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials

    from jupyter_sm_ext.connections.connection import Connection

_SECONDS = aiohttp.ClientTimeout(
    total=CONNECT_SECONDS + 2 * READ_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS
)

_SIGNATURE_SECONDS = 30.0
_MOST_SIGNATURES = 512


class QuickReads:
    """Reads of one connection; make it in a thread, for that may start the engine, and use it on one event loop.

    Parameters
    ----------
    connection : Connection
        Where they go.
    at_once : int
        How many may wait for an answer.

    Raises
    ------
    SageMakerError
        The connection has no client: no region, no keys, no engine.
    """

    def __init__(self, connection: Connection, at_once: int) -> None:
        from botocore.parsers import create_parser
        from botocore.serialize import create_serializer
        from botocore.utils import get_environ_proxies
        from botocore.validate import ParamValidator

        client: Any = connection.client("sagemaker", raw=True)
        self.connection = connection
        self._client = client
        self._generation = connection.generation
        self._model = client.meta.service_model
        self._url: str = client.meta.endpoint_url.rstrip("/") + "/"
        self._agent: str = client.meta.config.user_agent
        self._region: str = client.meta.region_name
        self._credentials: Any = connection.session.get_credentials()
        protocol = self._model.metadata["protocol"]
        self._serializer = create_serializer(protocol, include_validation=False)  # `read` has done it
        self._parser: Any = create_parser(protocol)
        self._validator = ParamValidator()
        proxies = client.meta.config.proxies
        self._proxied = bool(get_environ_proxies(self._url) if proxies is None else proxies)
        self._trusted = trusted(bundle_of(connection.profile)) if self._url.startswith("https:") else None
        self._at_once = at_once
        self._signatures: dict[Any, tuple[float, dict[str, str]]] = {}
        self._session: aiohttp.ClientSession | None = None

    @property
    def fresh(self) -> bool:
        """Whether the connection still has the keys that it had."""
        return self._generation == self.connection.generation

    @property
    def good(self) -> bool:
        """Whether the connection would still give the same client; blocks while an engine is started."""
        return self.fresh and self.connection.client("sagemaker", raw=True) is self._client

    async def read(self, operation: str, request: dict[str, Any]) -> bytes | None:
        """The service's JSON, unparsed; None if the call is one for botocore's client.

        Raises
        ------
        SageMakerError
            The service refuses the request.
        """
        from botocore.exceptions import ParamValidationError
        from botocore.parsers import ResponseParserError

        keys = self._keys()
        if keys is None or operation not in self._model.operation_names:
            return None
        model = self._model.operation_model(operation)
        if (shape := model.input_shape) is not None:
            report = self._validator.validate(request, shape)
            if report.has_errors():
                error = ParamValidationError(report=report.generate_report())
                raise translate(error, operation) from error
        made = self._serializer.serialize_to_request(request, model)
        headers = self._signed(operation, made, keys)
        try:
            sending = self._kept().post(self._url, data=made["body"], headers=headers, allow_redirects=False)
            async with sending as answer:
                body = await answer.read()
            if answer.status == 200:
                whole(body)
                return body or b"{}"
        except asyncio.TimeoutError as error:
            if self.connection.kind == "local":
                return None  # it may have to be started again
            # To ask again, several times, would keep whoever waits for minutes, and a thread with him.
            label, seconds = self.connection.label, READ_SECONDS
            raise UnreachableError(
                f"{label} has not answered within {seconds} s", code="ReadTimeoutError", operation=operation
            ) from error
        except (aiohttp.ClientError, OSError, ResponseParserError):
            return None
        if 400 <= answer.status < 500:
            refusal = self._refusal(operation, answer, body, model.output_shape)
            # With what passes, botocore's client asks again, or with other keys.
            if not isinstance(refusal, PASSING):
                raise refusal
        return None

    def _keys(self) -> ReadOnlyCredentials | None:
        """Keys that are good now; to renew them may take its time, so that is not done here."""
        credentials = self._credentials
        renewable = getattr(credentials, "refresh_needed", None)
        if credentials is None or self._proxied or (renewable is not None and renewable()):
            return None
        keys: ReadOnlyCredentials = credentials.get_frozen_credentials()
        return keys

    def _signed(self, operation: str, made: dict[str, Any], keys: ReadOnlyCredentials) -> dict[str, str]:
        """Headers with a signature; who polls sends the same again, and AWS takes a signature for five minutes."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        now = time.monotonic()
        known = (operation, made["body"], keys)
        signed = self._signatures.get(known)
        if signed is None or signed[0] < now:
            headers = {**made["headers"], "User-Agent": self._agent, "Accept-Encoding": "identity"}
            request = AWSRequest(made["method"], self._url, headers, made["body"])
            SigV4Auth(keys, self._model.signing_name, self._region).add_auth(request)
            if len(self._signatures) >= _MOST_SIGNATURES:
                self._signatures.clear()
            signed = self._signatures[known] = (now + _SIGNATURE_SECONDS, dict(request.headers.items()))
        return signed[1]

    def _refusal(self, operation: str, answer: aiohttp.ClientResponse, body: bytes, shape: Any) -> SageMakerError:
        from botocore.exceptions import ClientError

        headers = {name.lower(): value for name, value in answer.headers.items()}
        told = self._parser.parse({"status_code": answer.status, "headers": headers, "body": body}, shape)
        return translate(ClientError(told, operation), operation)

    def _kept(self) -> aiohttp.ClientSession:
        if self._session is None:
            kept = aiohttp.TCPConnector(limit=self._at_once, ssl=True if self._trusted is None else self._trusted)
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(connector=kept, timeout=_SECONDS, cookie_jar=jar)
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
