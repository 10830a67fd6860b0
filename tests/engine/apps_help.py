"""What tests of apps share: requests, and a browser of a few lines."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from local_engine_parts import Parts

Json = dict[str, Any]
PROFILE = {"UserProfileName": "default"}


def app(app_type: str, name: str = "default", **owner: str) -> Json:
    return {"AppType": app_type, "AppName": name, **(owner or PROFILE)}


def idle(minutes: int | None = None, **more: Any) -> Json:
    """Settings of JupyterLab with idle shutdown."""
    settings = {**more, **({} if minutes is None else {"IdleTimeoutInMinutes": minutes})}
    return {"JupyterLabAppSettings": {"AppLifecycleManagement": {"IdleSettings": settings}}}


def moved_on(parts: Parts, key: Json, status: str, seconds: float = 60.0) -> Json:
    """Tick until an app has a status."""
    deadline = time.monotonic() + seconds
    while True:
        parts.ticker.round()
        found = parts.call("DescribeApp", **key)
        if found["Status"] == status:
            return found
        assert time.monotonic() < deadline, f"it is {found}, not {status}"
        time.sleep(0.02)


class Browser:
    """Follows redirects and keeps cookies by host, as browsers do; every name is this machine."""

    def __init__(self) -> None:
        self.cookies: dict[str, dict[str, str]] = {}

    def ask(self, url: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, str, str]:
        """Status, body and final URL."""
        while True:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or 80
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            jar = self.cookies.setdefault(host, {})
            sent = {"Host": parts.netloc, "Cookie": "; ".join(f"{k}={v}" for k, v in jar.items()), **headers}
            content = None if body is None else json.dumps(body)
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), content, sent)
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            for line in answer.headers.get_all("Set-Cookie") or []:
                cookie: SimpleCookie = SimpleCookie(line)
                assert all(not morsel["domain"] for morsel in cookie.values()), "a cookie for more than one host"
                jar.update({name: morsel.value for name, morsel in cookie.items()})
            if answer.status != 302:
                return answer.status, text, url
            location = answer.headers["Location"]
            url = location if "://" in location else f"http://{parts.netloc}{location}"

    def write(self, base: str, path: str, body: Any, method: str = "POST") -> tuple[int, str]:
        """Ask an app's REST API for a change, as its pages do."""
        token = self.cookies[urlsplit(base).hostname or ""].get("_xsrf", "")
        status, text, _ = self.ask(base + path, method, body, **{"X-XSRFToken": token})
        return status, text
