"""Signing in at apps: afresh when it is time, once for all, and without a trace of credentials."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from apps_running import ask_app, domain_of, start_app, stop_app
from wires import session_file

from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.errors import NotFoundError, UnreachableError, ValidationError
from jupyter_sm_ext.remote.app_address import AppAddress, app_key
from jupyter_sm_ext.remote.sign_in import AppSession
from jupyter_sm_ext.studio import Studio


class Counting(Studio):
    """A Studio that counts presigned URLs."""

    urls = 0

    def call(self, operation: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        self.urls += operation == "CreatePresignedDomainUrl"
        return super().call(operation, request)


def test_one_session_serves_all_until_it_is_refused(far_studio: Studio, far_app: str) -> None:
    studio = Counting(far_studio.connection)
    assert set(ask_app(studio, far_app, "GET", "api/kernelspecs")["kernelspecs"]) >= {"python3"}
    first = studio.urls
    assert ask_app(studio, far_app, "GET", "api/me")["identity"]["username"] == "default"
    assert studio.urls == first
    file = session_file(studio, far_app)
    assert file.stat().st_mode & 0o077 == 0
    kept = json.loads(file.read_text())
    assert kept["base_url"].endswith("/jupyterlab/default/")
    # As if its 12 hours were over: the app does not know these cookies.
    file.write_text(json.dumps({**kept, "cookies": dict.fromkeys(kept["cookies"], "over")}))
    body = {"type": "file", "format": "text", "content": "hello"}
    assert ask_app(studio, far_app, "PUT", "api/contents/a.txt", json=body)["path"] == "a.txt"
    assert studio.urls == first + 1
    file.write_text("{")
    assert ask_app(studio, far_app, "GET", "api/contents/a.txt", params={"content": "1"})["content"] == "hello"


def test_what_the_app_says_is_told(far_studio: Studio, far_app: str) -> None:
    with pytest.raises(NotFoundError, match=r"nothing\.txt"):
        ask_app(far_studio, far_app, "GET", "api/contents/nothing.txt")
    with pytest.raises(NotFoundError):
        ask_app(far_studio, far_app, "DELETE", "api/kernels/00000000-0000-0000-0000-000000000000")

    async def connect() -> None:
        async with AppSession(far_studio, far_app) as session:
            await session.websocket("api/kernels/00000000-0000-0000-0000-000000000000/channels")

    with pytest.raises(NotFoundError):
        asyncio.run(connect())


def test_many_at_once_sign_in_once(far_studio: Studio, far_app: str) -> None:
    studio = Counting(far_studio.connection)
    session_file(far_studio, far_app).unlink()

    async def all_at_once() -> None:
        async with AppSession(studio, far_app) as session:
            await asyncio.gather(*(session.request("GET", "api/status") for _ in range(10)))

    asyncio.run(all_at_once())
    assert studio.urls == 1


def test_apps_of_profiles_and_one_that_is_gone(far_studio: Studio) -> None:
    domain = domain_of(far_studio)
    key = start_app(far_studio, domain, "profile", "default", "KernelGateway", "far-gateway")
    try:
        assert "python3" in ask_app(far_studio, key, "GET", "api/kernelspecs")["kernelspecs"]
        file = session_file(far_studio, key)
    finally:
        stop_app(far_studio, key)
    with pytest.raises(NotFoundError, match="is not running: it is Deleted"):
        ask_app(far_studio, key, "GET", "api/kernelspecs")
    assert not file.exists()


@pytest.mark.parametrize(
    "key",
    ["", "d-x/space/a/JupyterLab", "d-x/room/a/JupyterLab/default", "d-x/space//JupyterLab/b", "d-x/space/a/Canvas/b"],
)
def test_keys_that_name_no_jupyter_server(key: str) -> None:
    with pytest.raises(ValidationError):
        app_key(key)


def test_urls_that_lead_elsewhere(data_dir: Path) -> None:
    address = AppAddress(app_key("d-x/space/a/JupyterLab/default"))
    assert address.base_path("/jupyterlab/default/lab") == "/jupyterlab/default/"
    assert address.base_path("/jupyterlab/default/lab/workspaces/auto-1") == "/jupyterlab/default/"
    for path in ("/", "/login", "/jupyterlab/other/lab", "/jupyterlab/default/labels"):
        with pytest.raises(UnreachableError, match="no page of a Jupyter Server"):
            address.base_path(path)
    aws = Studio(open_connection(Choice("aws", region="us-east-1"), data_dir))
    with pytest.raises(ValidationError, match="no URL of a KernelGateway app"):
        AppAddress(app_key("d-x/profile/a/KernelGateway/b")).url(aws)


def test_a_large_file_comes_in_blocks(far_studio: Studio, far_app: str) -> None:
    text = "0123456789" * 300_000
    ask_app(far_studio, far_app, "PUT", "api/contents/b.txt", json={"type": "file", "format": "text", "content": text})

    async def read(path: str) -> list[bytes]:
        async with AppSession(far_studio, far_app) as session:
            return [block async for block in session.content(path)]

    blocks = asyncio.run(read("files/b.txt"))
    assert len(blocks) > 1
    assert b"".join(blocks).decode() == text
    with pytest.raises(NotFoundError):
        asyncio.run(read("files/nothing.txt"))
