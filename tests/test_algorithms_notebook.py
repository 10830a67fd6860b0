"""The notebook of algorithms and compilation, run from its first cell to its last."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from jupyter_sm_ext import demo
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.notebook_run import execute
from jupyter_sm_ext.studio import Studio

pytest.importorskip("onnxruntime")

NOTEBOOK = "05_algorithms_and_compilation.ipynb"


def test_it_has_no_outputs() -> None:
    book = json.loads((demo.packaged() / NOTEBOOK).read_text())
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.slow
def test_a_model_goes_from_script_to_algorithm_to_compiled(tmp_path: Path, data_dir: Path) -> None:
    path = Path(shutil.copy(demo.packaged() / NOTEBOOK, tmp_path))
    try:
        page = execute(path).html.read_text()
        studio = Studio(open_connection(Choice(), data_dir))
        compiled = {each["CompilationTargetDevice"]: each["CompilationJobStatus"] for each in _compiled(studio)}
        tuned = [each["HyperParameterTuningJobStatus"] for each in studio.list("tuning-jobs")]
        left = list(studio.list("algorithms"))
    finally:
        local_engine.stop(data_dir)
    assert compiled == {"ml_c5": "COMPLETED", "ml_trn1": "FAILED"}
    assert tuned == ["Completed"]
    assert left == []
    assert "validation: Completed" in page
    assert "the hyperparameter hiden is not supported by the algorithm" in page
    assert "Nodes of the graph: 6 before, " in page
    assert "the local engine does not have the Neuron compiler (neuronx-cc)" in page
    held_out = re.search(r"accuracy on 360 held-out digits: ([0-9.]+)", page)
    assert held_out is not None
    assert float(held_out[1]) > 0.9


def _compiled(studio: Studio) -> list[dict[str, str]]:
    jobs = (studio.describe("compilation-jobs", each["CompilationJobName"]) for each in studio.list("compilation-jobs"))
    return [{**job, "CompilationTargetDevice": job["OutputConfig"]["TargetDevice"]} for job in jobs]
