"""A Jupyter server with the extension, and one engine for all tests of it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tornado.httpclient import HTTPResponse
from tornado.httputil import HTTPHeaders

from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.server.app import SageMakerExtension

ROOT = "jupyter-sm-ext"


@dataclass(frozen=True)
class Reply:
    """What a route answered."""

    status: int
    raw: bytes
    type: str
    headers: HTTPHeaders

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


Api = Callable[..., Awaitable[Reply]]


@pytest.fixture(scope="session")
def engine_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("engine")
    yield directory
    local_engine.stop(directory)


@pytest.fixture(autouse=True)
def data_dir(engine_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Override: starting an engine for each test would cost a second each."""
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(engine_dir))
    return engine_dir


@pytest.fixture
def jp_server_config(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    # The extension sets it for its kernels; the next test must not see it.
    for name in ("JUPYTER_SM_EXT_SERVER", "JUPYTER_SM_EXT_BASE_URL"):
        monkeypatch.setenv(name, "")
    return {"ServerApp": {"jpserver_extensions": {"jupyter_sm_ext": True}}}


@pytest.fixture
def extension(jp_serverapp: Any) -> SageMakerExtension:
    [app] = jp_serverapp.extension_manager.extension_apps["jupyter_sm_ext"]
    assert isinstance(app, SageMakerExtension)
    return app


@pytest.fixture
def api(jp_serverapp: Any, jp_base_url: str, http_server_client: Any, jp_auth_header: dict[str, str]) -> Api:
    """Ask a route: ``await api("POST", "/spaces", {...})``; an error is an answer too."""

    async def ask(
        method: str,
        path: str,
        body: Any = None,
        *,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        url = f"{jp_base_url.rstrip('/')}/{ROOT}{path}" + (f"?{urlencode(params)}" if params else "")
        raw = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
        response: HTTPResponse = await http_server_client.fetch(
            url,
            method=method,
            headers=jp_auth_header if headers is None else headers,
            body="" if raw is None and method in ("POST", "PUT", "PATCH") else raw,
            allow_nonstandard_methods=True,
            raise_error=False,
            follow_redirects=False,
            request_timeout=60,
        )
        return Reply(response.code, response.body, response.headers.get("Content-Type", ""), response.headers)

    return ask
