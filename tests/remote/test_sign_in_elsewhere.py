"""Signing in where other things are on the way than on the local engine: hosts, refusals and servers of other kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.errors import AccessDeniedError, NotFoundError, UnreachableError
from jupyter_sm_ext.remote.failures import NotSpokenError
from jupyter_sm_ext.remote.far_kernel import FarKernel
from jupyter_sm_ext.remote.sign_in import AppNotRunningError, AppSession, SignedOutError
from jupyter_sm_ext.remote.state import StateFile
from jupyter_sm_ext.studio import Studio

KEY = "d-abcdefghijkl/space/mine/JupyterLab/default"
BASE = "/jupyterlab/default"
TOKEN = "a-token-that-nobody-may-see"


class Place:
    """A domain's portal and an app's server, which count and can be made to refuse."""

    def __init__(self) -> None:
        self.visits = 0
        self.good = ""
        self.busy = 0
        self.refusal: Callable[[], web.StreamResponse] = lambda: web.Response(status=403)
        self.never = False
        self.landing = f"{BASE}/lab"
        self.heard: list[web.Request] = []
        self.app = web.Application()
        self.app.router.add_get("/auth", self.auth)
        self.app.router.add_get(self.landing, self.lab)
        self.app.router.add_get("/elsewhere", self.lab)
        self.app.router.add_route("*", BASE + "/{rest:api/.*}", self.api)

    async def auth(self, request: web.Request) -> web.StreamResponse:
        if self.busy:
            self.busy -= 1
            return web.Response(status=503)
        assert request.query["token"] == TOKEN
        self.visits += 1
        self.good = f"2|1:0|visit={self.visits}="
        # As Studio does: the portal and the app are different hosts.
        there = request.url.with_host("app.localhost").with_path(self.landing)
        answer = web.Response(status=302, headers={"Location": str(there)})
        answer.set_cookie("portal", "is not the app's")
        return answer

    async def lab(self, request: web.Request) -> web.StreamResponse:
        answer = web.Response(text="a page")
        answer.headers.add("Set-Cookie", f"session={self.good}; Path=/; HttpOnly")
        answer.headers.add("Set-Cookie", f"_xsrf=x|{self.visits}; Path={BASE}/")
        return answer

    async def api(self, request: web.Request) -> web.StreamResponse:
        self.heard.append(request)
        cookies = dict(one.split("=", 1) for one in request.headers.get("Cookie", "").split("; ") if one)
        if self.never or cookies.get("session") != self.good:
            return self.refusal()
        assert "portal" not in cookies
        assert request.headers["X-XSRFToken"] == cookies["_xsrf"]
        if request.path.endswith("/channels"):
            # A server that knows no subprotocol.
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.receive()
            return socket
        if request.method == "POST":
            return web.json_response({"id": "s", "kernel": {"id": "k"}}, status=201)
        return web.json_response({"path": request.path})


class Told(Studio):
    """An AWS connection that answers the few calls of a sign-in."""

    url = ""
    status = "InService"

    def call(self, operation: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        assert request is not None
        if operation == "CreatePresignedDomainUrl":
            assert request["LandingUri"] == "app:JupyterLab:lab"
            assert (request["SpaceName"], request["UserProfileName"]) == ("mine", "me")
            return {"AuthorizedUrl": f"{self.url}?token={TOKEN}"}
        if operation == "DescribeSpace":
            return {"OwnershipSettings": {"OwnerUserProfileName": "me"}}
        assert operation == "DescribeApp"
        if self.status == "none":
            raise NotFoundError("There is no such app.")
        return {"Status": self.status}


Test = Callable[[AppSession, Place, Told], Awaitable[None]]


@pytest.fixture
def at(data_dir: Path) -> Callable[[Test], None]:
    """Run a test at a place."""

    def run(test: Test) -> None:
        async def there() -> None:
            place = Place()
            async with TestServer(place.app) as server:
                studio = Told(open_connection(Choice("aws", region="us-east-1"), data_dir))
                studio.url = f"http://d-abc.localhost:{server.port}/auth"
                async with AppSession(studio, KEY) as app:
                    await test(app, place, studio)

        asyncio.run(there())

    return run


def test_over_hosts_with_each_its_cookies(at: Callable[[Test], None]) -> None:
    async def test(app: AppSession, place: Place, studio: Told) -> None:
        assert await app.request("GET", "api/a%20b") == {"path": f"{BASE}/api/a b"}
        assert await app.request("POST", "api/sessions", json={}) == {"id": "s", "kernel": {"id": "k"}}
        assert place.visits == 1
        assert (await app.base_url()).endswith(f"{BASE}/")
        assert await app.base_url() in {f"{one.url.origin()}{BASE}/" for one in place.heard}

    at(test)


@pytest.mark.parametrize("refusal", [401, 403, 302])
def test_however_a_session_is_refused_another_is_begun(at: Callable[[Test], None], refusal: int) -> None:
    async def test(app: AppSession, place: Place, studio: Told) -> None:
        place.refusal = lambda: web.Response(status=refusal, headers={"Location": "/login"})
        await app.request("GET", "api/status")
        place.good = "another"
        await app.request("GET", "api/status")
        assert place.visits == 2
        place.never = True
        with pytest.raises(SignedOutError, match="refuses a session that has just begun"):
            await app.request("GET", "api/status")

    at(test)


def test_what_the_app_itself_denies_is_told_in_its_words(at: Callable[[Test], None]) -> None:
    async def test(app: AppSession, place: Place, studio: Told) -> None:
        place.never = True
        place.refusal = lambda: web.json_response({"message": "Permission denied: a.txt"}, status=403)
        with pytest.raises(AccessDeniedError, match=r"Permission denied: a\.txt"):
            await app.request("GET", "api/contents/a.txt")

    at(test)


def test_an_app_that_is_starting_is_waited_for(at: Callable[[Test], None]) -> None:
    async def test(app: AppSession, place: Place, studio: Told) -> None:
        place.busy = 1
        await app.request("GET", "api/status")
        assert place.visits == 1

    at(test)


def test_a_way_that_leads_nowhere_is_told_without_the_url(
    at: Callable[[Test], None], capfd: pytest.CaptureFixture[str]
) -> None:
    async def test(app: AppSession, place: Place, studio: Told) -> None:
        place.landing = "/elsewhere"
        with pytest.raises(UnreachableError, match="led to /elsewhere"):
            await app.request("GET", "api/status")
        studio.status = "Pending"
        with pytest.raises(AppNotRunningError, match="it is Pending"):
            await app.request("GET", "api/status")
        studio.status = "none"
        with pytest.raises(AppNotRunningError, match="it is Deleted") as told:
            await app.request("GET", "api/status")
        assert "%sm start mine" in str(told.value.hint)
        studio.url = "http://d-abc.localhost:1/auth"
        with pytest.raises(UnreachableError, match="cannot be opened: ClientConnectorError") as refused:
            await app.request("GET", "api/status")
        assert TOKEN not in str(refused.value)
        assert refused.value.__cause__ is None

    at(test)
    assert TOKEN not in "".join(capfd.readouterr())


def test_a_server_that_does_not_speak_the_protocol_is_told_of(at: Callable[[Test], None], tmp_path: Path) -> None:
    async def test(app: AppSession, place: Place, studio: Told) -> None:
        connection = studio.connection
        state = StateFile(connection.data_dir, tmp_path / "connection.json", connection.id, KEY)
        far = FarKernel(app, "python3", state)
        await far.start()
        with pytest.raises(NotSpokenError, match=r"does not speak v1\.kernel\.websocket"):
            await far.connect()
        await far.end()
        assert [one.method for one in place.heard] == ["POST", "GET", "DELETE"]
        assert state.read() is None

    at(test)
