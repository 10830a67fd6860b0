"""Jobs that somebody else started: live in the sidebar, and the same view in a tab."""

from __future__ import annotations

import pytest
from lab_notebook import SCRIPT
from lab_page import JobView, LabPage
from lab_server import LabServer, until
from playwright.sync_api import expect

import jupyter_sm_ext as sm


@pytest.fixture(scope="module")
def studio(lab: LabServer) -> sm.Studio:
    """The connection of another kernel, or of a terminal, to the engine of that JupyterLab."""
    return sm.Studio(sm.connect("local", data_dir=lab.data_dir))


def start(studio: sm.Studio, name: str, *, jobs: int, epochs: int) -> None:
    sm.tune(
        SCRIPT.format(epochs=epochs),
        studio=studio,
        name=name,
        ranges={"width": (0.0, 1.0)},
        objective="validation:accuracy",
        max_jobs=jobs,
        parallel=2,
    )


def test_jobs_are_live_and_open_in_a_tab(lab_page: LabPage, studio: sm.Studio) -> None:
    lab_page.open()
    sidebar = lab_page.sidebar()
    expect(sidebar.get_by_role("region", name="Connection")).to_contain_text("Local engine")
    start(studio, "older", jobs=1, epochs=1)
    studio.wait("tuning-jobs", "older", timeout=60)
    start(studio, "newer", jobs=6, epochs=8)
    rows = sidebar.get_by_role("region", name="Jobs").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("newer")
    expect(rows.nth(1)).to_contain_text("older")
    expect(rows.nth(1)).to_contain_text("1/1")
    expect(rows.nth(0)).to_contain_text("In progress")

    rows.nth(0).get_by_role("button", name="newer").first.click()
    expect(lab_page.main().get_by_role("tab", name="newer")).to_be_visible()
    view = JobView(lab_page.main().get_by_role("article"))
    expect(view.title).to_have_text("newer")
    expect(view.trials).not_to_have_count(0)
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab_page.theme(theme)
        lab_page.screenshot(f"in the middle, {theme}")
    expect(rows.nth(0)).to_contain_text("6/6", timeout=60_000)
    expect(rows.nth(0)).to_contain_text("Completed")
    expect(view.status).to_have_text("Completed")
    expect(view.node).to_contain_text("6 of 6 trials")

    # A trial opens in place, with what it printed, and from there like a job of its own.
    view.trials.first.click()
    detail = view.node.get_by_role("region", name="Trial 1", exact=True)
    expect(detail.get_by_role("log")).to_contain_text("epoch 7 validation:accuracy=")
    lab_page.screenshot("a trial in place")
    detail.get_by_role("button", name="Open in a tab").click()
    trial = lab_page.main().get_by_role("article").filter(has=lab_page.page.get_by_role("log"))
    expect(trial.get_by_role("log")).to_contain_text("epoch 7 validation:accuracy=")
    lab_page.screenshot("a trial")


def test_stop_in_the_row(lab_page: LabPage, studio: sm.Studio) -> None:
    lab_page.open()
    start(studio, "stopped-in-the-row", jobs=20, epochs=600)
    row = lab_page.sidebar().get_by_role("region", name="Jobs").get_by_role("listitem").filter(has_text="stopped-in")
    expect(row).to_contain_text("In progress")
    row.get_by_role("button", name="Stop stopped-in-the-row").click()
    lab_page.page.get_by_role("dialog").get_by_role("button", name="Stop job").click()
    expect(row).to_contain_text("Stopped", timeout=60_000)
    assert studio.describe("tuning-jobs", "stopped-in-the-row")["HyperParameterTuningJobStatus"] == "Stopped"


def test_sidebar_does_not_poll(lab_page: LabPage, studio: sm.Studio) -> None:
    asked: list[str] = []
    lab_page.open()
    start(studio, "unpolled", jobs=2, epochs=10)
    row = lab_page.sidebar().get_by_role("region", name="Jobs").get_by_role("listitem").filter(has_text="unpolled")
    expect(row).to_contain_text("0/2")
    # Both trials run: for some seconds nothing changes, and so nothing is asked.
    until(lambda: len(list(studio.trials("unpolled"))) == 2, "both trials run")
    lab_page.page.wait_for_timeout(1000)
    lab_page.page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    lab_page.page.wait_for_timeout(2000)
    assert [request for request in asked if "jupyter-sm-ext" in request] == []
    expect(row).to_contain_text("2/2", timeout=60_000)
    assert [request for request in asked if "jupyter-sm-ext" in request] != []
