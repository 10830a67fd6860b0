"""Notebook 7: the same panel, without JupyterLab's shell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab_notebook import write_tuning
from lab_page import JobView, LabPage
from lab_server import LabServer, running_lab
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
