"""A real JupyterHub: prefixes, cookies, XSRF, events; each user has a server, an engine and an audit log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from hub_process import BASE, Browser, HubProcess, until

DISPLAYS = ("display_data", "execute_result")
WATCH = "application/vnd.jupyter-sm-ext.watch"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("hub"))
    hub.start()
    yield hub
    hub.stop()


async def heard(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next change of a kind that the events tell of."""
    while True:
        event = json.loads((await socket.receive(timeout=60)).data)
        if event.get("kind") == kind:
            return dict(event)


async def day_of(browser: Browser) -> str:
    """What a page does: config, reads, a write, a lease, an event; gives the name of the space that is made."""
    config = await browser.config
    assert config["baseUrl"] == f"{BASE}user/{browser.user}/"
    assert any(each["name"] == "jupyter-sm-ext" for each in config["federated_extensions"])

    status, connection = await browser.ask("GET", "/connection")
    assert (status, connection["kind"], connection["may_write"]) == (200, "local", True)
    status, document = await browser.ask("GET", "/openapi.json")
    assert document["servers"] == [{"url": f"{BASE}user/{browser.user}/jupyter-sm-ext"}]

    events = browser.url("api/events/subscribe").replace("http:", "ws:")
    async with browser.session.ws_connect(events, origin=browser.root.removesuffix(BASE)) as socket:
        looked = {"viewer": "page", "watches": [{"kind": "spaces", "key": []}]}
        status, _ = await browser.ask("POST", "/watches", looked)
        assert status == 200
        space = {"DomainId": connection["domain_id"], "SpaceName": f"of-{browser.user}"}
        status, told = await browser.ask("POST", "/spaces", space, xsrf=False)
        assert (status, "_xsrf" in told["message"]) == (403, True)
        status, told = await browser.ask("POST", "/spaces", space)
        assert status == 201, told
        assert (await heard(socket, "spaces"))["connection"] == "local"
    return str(space["SpaceName"])


async def names_of(browser: Browser) -> list[str]:
    _, listed = await browser.ask("GET", "/spaces")
    return [space["SpaceName"] for space in listed["Spaces"]]


def test_two_users_of_a_hub(hub: HubProcess) -> None:
    async def day() -> None:
        async with hub.signed_in("ann") as ann, hub.signed_in("bob") as bob:
            made = [await day_of(ann), await day_of(bob)]
            # Each has an engine of their own.
            assert [await names_of(ann), await names_of(bob)] == [[made[0]], [made[1]]]
            # Nobody gets into another one's server.
            for method, path in (("GET", "/spaces"), ("POST", "/watches"), ("GET", "/openapi.json")):
                status, text = await bob.ask(method, path, owner="ann")
                assert status in (302, 403, 404), (method, path, status)
                assert made[0] not in json.dumps(text)
            await a_kernel(ann)

    asyncio.run(day())
    for user in ("ann", "bob"):
        # Without the XSRF token the hub does not ask who it was.
        told = [(line["user"], line["operation"], line["status"]) for line in hub.audit(user)]
        assert told == [(user, "CreateSpace", 201)]
    assert not [line for line in hub.log.splitlines() if line.startswith("[E ") and "jupyter-sm-ext" in line]


async def a_kernel(browser: Browser) -> None:
    """A kernel of the user's server knows where it is: its panels are drawn by the page, from the hub's prefix."""
    headers = {"X-XSRFToken": browser.xsrf(f"user/{browser.user}/")}
    async with browser.session.post(browser.url("api/kernels"), json={}, headers=headers) as answer:
        kernel = (await answer.json())["id"]
    code = (
        "import os, pathlib, jupyter_sm_ext as sm\nprint(os.environ['JUPYTER_SM_EXT_BASE_URL'])\n"
        "pathlib.Path('t.py').write_text('print(1)')\nsm.train('t.py', name='quick', quiet=True)\nsm.watch('quick')"
    )
    header = {"msg_id": "m1", "msg_type": "execute_request", "username": "", "session": "s", "version": "5.3"}
    message = {"header": header, "parent_header": {}, "metadata": {}, "channel": "shell", "buffers": []}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    url = browser.url(f"api/kernels/{kernel}/channels").replace("http:", "ws:")
    said: list[str] = []
    async with browser.session.ws_connect(url) as socket:
        await socket.send_json({**message, "content": content})

        async def idle() -> bool:
            told = json.loads((await socket.receive(timeout=60)).data)
            if told["parent_header"].get("msg_id") == "m1" and told["msg_type"] in ("stream", "error", *DISPLAYS):
                said.append(json.dumps(told["content"]))
            state = told["content"].get("execution_state")
            return told["parent_header"].get("msg_id") == "m1" and state == "idle"

        await until(idle, "the kernel", 60)
    text = " ".join(said)
    assert f"{BASE}user/{browser.user}/" in text, text
    assert WATCH in text, text
    assert "widget-view" not in text
    async with browser.session.delete(browser.url(f"api/kernels/{kernel}"), headers=headers) as answer:
        assert answer.status == 204
