"""A user who may only look, on a server that lets pages run no script but its own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from lab_page import JOB_TAB, LabPage
from lab_server import LabServer, running_lab
from local_jobs import ENDLESS
from playwright.sync_api import Locator, expect

import jupyter_sm_ext as sm

THEMES = ("JupyterLab Light", "JupyterLab Dark")
WHY = "You may look at SageMaker here, but not change anything"

# JupyterLab itself makes code of the schemas of settings, writes styles into its pages and has icons in its style
# sheets; nothing else is let in, from nowhere, and no line of a script in a page.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; frame-ancestors 'self'; object-src 'none'"
)
CONFIG = f"""
from jupyter_server.auth import Authorizer


class Guests(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "sagemaker" or action == "read"


c.ServerApp.authorizer_class = Guests
c.ServerApp.tornado_settings = {{"headers": {{"Content-Security-Policy": {POLICY!r}}}}}
"""

AWS_CONFIG = """\
[profile analyst]
region = us-east-1
role_arn = arn:aws:iam::123456789012:role/Analyst
source_profile = keys
mfa_serial = arn:aws:iam::123456789012:mfa/ann
[profile keys]
region = us-east-1
aws_access_key_id = AKIDKEYS
aws_secret_access_key = secret
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    folder = tmp_path_factory.mktemp("guests")
    (folder / "config").mkdir()
    (folder / "config" / "jupyter_server_config.py").write_text(CONFIG)
    aws = folder / "aws-config"
    aws.write_text(AWS_CONFIG)
    nobody = {"AWS_CONFIG_FILE": str(aws), "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    with running_lab(folder, environment=nobody) as server:
        yield server


@pytest.fixture(autouse=True)
def refused(lab_page: LabPage) -> Iterator[list[str]]:
    """What the policy kept out: one line of JupyterLab's own page, which takes the token out of the address."""
    found: list[str] = []
    lab_page.page.on("console", lambda said: found.append(said.text) if "Security Policy" in said.text else None)
    yield found
    assert len(found) == 1, found
    assert "inline script" in found[0]


def test_who_may_only_look_is_told_so_and_finds_no_start_in_the_tree(lab_page: LabPage) -> None:
    lab_page.open()
    sidebar = lab_page.sidebar()
    expect(sidebar.get_by_role("region", name="Connection")).to_contain_text("Local engine")
    expect(sidebar.get_by_text("You may look at SageMaker here, but not change anything.")).to_be_visible()
    tree = sidebar.get_by_role("tree")
    expect(tree.get_by_role("treeitem").first).to_be_visible()
    expect(tree.get_by_role("button", name="Start")).to_have_count(0)
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(f"who may only look, {theme}")


@pytest.fixture
def endless(lab: LabServer) -> Iterator[str]:
    """A job of somebody who may do more."""
    studio = sm.Studio(sm.connect("local", data_dir=lab.data_dir))
    sm.train(ENDLESS, name="endless", quiet=True, studio=studio)
    try:
        yield "endless"
    finally:
        studio.stop("training-jobs", "endless")
        studio.wait("training-jobs", "endless", timeout=60)


def test_what_changes_anything_is_dimmed_and_says_why(endless: str, lab_page: LabPage) -> None:
    lab_page.open()
    page, sidebar, dialog = lab_page.page, lab_page.sidebar(), lab_page.page.get_by_role("dialog")

    def dimmed(*found: Locator) -> None:
        for each in found:
            expect(each).to_be_disabled()
            expect(each).to_have_accessible_description(WHY)

    # Of Lab's cards, which cannot be dimmed, none is left but what a guest may do.
    cards = page.locator(".jp-LauncherCard")
    expect(cards.filter(has_text="Quickstart")).to_be_visible()
    for name in ("New training job", "New space", "Connect to AWS"):
        expect(cards.filter(has_text=name)).to_have_count(0)

    switch, stop = sidebar.get_by_role("button", name="Switch"), sidebar.get_by_role("button", name="Stop endless")
    dimmed(switch, stop)
    for button in (switch, stop):
        button.press("Enter")
        expect(dialog).to_contain_text("Whoever runs this Jupyter server can let you do more.")
        expect(dialog.get_by_role("button", name="Try all the same")).to_have_count(0)
        lab_page.screenshot("why")
        dialog.get_by_role("button", name="Dismiss").click()
    view = lab_page.open_job("training-jobs", endless)
    dimmed(view.stop)

    sidebar.get_by_role("button", name="Actions of endless").click()
    dimmed(*(page.get_by_role("menuitem", name=name) for name in ("Stop…", "Delete…")))
    for name in ("Open", "Pin", "Copy name"):
        expect(page.get_by_role("menuitem", name=name).first).to_be_enabled()
    page.keyboard.press("Escape")
    sidebar.get_by_role("button", name="New", exact=True).click()
    new = page.get_by_role("menuitem", name="New ")
    expect(new.first).to_be_visible()
    dimmed(*new.all())
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(f"New, {theme}")
    page.keyboard.press("Escape")

    # A form can be looked at, and what is in it copied.
    lab_page.command("jupyter-sm-ext:new-training-job")
    form = page.get_by_role("form", name="New training job")
    dimmed(form.get_by_role("button", name="Create", exact=True))
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(f"all of it, {theme}")
        for place in (".jp-sm-sidebar", JOB_TAB):
            assert lab_page.violations(place) == []


def test_a_one_time_code_is_for_those_who_may_sign_in(lab: LabServer, lab_page: LabPage) -> None:
    choice = lab.data_dir / "connection.json"
    lab.data_dir.mkdir(mode=0o700, exist_ok=True)
    choice.write_text(json.dumps({"kind": "aws", "profile": "analyst", "region": "us-east-1"}))
    try:
        lab_page.open()
        sidebar, dialog = lab_page.sidebar(), lab_page.page.get_by_role("dialog")
        sidebar.get_by_role("textbox", name="One-time code").fill("123456")
        sign_in = sidebar.get_by_role("button", name="Sign in")
        expect(sign_in).to_be_disabled()
        expect(sign_in).to_have_accessible_description(WHY)
        sign_in.press("Enter")
        expect(dialog).to_contain_text("Whoever runs this Jupyter server can let you do more.")
        for theme in THEMES:
            lab_page.theme(theme)
            lab_page.screenshot(f"a code, {theme}")
    finally:
        choice.write_text(json.dumps({"kind": "local"}))
