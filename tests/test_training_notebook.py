"""The notebook of training and debugging, run from its first cell to its last."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from jupyter_sm_ext import demo
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.notebook_run import execute
from jupyter_sm_ext.studio import Studio

NOTEBOOK = "03_train_and_debug.ipynb"


def test_it_has_no_outputs() -> None:
    book = json.loads((demo.packaged() / NOTEBOOK).read_text())
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.slow
def test_jobs_fail_are_understood_and_mended(tmp_path: Path, data_dir: Path) -> None:
    path = Path(shutil.copy(demo.packaged() / NOTEBOOK, tmp_path))
    try:
        page = unescape(execute(path).html.read_text())
        studio = Studio(open_connection(Choice(), data_dir))
        names = [each["TrainingJobName"] for each in studio.list("training-jobs", SortOrder="Ascending")]
        jobs = [studio.describe("training-jobs", name) for name in names]
    finally:
        local_engine.stop(data_dir)
    # The trial, the job, the one mistyped and the one mended, the one too early and its retry, the function.
    assert [job["TrainingJobStatus"] for job in jobs] == [
        "Completed", "Completed", "Failed", "Completed", "Failed", "Completed", "Completed",
    ]  # fmt: skip
    _, trained, mistyped, mended, early, again, counted = jobs
    solvers = [job["HyperParameters"]["solver"] for job in (mistyped, mended)]
    assert solvers == ["adm", "sgd"]
    assert _of_the_job(early) == _of_the_job(again)
    assert early["FailureReason"].count("FileNotFoundError") == 1
    assert [each["MetricName"] for each in trained["FinalMetricDataList"]] == ["train:loss", "validation:accuracy"]
    assert counted["EnableManagedSpotTraining"] is True

    # What is sent is shown before it is sent, with what goes along; the dry run started nothing.
    assert 'TrainingJobName="digits-plan"' in page
    assert page.count("imported and packed: digits_data.py (") == 2
    assert "requirements: scikit-learn" in page
    assert re.search(r"trial here: completed in \d+ s, train:loss=", page)
    # A failure is told by the service's reason and its meaning; the log has what the reason lacks.
    assert f"{mistyped['TrainingJobName']} Failed: AlgorithmError: AttributeError: This 'MLPClassifier' has no" in page
    assert f"Its log tells more: %sm logs {mistyped['TrainingJobName']}" in page
    assert "adm is not stochastic." in page
    assert "digits.npz, which is not there where it runs." in page
    assert "advice: --instance ml.g5.xlarge is simulated on this machine" in page
    assert "advice: --spot without --checkpoints" in page
    held_out = re.search(r"accuracy on 360 held-out digits: ([0-9.]+)", page)
    assert held_out is not None
    assert float(held_out[1]) > 0.9
    with_axes = re.search(r"<th>15</th>\s*<td>([0-9.]+)</td>\s*<td>([0-9.]+)</td>", page)
    assert with_axes is not None, "the curves have no fifteenth epoch"
    assert float(with_axes[2]) > 0.9


def _of_the_job(described: dict[str, object]) -> dict[str, object]:
    return {name: described[name] for name in ("HyperParameters", "InputDataConfig", "ResourceConfig")}
