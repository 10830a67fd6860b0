"""The panel in a cell does not depend on the kernel, nor on the engine being there all the time."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager

from lab_notebook import went_on, write_tuning
from lab_page import JobView, LabPage
from lab_server import LabServer, until
from playwright.sync_api import expect


def start(lab_page: LabPage, name: str, *, jobs: int, epochs: int) -> JobView:
    notebook = lab_page.open_notebook(write_tuning(lab_page.lab.work, name, jobs=jobs, epochs=epochs))
    lab_page.run_all()
    panel = JobView(notebook.get_by_role("article"))
    expect(panel.title).to_have_text(name, timeout=60_000)
    expect(panel.progress).to_be_visible()
    return panel


def describe(lab: LabServer, name: str) -> dict[str, object]:
    answer = lab.get(f"jupyter-sm-ext/tuning-jobs/{name}")
    assert isinstance(answer, dict)
    return answer


@contextmanager
def no_engine(lab: LabServer) -> Iterator[None]:
    """Kill the engine; a new one, which is started at once, waits for us outside the data directory."""
    engine = lab.engine()
    with (lab.data_dir / "engine.lock").open("a") as lock:
        engine.kill()
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_stop_works_while_the_cell_is_running(lab_page: LabPage) -> None:
    panel = start(lab_page, "to-be-stopped", jobs=20, epochs=600)
    expect(panel.trials).to_have_count(2)
    assert not went_on(lab_page.lab.work, "to-be-stopped")
    panel.stop_job()
    expect(panel.status).to_have_text("Stopped", timeout=60_000)
    assert describe(lab_page.lab, "to-be-stopped")["HyperParameterTuningJobStatus"] == "Stopped"
    until(lambda: went_on(lab_page.lab.work, "to-be-stopped"), "the cell ends")
    expect(panel.stop).to_be_hidden()


def test_panel_is_back_after_a_reload_while_the_cell_is_running(lab_page: LabPage) -> None:
    panel = start(lab_page, "to-be-reloaded", jobs=6, epochs=20)
    path = lab_page.lab.work / "to-be-reloaded.ipynb"
    until(lambda: "vnd.jupyter-sm-ext.watch" in path.read_text(encoding="utf-8"), "the panel is saved", 30)
    before = panel.ended()
    lab_page.reload()
    expect(panel.progress).to_be_visible()
    assert before <= panel.ended() < 6
    assert not went_on(lab_page.lab.work, "to-be-reloaded")
    lab_page.screenshot("after the reload")
    until(lambda: panel.ended() > before, "the panel is live again", 60)
    expect(panel.status).to_have_text("Completed", timeout=90_000)
    expect(panel.node).to_contain_text("6 of 6 trials")


def test_engine_killed_while_the_panel_is_open(lab_page: LabPage) -> None:
    panel = start(lab_page, "to-be-survived", jobs=4, epochs=30)
    expect(panel.trials).to_have_count(2)
    notice = panel.node.get_by_role("status").filter(has_text="Last updated")
    with no_engine(lab_page.lab):
        expect(notice).to_be_visible(timeout=30_000)
        lab_page.screenshot("the engine is gone")
    expect(notice).to_be_hidden(timeout=60_000)
    expect(panel.status).to_have_text("Completed", timeout=120_000)
    expect(panel.node).to_contain_text("4 of 4 trials")
    counters = describe(lab_page.lab, "to-be-survived")["TrainingJobStatusCounters"]
    assert json.loads(json.dumps(counters)) == {
        "Completed": 4,
        "InProgress": 0,
        "NonRetryableError": 0,
        "RetryableError": 0,
        "Stopped": 0,
    }
