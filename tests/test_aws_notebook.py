"""The notebook of AWS and Trainium, run without an account: what needs one is skipped, and says so."""

from __future__ import annotations

import importlib.util
import json
import shutil
from html import unescape
from pathlib import Path

from jupyter_sm_ext import demo
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.notebook_run import execute
from jupyter_sm_ext.offers.training_images import training_image

NOTEBOOK = "06_aws_and_trn1.ipynb"


def test_it_has_no_outputs() -> None:
    book = json.loads((demo.packaged() / NOTEBOOK).read_text())
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


def test_it_tells_what_aws_would_get_and_reaches_nobody(tmp_path: Path, data_dir: Path) -> None:
    path = Path(shutil.copy(demo.packaged() / NOTEBOOK, tmp_path))
    try:
        page = unescape(execute(path).html.read_text())
    finally:
        local_engine.stop(data_dir)
    assert page.count("skipped: needs an AWS account; name a profile in the first cell\n") == 1
    here = importlib.util.find_spec("torch") is not None
    assert ("'validation:accuracy': 0.9" in page) == here
    assert ("skipped: PyTorch is not installed here (pip install torch);" in page) == (not here)
    assert f'"TrainingImage": "{training_image("ml.trn1.2xlarge", "us-west-2")}"' in page
    assert '"sagemaker_torch_distributed_enabled": "true"' in page
    assert '"NEURON_RT_NUM_CORES": "1"' in page
    assert "response = sagemaker.create_training_job(" in page
    assert "'FI_PROVIDER': 'efa'" in page
    assert "--count: 2 ml.trn1.2xlarge cannot train together: they have no EFA network" in page
