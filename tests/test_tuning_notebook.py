"""The notebook of tuning, run from its first cell to its last."""

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

NOTEBOOK = "04_tune.ipynb"


def test_it_has_no_outputs() -> None:
    book = json.loads((demo.packaged() / NOTEBOOK).read_text())
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.slow
def test_four_strategies_an_early_end_a_warm_start_and_the_model(tmp_path: Path, data_dir: Path) -> None:
    path = Path(shutil.copy(demo.packaged() / NOTEBOOK, tmp_path))
    try:
        page = unescape(execute(path).html.read_text())
        studio = Studio(open_connection(Choice(), data_dir))
        names = [
            each["HyperParameterTuningJobName"]
            for each in studio.list("tuning-jobs", SortBy="CreationTime", SortOrder="Ascending")
        ]
        jobs = [studio.describe("tuning-jobs", name) for name in names]
        trials = [list(studio.trials(name)) for name in names]
        (final,) = [
            studio.describe("training-jobs", each["TrainingJobName"])
            for each in studio.list("training-jobs")
            if "-best-" in each["TrainingJobName"]
        ]
    finally:
        local_engine.stop(data_dir)
    assert [job["HyperParameterTuningJobStatus"] for job in jobs] == ["Completed"] * 6
    configs = [job["HyperParameterTuningJobConfig"] for job in jobs]
    assert [each["Strategy"] for each in configs] == ["Random", "Bayesian", "Grid", "Hyperband", "Random", "Bayesian"]
    _, bayesian, _, _, quick, warm = jobs
    assert [len(each) for each in trials[:4]] == [6, 6, 6, 9]
    assert {each["TrainingJobStatus"] for each in trials[3]} <= {"Completed", "Stopped"}

    # It ended long before its last trial: at its target, or because nothing became better.
    assert 0 < len(trials[4]) < 30
    waited = quick["TuningJobCompletionDetails"]["NumberOfTrainingJobsObjectiveNotImproving"]
    assert _value(quick["BestTrainingJob"]) >= 0.96 or waited >= 12
    assert quick["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == "Auto"
    assert f"Completed after {len(trials[4])} of 30 trials: {_value(quick['BestTrainingJob']):.4f}" in page
    assert warm["WarmStartConfig"]["ParentHyperParameterTuningJobs"] == [
        {"HyperParameterTuningJobName": bayesian["HyperParameterTuningJobName"]}
    ]
    assert len(trials[5]) == 4

    # The best of all is told with its value, and trained longer by its own hyperparameters.
    best = max((job["BestTrainingJob"] for job in jobs), key=_value)
    told = re.search(r"(\S+): validation:accuracy = ([0-9.]+)\n", page)
    assert told is not None
    assert float(told[2]) == round(_value(best), 4) > 0.9
    assert final["TrainingJobStatus"] == "Completed"
    assert final["HyperParameters"]["epochs"] == "30"
    tuned = best["TunedHyperParameters"]
    assert {name: final["HyperParameters"][name] for name in tuned} == tuned
    held_out = re.search(r"accuracy on 360 held-out digits: ([0-9.]+)", page)
    assert held_out is not None
    assert float(held_out[1]) > 0.9

    # The comparison has a line for each, and what is taken along is there.
    for name in names:
        assert name in page
    assert "sagemaker.create_training_job(" in page
    header, *rows = (tmp_path / "trials.csv").read_text().splitlines()
    assert {"learning-rate", "momentum", "TrainingJobName", "FinalObjectiveValue"} <= {*header.split(",")}
    assert len(rows) >= 4


def _value(summary: dict[str, dict[str, float]]) -> float:
    return summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
