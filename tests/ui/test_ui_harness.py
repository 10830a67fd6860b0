"""The harness itself: a test that could not see a request to the outside would prove nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Error


def test_browser_reaches_nothing_but_this_machine(context: BrowserContext) -> None:
    page = context.new_page()
    seen: list[str] = []
    context.on("request", lambda request: seen.append(request.url))
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("https://cdn.example.com/library.js")
    assert seen == ["https://cdn.example.com/library.js"]
