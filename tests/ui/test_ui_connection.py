"""Switching the connection: all panels follow, a one-time code is asked for, missing keys are told once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from engine_process import EngineProcess
from lab_page import JobView, LabPage
from lab_server import LabServer, running_lab
from lending_aws import DEVICE, ROLE, START_URL, LendingAWS, sign_in
from playwright.sync_api import BrowserContext, Locator, expect

from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.handles.start import train
from jupyter_sm_ext.studio import Studio

THEMES = ("JupyterLab Light", "JupyterLab Dark")
SCREENSHOTS = Path(__file__).parents[2] / "test-results"
# AWS is asked every 5 to 30 s.
SEEN = 90_000
CONFIG = f"""\
[profile analyst]
region = us-east-1
role_arn = {ROLE}
source_profile = keys
mfa_serial = {DEVICE}
[profile keys]
region = us-east-1
aws_access_key_id = AKIDKEYS
aws_secret_access_key = secret
[profile team]
region = us-east-1
sso_start_url = {START_URL}
sso_region = us-east-1
sso_account_id = 000000000000
sso_role_name = Analyst
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """What is behind AWS; Lab has another one on this machine."""
    engine = EngineProcess(tmp_path_factory.mktemp("engine") / "data").start()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def aws(engine: EngineProcess) -> Iterator[LendingAWS]:
    """An AWS with a domain, that lends keys."""
    with LendingAWS(engine.data_dir).serving() as found:
        assert isinstance(found, LendingAWS)
        yield found


