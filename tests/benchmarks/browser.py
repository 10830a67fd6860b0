"""A browser, and a JupyterLab for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_process import LAB, server_on
from playwright.sync_api import Browser, Page, sync_playwright


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that the tests use too."""
    found = os.environ.get("JUPYTER_SM_TEST_BROWSER") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def in_lab(browser: Browser) -> Iterator[tuple[Page, str]]:
    """An empty page, and the address of a JupyterLab on the engine of this data directory."""
    with server_on(dict(os.environ), LAB, kind="local") as (_, url, token):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        try:
            yield context.new_page(), f"{url}/lab?token={token}"
        finally:
            context.close()
