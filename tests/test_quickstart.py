"""The quickstart, run as `jupyter sm demo --execute` runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from jupyter_sm_ext import cli, demo
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.studio import Studio


def test_the_packaged_notebook_has_no_outputs() -> None:
    book = json.loads((demo.packaged() / demo.QUICKSTART).read_text())
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.slow
def test_it_tunes_a_real_model(tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    original = (demo.packaged() / demo.QUICKSTART).read_bytes()
    try:
        assert cli.main(["demo", str(tmp_path / "here"), "--execute", "--data-dir", str(data_dir)]) == 0
        studio = Studio(open_connection(Choice(), data_dir))
        (tuned,) = studio.list("tuning-jobs")
        described = studio.describe("tuning-jobs", tuned["HyperParameterTuningJobName"])
        trials = list(studio.trials(tuned["HyperParameterTuningJobName"]))
    finally:
        local_engine.stop(data_dir)
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    config = described["HyperParameterTuningJobConfig"]
    assert config["Strategy"] == "Bayesian"
    assert config["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 2}
    ranges = config["ParameterRanges"]
    assert [each["ScalingType"] for each in ranges["ContinuousParameterRanges"]] == ["Logarithmic", "Auto"]
    assert len(ranges["IntegerParameterRanges"]) == len(ranges["CategoricalParameterRanges"]) == 1
    assert len(trials) == 12
    assert {each["TrainingJobStatus"] for each in trials} == {"Completed"}
    out = capsys.readouterr().out
    best = re.search(r"Best trial: (\S+) validation:accuracy=([0-9.]+) \(.*learning-rate=", out)
    assert best is not None
    assert best[1] == described["BestTrainingJob"]["TrainingJobName"]
    assert float(best[2]) > 0.9
    page = (tmp_path / "here" / "01_quickstart.html").read_text()
    # The still picture of the end is in the page, and so is the score of the model that came from S3.
    assert "12 completed · 0 in progress · 0 failed · 0 stopped, of at most 12 training jobs" in page
    held_out = re.search(r"accuracy on 360 held-out digits: ([0-9.]+)", page)
    assert held_out is not None
    assert float(held_out[1]) > 0.9
    assert (tmp_path / "here" / demo.QUICKSTART).read_bytes() == original
