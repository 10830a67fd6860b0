"""Tuning jobs of many trials: 200 that really run, in a narrow cell and a wide tab, and 10,000 that were recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from engine_process import EngineProcess
from lab_page import JobView, LabPage
from lab_server import LabServer, running_lab, until
from playwright.sync_api import BrowserContext, expect
from tuning_aws import PARALLEL, TuningJob
from watched_aws import JOB, WatchedAWS

import jupyter_sm_ext as sm

THEMES = ("JupyterLab Light", "JupyterLab Dark")
SCREENSHOTS = Path(__file__).parents[2] / "test-results"
REAL = 200
RECORDED = 10_000
SHORT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--width", type=float)
parser.add_argument("--depth", type=int)
given = parser.parse_args()
if given.depth == 7:
    raise ValueError("seven is too deep")
print(f"score={given.width * given.depth:.4f}", flush=True)
"""


def write_panel(lab: LabServer, name: str) -> str:
    cells = ["import jupyter_sm_ext as sm", f"sm.watch({name!r})"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, lab.work / "panel.ipynb")
    return "panel.ipynb"


@pytest.mark.timeout(600)
def test_200_trials_in_a_cell_and_in_a_tab(lab_page: LabPage) -> None:
    studio = sm.Studio(sm.connect("local", data_dir=lab_page.lab.data_dir))
    lab_page.open_notebook(write_panel(lab_page.lab, "many"))
    sm.tune(
        SHORT,
        studio=studio,
        name="many",
        ranges={"width": (0.1, 1.0), "depth": (1, 8)},
        objective="score",
        strategy="Random",
        max_jobs=REAL,
        parallel=10,
        seed=3,
    )
    lab_page.run_all()
    cell = JobView(lab_page.main().locator(".jp-OutputArea").get_by_role("article"))
    expect(cell.title).to_have_text("many")
    # It is live while they run.
    seen: set[int] = set()

    def over() -> bool:
        seen.add(cell.ended())
        return cell.ended() == REAL

    until(over, f"{REAL} trials have ended", 400)
    assert len(seen) > 2
    expect(cell.status).to_have_text("Completed")

    lab_page.command("jupyter-sm-ext:open", kind="tuning-jobs", key=["many"])
    # Both in sight: the notebook in a narrow column, the job in a wide tab.
    tab = JobView(lab_page.main().locator(".jp-sm-page").get_by_role("article"))
    expect(tab.title).to_have_text("many")
    described = studio.describe("tuning-jobs", "many")
    failed = described["TrainingJobStatusCounters"]["NonRetryableError"]
    assert failed > 0
    table = tab.node.get_by_role("table", name="Trials")
    filtering = tab.node.get_by_role("searchbox")
    filtering.fill("status=failed")
    expect(table).to_have_attribute("aria-rowcount", str(failed + 1))
    filtering.fill("")
    expect(table).to_have_attribute("aria-rowcount", str(REAL + 1))
    # Best first; what has no objective stands last.
    best = described["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    heading = table.get_by_role("columnheader", name="Objective")
    for _ in range(2):
        heading.get_by_role("button").click()
        expect(heading).to_have_attribute("aria-sort", re.compile("ending$"))
        # Trials with no objective stand last, whichever way the others are sorted.
        expect(tab.trials.first).not_to_contain_text("Failed")
        if heading.get_attribute("aria-sort") == "descending":
            expect(tab.trials.first).to_contain_text(f"{best:.3f}")
    assert tab.plotted()
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.screenshot(f"tab, {theme}")
        assert lab_page.violations() == []
    lab_page.command("docmanager:open", path="panel.ipynb", options={"mode": "split-left", "ref": "jp-sm"})
    lab_page.main().get_by_role("tab", name="panel.ipynb").click()
    lab_page.page.set_viewport_size({"width": 900, "height": 900})
    for theme in THEMES:
        lab_page.theme(theme)
        cell.node.scroll_into_view_if_needed()
        lab_page.screenshot(f"cell, {theme}")


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[WatchedAWS]:
    """An AWS with a tuning job of very many trials, which stands still until it is told to go on."""
    job = TuningJob(RECORDED)
    job.moving = False
    engine = EngineProcess(tmp_path / "engine").start()
    try:
        with WatchedAWS(engine.data_dir, job).serving() as aws:
            yield aws  # type: ignore[misc]
    finally:
        engine.close()


def test_10_000_trials(recorded: WatchedAWS, tmp_path: Path, context: BrowserContext) -> None:
    with running_lab(tmp_path / "lab", environment=recorded.environment) as lab:
        lab.data_dir.mkdir(exist_ok=True)
        (lab.data_dir / "connection.json").write_text('{"kind": "aws"}')
        window = LabPage(context.new_page(), lab, SCREENSHOTS / "test_10_000_trials")
        window.page.set_default_timeout(60_000)
        window.open()
        window.command("jupyter-sm-ext:open", **JOB)
        view = JobView(window.main().locator(".jp-sm-page").get_by_role("article"))
        expect(view.title).to_have_text("large", timeout=60_000)
        table = view.node.get_by_role("table", name="Trials")
        total = RECORDED + PARALLEL
        expect(table).to_have_attribute("aria-rowcount", str(total + 1), timeout=60_000)
        # Of ten thousand rows only those in sight are there.
        assert view.trials.count() < 100
        assert view.plotted()
        filtering = view.node.get_by_role("searchbox")
        filtering.fill("depth>=5 lr<0.001 status=completed")
        fitting = sum(
            each["TrainingJobStatus"] == "Completed"
            and int(each["TunedHyperParameters"]["depth"]) >= 5
            and float(each["TunedHyperParameters"]["lr"]) < 0.001
            for each in recorded.job.trials
        )
        expect(table).to_have_attribute("aria-rowcount", str(fitting + 1))
        filtering.fill("")
        # To the end and back, as with a mouse wheel, and rows are there wherever one stops.
        table.hover()
        for distance in (400_000, -200_000, 400_000):
            window.page.mouse.wheel(0, distance)
            expect(view.trials.first).to_be_visible()
        for theme in THEMES:
            window.theme(theme)
            window.screenshot(theme)
        assert window.violations() == []
        # One more trial ends: a page of the newest is read again, not a hundred.
        before = recorded.job.calls.copy()
        with recorded.job._lock:
            recorded.job.advance()
        expect(table).to_have_attribute("aria-rowcount", str(total + 2), timeout=120_000)
        assert (recorded.job.calls - before)["ListTrainingJobsForHyperParameterTuningJob"] <= 3
