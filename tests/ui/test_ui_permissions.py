"""Missing permissions in the panel: told where they are needed, with the statement to copy; the rest works."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_process import EngineProcess
from faulty_aws import FaultyAWS
from lab_page import JOB_TAB, LabPage
from lab_server import running_lab
from lab_studio import StudioTree
from local_jobs import ENDLESS
from playwright.sync_api import BrowserContext, Locator, expect

import jupyter_sm_ext as sm

THEMES = ("JupyterLab Light", "JupyterLab Dark")
SCREENSHOTS = Path(__file__).parents[2] / "test-results"
COPY = "Copy policy statement"
# AWS is asked every 5 to 30 s.
SEEN = 90_000


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[FaultyAWS]:
    engine = EngineProcess(tmp_path / "engine").start()
    try:
        with FaultyAWS(engine.data_dir).serving() as found:
            yield found
    finally:
        engine.close()


@pytest.mark.timeout(600)
def test_what_is_denied_is_told_where_it_is_needed(aws: FaultyAWS, tmp_path: Path, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    for operation in ("ListSpaces", "ListCompilationJobs", "CreatePresignedDomainUrl"):
        aws.deny(operation)
    environment = {**aws.environment, "AWS_MAX_ATTEMPTS": "1"}
    with running_lab(tmp_path / "lab", environment=environment) as lab:
        lab.data_dir.mkdir(exist_ok=True)
        (lab.data_dir / "connection.json").write_text('{"kind": "aws"}')
        window = LabPage(context.new_page(), lab, SCREENSHOTS / "test_what_is_denied")
        window.open()

        def copied() -> dict[str, object]:
            found: dict[str, object] = json.loads(window.page.evaluate("() => navigator.clipboard.readText()"))
            return found

        tree = StudioTree(window)
        note = tree.tree.get_by_text("Missing permission: sagemaker:ListSpaces").locator("xpath=../..")
        expect(note).to_be_visible(timeout=SEEN)
        # The rest of the tree, and of the panel, is there.
        profile = tree.item("User profile default")
        expect(profile).to_be_visible()
        jobs = window.sidebar().get_by_role("region", name="Jobs")
        expect(jobs).to_contain_text("compilation-jobs cannot be listed.")
        for theme in THEMES:
            window.theme(theme)
            window.screenshot(f"denied, {theme}")
            assert window.violations(".jp-sm-sidebar") == []

        jobs.get_by_role("button", name=COPY).click()
        expect(jobs.get_by_text("Copied.")).to_be_visible()
        statement = {"Effect": "Allow", "Action": "sagemaker:ListCompilationJobs", "Resource": "*"}
        assert copied() == statement
        tree.tree.get_by_role("button", name=COPY).click()
        assert copied() == {**statement, "Action": "sagemaker:ListSpaces"}

        tree.choose(profile, "Open")
        dialog = window.page.get_by_role("dialog")
        expect(dialog).to_contain_text("The missing permission is sagemaker:CreatePresignedDomainUrl")
        for theme in THEMES:
            window.theme(theme)
            window.screenshot(f"a dialog, {theme}")
        dialog.get_by_role("button", name=re.compile(COPY)).click()
        expect(dialog).to_have_count(0)
        assert copied() == {**statement, "Action": "sagemaker:CreatePresignedDomainUrl"}

        # Given the permission, it goes on by itself.
        del aws.faults["ListSpaces"]
        expect(tree.tree.get_by_text("Missing permission")).to_have_count(0, timeout=SEEN)


@pytest.fixture
def endless(aws: FaultyAWS, tmp_path: Path) -> Iterator[str]:
    """A job that runs until it is stopped: here, without the faults, if not by the test."""
    studio = sm.Studio(sm.connect("local", data_dir=tmp_path / "engine"))
    sm.train(ENDLESS, name="endless", quiet=True, studio=studio)
    try:
        yield "endless"
    finally:
        if studio.describe("training-jobs", "endless")["TrainingJobStatus"] == "InProgress":
            studio.stop("training-jobs", "endless")
        studio.wait("training-jobs", "endless", timeout=60)


@pytest.mark.timeout(600)
def test_what_needs_what_is_denied_is_dimmed_until_it_works(
    aws: FaultyAWS, endless: str, tmp_path: Path, context: BrowserContext
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    stop = "StopTrainingJob"
    why = f"sagemaker:{stop} is denied to you"
    aws.deny(stop)
    environment = {**aws.environment, "AWS_MAX_ATTEMPTS": "1"}
    with running_lab(tmp_path / "lab", environment=environment) as lab:
        lab.data_dir.mkdir(exist_ok=True)
        (lab.data_dir / "connection.json").write_text('{"kind": "aws"}')
        window = LabPage(context.new_page(), lab, SCREENSHOTS / "test_what_needs_what_is_denied")
        window.open()
        page, dialog = window.page, window.page.get_by_role("dialog")
        jobs = window.sidebar().get_by_role("region", name="Jobs")
        button = jobs.get_by_role("button", name="Stop endless")
        tree = StudioTree(window)

        def in_both_themes(name: str, *selectors: str) -> None:
            for theme in THEMES:
                window.theme(theme)
                window.screenshot(f"{name}, {theme}")
                for selector in selectors:
                    assert window.violations(selector) == [], name

        def line(name: str) -> Locator:
            return page.get_by_role("menuitem", name=re.compile(f"^{name}"))

        # Nobody knows before it was tried.
        expect(button).to_be_visible(timeout=SEEN)
        expect(button).to_be_enabled()
        view = window.open_job("training-jobs", endless)
        expect(view.stop).to_be_enabled()
        button.click()
        dialog.get_by_role("button", name="Stop job").click()
        expect(dialog).to_contain_text(f"The missing permission is sagemaker:{stop}")
        dialog.get_by_role("button", name="Dismiss").click()

        # Now it is known, wherever the job is shown, and at once: AWS is not asked for it.
        for each in (button, view.stop):
            expect(each).to_be_disabled()
            expect(each).to_have_accessible_description(why)
            expect(each).to_have_attribute("title", why)
        in_both_themes("dimmed", ".jp-sm-sidebar", JOB_TAB)

        # The keyboard comes to it, and is told why.
        view.stop.focus()
        page.keyboard.press("Enter")
        expect(view.node.get_by_text(f"{why}.")).to_be_visible()
        view.node.get_by_text("Policy statement", exact=True).click()
        in_both_themes("why", JOB_TAB)
        page.keyboard.press("Escape")
        expect(view.node.get_by_text(f"{why}.")).to_be_hidden()

        # What does not need it is as it was.
        jobs.get_by_role("button", name="Actions of endless").click()
        expect(line("Stop")).to_be_disabled()
        expect(line("Stop")).to_have_accessible_description(why)
        for name in ("Open", "Clone and edit", "Delete"):
            expect(line(name)).to_be_enabled()
        # What axe has against Lab's own lines is Lab's.
        in_both_themes("a menu", ".jp-sm-denied")
        # It is the last but one.
        for key in ("ArrowUp", "ArrowUp", "Enter"):
            page.keyboard.press(key)
        expect(dialog).to_contain_text(f"{why}.")
        in_both_themes("a line of a menu")
        dialog.get_by_role("button", name=COPY).click()
        statement = {"Effect": "Allow", "Action": f"sagemaker:{stop}", "Resource": "*"}
        assert json.loads(page.evaluate("() => navigator.clipboard.readText()")) == statement
        expect(dialog).to_have_count(0)
        tree.section.get_by_role("button", name="New", exact=True).click()
        for name in ("New space", "New domain"):
            expect(line(name)).to_be_enabled()
        page.keyboard.press("Escape")

        # Who insists is not held back, and is told again.
        tries = aws.calls[stop]
        button.press("Enter")
        dialog.get_by_role("button", name="Try all the same").click()
        dialog.get_by_role("button", name="Stop job").click()
        expect(dialog).to_contain_text(f"The missing permission is sagemaker:{stop}")
        dialog.get_by_role("button", name="Dismiss").click()
        assert aws.calls[stop] == tries + 1
        expect(button).to_be_disabled()

        # Given the permission, a new look is enough.
        del aws.faults[stop]
        tree.section.get_by_role("button", name="Look again").click()
        for each in (button, view.stop):
            expect(each).to_be_enabled()
        button.click()
        dialog.get_by_role("button", name="Stop job").click()
        expect(view.status).to_have_text("Stopped", timeout=SEEN)
