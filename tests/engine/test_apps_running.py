"""A JupyterLab app that really runs: opened by its URL, used, told from others, ended when idle."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from apps_help import PROFILE, Browser, app, idle, moved_on
from local_engine_parts import Parts
from sample_requests import private_space
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from jupyter_sm_ext.connections.own_space import METADATA_VARIABLE
from jupyter_sm_ext.engine.apps import tickets
from jupyter_sm_ext.engine.apps.processes import MARKER, AppProcess

ENGINE_PORT = 1
HOUR = 3600.0


@dataclass
class Lab:
    """A running app, and the engine in this process that has it in hand."""

    parts: Parts
    domain_id: str
    key: dict[str, Any]
    process: AppProcess

    @property
    def base(self) -> str:
        spec = self.process.spec
        return f"http://{spec['hostname']}:{self.process.port()}{spec['base_url']}"

    def url(self, **request: Any) -> str:
        request = {"DomainId": self.domain_id, **PROFILE, "SpaceName": "mine", **request}
        found: str = self.parts.call("CreatePresignedDomainUrl", **request)["AuthorizedUrl"]
        return found

    def visit(self, url: str) -> tuple[int, str]:
        """Open a URL as far as the engine goes: status, and where it leads or what it says."""
        parts = urlsplit(url)
        assert self.portal.is_at(parts.netloc)
        page = self.portal.visit("GET", f"{parts.path}?{parts.query}")
        return page.status, page.headers.get("Location") or page.body.decode()

    @property
    def portal(self) -> Any:
        (portal,) = [family.portal for family in self.parts.service.families if hasattr(family, "portal")]
        return portal

    def browser(self, **request: Any) -> tuple[Browser, int, str]:
        """A browser that came by a new URL, what it was answered, and where it is."""
        browser = Browser()
        status, there = self.visit(self.url(**request))
        assert status == 302
        status, _, final = browser.ask(there)
        return browser, status, final


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    parts = Parts(tmp_path_factory.mktemp("apps") / "data")
    parts.clock.at = time.time()
    parts.engine.endpoint_url = f"http://127.0.0.1:{ENGINE_PORT}"
    parts.engine.settings = replace(parts.engine.settings, app_look_seconds=0.1)
    domain_id = parts.call("ListDomains")["Domains"][0]["DomainId"]
    parts.call("CreateSpace", DomainId=domain_id, **private_space())
    parts.call("UpdateUserProfile", DomainId=domain_id, **PROFILE, UserSettings=idle(60, LifecycleManagement="ENABLED"))
    parts.pass_time(1)
    key = {"DomainId": domain_id, **app("JupyterLab", SpaceName="mine")}
    parts.call("CreateApp", **key)
    moved_on(parts, key, "InService")
    record = parts.engine.store.get("apps", f"{domain_id}/space/mine/JupyterLab/default")
    assert record is not None
    yield Lab(parts, domain_id, key, AppProcess(parts.engine.data_dir / "apps" / record.state["token"]))
    if parts.call("DescribeApp", **key)["Status"] == "InService":
        parts.call("DeleteApp", **key)
        moved_on(parts, key, "Deleted")
    parts.close()


def test_the_url_signs_in_once_and_leads_to_the_lab(lab: Lab) -> None:
    url = lab.url()
    assert url.startswith(f"http://{lab.domain_id}.studio.localhost:{ENGINE_PORT}/auth?token=")
    browser = Browser()
    status, there = lab.visit(url)
    assert status == 302
    status, text, final = browser.ask(there)
    assert (status, final, "jupyter-config-data" in text) == (200, f"{lab.base}lab", True)
    assert urlsplit(final).path == "/jupyterlab/default/lab"
    assert lab.visit(url)[0] == 403
    assert Browser().ask(there)[0] == 403
    assert Browser().ask(final)[0] == 403
    status, text, _ = browser.ask(f"{lab.base}api/me")
    assert (status, json.loads(text)["identity"]["username"]) == (200, "default")
    _, status, final = lab.browser(LandingUri="app:JupyterLab:lab/tree/a b.ipynb?reset")
    assert (status, urlsplit(final).path) == (200, "/jupyterlab/default/lab/tree/a%20b.ipynb")


def test_urls_get_too_old(lab: Lab) -> None:
    short, default = lab.url(ExpiresInSeconds=5), lab.url()
    lab.parts.clock.at += 6
    assert lab.visit(short)[0] == 403
    lab.parts.clock.at += 295
    assert lab.visit(default)[0] == 403
    lab.parts.clock.at -= 301
    text = lab.parts.engine.store.database.execute("SELECT * FROM presigned").fetchall()
    assert urlsplit(default).query.removeprefix("token=") not in str(text)


def test_writes_need_the_xsrf_token(lab: Lab) -> None:
    browser, _, _ = lab.browser()
    body = {"type": "file", "format": "text", "content": "hello"}
    assert browser.ask(f"{lab.base}api/contents/a.txt", "PUT", body)[0] == 403
    assert browser.write(lab.base, "api/contents/a.txt", body, "PUT")[0] == 201
    folder = lab.parts.engine.data_dir / "spaces" / lab.domain_id / "mine"
    assert (folder / "a.txt").read_text() == "hello"
    assert Browser().ask(f"{lab.base}api/contents")[0] == 403


def test_other_names_are_refused(lab: Lab) -> None:
    browser, _, _ = lab.browser()
    port = lab.process.port()
    for host in ("evil.example", "localhost", f"{lab.domain_id}.studio.localhost"):
        browser.cookies[host] = browser.cookies[urlsplit(lab.base).hostname or ""]
        assert browser.ask(f"http://{host}:{port}/jupyterlab/default/api/me")[0] == 403
    assert not lab.portal.is_at(f"d-nowhere.studio.localhost:{ENGINE_PORT}")
    assert not lab.portal.is_at(f"{lab.domain_id}.studio.localhost:{ENGINE_PORT + 1}")
    assert not lab.portal.is_at(f"{lab.domain_id}.studio.localhost.evil.example:{ENGINE_PORT}")


def test_a_session_ends(lab: Lab) -> None:
    ticket = tickets.issue(lab.process.spec["secret"], user="default", path="lab", session_seconds=-1)
    browser = Browser()
    status, text, final = browser.ask(f"{lab.base}auth?token={ticket}")
    assert (status, "/login" in final, "session is over" in text) == (403, True, True)
    assert browser.ask(f"{lab.base}api/me")[0] == 403
    for wrong in ("", "a.b", ticket.replace(".", ".0"), "é"):
        with pytest.raises(ValueError, match="ticket"):
            tickets.Desk(lab.process.spec["secret"]).take(wrong)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"UserProfileName": "nobody"}, "nobody"),
        ({"SpaceName": "nowhere"}, "nowhere"),
        ({"DomainId": "d-nowhere"}, "d-nowhere"),
        ({"UserProfileName": "other"}, "private"),
        ({"LandingUri": "studio::home"}, "no Studio page"),
        ({"LandingUri": "app:RStudioServerPro:"}, "no RStudioServerPro app"),
        ({"LandingUri": "http://evil.example"}, "Invalid LandingUri"),
        ({"SessionExpirationDurationInSeconds": 1799}, "sessionExpirationDurationInSeconds"),
        ({"ExpiresInSeconds": 4}, "expiresInSeconds"),
    ],
)
def test_urls_that_are_refused(lab: Lab, request_: dict[str, Any], words: str) -> None:
    if not lab.parts.engine.store.count("user-profiles", prefix=f"{lab.domain_id}/other"):
        lab.parts.call("CreateUserProfile", DomainId=lab.domain_id, UserProfileName="other")
        lab.parts.pass_time(1)
    with pytest.raises(Exception, match=words):
        lab.url(**request_)


def test_the_first_visit_starts_studio_classic_and_nothing_else(lab: Lab) -> None:
    classic = {"DomainId": lab.domain_id, **app("JupyterServer")}
    url = lab.parts.call("CreatePresignedDomainUrl", DomainId=lab.domain_id, **PROFILE)["AuthorizedUrl"]
    status, text = lab.visit(url)
    assert (status, "starting" in text, 'http-equiv="refresh"' in text) == (503, True, True)
    assert lab.parts.call("DescribeApp", **classic)["Status"] == "Pending"
    lab.parts.call("DeleteApp", **classic)
    assert lab.visit(url)[0] == 409
    moved_on(lab.parts, classic, "Deleted")
    gateway = lab.parts.call(
        "CreatePresignedDomainUrl", DomainId=lab.domain_id, **PROFILE, LandingUri="app:KernelGateway/a:api"
    )["AuthorizedUrl"]
    status, text = lab.visit(gateway)
    assert (status, "KernelGateway app first" in text) == (404, True)
    assert lab.portal.visit("POST", "/auth?token=x").status == 404
    assert lab.portal.visit("GET", "/").status == 404
    assert "<script" not in lab.portal.visit("GET", "/auth?token=<script>").body.decode()


def test_nothing_secret_is_where_others_look(lab: Lab) -> None:
    lab.browser()
    told = json.loads((lab.process.directory / "started.json").read_text())
    spec = lab.process.spec
    secrets = [spec["secret"], spec["cookie_secret"], lab.parts.engine.keys.secret_access_key]
    words = " ".join(psutil.Process(told["pid"]).cmdline())
    log = (lab.process.directory / "app.log").read_text()
    for secret in secrets:
        assert secret not in words
        assert secret not in log
    assert "token=ey" not in log
    assert "token=[secret]" in log
    for file in lab.process.directory.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
    connections = psutil.Process(told["pid"]).net_connections("tcp")
    assert {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN} <= {"127.0.0.1"}


def test_an_app_is_told_which_it_is_as_in_studio(lab: Lab) -> None:
    told = json.loads((lab.process.directory / "started.json").read_text())
    file = Path(psutil.Process(told["pid"]).environ()[METADATA_VARIABLE])
    described = lab.parts.call("DescribeApp", **lab.key)
    assert json.loads(file.read_text()) == {
        "AppType": "JupyterLab",
        "DomainId": lab.domain_id,
        "SpaceName": "mine",
        "ResourceArn": described["AppArn"],
        "ResourceName": "default",
    }


def new_session(lab: Lab, browser: Browser) -> str:
    body = {"path": "a.ipynb", "name": "a", "type": "notebook", "kernel": {"name": "python3"}}
    status, text = browser.write(lab.base, "api/sessions", body)
    assert status == 201, text
    kernel: str = json.loads(text)["kernel"]["id"]
    return kernel


def test_a_kernel_of_the_app_knows_where_it_is_and_may_say_much(lab: Lab) -> None:
    browser, _, _ = lab.browser()
    kernel = new_session(lab, browser)
    code = "#" + "x" * 11_000_000 + "\nimport os, json\n"
    code += "names = 'HOME SAGEMAKER_SPACE_NAME SAGEMAKER_APP_TYPE AWS_ENDPOINT_URL_SAGEMAKER'.split()\n"
    code += "print(json.dumps([os.getcwd(), *(os.environ[name] for name in names)]))\n"
    code += "for n in range(30): print('y' * 100_000)\n"

    async def run() -> str:
        parts = urlsplit(lab.base)
        jar = browser.cookies[parts.hostname or ""]
        headers = {"Host": parts.netloc, "Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
        url = f"ws://127.0.0.1:{parts.port}{parts.path}api/kernels/{kernel}/channels"
        socket = await websocket_connect(HTTPRequest(url, headers=headers), max_message_size=2**30)
        header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "s", "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        await socket.write_message(json.dumps(message))
        said, seen = "", set[str]()
        while not {"idle", "execute_reply"} <= seen:
            raw = await asyncio.wait_for(socket.read_message(), 60)
            assert raw is not None, "the app hung up"
            told = json.loads(raw)
            if told["parent_header"].get("msg_id") != "1":
                continue
            seen.add(told["content"].get("execution_state") or told["msg_type"])
            said += told["content"].get("text", "") if told["msg_type"] == "stream" else ""
        socket.close()
        while await socket.read_message() is not None:
            pass
        return said

    said = asyncio.run(run())
    assert said.count("y" * 100_000) == 30
    folder = str(lab.parts.engine.data_dir / "spaces" / lab.domain_id / "mine")
    assert json.loads(said.partition("\n")[0]) == [folder, folder, "mine", "JupyterLab", lab.parts.engine.endpoint_url]
    assert browser.write(lab.base, f"api/kernels/{kernel}", None, "DELETE")[0] == 204


def test_an_idle_app_is_stopped(lab: Lab) -> None:
    browser, _, _ = lab.browser()
    started = lab.parts.call("DescribeApp", **lab.key)
    lab.parts.clock.at = started["LastUserActivityTimestamp"] + HOUR - 10
    moved_on(lab.parts, lab.key, "InService")
    # A session moves the time of its last use.
    new_session(lab, browser)
    deadline = time.monotonic() + 30
    while (found := lab.parts.call("DescribeApp", **lab.key))["LastUserActivityTimestamp"] <= started[
        "LastUserActivityTimestamp"
    ]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    children = psutil.Process(json.loads((lab.process.directory / "started.json").read_text())["pid"]).children()
    assert children
    lab.parts.clock.at = found["LastUserActivityTimestamp"] + HOUR - 10
    time.sleep(0.15)  # the app is looked at again at the earliest then
    assert moved_on(lab.parts, lab.key, "InService")["LastHealthCheckTimestamp"] == lab.parts.engine.now()
    lab.parts.clock.at += 3 * HOUR
    moved_on(lab.parts, lab.key, "Deleted")
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert not lab.process.directory.exists()
    assert left_of(lab.process.directory) == []
    assert (lab.parts.engine.data_dir / "spaces" / lab.domain_id / "mine" / "a.txt").exists()


def left_of(directory: Path) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARKER) == str(directory):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
