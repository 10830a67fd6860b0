"""The notebook of spaces and kernels, run from its first cell to its last, where it cleans up."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from jupyter_sm_ext import demo
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.notebook_run import execute
from jupyter_sm_ext.studio import Studio

NOTEBOOK = "02_spaces_and_kernels.ipynb"


def test_it_has_no_outputs() -> None:
    book = json.loads((demo.packaged() / NOTEBOOK).read_text())
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.slow
def test_it_runs_a_kernel_on_trainium_and_leaves_nothing_behind(tmp_path: Path, data_dir: Path) -> None:
    path = Path(shutil.copy(demo.packaged() / NOTEBOOK, tmp_path))
    before = set(KernelSpecManager().find_kernel_specs())
    try:
        page = execute(path).html.read_text()
        studio = Studio(open_connection(Choice(), data_dir))
        assert list(studio.list("spaces")) == []
        assert {app["Status"] for app in studio.list("apps")} == {"Deleted"}
    finally:
        local_engine.stop(data_dir)
    assert set(KernelSpecManager().find_kernel_specs()) == before
    # A page shows the panels as still tables.
    assert "Running on ml.trn1.2xlarge" in page
    assert "Python 3 - ml.trn1.2xlarge (space-" in page
    assert "running in the space space-" in page
    assert "done - Start JupyterLab on ml.t3.medium" in page
    assert "kernels of apps left here: 0" in page
