"""News at the panel's icon, pinned and deleted jobs, and tuning jobs compared in one plot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lab_notebook import SCRIPT, saved_outputs
from lab_page import LabPage
from lab_server import LabServer, running_lab, until
from playwright.sync_api import Locator, expect

import jupyter_sm_ext as sm

THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")
OTHER = 'print("loss=0.5")\nimport argparse\nargparse.ArgumentParser().parse_known_args()\n'


@pytest.fixture(scope="module")
def studio(lab: LabServer) -> sm.Studio:
    """The connection of a terminal to the engine of that JupyterLab."""
    return sm.Studio(sm.connect("local", data_dir=lab.data_dir))


@pytest.fixture(scope="module")
def tuned(studio: sm.Studio) -> tuple[str, str]:
    """Two small tuning jobs with the same objective, which have ended, and one with another."""
    for seed, name in enumerate(("left", "right"), 1):
        tune(studio, name, jobs=4, seed=seed)
    sm.tune(
        OTHER, studio=studio, name="another", ranges={"width": (0.0, 1.0)}, objective="loss", minimize=True, max_jobs=1
    )
    for name in ("left", "right", "another"):
        studio.wait("tuning-jobs", name, timeout=120)
    return "left", "right"


def tune(studio: sm.Studio, name: str, *, jobs: int, epochs: int = 1, seed: int = 1) -> None:
    sm.tune(
        SCRIPT.format(epochs=epochs),
        studio=studio,
        name=name,
        ranges={"width": (0.0, 1.0)},
        objective="validation:accuracy",
        strategy="Random",
        seed=seed,
        max_jobs=jobs,
        parallel=2,
    )


def rows(page: LabPage) -> Locator:
    return page.sidebar().get_by_role("region", name="Jobs").get_by_role("listitem")


def row(page: LabPage, name: str) -> Locator:
    return rows(page).filter(has=page.page.get_by_role("button", name=f"Actions of {name}", exact=True))


def choose(page: LabPage, name: str, action: str) -> None:
    """Open the menu of a row by its button, and choose from it."""
    row(page, name).get_by_role("button", name=f"Actions of {name}", exact=True).click()
    page.page.get_by_role("menuitem", name=action, exact=True).click()


def saved(page: LabPage, text: str, key: str) -> None:
    """Wait until Lab has written the workspace."""
    path = "lab/api/workspaces/default"
    until(lambda: text in str(page.lab.get(path)["data"].get(f"jupyter-sm-ext-{key}:state")), f"{text} is saved")


def test_compare_by_mouse(lab_page: LabPage, tuned: tuple[str, str]) -> None:
    page = lab_page.page
    lab_page.open()
    choose(lab_page, "left", "Compare with…")
    dialog = page.get_by_role("dialog")
    boxes = dialog.get_by_role("listitem")
    expect(boxes).to_have_count(2)
    expect(boxes.nth(0)).to_contain_text("right")
    expect(boxes.nth(0)).to_contain_text("the same objective")
    expect(boxes.nth(1)).to_contain_text("Minimize loss")
    accept = dialog.get_by_role("button", name="Compare", exact=True)
    expect(accept).to_be_disabled()
    boxes.nth(0).get_by_role("checkbox").click()
    lab_page.screenshot("dialog")
    assert lab_page.violations(".jp-Dialog") == []
    accept.click()

    view = lab_page.main().get_by_role("article")
    expect(view.get_by_role("heading", level=2)).to_have_text("Comparison of 2 tuning jobs")
    table = view.get_by_role("table", name="Jobs").locator("tbody tr[aria-rowindex]")
    expect(table).to_have_count(2)
    expect(table.nth(0)).to_contain_text("left")
    expect(table.nth(0)).to_contain_text("4/4")
    plot = view.get_by_role("group", name=re.compile("^Best validation:accuracy so far by trial, of 2 jobs."))
    expect(plot).to_be_visible()
    for theme in THEMES:
        lab_page.theme(theme)
        # The row is the job's; its line stands out.
        table.nth(1).hover()
        expect(table.nth(1)).to_have_class(re.compile("jp-sm-pointed"))
        lab_page.screenshot(f"by trial, {theme}")
        assert lab_page.violations(".jp-sm-compare") == []
    lab_page.theme(THEMES[0])
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20)
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + 12)
    expect(plot.locator(".jp-sm-tip")).to_contain_text("Best of ")
    view.get_by_role("button", name="By elapsed time").click()
    expect(view.get_by_role("heading", name="by time since the job was created")).to_be_visible()
    lab_page.screenshot("by elapsed time")

    # The tab is there after a reload, and the same jobs are not opened twice.
    lab_page.reload()
    expect(view.get_by_role("heading", level=2)).to_have_text("Comparison of 2 tuning jobs")
    expect(table).to_have_count(2)
    lab_page.command("jupyter-sm-ext:compare", names=["right", "left"])
    expect(lab_page.main().get_by_role("tab", name="Compare left, right")).to_have_count(1)
    table.nth(0).click()
    expect(lab_page.main().get_by_role("tab", name="left", exact=True)).to_be_visible()


def test_compare_by_keyboard_and_different_aims(lab_page: LabPage, tuned: tuple[str, str]) -> None:
    page = lab_page.page
    lab_page.open()
    filtering = lab_page.sidebar().get_by_role("searchbox", name="Filter jobs by name, kind or status")
    filtering.fill("right")
    expect(rows(lab_page)).to_have_count(1)
    # Lab's own launcher takes the focus when it is there.
    filtering.press("Enter")
    expect(row(lab_page, "right").get_by_role("button").first).to_be_focused()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menuitem", name="Compare with…")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("checkbox")).to_have_count(2)
    dialog.get_by_role("checkbox").nth(0).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(dialog.get_by_role("checkbox").nth(1)).to_be_checked()
    page.keyboard.press("Enter")
    view = lab_page.main().get_by_role("article")
    expect(view.get_by_role("note")).to_contain_text("These jobs do not aim at the same")
    plots = view.get_by_role("group", name=re.compile("^Best .* so far by trial"))
    expect(plots).to_have_count(2)
    plots.nth(0).focus()
    page.keyboard.press("End")
    expect(view.locator("tr.jp-sm-pointed")).to_contain_text("right")
    lab_page.screenshot("different aims")
    filtering.fill("")


def test_a_running_job_is_compared_live(lab_page: LabPage, studio: sm.Studio, tuned: tuple[str, str]) -> None:
    lab_page.open()
    tune(studio, "going", jobs=3, epochs=3)
    lab_page.command("jupyter-sm-ext:compare", names=["left", "going"])
    view = lab_page.main().get_by_role("article")
    going = view.get_by_role("table", name="Jobs").locator("tbody tr[aria-rowindex]").nth(1)
    expect(going).to_contain_text("In progress")
    expect(going).to_contain_text("3/3", timeout=60_000)
    expect(going).to_contain_text("Completed", timeout=60_000)


def test_pins_outlive_a_reload_and_a_deleted_job_is_gone(
    lab_page: LabPage, studio: sm.Studio, tuned: tuple[str, str]
) -> None:
    page = lab_page.page
    lab_page.open()
    tune(studio, "short-lived", jobs=1)
    studio.wait("tuning-jobs", "short-lived", timeout=60)
    expect(rows(lab_page).first).to_contain_text("short-lived")
    pin = row(lab_page, "left").get_by_role("button", name="Pin left")
    expect(pin).to_have_attribute("aria-pressed", "false")
    row(lab_page, "left").get_by_role("button").first.focus()
    pin.focus()
    page.keyboard.press("Space")
    expect(pin).to_have_attribute("aria-pressed", "true")
    expect(rows(lab_page).first).to_contain_text("left")
    choose(lab_page, "another", "Pin")
    expect(rows(lab_page).nth(0)).to_contain_text("another")
    choose(lab_page, "another", "Unpin")
    saved(lab_page, "left", "tree")
    for theme in THEMES:
        lab_page.theme(theme)
        row(lab_page, "right").hover()
        lab_page.screenshot(f"pinned, {theme}")
        assert lab_page.violations(".jp-sm-jobs") == []
    lab_page.theme(THEMES[0])
    lab_page.reload()
    expect(rows(lab_page).first).to_contain_text("left")

    lab_page.sidebar().get_by_role("combobox", name="Status of the jobs").select_option("Failed")
    expect(lab_page.sidebar().get_by_text("Nothing matches the filter.").first).to_be_visible()
    lab_page.sidebar().get_by_role("combobox", name="Status of the jobs").select_option("All")

    choose(lab_page, "short-lived", "Delete…")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Its training jobs are kept")
    lab_page.screenshot("delete")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(row(lab_page, "short-lived")).to_have_count(0)
    with pytest.raises(sm.errors.NotFoundError):
        studio.describe("tuning-jobs", "short-lived")

    # One that runs is stopped first.
    tune(studio, "busy", jobs=2, epochs=600)
    expect(row(lab_page, "busy")).to_contain_text("In progress")
    row(lab_page, "busy").get_by_role("button").first.focus()
    page.keyboard.press("Delete")
    expect(dialog).to_contain_text("Stop it first")
    dialog.get_by_role("button", name="Stop job").click()
    expect(row(lab_page, "busy")).to_contain_text("Stopped", timeout=60_000)


def test_news_are_counted_until_somebody_looks(lab_page: LabPage, studio: sm.Studio, tuned: tuple[str, str]) -> None:
    page = lab_page.page
    lab_page.open()
    tab = page.get_by_role("tab", name=re.compile("^SageMaker"))
    # What was there before is no news.
    page.wait_for_function("() => document.querySelector('.jp-sm-status button')?.title")
    expect(tab).to_have_accessible_name("SageMaker")
    sm.train("import sys\nsys.exit('no good')\n", studio=studio, name="fails")
    studio.wait("training-jobs", "fails", timeout=60)
    told = "SageMaker: 1 job or app has ended since you looked"
    expect(tab).to_have_accessible_name(told, timeout=60_000)
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(f"badge, {theme}")
        assert lab_page.violations(".jp-SideBar.jp-mod-left") == []
    lab_page.theme(THEMES[0])
    saved(lab_page, "fails", "told")
    lab_page.page.goto(page.url.split("?")[0])
    expect(tab).to_have_accessible_name(told, timeout=60_000)
    tab.click()
    expect(tab).to_have_accessible_name("SageMaker")
    expect(row(lab_page, "fails")).to_contain_text("Failed")
    saved(lab_page, "fails", "looked")
    tab.click()
    lab_page.page.goto(page.url.split("?")[0])
    page.wait_for_function("() => document.querySelector('.jp-sm-status button')?.title")
    expect(tab).to_have_accessible_name("SageMaker")


def test_a_comparison_in_a_cell_is_live_and_kept(lab_page: LabPage, tuned: tuple[str, str]) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("%load_ext jupyter_sm_ext")])
    notebook.cells.append(nbformat.v4.new_code_cell("%sm compare left right"))
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    path = lab_page.lab.work / "compared.ipynb"
    nbformat.write(notebook, path)
    cells = lab_page.open_notebook(path.name)
    lab_page.run_all()
    view = cells.get_by_role("article")
    expect(view.get_by_role("heading", level=2)).to_have_text("Comparison of 2 tuning jobs")
    expect(view.get_by_role("table", name="Jobs").locator("tbody tr[aria-rowindex]")).to_have_count(2)
    lab_page.screenshot("in a cell")
    lab_page.command("docmanager:save")

    def on_disk() -> list[dict[str, Any]]:
        """What is saved; nothing in the middle of a write."""
        try:
            return [data for data in saved_outputs(path) if "text/html" in data]
        except ValueError:
            return []

    (bundle,) = until(on_disk, "the notebook is saved")
    assert "<svg viewBox" in "".join(bundle["text/html"])
    assert "STRATEGY" in "".join(bundle["text/plain"])


def test_notebook_7_tells_news_in_its_menu(lab_page: LabPage, tmp_path: Path) -> None:
    page = lab_page.page
    label = "() => window.jupyterapp.commands.label('jupyter-sm-ext:show')"
    with running_lab(tmp_path, "notebook") as server:
        studio = sm.Studio(sm.connect("local", data_dir=server.data_dir))
        tune(studio, "before", jobs=1)
        studio.wait("tuning-jobs", "before", timeout=60)
        LabPage(page, server, tmp_path).open("tree")
        # A first glance remembers what was there; what comes after it is news.
        page.wait_for_function("() => Object.keys(localStorage).some(key => key.includes('jupyter-sm-ext-looked'))")
        assert page.evaluate(label) == "Show the SageMaker Panel"
        sm.train("import sys\nsys.exit('no good')\n", studio=studio, name="fails")
        page.wait_for_function(f"() => ({label})() === 'Show the SageMaker Panel (1 new)'", timeout=60_000)
        page.get_by_role("menuitem", name="SageMaker").click()
        page.get_by_role("menuitem", name="Show the SageMaker Panel (1 new)").click()
        expect(page.get_by_role("region", name="SageMaker", exact=True)).to_contain_text("fails")
        page.wait_for_function(f"() => ({label})() === 'Show the SageMaker Panel'")
        lab_page.screenshot("notebook 7")
        page.goto("about:blank")
