"""From an empty notebook to a tuned model, by keyboard, with a mistake on the way."""

from __future__ import annotations

import nbformat
from lab_page import JobView, LabPage
from playwright.sync_api import expect

SCRIPT = """\
import argparse
import os
import mine

parser = argparse.ArgumentParser()
parser.add_argument("--width", type=float)
width = parser.parse_args().width
print(f"validation:accuracy={mine.quality(width):.4f}")
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w") as file:
    file.write(str(width))
"""
LINE = "%%sm_tune width=0.0..1.0 --objective validation:accuracy --max-jobs 3 --local --strategy "
MISTAKE = "--strategy: there is no 'byesian' It is one of: Bayesian, Random, Hyperband, Grid."


def test_from_an_empty_notebook_to_a_tuned_model(lab_page: LabPage) -> None:
    work = lab_page.lab.work
    (work / "mine.py").write_text("def quality(width):\n    return 1 - (width - 0.5) ** 2\n")
    empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell()])
    empty.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(empty, work / "empty.ipynb")
    notebook = lab_page.open_notebook("empty.ipynb")
    keyboard = lab_page.page.keyboard

    def run(cell: str) -> None:
        # As if pasted: the editor would close brackets and indent by itself.
        keyboard.insert_text(cell)
        keyboard.press("Shift+Enter")

    notebook.locator(".cm-content").first.click()
    run("%load_ext jupyter_sm_ext")
    run(f"{LINE}byesian\n{SCRIPT}")
    mistake = notebook.locator(".jp-OutputArea-output").first
    expect(mistake).to_have_text(MISTAKE, timeout=60_000)

    run(f"{LINE}random\n{SCRIPT}")
    expect(notebook.get_by_text("imported and packed: mine.py")).to_be_visible(timeout=60_000)
    expect(notebook.get_by_text("trial here: completed in")).to_be_visible(timeout=120_000)
    panel = JobView(notebook.get_by_role("article").first)
    expect(panel.status).to_have_text("Completed", timeout=120_000)
    expect(panel.trials).to_have_count(3)
    run("print(job.artifact().name, 'of', round(job.best.value, 1))")
    expect(notebook.get_by_text("model.tar.gz of ", exact=False).last).to_be_visible(timeout=60_000)
    assert (work / "model.tar.gz").is_file()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab_page.theme(theme)
        lab_page.screenshot(theme)
