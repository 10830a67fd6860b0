"""The browser, a JupyterLab for each file of tests, and the rule that nothing comes from outside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lab_page import LabPage
from lab_server import LabServer, running_lab
from playwright.sync_api import BrowserContext, expect

# Notebook raises these without this extension, too: 7.6 at every start, 7.2 for a notebook without a checkpoint.
NOTEBOOKS_OWN = (("reading 'schema'", "notebook_core"), ("reading 'last_modified'", "/static/notebook/"))
SCREENSHOTS = Path(__file__).parents[2] / "test-results"
PATIENCE = 30_000  # ms: a machine that does much else is slow, and that is no fault of what is tested

expect.set_options(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """Override pytest-jupyter's loop, which would close the one Playwright runs on."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """Nothing to clean up: the server is a process."""


@pytest.fixture(scope="session")
def base_url() -> None:
    """No base URL: each Lab has its own. (The plugin's fixture is one that pytest 10 refuses.)"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the browser that was found, not one that Playwright would download; it finds no host but this one."""
    found = os.environ.get("JUPYTER_SM_TEST_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    blocked = ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE *.studio.localhost"]
    return {**browser_type_launch_args, "args": blocked, **({"executable_path": found} if found else {})}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A window as large as a laptop's."""
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A JupyterLab with an empty data directory, for the tests of one file."""
    with running_lab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def lab_page(lab: LabServer, context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[LabPage]:
    """A browser window on that JupyterLab; a request to anywhere else fails the test."""
    outside: list[str] = []
    errors: list[str] = []

    def look(url: str) -> None:
        address = urlsplit(url)
        host = address.hostname or ""
        ours = host == "127.0.0.1" or host.endswith(".studio.localhost")
        if address.scheme in {"http", "https", "ws", "wss"} and not ours:
            outside.append(url)

    # Not by a route: it would hold up every request while the test waits for something else.
    context.on("request", lambda request: look(request.url))
    page = context.new_page()
    page.on("websocket", lambda socket: look(socket.url))
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    page.set_default_timeout(PATIENCE)
    window = LabPage(page, lab, SCREENSHOTS / request.node.originalname)
    yield window
    window.screenshot("end")
    assert outside == [], "the page asked for something from outside"
    assert [each for each in errors if not any(all(part in each for part in own) for own in NOTEBOOKS_OWN)] == []
