"""The shortest walk, in whatever JupyterLab is installed: ``nox -s release`` goes it with each."""

from __future__ import annotations

from lab_notebook import write_tuning
from lab_page import JobView, LabPage
from lab_studio import StudioTree
from playwright.sync_api import expect


def test_tree_job_and_tab(lab_page: LabPage) -> None:
    page = lab_page.page
    notebook = lab_page.open_notebook(write_tuning(lab_page.lab.work, "any-version", jobs=2, epochs=3))
    # What older and newer JupyterLabs place otherwise: the menu, the notebook's toolbar, the status bar.
    expect(page.get_by_role("menuitem", name="SageMaker")).to_be_visible()
    expect(page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name='sagemaker-where']")).to_be_visible()
    expect(page.get_by_role("button", name="SageMaker: local")).to_be_visible()
    lab_page.run_all()
    panel = JobView(notebook.get_by_role("article"))
    expect(panel.title).to_have_text("any-version", timeout=60_000)

    sidebar = lab_page.sidebar()
    expect(StudioTree(lab_page).item("Domain local")).to_be_visible()
    row = sidebar.get_by_role("region", name="Jobs").get_by_role("listitem").filter(has_text="any-version")
    row.get_by_role("button", name="any-version").first.click()
    expect(lab_page.main().get_by_role("tab", name="any-version", exact=True)).to_be_visible()
    view = JobView(lab_page.main().locator(".jp-sm-page").get_by_role("article").filter(visible=True))
    expect(view.status).to_have_text("Completed", timeout=90_000)
    expect(view.node).to_contain_text("2 of 2 trials")
    assert view.plotted()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab_page.theme(theme)
        lab_page.screenshot(theme)
    view.trials.first.click()
    expect(view.node.get_by_role("log")).to_contain_text("epoch 2 validation:accuracy=")


def test_form_is_drawn_by_the_components_that_are_shared(lab_page: LabPage) -> None:
    lab_page.open()
    lab_page.command("jupyter-sm-ext:create", operation="CreateSpace", initial={})
    form = lab_page.main().get_by_role("form", name="New space")
    name = form.get_by_role("textbox", name="Space name", exact=True)
    name.fill("no_such_name")
    name.blur()
    expect(name).to_have_attribute("aria-invalid", "true")
    lab_page.screenshot("form")
