"""Signed in at an app's Jupyter Server, for requests and websockets; signs in afresh when the session is over.

A presigned URL sets cookies that are good for 12 hours (SageMaker's default). They are shared through a file of mode
0600 (`kept_session`) and are nowhere else: not in arguments, kernelspecs, logs or messages.
"""

from __future__ import annotations

import asyncio
import io
import json as json_module
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from jupyter_sm_ext.errors import (
    AccessDeniedError,
    ConflictError,
    NotFoundError,
    SageMakerError,
    UnreachableError,
    ValidationError,
)
from jupyter_sm_ext.remote.app_address import AppAddress, app_key
from jupyter_sm_ext.remote.app_http import CONNECT_SECONDS, new_client, new_jar
from jupyter_sm_ext.remote.kept_session import KeptSession, forget_session, keep_session, read_session, session_file
from jupyter_sm_ext.studio import Studio

Answer = TypeVar("Answer")

_TIMEOUT = 60.0
_HANDSHAKE_SECONDS = 75.0  # a Jupyter Server answers when the kernel has, or has not within a minute
_BLOCK_BYTES = 1024**2
_START_SECONDS = 60.0  # for an app that the first visit starts
_SIGNED_OUT = (301, 302, 303, 401, 403)
_ERRORS: Mapping[int, type[SageMakerError]] = {
    400: ValidationError,
    403: AccessDeniedError,
    404: NotFoundError,
    409: ConflictError,
    502: UnreachableError,
    503: UnreachableError,
    504: UnreachableError,
}


class SignedOutError(AccessDeniedError):
    """The app does not take our cookies, not even new ones."""


class AppNotRunningError(NotFoundError):
    """The app itself is not there, so that nothing in it is."""


