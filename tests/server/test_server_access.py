"""Nobody gets anything from any route without a token, a permission and, with a cookie, the XSRF token."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import Any, ClassVar

import pytest
from jupyter_server.auth import Authorizer

from jupyter_sm_ext.server.openapi import document

READING_POSTS = {"checks", "code", "preflight", "search", "watches"}


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
        assert (reply.status, reply.json["code"]) == (403, "Forbidden"), (method, path)
        assert "not authorized to" in reply.json["message"]
        word = path.split("/")[1]
        # Who is led to a space works in it: that is more than to read.
        reads = (method == "GET" and word != "open") or word in READING_POSTS
        assert authorizer.asked == [("read" if reads else "write", "sagemaker")], (method, path)


async def test_who_may_read_may_not_write(authorizer: type[Recording], api: Any) -> None:
    authorizer.allowed.add("read")
    assert (await api("GET", "/schemas/CreateSpace")).status == 200
    assert (await api("POST", "/watches", {"viewer": "v", "watches": []})).status == 200
    for method, path in (("POST", "/spaces"), ("PUT", "/connection"), ("POST", "/training-jobs/x/stop")):
        assert (await api(method, path, {})).status == 403


async def test_with_a_cookie_a_write_needs_the_xsrf_token(
    api: Any, jp_serverapp: Any, jp_base_url: str, http_server_client: Any
) -> None:
    cookies: SimpleCookie = SimpleCookie()
    login = f"{jp_base_url}login?token={jp_serverapp.identity_provider.token}"
    for url in (f"{jp_base_url}login", login):
        answer = await http_server_client.fetch(url, follow_redirects=False, raise_error=False)
        for header in answer.headers.get_list("Set-Cookie"):
            cookies.load(header)
    jar = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    xsrf = cookies["_xsrf"].value
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
