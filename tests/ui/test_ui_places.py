"""Jupyter's own places: palette, launcher, menu, keyboard, status bar, Running panel and notifications."""

from __future__ import annotations

from typing import Any

import pytest
from lab_page import LabPage
from lab_server import LabServer, until
from playwright.sync_api import Locator, expect

import jupyter_sm_ext as sm

THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")


@pytest.fixture(scope="module")
def studio(lab: LabServer) -> sm.Studio:
    """The connection of a terminal to the engine of that JupyterLab."""
    return sm.Studio(sm.connect("local", data_dir=lab.data_dir))


def status(page: LabPage) -> Locator:
    return page.page.get_by_role("button", name="SageMaker:")


def app(studio: sm.Studio, space: str, app_type: str) -> tuple[str, ...]:
    """Make a space and its app; do not wait for the app."""
    domain = studio.connection.domain_id
    assert domain
    studio.create("spaces", {"DomainId": domain, "SpaceName": space, "SpaceSettings": {"AppType": app_type}})
    studio.wait("spaces", domain, space, timeout=30)
    spec: dict[str, Any] = {"ResourceSpec": {"InstanceType": "ml.trn1.2xlarge"}}
    studio.create("apps", {"DomainId": domain, "SpaceName": space, "AppType": app_type, "AppName": "default", **spec})
    return (domain, "space", space, app_type, "default")


def test_ways_to_everything_and_none_starts_the_engine(lab_page: LabPage) -> None:
    page = lab_page.page
    lab_page.open()
    expect(status(lab_page)).to_have_text("SageMaker: local")
    cards = page.locator(".jp-Launcher-section").filter(has=page.get_by_role("heading", name="SageMaker"))
    expect(cards.locator(".jp-LauncherCard")).to_have_count(4)
    page.get_by_role("menuitem", name="SageMaker").click()
    expect(page.get_by_role("menuitem", name="Show the SageMaker Panel")).to_be_visible()
    page.locator(".lm-Menu-item").filter(has_text="New").hover()
    for name in ("New space…", "New training job…", "New tuning job…"):
        expect(page.get_by_role("menuitem", name=name)).to_be_visible()
    lab_page.screenshot("menu")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    # The status bar looked, and nothing was started for that.
    assert not (lab_page.lab.data_dir / "engine.json").exists()

    cards.get_by_role("button", name="New training job").click()
    expect(lab_page.main().get_by_role("tab", name="New training job")).to_be_visible()
    page.keyboard.press("Control+Shift+C")
    page.get_by_role("textbox", name="SEARCH", exact=True).fill("new sagemaker tuning")
    expect(page.locator(".lm-CommandPalette-item.lm-mod-active")).to_contain_text("New SageMaker Tuning Job")
    page.keyboard.press("Enter")
    expect(lab_page.main().get_by_role("tab", name="tuning job")).to_be_visible()
    page.keyboard.press("Control+Shift+Y")
    expect(page.get_by_role("region", name="SageMaker", exact=True)).to_be_visible()


def test_a_running_app_is_counted_and_stopped_in_the_running_panel(lab_page: LabPage, studio: sm.Studio) -> None:
    lab_page.open()
    lab_page.sidebar()
    key = app(studio, "counted", "JupyterLab")
    expect(status(lab_page)).to_have_text("SageMaker: local, 1 app running", timeout=30_000)
    lab_page.command("running:show-panel")
    row = lab_page.page.locator(".jp-RunningSessions-item").filter(has_text="counted")
    expect(row).to_contain_text("ml.trn1.2xlarge")
    until(lambda: studio.describe("apps", *key)["Status"] == "InService", "the app runs")
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(f"running, {theme}")
    row.hover()
    row.get_by_title("Stop").click()
    expect(status(lab_page)).to_have_text("SageMaker: local", timeout=30_000)
    expect(row).to_have_count(0)
    until(lambda: studio.describe("apps", *key)["Status"] == "Deleted", "the app is gone")


def test_a_failure_is_told_once(lab_page: LabPage, studio: sm.Studio) -> None:
    page = lab_page.page
    bell = page.locator(".jp-Notification-Status")
    lab_page.open()
    lab_page.sidebar()
    expect(status(lab_page)).to_be_visible()
    # The engine has no Code Editor: such an app fails, with the reason.
    app(studio, "first", "CodeEditor")
    expect(bell).to_have_text("1", timeout=30_000)
    bell.click()
    notice = page.get_by_role("listitem").filter(has_text="first has failed")
    expect(notice).to_contain_text("Code Editor")
    lab_page.screenshot("failed")
    page.keyboard.press("Escape")

    def told() -> bool:
        """Whether Lab has written down what it told."""
        kept = lab_page.lab.get("lab/api/workspaces/default")["data"]
        return "first" in str(kept.get("jupyter-sm-ext-told:state"))

    until(told, "the workspace is saved")
    lab = page.url.split("?")[0]
    page.goto("about:blank")
    # While nobody looks.
    second = app(studio, "second", "CodeEditor")
    until(lambda: studio.describe("apps", *second)["Status"] == "Failed", "the second fails")
    page.goto(lab)
    expect(bell).to_have_text("1", timeout=60_000)
    bell.click()
    expect(page.get_by_role("listitem").filter(has_text="second has failed")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="first has failed")).to_have_count(0)


def test_the_status_bar_can_be_switched_off(lab_page: LabPage) -> None:
    def set_to(value: str) -> None:
        lab_page.page.evaluate(
            "value => window.jupyterapp.serviceManager.settings.save('jupyter-sm-ext:plugin', value)", value
        )

    lab_page.open()
    expect(status(lab_page)).to_be_visible()
    set_to('{"statusBar": false}')
    lab_page.reload()
    # It knows what it would say, and does not show it.
    lab_page.page.wait_for_function("() => document.querySelector('.jp-sm-status button')?.title")
    expect(status(lab_page)).to_have_count(0)
    set_to("{}")