class AppSession:
    """An app's Jupyter Server, as one of its signed-in users has it; use it within ``async with``.

    Parameters
    ----------
    studio : Studio
        Asked for presigned URLs, in a thread, when there is no session or it is over.
    key : str or sequence of str
        Which app: domain, ``space`` or ``profile``, owner, type, name; or these as a path.

    Raises
    ------
    ValidationError
        It is not the key of an app with a Jupyter Server.
    """

    def __init__(self, studio: Studio, key: str | Sequence[str]) -> None:
        self.studio = studio
        self.address = AppAddress(app_key(key))
        connection = studio.connection
        self._file = session_file(connection.data_dir, connection.id, str(self.address))
        self._kept: KeptSession | None = None
        self._newest: KeptSession | None = None
        self._http: aiohttp.ClientSession | None = None
        self._signing_in = asyncio.Lock()

    async def __aenter__(self) -> AppSession:  # noqa: PYI034 (Self is not in Python 3.10)
        self._http = new_client(self.studio.connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._http is not None
        await self._http.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        timeout: float = _TIMEOUT,
    ) -> Any:
        """Ask the app's REST API.

        Parameters
        ----------
        method, path : str
            As in ``GET``, ``api/kernelspecs``; the path is below the base URL and already quoted.
        json : optional
            Body of the request.
        params : mapping, optional
            Query of the URL.
        timeout : float
            Seconds for the whole of it.

        Returns
        -------
        object
            The parsed JSON of the answer; None if it has no body.

        Raises
        ------
        NotFoundError, ConflictError, ValidationError, SageMakerError
            What the app says.
        UnreachableError
            The app does not answer, or not in time.
        SignedOutError
            It takes no new cookies either.
        """
        limits = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_SECONDS)
        body = None if json is None else json_module.dumps(json).encode()

        async def once(url: URL, headers: dict[str, str]) -> tuple[int, bytes]:
            # A file: a large body is then sent piece by piece.
            data = None if body is None else io.BytesIO(body)
            headers = headers if body is None else {**headers, "Content-Type": "application/json"}
            async with self._session.request(
                method, url, params=params, data=data, headers=headers, timeout=limits, allow_redirects=False
            ) as answer:
                return answer.status, await answer.read()

        status, said = await self._signed_in(path, once)
        if status >= 300:
            raise _error(status, said, f"{method} {path}")
        return json_module.loads(said) if said else None

    async def content(self, path: str) -> AsyncIterator[bytes]:
        """What is at a path below the base URL, in blocks as it comes; for files of any size.

        Raises
        ------
        NotFoundError, UnreachableError, SageMakerError
            As `request`.
        """
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=_TIMEOUT)

        async def once(url: URL, headers: dict[str, str]) -> tuple[int, aiohttp.ClientResponse]:
            answer = await self._session.get(url, headers=headers, timeout=limits, allow_redirects=False)
            if answer.status >= 300:
                await answer.read()
            return answer.status, answer

        status, answer = await self._signed_in(path, once)
        async with answer:
            if status >= 300:
                raise _error(status, await answer.read(), f"GET {path}")
            try:
                async for block in answer.content.iter_chunked(_BLOCK_BYTES):
                    yield block
            except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
                raise UnreachableError(f"the connection to the app {self.address} broke: {error}") from error

    async def websocket(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        protocols: Sequence[str] = (),
        heartbeat: float | None = None,
    ) -> aiohttp.ClientWebSocketResponse[bool]:
        """Open a websocket of the app; messages of any size are taken.

        Parameters
        ----------
        path, params
            As for `request`.
        protocols : sequence of str
            Subprotocols to offer.
        heartbeat : float, optional
            Seconds of silence after which the other end is asked for a sign of life; it has half as long to give one.

        Raises
        ------
        NotFoundError, UnreachableError, SageMakerError
            As `request`.
        """

        async def once(url: URL, headers: dict[str, str]) -> tuple[int, aiohttp.ClientWebSocketResponse[bool] | None]:
            opening = self._session.ws_connect(
                url, params=params, headers=headers, protocols=protocols, heartbeat=heartbeat, max_msg_size=0
            )
            try:
                return 101, await asyncio.wait_for(opening, _HANDSHAKE_SECONDS)
            except aiohttp.WSServerHandshakeError as error:
                return error.status, None

        status, opened = await self._signed_in(path, once)
        if opened is None:
            raise _error(status, b"", f"the websocket {path}")
        return opened

    async def base_url(self) -> str:
        """Base URL of the app's Jupyter Server, with a slash at the end; signs in if need be."""
        return (self._kept or await self._sign_in([])).base_url

    @property
    def _session(self) -> aiohttp.ClientSession:
        assert self._http is not None, "an AppSession is used within `async with`"
        return self._http

    async def _signed_in(
        self, path: str, once: Callable[[URL, dict[str, str]], Awaitable[tuple[int, Answer]]]
    ) -> tuple[int, Answer]:
        """Do something with the session that there is, and again with another if that one is refused."""
        refused: list[KeptSession] = []
        while True:
            kept = self._kept or await self._sign_in(refused)
            url = URL(kept.base_url + path.lstrip("/"), encoded=True)
            try:
                status, told = await once(url, self._headers(url))
            except aiohttp.ClientConnectorError as error:
                # Nothing was sent. An app that was started again is at another place.
                if kept is self._newest and refused:
                    raise UnreachableError(f"the app {self.address} does not answer: {error}") from error
            except asyncio.TimeoutError as error:
                raise UnreachableError(f"the app {self.address} did not answer in time") from error
            except (aiohttp.ClientError, OSError) as error:
                raise UnreachableError(f"the connection to the app {self.address} broke: {error}") from error
            else:
                # Refused with a new session, too, it is not the session; the app says what it is.
                if status not in _SIGNED_OUT or (kept is self._newest and refused):
                    return status, told
            refused.append(kept)
            if self._kept is kept:
                self._kept = None

    async def _sign_in(self, refused: list[KeptSession]) -> KeptSession:
        """Take the session that this or another kernel has begun since, or begin one."""
        async with self._signing_in:
            if self._kept is not None:
                return self._kept
            known = read_session(self._file)
            if known is None or known in refused:
                url = await asyncio.to_thread(self.address.url, self.studio)
                known = self._newest = await self._visit(URL(url, encoded=True))
                await asyncio.to_thread(keep_session, self._file, known)
            self._session.cookie_jar.clear()
            self._session.cookie_jar.update_cookies(known.cookies, URL(known.base_url))
            self._kept = known
            return known

    def _headers(self, url: URL) -> dict[str, str]:
        """What Jupyter wants beside the cookies: a write needs the token, a websocket its own origin."""
        token = self._session.cookie_jar.filter_cookies(url).get("_xsrf")
        return {"X-XSRFToken": token.value if token is not None else "", "Origin": str(url.origin())}

    async def _visit(self, url: URL) -> KeptSession:
        """Follow a presigned URL to the app, as a browser would, and take the cookies that it sets there."""
        jar = new_jar()
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        async with aiohttp.ClientSession(
            connector=self._session.connector, connector_owner=False, cookie_jar=jar, trust_env=self._session.trust_env
        ) as visitor:
            while True:
                try:
                    async with visitor.get(url, timeout=aiohttp.ClientTimeout(total=_TIMEOUT)) as page:
                        status, there = page.status, page.url
                        await page.read()
                except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
                    # The text of aiohttp's errors may hold the URL, which is a credential.
                    reason = type(error).__name__
                    raise UnreachableError(f"the presigned URL of {self.address} cannot be opened: {reason}") from None
                if status != 503 or asyncio.get_running_loop().time() > deadline:
                    break
                await asyncio.sleep(1.0)
        try:
            path = self.address.base_path(there.path) if status == 200 else None
        except UnreachableError as error:
            raise await asyncio.to_thread(self._why_not, error.message) from None
        if path is None:
            said = f"the app {self.address} answered its presigned URL with status {status}"
            raise await asyncio.to_thread(self._why_not, said)
        base = there.with_path(path).with_query(None).with_fragment(None)
        return KeptSession(str(base), {name: one.value for name, one in jar.filter_cookies(base).items()})

    def _why_not(self, said: str) -> SageMakerError:
        """Why a presigned URL did not lead to the app."""
        app = self.app_status()
        if app != "InService":
            forget_session(self._file)
            return AppNotRunningError(
                f"the app {self.address} is not running: it is {app}",
                hint=f"Start it, for instance with: %sm start {self.address.key[2]}",
            )
        return UnreachableError(said)

    def app_status(self) -> str:
        """Status of the app, with the reason of a failure; ``Deleted`` if SageMaker does not know it. Blocks."""
        try:
            told = self.studio.call("DescribeApp", self.address.request)
        except NotFoundError:
            return "Deleted"
        reason = told.get("FailureReason")
        return f"{told['Status']} ({reason})" if reason else str(told["Status"])


def _error(status: int, body: bytes, what: str) -> SageMakerError:
    try:
        said = str(json_module.loads(body).get("message") or "")
    except (ValueError, AttributeError):
        said = ""
    if status in _SIGNED_OUT and not said:
        return SignedOutError(f"the app refuses a session that has just begun (status {status} for {what})")
    cls = _ERRORS.get(status, SageMakerError)
    return cls(said or f"the app answered {what} with status {status}", code=None if said else f"HTTP{status}")
