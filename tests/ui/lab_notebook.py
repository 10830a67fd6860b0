"""Notebooks that the tests write, and scripts that last as long as a test needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

# Half a second an epoch: long enough to be looked at, and to be ended in the middle.
SCRIPT = """\
import argparse
import time

parser = argparse.ArgumentParser()
parser.add_argument("--width", type=float)
width = parser.parse_args().width
for epoch in range({epochs}):
    print(f"epoch {{epoch}} validation:accuracy={{1 - (width - 0.5) ** 2:.4f}}", flush=True)
    time.sleep(0.5)
"""
TUNE = (
    "%%sm_tune --objective validation:accuracy --max-jobs {jobs} --parallel 2 --name {name} width=0.0..1.0\n" + SCRIPT
)


def write_tuning(folder: Path, name: str, *, jobs: int, epochs: int) -> str:
    """Write a notebook that tunes; return its file name. The job has the same name.

    Its last cell leaves a file: until that is there, the kernel is busy with the cell before. (The kernel's own word is
    of no use: with subshells it says idle as soon as one of them is.)
    """
    cells = [
        "%load_ext jupyter_sm_ext",
        TUNE.format(name=name, jobs=jobs, epochs=epochs),
        f"open('{name}.after', 'w').close()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return f"{name}.ipynb"


def went_on(folder: Path, name: str) -> bool:
    """Whether the notebook of a tuning went on to the cell after it."""
    return (folder / f"{name}.after").exists()


def saved_outputs(path: Path) -> list[dict[str, Any]]:
    """MIME bundles of a notebook as it is on the disk; none while it is just being written."""
    text = path.read_text(encoding="utf-8")
    cells = json.loads(text)["cells"] if text else []
    return [output["data"] for cell in cells for output in cell.get("outputs", []) if "data" in output]
