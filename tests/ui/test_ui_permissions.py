"""Missing permissions in the panel: told where they are needed, with the statement to copy; the rest works."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_process import EngineProcess
from faulty_aws import FaultyAWS
from lab_page import LabPage
from lab_server import running_lab
from lab_studio import StudioTree
from playwright.sync_api import BrowserContext, expect

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
