"""A user who may only look, on a server that lets pages run no script but its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab_page import LabPage
from lab_server import LabServer, running_lab
from playwright.sync_api import expect

# JupyterLab itself makes code of the schemas of settings; nothing else is let in, and no line in a page.
POLICY = "frame-ancestors 'self'; script-src 'self' 'unsafe-eval'; object-src 'none'"
CONFIG = f"""
from jupyter_server.auth import Authorizer


class Guests(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "sagemaker" or action == "read"


c.ServerApp.authorizer_class = Guests
c.ServerApp.tornado_settings = {{"headers": {{"Content-Security-Policy": {POLICY!r}}}}}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    folder = tmp_path_factory.mktemp("guests")
    (folder / "config").mkdir()
    (folder / "config" / "jupyter_server_config.py").write_text(CONFIG)
    with running_lab(folder) as server:
        yield server


def test_who_may_only_look_is_told_so_and_finds_no_start_in_the_tree(lab_page: LabPage) -> None:
    refused: list[str] = []
    lab_page.page.on("console", lambda said: refused.append(said.text) if "Security Policy" in said.text else None)
    lab_page.open()
    sidebar = lab_page.sidebar()
    expect(sidebar.get_by_role("region", name="Connection")).to_contain_text("Local engine")
    expect(sidebar.get_by_text("You may look at SageMaker here, but not change anything.")).to_be_visible()
    tree = sidebar.get_by_role("tree")
    expect(tree.get_by_role("treeitem").first).to_be_visible()
    expect(tree.get_by_role("button", name="Start")).to_have_count(0)
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab_page.theme(theme)
        lab_page.screenshot(f"who may only look, {theme}")
    # The page of JupyterLab itself has one line, which takes the token out of the address.
    assert len(refused) == 1, refused
    assert "inline script" in refused[0]
