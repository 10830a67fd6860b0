"""A live view while AWS has faults: it says so, keeps its picture, and goes on by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_process import EngineProcess
from lab_page import JobView, LabPage
from lab_server import running_lab
from playwright.sync_api import BrowserContext, expect
from tuning_aws import DESCRIBE, TuningJob
from watched_aws import JOB, WatchedAWS

THEMES = ("JupyterLab Light", "JupyterLab Dark")
SCREENSHOTS = Path(__file__).parents[2] / "test-results"
# AWS is asked every 5 to 30 s, and up to every 60 s while it refuses.
SEEN = 90_000


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[WatchedAWS]:
    """An AWS with a tuning job that stands still."""
    job = TuningJob(40)
    job.moving = False
    engine = EngineProcess(tmp_path / "engine").start()
    try:
        found = WatchedAWS(engine.data_dir, job)
        with found.serving():
            yield found
    finally:
        engine.close()


def has_keys(file: Path, key: str) -> None:
    file.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = secret-{key}\n")


@pytest.mark.timeout(600)
def test_throttling_and_lapsed_keys_are_told_and_pass(aws: WatchedAWS, tmp_path: Path, context: BrowserContext) -> None:
    keys = tmp_path / "credentials"
    has_keys(keys, "AKIDFIRST")
    environment = {name: text for name, text in aws.environment.items() if "KEY" not in name}
    environment |= {"AWS_SHARED_CREDENTIALS_FILE": str(keys), "AWS_MAX_ATTEMPTS": "1"}
    with running_lab(tmp_path / "lab", environment=environment) as lab:
        lab.data_dir.mkdir(exist_ok=True)
        (lab.data_dir / "connection.json").write_text('{"kind": "aws"}')
        window = LabPage(context.new_page(), lab, SCREENSHOTS / "test_throttling_and_lapsed_keys")
        window.open()
        window.command("jupyter-sm-ext:open", **JOB)
        view = JobView(window.main().locator(".jp-sm-page").get_by_role("article"))
        expect(view.trials).not_to_have_count(0)
        notice = view.node.locator(".jp-sm-notice").first
        expect(notice).to_be_hidden()

        def told(name: str) -> None:
            for theme in THEMES:
                window.theme(theme)
                window.screenshot(f"{name}, {theme}")
                assert window.violations() == []

        aws.throttle(DESCRIBE)
        expect(notice).to_contain_text("Rate exceeded", timeout=SEEN)
        expect(notice).to_contain_text(re.compile(r"Last updated \d+ (s|m)"))
        expect(view.trials).not_to_have_count(0)
        told("throttled")
        del aws.faults[DESCRIBE]
        expect(notice).to_be_hidden(timeout=SEEN)

        aws.expired.add("AKIDFIRST")
        expect(notice).to_contain_text("expired", timeout=SEEN)
        expect(view.trials).not_to_have_count(0)
        told("expired")
        has_keys(keys, "AKIDSECOND")
        expect(notice).to_be_hidden(timeout=SEEN)
        aws.job.advance()
        expect(view.node).to_contain_text("40 completed", timeout=SEEN)
