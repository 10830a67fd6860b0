"""The panels of a notebook, by mouse: a space is made and started on Trainium, and an instance is picked."""

from __future__ import annotations

from pathlib import Path

import nbformat
from axe_playwright_python.sync_playwright import Axe
from lab_page import LabPage
from playwright.sync_api import Locator, expect

TRN = "ml.trn1.2xlarge"


def write_notebook(folder: Path, name: str, *cells: str) -> str:
    """Write a notebook; return its file name."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, folder / name)
    return name


def button(output: Locator, name: str) -> Locator:
    return output.get_by_role("button", name=name, exact=True)


def listed(output: Locator, name: str, text: str) -> Locator:
    """The lines of a list that hold a text."""
    return output.get_by_role("listbox", name=name).locator("option").filter(has_text=text)


def choose(output: Locator, name: str, text: str) -> None:
    """Choose the line of a list that holds a text."""
    box = output.get_by_role("listbox", name=name)
    find = "(options, text) => options.findIndex(option => option.textContent.includes(text))"
    box.select_option(index=box.locator("option").evaluate_all(find, text))


def serious(lab_page: LabPage) -> list[str]:
    """What axe finds in the outputs that keeps somebody from using them."""
    results = Axe().run(lab_page.page, context=".jp-OutputArea-output")
    bad = [found for found in results.response["violations"] if found["impact"] in ("serious", "critical")]
    return [f"{found['id']}: {[node['html'] for node in found['nodes']][:3]}" for found in bad]


def test_a_space_is_made_and_started_in_a_notebook(lab_page: LabPage) -> None:
    name = write_notebook(
        lab_page.lab.work,
        "panels.ipynb",
        "import jupyter_sm_ext as sm\nsm.spaces()",
        "picker = sm.instances()\npicker",
    )
    notebook = lab_page.open_notebook(name)
    lab_page.run_all()
    spaces, picker = (notebook.locator(".jp-Cell").nth(index).locator(".jp-OutputArea") for index in (0, 1))

    button(spaces, "New space…").click()
    field = spaces.get_by_label("Space name")
    field.fill("not a name!")
    field.press("Tab")
    expect(spaces.get_by_role("alert")).to_contain_text("Does not fit the pattern")
    assert serious(lab_page) == []
    lab_page.screenshot("form")
    field.fill("neuron")
    button(spaces, "Create").click()
    expect(listed(spaces, "Spaces", "neuron")).to_contain_text("Stopped", timeout=30_000)
    expect(field).to_have_count(0)

    # What was just made is selected.
    button(spaces, "Start…").click()
    spaces.get_by_label("Accelerator").select_option("Trainium")
    expect(listed(spaces, "Instance types", "ml.")).to_have_count(3)
    choose(spaces, "Instance types", TRN)
    expect(spaces).to_contain_text(f"Studio JupyterLab Apps running on {TRN} instances")
    assert serious(lab_page) == []
    lab_page.screenshot("before the start")
    button(spaces, f"Start on {TRN}").click()
    expect(spaces).to_contain_text("under way")
    expect(listed(spaces, "Spaces", "neuron")).to_contain_text(f"Running on {TRN}", timeout=60_000)
    expect(button(spaces, "Stop")).to_be_enabled()
    button(spaces, "Open").click()
    expect(spaces.get_by_role("link", name="Open neuron in a new tab")).to_be_visible()
    for theme in ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"):
        lab_page.theme(theme)
        lab_page.screenshot(theme)

    picker.get_by_label("Accelerator").select_option("Trainium")
    expect(listed(picker, "Instance types", "ml.")).to_have_count(3)
    expect(picker).to_contain_text("3 of ")
    choose(picker, "Instance types", "ml.trn1n.32xlarge")
    expect(picker).to_contain_text("Chosen: ml.trn1n.32xlarge")
    picker.scroll_into_view_if_needed()
    lab_page.screenshot("picker")

    button(spaces, "Delete…").click()
    expect(spaces).to_contain_text(f"JupyterLab on {TRN} is stopped")
    spaces.get_by_label("Type neuron to confirm").fill("neuron")
    lab_page.screenshot("before the deletion")
    button(spaces, "Delete").click()
    expect(listed(spaces, "Spaces", "neuron")).to_have_count(0, timeout=60_000)


def test_jobs_are_found_and_one_is_watched(lab_page: LabPage) -> None:
    name = write_notebook(
        lab_page.lab.work,
        "search.ipynb",
        "import jupyter_sm_ext as sm\nscript = \"import json\\nprint('accuracy=0.9')\"\n"
        'for job in [sm.train(script, name=name, metrics=["accuracy"]) for name in ("one", "two")]:\n    job.wait()',
        'sm.search("Metrics.accuracy > 0.5 and TrainingJobName contains one")',
    )
    notebook = lab_page.open_notebook(name)
    lab_page.run_all()
    found = notebook.locator(".jp-Cell").nth(1).locator(".jp-OutputArea").first
    expect(listed(found, "Jobs that were found", "one")).to_have_count(1, timeout=90_000)
    expect(listed(found, "Jobs that were found", "two")).to_have_count(0)

    text = found.get_by_label("Find")
    text.fill("Metrics.accuracy >")
    text.press("Enter")
    expect(found.get_by_role("alert")).to_be_visible()
    assert serious(lab_page) == []
    lab_page.screenshot("mistake")
    text.fill("Metrics.accuracy > 0.5")
    text.press("Enter")
    expect(listed(found, "Jobs that were found", "Completed")).to_have_count(2)
    choose(found, "Jobs that were found", "two")
    button(found, "Watch").click()
    expect(found.get_by_role("article")).to_contain_text("Completed")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab_page.theme(theme)
        lab_page.screenshot(theme)
