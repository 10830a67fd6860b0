"""Nobody gets anything from any route without a token, a permission and, with a cookie, the XSRF token."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import Any, ClassVar

import pytest
from jupyter_server.auth import Authorizer

from jupyter_sm_ext.connections.denied import ONLY_LOOKING
from jupyter_sm_ext.server.openapi import document

READING_POSTS = {"checks", "code", "job-search", "preflight", "search", "watches"}
REFUSALS = {
    "read": ("Forbidden", "You may not see SageMaker here."),
    "write": ("ReadOnly", "You may look at SageMaker here, but not change anything."),
}


def reads(method: str, path: str) -> bool:
    """Whether a route only shows; who is led to a space works in it: that is more than to read."""
    word = path.split("/")[1]
    return (method == "GET" and word != "open") or word in READING_POSTS


def all_methods() -> list[tuple[str, str]]:
    """Every method of every path, with something in place of the parameters."""
    return [
        (method.upper(), re.sub(r"\{\w+\}", "x", path))
        for path, methods in document()["paths"].items()
        for method in methods
    ]


class Recording(Authorizer):
    """Allows what it is told to, and remembers what it was asked."""

    allowed: ClassVar[set[str]] = set()
    asked: ClassVar[list[tuple[str, str]]] = []

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return action in self.allowed


@pytest.fixture
def authorizer(jp_server_config: dict[str, Any]) -> type[Recording]:
    Recording.allowed, Recording.asked = set(), []
    jp_server_config["ServerApp"]["authorizer_class"] = Recording
    return Recording


async def test_every_route_wants_a_user(api: Any) -> None:
    for method, path in all_methods():
        reply = await api(method, path, {}, headers={})
        assert reply.status == 403, (method, path)
        assert set(reply.json) == {"message", "code", "operation", "request_id", "hint", "statement"}


async def test_a_wrong_token_is_no_token(api: Any) -> None:
    reply = await api("GET", "/openapi.json", headers={"Authorization": "token wrong"})
    assert reply.status == 403


async def test_every_route_wants_a_permission(authorizer: type[Recording], api: Any) -> None:
    for method, path in all_methods():
        authorizer.asked.clear()
        reply = await api(method, path, {})
        action = "read" if reads(method, path) else "write"
        code, words = REFUSALS[action]
        assert (reply.status, reply.json["code"], reply.json["message"]) == (403, code, words), (method, path)
        assert f"{action} 'sagemaker'" in reply.json["hint"]
        assert authorizer.asked == [(action, "sagemaker")], (method, path)


async def test_who_may_only_read_watches_and_changes_nothing(authorizer: type[Recording], api: Any) -> None:
    authorizer.allowed.add("read")
    # Other tests of this process have spaces on the same engine.
    before = (await api("GET", "/spaces")).json
    for method, path in all_methods():
        reply = await api(method, path, {})
        if reads(method, path):
            assert reply.status not in (401, 403), (method, path, reply.raw)
        else:
            assert (reply.status, reply.json["code"]) == (403, "ReadOnly"), (method, path)
    assert (await api("GET", "/connection")).json["may_write"] is False
    assert (await api("POST", "/watches", {"viewer": "v", "watches": [{"kind": "jobs", "key": []}]})).status == 200
    assert (await api("GET", "/spaces")).json == before
    # Nothing is offered that would be refused.
    reply = await api("POST", "/watches", {"viewer": "v", "watches": [{"kind": "studio", "key": []}]})
    [tree] = reply.json["watches"]
    assert {row["kind"] for row in tree["items"]} >= {"domains", "user-profiles"}
    assert b'"actions": ["' not in reply.raw
    overview = (await api("GET", "/overview")).json
    assert tree["denied"] == overview["denied"] == [dict(ONLY_LOOKING)]
    authorizer.allowed.add("write")
    again = await api("POST", "/watches", {"viewer": "v", "watches": [{"kind": "studio", "key": []}]})
    assert b'"actions": ["' in again.raw
    assert again.json["watches"][0]["denied"] == (await api("GET", "/overview")).json["denied"] == []


async def test_who_may_write_is_told_so(api: Any) -> None:
    assert (await api("GET", "/connection")).json["may_write"] is True


async def signed_in(jp_serverapp: Any, jp_base_url: str, http_server_client: Any) -> SimpleCookie:
    """What a browser has after somebody has signed in."""
    cookies: SimpleCookie = SimpleCookie()
    login = f"{jp_base_url}login?token={jp_serverapp.identity_provider.token}"
    for url in (f"{jp_base_url}login", login):
        answer = await http_server_client.fetch(url, follow_redirects=False, raise_error=False)
        for header in answer.headers.get_list("Set-Cookie"):
            cookies.load(header)
    return cookies


def sent(cookies: SimpleCookie, **headers: str) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items()), **headers}


async def test_with_a_cookie_every_write_needs_the_xsrf_token(
    api: Any, jp_serverapp: Any, jp_base_url: str, http_server_client: Any
) -> None:
    cookies = await signed_in(jp_serverapp, jp_base_url, http_server_client)
    for method, path in all_methods():
        if method != "GET":
            reply = await api(method, path, {}, headers=sent(cookies))
            assert reply.status == 403, (method, path)
            assert "_xsrf" in reply.json["message"]


async def test_no_page_of_another_origin_gets_anything(
    api: Any, jp_serverapp: Any, jp_base_url: str, http_server_client: Any
) -> None:
    cookies = await signed_in(jp_serverapp, jp_base_url, http_server_client)
    headers = sent(cookies, Origin="https://elsewhere.example", **{"X-XSRFToken": cookies["_xsrf"].value})
    for method, path in all_methods():
        reply = await api(method, path, {}, headers=headers)
        assert reply.status == 404, (method, path)
        assert "Access-Control-Allow-Origin" not in reply.headers
        asked = {**headers, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "x-xsrftoken"}
        before = await api("OPTIONS", path, headers=asked)
        assert "Access-Control-Allow-Origin" not in before.headers, path


async def test_the_right_token_is_taken(api: Any, jp_serverapp: Any, jp_base_url: str, http_server_client: Any) -> None:
    cookies = await signed_in(jp_serverapp, jp_base_url, http_server_client)
    jar, xsrf = sent(cookies)["Cookie"], cookies["_xsrf"].value
    assert (await api("GET", "/schemas/CreateSpace", headers={"Cookie": jar})).status == 200
    body = {"viewer": "v", "watches": []}
    refused = await api("POST", "/watches", body, headers={"Cookie": jar})
    assert refused.status == 403
    assert "_xsrf" in refused.json["message"]
    wrong = await api("POST", "/watches", body, headers={"Cookie": jar, "X-XSRFToken": "wrong"})
    assert wrong.status == 403
    taken = await api("POST", "/watches", body, headers={"Cookie": jar, "X-XSRFToken": xsrf})
    assert (taken.status, taken.json) == (200, {"watches": []})


async def test_what_is_not_there_is_told_only_to_users(api: Any) -> None:
    for path in ("/nothing", "/training-jobs/a/b/c", "/", "", "/spaces/only-a-domain"):
        unknown = await api("GET", path)
        assert (unknown.status, unknown.json["code"]) == (404, "NoSuchRoute"), path
        assert (await api("GET", path, headers={})).status == 403


async def test_a_method_that_is_not_there_is_told_in_the_same_shape(api: Any) -> None:
    reply = await api("DELETE", "/training-jobs")
    assert (reply.status, reply.json["code"]) == (405, "MethodNotAllowed")


async def test_answers_are_data_and_never_pages(api: Any) -> None:
    for path in ("/connection", "/training-jobs/x/log.txt", "/open/spaces/x/y", "/pictures/tuning-jobs/x", "/nothing"):
        reply = await api("GET", path)
        policy = {part.strip() for part in reply.headers["Content-Security-Policy"].split(";")}
        assert {"default-src 'none'", "sandbox", "frame-ancestors 'self'"} <= policy, path
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert b"style=" not in reply.raw or reply.json["html"], path
        assert b"<script" not in reply.raw
