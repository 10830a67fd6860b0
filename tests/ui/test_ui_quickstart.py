"""The quickstart, as a person goes through it."""

from __future__ import annotations

from lab_notebook import saved_outputs
from lab_page import JobView, LabPage
from lab_server import until
from playwright.sync_api import expect

MIME_TYPE = "application/vnd.jupyter-sm-ext.watch.v1+json"


def test_quickstart_is_watched_from_0_to_12_trials(lab_page: LabPage) -> None:
    notebook = lab_page.open_notebook("01_quickstart.ipynb")
    lab_page.run_all()
    panel = JobView(notebook.get_by_role("article").first)
    expect(panel.progress).to_have_attribute("aria-valuemax", "12", timeout=60_000)
    seen = [panel.ended()]

    def all_ended() -> bool:
        seen.append(panel.ended())
        return seen[-1] == 12

    until(all_ended, "12 trials end", 150)
    assert seen[0] == 0
    assert seen == sorted(seen)
    assert len(set(seen)) > 4, "the panel did not follow the trials"

    expect(panel.status).to_have_text("Completed")
    held_out = notebook.get_by_text("held-out digits: 0.")
    expect(held_out).to_be_visible(timeout=120_000)
    expect(notebook.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)
    expect(panel.node).to_contain_text("12 of 12 trials")
    expect(panel.trials).to_have_count(12)
    expect(panel.stop).to_be_hidden()
    assert panel.plotted()

    panel.node.scroll_into_view_if_needed()
    for theme in ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"):
        lab_page.theme(theme)
        assert panel.plotted()
        lab_page.screenshot(theme)

    # Those without the extension see a still picture, which the front end has kept fresh.
    lab_page.command("docmanager:save")

    def pictures() -> list[str]:
        bundles = saved_outputs(lab_page.lab.work / "01_quickstart.ipynb")
        htmls = ["".join(bundle["text/html"]) for bundle in bundles if MIME_TYPE in bundle]
        return [html for html in htmls if "Completed" in html]

    (html,) = until(pictures, "the picture of the end is saved")
    assert "<script" not in html
