"""The first hour: from the launcher's empty notebook to a tuned model, with what is seen on the way."""

from __future__ import annotations

import re

from lab_notebook import SCRIPT
from lab_page import JobView, LabPage
from lab_server import until
from playwright.sync_api import Locator, expect

TUNE = (
    "%%sm_tune width=0.0..1.0 --objective validation:accuracy --max-jobs 4 --parallel 2 --seed 1 --name first-tuning\n"
    + SCRIPT.format(epochs=8)
)


def test_from_the_launcher_to_the_best_trial(lab_page: LabPage) -> None:
    lab_page.open()
    page, keyboard = lab_page.page, lab_page.page.keyboard
    notebooks = page.locator(".jp-Launcher-section").filter(has=page.get_by_role("heading", name="Notebook"))
    notebooks.locator(".jp-LauncherCard", has_text="Python 3 (ipykernel)").click()
    notebook = page.locator(".jp-Notebook:visible")
    expect(notebook).to_be_visible(timeout=60_000)
    lab_page.wait_for_kernel("idle")

    # Typed, key by key: what completes and closes brackets must not get in the way.
    notebook.locator(".cm-content").first.click()
    keyboard.type("%load_ext jupyter_sm_ext")
    keyboard.press("Shift+Enter")
    expect(notebook.locator(".jp-CodeCell")).to_have_count(2)
    # Pasted, as one does with a script.
    keyboard.insert_text(TUNE)
    keyboard.press("Shift+Enter")

    panel = JobView(notebook.get_by_role("article").first)
    expect(panel.title).to_have_text("first-tuning", timeout=60_000)
    expect(panel.progress).to_have_attribute("aria-valuemax", "4")
    seen = [panel.ended()]

    def over() -> bool:
        seen.append(panel.ended())
        return seen[-1] == 4

    # In a cell, too, what a job is stands in a row.
    tops = [each["y"] for each in map(Locator.bounding_box, panel.node.locator(".jp-sm-figures > div").all()) if each]
    assert len(tops) > 1
    assert len(set(tops)) == 1

    # Where else it is met: in the sidebar, beside the cell.
    row = lab_page.sidebar().get_by_role("listitem").filter(has_text="first-tuning").first
    expect(row).to_be_visible()
    lab_page.screenshot("running")
    until(over, "4 trials end", 150)
    assert seen == sorted(seen)
    expect(panel.status).to_have_text("Completed")
    expect(panel.trials).to_have_count(4)
    expect(row).to_contain_text("Completed")
    expect(panel.stop).to_be_hidden()
    assert panel.plotted()

    # The cursor is in the next cell already.
    keyboard.type("job.best")
    keyboard.press("Shift+Enter")
    told = notebook.locator(".jp-OutputArea-executeResult").last
    expect(told).to_contain_text("metric='validation:accuracy'", timeout=60_000)
    reached = re.search(r"value=([0-9.]+), hyperparameters={'width': ([0-9.]+)}", told.inner_text().replace("\n", ""))
    assert reached is not None
    value, width = map(float, reached.groups())
    assert abs(value - (1 - (width - 0.5) ** 2)) < 1e-3, "the best trial is not what its width says"
    expect(panel.node).to_contain_text(f"{value:.4f}".rstrip("0"))
    expect(notebook.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)

    panel.node.scroll_into_view_if_needed()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab_page.theme(theme)
        assert panel.plotted()
        lab_page.screenshot(theme)
    lab_page.command("docmanager:save")
    until(lambda: "first-tuning" in _saved(lab_page), "the notebook with its panel is saved")


def _saved(lab_page: LabPage) -> str:
    (path,) = lab_page.lab.work.glob("Untitled*.ipynb")
    return path.read_text()