@pytest.fixture(scope="module")
def lab(aws: LendingAWS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A JupyterLab whose user has profiles."""
    folder = tmp_path_factory.mktemp("lab")
    config = folder.parent / "aws-config"
    config.write_text(CONFIG)
    environment = {
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        "AWS_MAX_ATTEMPTS": "1",
    }
    with running_lab(folder, environment=environment) as server:
        yield server


def look(window: LabPage, name: str) -> None:
    """Keep a picture of it in each theme, and ask axe."""
    for theme in THEMES:
        window.theme(theme)
        window.screenshot(f"{name}, {theme}")
        assert window.violations(".jp-sm-sidebar") == []


def switch(connection: Locator, profile: str | None) -> None:
    """Choose a profile, or the local engine."""
    connection.get_by_role("button", name="Switch").click()
    connection.get_by_role("radio", name="Local engine" if profile is None else "AWS").check()
    if profile is not None:
        connection.get_by_label("Profile").select_option(profile)
    connection.get_by_role("button", name="Connect", exact=True).click()


@pytest.mark.timeout(600)
def test_switching_takes_the_panels_along(aws: LendingAWS, lab_page: LabPage, lab: LabServer) -> None:
    lab_page.open()
    sidebar = lab_page.sidebar()
    connection = sidebar.get_by_role("region", name="Connection")
    expect(connection).to_contain_text("Local engine")
    expect(connection).to_contain_text("costs nothing")
    connection.get_by_role("button", name="Switch").click()
    connection.get_by_role("radio", name="AWS").check()
    expect(connection.get_by_label("Profile").locator("option")).to_have_text(
        ["Default credentials", "analyst (role by access keys)", "keys (access keys)", "team (IAM Identity Center)"]
    )
    connection.get_by_text("More", exact=True).click()
    look(lab_page, "the form")
    # Escape closes it from wherever the focus is in it, which goes back to the button.
    connection.get_by_label("Region").press("Escape")
    expect(connection.get_by_role("form")).to_have_count(0)
    expect(connection.get_by_role("button", name="Switch")).to_be_focused()

    # A one-time code is asked for here, and not on the terminal of the server.
    switch(connection, "analyst")
    code = connection.get_by_role("textbox", name="One-time code")
    expect(code).to_be_visible()
    expect(connection).to_contain_text(DEVICE)
    connection.get_by_role("button", name="Close").click()
    look(lab_page, "a code")
    code.fill("000000")
    connection.get_by_role("button", name="Sign in").click()
    expect(connection.get_by_role("alert")).to_contain_text("invalid MFA")
    aws.codes.add("123456")
    code.fill("123 456")
    connection.get_by_role("button", name="Sign in").click()
    expect(code).to_be_hidden()
    expect(connection).to_contain_text("AWS analyst · us-east-1")
    expect(connection).to_contain_text("Account ")
    assert lab.get("jupyter-sm-ext/overview")["connection"] == "aws:analyst:us-east-1"
    look(lab_page, "signed in")

    # Back again: nothing of AWS is left.
    switch(connection, None)
    expect(connection).to_contain_text("costs nothing")
    expect(connection.get_by_role("button", name="Switch")).to_be_focused()
    assert lab.get("jupyter-sm-ext/overview")["connection"] == "local"


@pytest.mark.timeout(600)
def test_a_panel_is_live_also_where_its_notebook_has_a_connection_of_its_own(
    engine: EngineProcess, lab_page: LabPage, lab: LabServer, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    waiting = f"import os, time\nwhile not os.path.exists({str(go)!r}):\n    time.sleep(0.1)\n"
    # Two engines, one beyond an AWS endpoint: the server looks at this machine's, the notebook at the other one.
    train(waiting, name="beyond", studio=Studio(open_connection(Choice(), engine.data_dir)))
    cells = ["%load_ext jupyter_sm_ext", "%sm connect aws --profile keys --here", "%sm watch beyond"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(book, lab.work / "beyond.ipynb")
    notebook = lab_page.open_notebook("beyond.ipynb")
    lab_page.run_all()
    panel = JobView(notebook.get_by_role("article").first)
    expect(panel.status).to_have_text("In progress", timeout=60_000)
    expect(panel.node).to_contain_text("AWS keys · us-east-1")
    sidebar = lab_page.sidebar()
    expect(sidebar.get_by_role("region", name="Connection")).to_contain_text("Local engine")
    expect(sidebar).not_to_contain_text("beyond")
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(theme)
    go.touch()
    # No cell runs: the kernel looks in the background.
    expect(panel.status).to_have_text("Completed", timeout=SEEN)


def told_elsewhere(lab_page: LabPage) -> None:
    """A tab, a form and a dialog say what is missing; nothing is called missing or empty itself."""
    for kind in ("training-jobs", "tuning-jobs"):
        lab_page.command("jupyter-sm-ext:open", kind=kind, key=["some"])
        tab = lab_page.main().locator(".jp-sm-page:visible")
        expect(tab).to_contain_text("aws sso login --profile team")
        expect(tab).not_to_contain_text(re.compile("not found|no logs|printed", re.IGNORECASE))
    lab_page.command("jupyter-sm-ext:create", operation="CreateTrainingJob")
    form = lab_page.main().get_by_role("form", name="New training job")
    expect(form.get_by_role("alert")).to_contain_text("What the connection knows could not be filled in")
    expect(form.get_by_role("alert")).to_contain_text("aws sso login --profile team")
    look(lab_page, "form")
    lab_page.command("jupyter-sm-ext:compare")
    dialog = lab_page.page.get_by_role("dialog")
    expect(dialog).to_contain_text("aws sso login --profile team")
    expect(dialog).not_to_contain_text("There is no other")
    dialog.get_by_role("button", name="Cancel").click()


@pytest.mark.timeout(600)
def test_missing_keys_are_told_once_and_pass(aws: LendingAWS, lab_page: LabPage, lab: LabServer) -> None:
    lab_page.open()
    sidebar = lab_page.sidebar()
    connection = sidebar.get_by_role("region", name="Connection")
    switch(connection, "team")
    told = sidebar.get_by_role("alert")
    expect(told).to_have_count(1)
    expect(told).to_contain_text("The AWS credentials of the profile team")
    expect(told).to_contain_text("aws sso login --profile team")
    expect(sidebar).not_to_contain_text("No jobs")
    expect(sidebar).not_to_contain_text("not found")
    connection.get_by_role("button", name="Close").click()
    look(lab_page, "missing")
    expect(lab_page.page.locator("#jp-main-statusbar")).to_contain_text("no valid credentials")
    told_elsewhere(lab_page)
    asked = aws.calls.total()
    lab_page.page.wait_for_timeout(6_000)
    assert aws.calls.total() == asked
    sign_in(lab.folder / "home")
    expect(told).to_have_count(0, timeout=SEEN)
    expect(connection).to_contain_text("Account ")
    form = lab_page.main().get_by_role("form", name="New training job")
    form.get_by_role("button", name="Fill it in now").click()
    expect(form.get_by_role("textbox", name="S3 output path")).to_have_value(re.compile("^s3://sagemaker-"))
    expect(form.get_by_role("alert")).to_have_count(0)
    look(lab_page, "back")


@pytest.mark.timeout(600)
def test_a_fixed_connection_cannot_be_switched(aws: LendingAWS, tmp_path: Path, context: BrowserContext) -> None:
    rules = (
        '{"connection": {"kind": "aws", "profile": "keys", "region": "us-east-1"}, "decided_by": "the platform team"}'
    )
    (tmp_path / "config").write_text(CONFIG)
    environment = {
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "JUPYTER_SM_CONNECTION_RULES": rules,
    }
    with running_lab(tmp_path / "lab", environment=environment) as lab:
        window = LabPage(context.new_page(), lab, SCREENSHOTS / "test_a_fixed_connection")
        window.open()
        connection = window.sidebar().get_by_role("region", name="Connection")
        expect(connection).to_contain_text("AWS keys · us-east-1")
        expect(connection).to_contain_text("Fixed by the platform team.")
        expect(connection.get_by_role("button", name="Switch")).to_have_count(0)
        look(window, "fixed")
