"""The search for jobs in a tab: written with what is offered, sorted, starred, and there again after a reload."""

from __future__ import annotations

import pytest
from lab_page import LabPage
from lab_server import LabServer
from playwright.sync_api import expect

import jupyter_sm_ext as sm

SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int, default=3)
print(f"accuracy={0.5 + parser.parse_args().depth / 100:.4f}")
"""
THEMES = ("JupyterLab Dark", "JupyterLab Light")


@pytest.fixture(scope="module", autouse=True)
def jobs(lab: LabServer) -> None:
    """Three training jobs that have ended."""
    studio = sm.Studio(sm.connect("local", data_dir=lab.data_dir))
    for depth in (1, 2, 3):
        sm.train(
            SCRIPT,
            studio=studio,
            name=f"depth-{depth}",
            hp={"depth": depth},
            tags={"team": "red" if depth > 1 else "blue"},
            metrics={"accuracy": "accuracy=([0-9.]+)"},
        )
    for depth in (1, 2, 3):
        studio.wait("training-jobs", f"depth-{depth}", timeout=120)


def test_a_search_is_written_by_keyboard_and_outlives_a_reload(lab_page: LabPage) -> None:
    page = lab_page.page
    lab_page.open()
    jobs = lab_page.sidebar().get_by_role("region", name="Jobs")
    jobs.get_by_role("button", name="Search", exact=True).click()
    view = page.get_by_role("search", name="Search jobs")
    field = view.get_by_role("combobox", name="What the jobs must be")
    expect(field).to_be_focused()
    # The examples name what the jobs here have.
    expect(view.get_by_role("button", name="Metrics.accuracy > 0.52")).to_be_visible()
    field.press_sequentially("accu")
    expect(view.get_by_role("listbox").get_by_role("option", name="Metrics.accuracy")).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    field.press_sequentially("> 0.5 and Tags.team = r")
    field.press("ArrowDown")
    field.press("Tab")
    expect(field).to_have_value("Metrics.accuracy > 0.5 and Tags.team = red ")
    field.press("Enter")
    rows = view.get_by_role("table", name="Jobs that fit").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("0.53")
    head = view.get_by_role("columnheader", name="Metrics.accuracy")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    head.get_by_role("button").click()
    expect(rows.first).to_contain_text("depth-2")
    view.get_by_role("button", name="Pin depth-2").click()
    expect(jobs.get_by_role("listitem").first).to_contain_text("depth-2")
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(theme)
        assert lab_page.violations(".jp-sm-search") == []

    lab_page.reload()
    expect(field).to_have_value("Metrics.accuracy > 0.5 and Tags.team = red ")
    expect(rows.first).to_contain_text("depth-2")
    expect(view.get_by_role("button", name="Pin depth-2")).to_have_attribute("aria-pressed", "true")
    view.get_by_role("button", name="Actions of depth-2").click()
    page.get_by_role("menuitem", name="Open", exact=True).click()
    expect(lab_page.main().get_by_role("article").get_by_role("heading", level=2)).to_have_text("depth-2")


def test_a_mistake_is_told_beside_the_field_with_what_would_do(lab_page: LabPage) -> None:
    lab_page.open()
    lab_page.command("jupyter-sm-ext:search")
    view = lab_page.page.get_by_role("search", name="Search jobs")
    field = view.get_by_role("combobox", name="What the jobs must be")
    field.fill("loss < 0.2")
    field.press("Enter")
    expect(view.get_by_role("alert")).to_contain_text("Did you mean Metrics.loss")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("name = nobody")
    field.press("Enter")
    expect(view.get_by_role("status").filter(has_text="nothing fits")).to_be_visible()
    view.get_by_role("button", name="status = failed").click()
    expect(field).to_have_value("status = failed")
