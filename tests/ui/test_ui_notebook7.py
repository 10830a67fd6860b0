"""Notebook 7: the same panel, without JupyterLab's shell."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

import pytest
from lab_notebook import write_tuning
from lab_page import JobView, LabPage
from lab_server import LabServer, running_lab
from packaging.version import Version
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    with running_lab(tmp_path_factory.mktemp("notebook"), "notebook") as server:
        yield server


def test_panel_is_live_in_notebook_7(lab_page: LabPage) -> None:
    notebook = lab_page.open_notebook(write_tuning(lab_page.lab.work, "in-notebook-7", jobs=3, epochs=4), "notebooks")
    lab_page.run_all()
    panel = JobView(notebook.get_by_role("article"))
    expect(panel.title).to_have_text("in-notebook-7", timeout=60_000)
    expect(panel.status).to_have_text("In progress")
    expect(panel.status).to_have_text("Completed", timeout=60_000)
    expect(panel.node).to_contain_text("3 of 3 trials")
    assert panel.plotted()
    lab_page.screenshot("panel")
    panel.trials.first.click()
    expect(lab_page.page.get_by_role("log")).to_contain_text("validation:accuracy=")


def test_places_of_notebook_7(lab_page: LabPage) -> None:
    page = lab_page.page
    # Neither launcher nor status bar are there, and nothing misses them.
    lab_page.open("tree")
    page.get_by_role("menuitem", name="SageMaker").click()
    page.get_by_role("menuitem", name="Show the SageMaker Panel").click()
    sidebar = page.get_by_role("region", name="SageMaker", exact=True)
    expect(sidebar).to_contain_text("Local engine")
    box = sidebar.bounding_box()
    assert box
    assert box["x"] == 0
    lab_page.command("apputils:activate-command-palette")
    page.get_by_role("textbox", name="SEARCH", exact=True).fill("new sagemaker training")
    expect(page.locator(".lm-CommandPalette-item.lm-mod-active")).to_contain_text("New SageMaker Training Job")
    page.keyboard.press("Enter")
    form = page.get_by_role("form", name="New training job")
    expect(form).to_be_visible()
    lab_page.screenshot("places")
    beside = form.bounding_box()
    assert beside
    if Version(version("notebook")) >= Version("7.4"):
        assert beside["y"] > box["y"] + box["height"] / 2
    else:  # it has nothing below yet
        assert beside["x"] > page.evaluate("innerWidth") / 2
