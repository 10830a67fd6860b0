"""Views of training and compilation jobs that really ran: what they tell, and what can be saved from them."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lab_notebook import SCRIPT, saved_outputs
from lab_page import JobView, LabPage
from lab_server import LabServer, until
from playwright.sync_api import Locator, expect

import jupyter_sm_ext as sm

TRAINS = """
import os, sys, time
import onnx
from onnx import TensorProto, helper
for epoch in range(1, 6):
    print(f"epoch {epoch} loss={1 / epoch:.4f} accuracy={1 - 1 / (epoch + 1):.4f}", flush=True)
graph = helper.make_graph(
    [helper.make_node("Identity", ["x"], ["same"]), helper.make_node("Relu", ["same"], ["y"])],
    "net",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.save(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.onnx"))
with open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "report.txt"), "w") as file:
    file.write("all went well")
"""
DIES = "import os, signal\nprint('eats all memory', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
METRICS = {"loss": r"loss=(\S+)", "accuracy": r"accuracy=(\S+)"}
THEMES = ("JupyterLab Light", "JupyterLab Dark")
SCARCE = "ml.p3.2xlarge"


@pytest.fixture(scope="module")
def studio(lab: LabServer) -> sm.Studio:
    """The connection of another kernel, or of a terminal, to the engine of that JupyterLab."""
    return sm.Studio(sm.connect("local", data_dir=lab.data_dir))


@pytest.fixture(scope="module")
def trained(studio: sm.Studio) -> Any:
    job = sm.train(
        TRAINS,
        name="trains",
        studio=studio,
        metrics=METRICS,
        environment={"OMP_NUM_THREADS": "1"},
        hyperparameters={"epochs": 5},
    )
    studio.wait("training-jobs", "trains", timeout=120)
    return job


def part(view: JobView, title: str) -> Locator:
    heading = view.node.page.get_by_role("heading", name=title, exact=True)
    return view.node.locator("section").filter(has=heading).last


def in_both_themes(lab_page: LabPage, name: str, *, down_to: Locator | None = None) -> None:
    for theme in THEMES:
        lab_page.theme(theme)
        if down_to is not None:
            down_to.scroll_into_view_if_needed()
        lab_page.screenshot(f"{name}, {theme}")


def downloaded(lab_page: LabPage, view: JobView, path: str) -> dict[str, int]:
    """Sizes of the files in an archive that was saved by its button."""
    with lab_page.page.expect_download() as saving:
        view.node.get_by_role("button", name=f"Download {path}").click()
    data = Path(saving.value.path()).read_bytes()
    assert saving.value.suggested_filename == path.rpartition("/")[2]
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {member.name: member.size for member in archive if member.isfile()}


def test_a_training_job_and_its_model(lab_page: LabPage, trained: Any) -> None:
    lab_page.open()
    view = lab_page.open_job("training-jobs", "trains")
    expect(view.status).to_have_text("Completed")
    expect(part(view, "Time and cost")).to_contain_text("nothing: simulated here")
    expect(part(view, "Resources")).to_contain_text("Instances")
    expect(part(view, "Environment")).to_contain_text("OMP_NUM_THREADS")
    expect(part(view, "Origin")).to_contain_text("arn:aws:iam::")
    expect(part(view, "Artifacts")).to_contain_text("output/model.tar.gz")
    assert list(downloaded(lab_page, view, "output/model.tar.gz")) == ["model.onnx"]
    assert any(name.endswith("report.txt") for name in downloaded(lab_page, view, "output/output.tar.gz"))

    view.node.get_by_text("As a table").click()
    rows = view.node.get_by_role("table", name="Learning curves").get_by_role("row")
    expect(rows).to_have_text(["MetricValuesFirstLowestHighestLast", "loss510.210.2", "accuracy50.50.50.83330.8333"])
    assert lab_page.violations() == []
    in_both_themes(lab_page, "a training job")
    in_both_themes(lab_page, "a training job, further down", down_to=part(view, "Artifacts"))


def test_a_file_that_is_gone_is_told_of(lab_page: LabPage, studio: sm.Studio, trained: Any) -> None:
    lab_page.open()
    view = lab_page.open_job("training-jobs", "trains")
    expect(part(view, "Artifacts")).to_contain_text("output/output.tar.gz")
    bucket, _, key = str(trained.model_uri).removeprefix("s3://").partition("/")
    key = key.replace("model.tar.gz", "output.tar.gz")
    studio.connection.client("s3").delete_object(Bucket=bucket, Key=key)
    view.node.get_by_role("button", name="Download output/output.tar.gz").click()
    expect(part(view, "Artifacts").get_by_role("alert")).to_contain_text("The specified key does not exist")


def test_a_job_that_was_killed(lab_page: LabPage, studio: sm.Studio) -> None:
    sm.train(DIES, name="dies", studio=studio)
    studio.wait("training-jobs", "dies", timeout=120)
    lab_page.open()
    view = lab_page.open_job("training-jobs", "dies")
    expect(view.status).to_have_text("Failed")
    expect(view.node).to_contain_text("the instance had no memory left")
    expect(view.node).to_contain_text("What to do")
    in_both_themes(lab_page, "a failed training job")
    assert lab_page.violations() == []


def test_a_job_that_waits_for_instances(lab_page: LabPage, lab: LabServer, studio: sm.Studio) -> None:
    studio.connection.ensure()
    (lab.data_dir / "capacity.json").write_text(json.dumps({SCARCE: 0}))
    sm.train(DIES, name="waits", studio=studio, instance_type=SCARCE, max_pending=7200)
    lab_page.open()
    view = lab_page.open_job("training-jobs", "waits")
    waiting = view.node.locator("[aria-current=step]")
    expect(waiting).to_contain_text("It is given up in 1 h 59 m.")
    expect(part(view, "Time and cost")).to_contain_text("left")
    expect(part(view, "Artifacts")).to_contain_text("when it has ended")
    in_both_themes(lab_page, "a job that waits")
    view.stop_job()
    expect(view.status).to_have_text("Stopped", timeout=60_000)


def test_the_cost_of_a_tuning_job(lab_page: LabPage, studio: sm.Studio) -> None:
    sm.tune(
        SCRIPT.format(epochs=1),
        studio=studio,
        name="costs",
        ranges={"width": (0.0, 1.0)},
        objective="validation:accuracy",
        max_jobs=2,
        parallel=2,
    )
    studio.wait("tuning-jobs", "costs", timeout=120)
    lab_page.open()
    view = lab_page.open_job("tuning-jobs", "costs")
    cost = view.node.get_by_text("nothing: simulated here").first
    expect(cost).to_be_visible()
    in_both_themes(lab_page, "a tuning job")


def test_compilation_jobs_in_a_tab_and_in_a_cell(lab_page: LabPage, studio: sm.Studio, trained: Any) -> None:
    sm.compile(trained, target="ml_c5", shape={"x": [1, 2]}, name="compiles", studio=studio)
    sm.compile(trained, target="ml_trn1", shape={"x": [1, 2]}, name="cannot", studio=studio)
    for name in ("compiles", "cannot"):
        studio.wait("compilation-jobs", name, timeout=120)

    cells = ["import jupyter_sm_ext as sm", "sm.watch('compiles')", "%load_ext jupyter_sm_ext\n%sm watch cannot"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    path = lab_page.lab.work / "compilations.ipynb"
    nbformat.write(notebook, path)
    cell = lab_page.open_notebook(path.name)
    lab_page.run_all()
    panels = cell.get_by_role("article")
    expect(panels).to_have_count(2, timeout=60_000)
    expect(JobView(panels.nth(0)).status).to_have_text("Completed")
    expect(panels.nth(1)).to_contain_text("This machine has no compiler for that")
    in_both_themes(lab_page, "compilation jobs in cells", down_to=panels.nth(0))
    lab_page.command("docmanager:save")
    saved: list[dict[str, Any]] = []

    def both_are_saved() -> bool:
        # While it is written, the file is no notebook.
        with contextlib.suppress(ValueError):
            saved[:] = saved_outputs(path)
        return len(saved) == 2

    until(both_are_saved, "the panels are saved", 30)
    [done, failed] = saved
    assert "Compilation job <strong>compiles</strong>" in "".join(done["text/html"])
    assert "".join(done["text/plain"]) == "Compilation job compiles: COMPLETED, ONNX for ml_c5"
    assert "This machine has no compiler for that" in "".join(failed["text/html"])

    view = lab_page.open_job("compilation-jobs", "compiles")
    expect(view.node).to_contain_text("onnxruntime")
    files = downloaded(lab_page, view, "model-ml_c5.tar.gz")
    assert {"model.onnx", "manifest.json"} <= set(files)
    in_both_themes(lab_page, "a compilation job")
    view = lab_page.open_job("compilation-jobs", "cannot")
    expect(view.node).to_contain_text("Compile an ONNX model for a CPU")
    in_both_themes(lab_page, "a failed compilation job")
