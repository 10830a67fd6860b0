"""A JupyterHub with its own proxy and a server for each user, and users with browsers of a few lines."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from tornado.netutil import bind_sockets

BASE = "/jupyter/"
_CONFIG = """
import os
folder = {folder!r}
c.JupyterHub.bind_url = "http://127.0.0.1:{port}" + {base!r}
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.db_url = "sqlite:///" + folder + "/hub.sqlite"
c.JupyterHub.cookie_secret_file = folder + "/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = folder + "/homes/{{username}}"
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--SageMakerExtension.audit_file=audit.log"] + {options!r}
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
c.Spawner.environment = {{"AWS_EC2_METADATA_DISABLED": "true"}}
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.pid_file = folder + "/proxy.pid"
"""


def free_port() -> int:
    """A port that nobody listens on now."""
    [socket] = bind_sockets(0, "127.0.0.1")
    with socket:
        port: int = socket.getsockname()[1]
    return port


class HubProcess:
    """``jupyterhub`` on a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = f"http://127.0.0.1:{free_port()}{BASE}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        proxy = shutil.which("configurable-http-proxy")
        assert proxy, "configurable-http-proxy is not on the PATH: run `nox -s hub`"
        (self.folder / "homes").mkdir()
        config = _CONFIG.format(
            folder=str(self.folder),
            base=BASE,
            port=self.root.split(":")[2].split("/")[0],
            hub_port=free_port(),
            api_port=free_port(),
            python=sys.executable,
            options=["--allow-root"] if os.geteuid() == 0 else [],
            proxy=proxy,
        )
        (self.folder / "jupyterhub_config.py").write_text(config)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JUPYTER"))}
        with (self.folder / "hub.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)
        for process in psutil.process_iter():
            try:
                # The proxy tells of the folder by where it works alone.
                words = [*process.cmdline(), process.environ().get("HOME", ""), process.cwd()]
            except psutil.Error:
                continue
            if process.pid != os.getpid() and any(str(self.folder) in word for word in words):
                process.kill()

    @property
    def log(self) -> str:
        return (self.folder / "hub.log").read_text()

    def audit(self, user: str) -> list[dict[str, Any]]:
        """Lines of the audit log of a user's server."""
        text = (self.folder / "homes" / user / "audit.log").read_text()
        return [json.loads(line) for line in text.splitlines()]

    @asynccontextmanager
    async def signed_in(self, user: str) -> AsyncIterator[Browser]:
        """A browser in which a user has signed in and started a server."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(60)) as session:
            browser = Browser(session, self.root, user)
            await browser.sign_in()
            yield browser


class Browser:
    """What a user sees."""

    def __init__(self, session: aiohttp.ClientSession, root: str, user: str) -> None:
        self.session = session
        self.root = root
        self.user = user

    async def sign_in(self) -> None:
        async def answers() -> bool:
            try:
                async with self.session.get(f"{self.root}hub/login") as page:
                    return page.status == 200
            except aiohttp.ClientError:
                return False

        await until(answers, "the hub", 60)
        form = {"username": self.user, "password": "x", "_xsrf": self.xsrf("hub/")}
        async with self.session.post(f"{self.root}hub/login", data=form, params={"next": ""}) as page:
            assert page.status == 200, await page.text()

        async def started() -> bool:
            async with self.session.get(f"{self.root}user/{self.user}/lab") as page:
                text = await page.text()
                return page.status == 200 and "jupyter-config-data" in text

        async with self.session.get(f"{self.root}hub/spawn", allow_redirects=True) as page:
            assert page.status == 200, await page.text()
        await until(started, "the user's server", 120)

    def xsrf(self, path: str) -> str:
        """The XSRF token that pages under a path have."""
        from yarl import URL

        return self.session.cookie_jar.filter_cookies(URL(self.root + path))["_xsrf"].value

    def url(self, path: str, owner: str | None = None) -> str:
        return f"{self.root}user/{owner or self.user}/{path}"

    async def ask(
        self, method: str, path: str, body: Any = None, *, owner: str | None = None, xsrf: bool = True
    ) -> tuple[int, Any]:
        """Ask a route of ours on a user's server."""
        headers = {"X-XSRFToken": self.xsrf(f"user/{self.user}/")} if xsrf else {}
        url = self.url(f"jupyter-sm-ext{path}", owner)
        async with self.session.request(method, url, json=body, headers=headers, allow_redirects=False) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith(("{", "[")) else text

    @property
    def config(self) -> Awaitable[dict[str, Any]]:
        """What the page of JupyterLab was given."""

        async def read() -> dict[str, Any]:
            async with self.session.get(self.url("lab")) as page:
                found = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', await page.text(), re.DOTALL)
                assert found
                told: dict[str, Any] = json.loads(found[1])
                return told

        return read()


async def until(true: Callable[[], Awaitable[Any]], what: str, seconds: float = 30.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := await true()):
        assert time.monotonic() < deadline, f"{what}: not in time"
        await asyncio.sleep(0.1)
    return found
