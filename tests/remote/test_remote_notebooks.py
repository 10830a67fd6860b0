"""Notebooks on a kernel of an app, by the tools that run notebooks without a browser."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_sm_ext import remote
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.studio import Studio

WHERE = "import os; print(os.environ['SAGEMAKER_SPACE_NAME'], os.getcwd()); open('left-by-{}', 'w').close()"
MEGABYTE = 1024**2


@pytest.fixture(scope="module")
def kernel(far_studio: Studio, far_app: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of the kernelspec of a running app."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(tmp_path_factory.mktemp("jupyter")))
        patch.setenv("JUPYTER_SM_DATA_DIR", str(far_studio.connection.data_dir))
        [spec] = remote.add(far_studio, Target("apps", tuple(far_app.split("/"))))
        yield spec.name


@pytest.fixture
def root(far_studio: Studio, far_app: str) -> Path:
    """Where the app works."""
    domain, _, space, *_ = far_app.split("/")
    return far_studio.connection.data_dir / "spaces" / domain / space


def write(folder: Path, kernel: str, *cells: str) -> Path:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
    path = folder / "notebook.ipynb"
    nbformat.write(notebook, path)
    return path


def jupyter(*words: str, cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False, **options)


def outputs(path: Path) -> list[Any]:
    return [output for cell in nbformat.read(path, 4).cells for output in cell.outputs]


def test_nbconvert(kernel: str, root: Path, tmp_path: Path) -> None:
    cells = (
        WHERE.format("nbconvert"),
        "6 * 7",
        f"print('x' * {MEGABYTE})",
        "from IPython.display import HTML; HTML('<b>far</b>')",
    )
    done = jupyter(
        "nbconvert", "--to", "notebook", "--execute", "--inplace", write(tmp_path, kernel, *cells).name, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    where, answer, many, rich = outputs(tmp_path / "notebook.ipynb")
    assert where["text"].split() == ["far", str(root)]
    assert (root / "left-by-nbconvert").exists()
    assert answer["data"]["text/plain"] == "42"
    assert len(many["text"]) == MEGABYTE + 1
    assert rich["data"]["text/html"] == "<b>far</b>"


def test_nbconvert_tells_of_an_error_there(kernel: str, tmp_path: Path) -> None:
    path = write(tmp_path, kernel, "print('before')", "1 / 0", "print('after')")
    done = jupyter("nbconvert", "--to", "html", "--execute", path.name, cwd=tmp_path)
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stderr


def test_papermill(kernel: str, root: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(write(tmp_path, kernel, "count = 1", "print(count)", WHERE.format("papermill")), 4)
    notebook.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, tmp_path / "notebook.ipynb")
    done = jupyter("papermill", "notebook.ipynb", "done.ipynb", "-p", "count", "3", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    printed = [output["text"].split() for output in outputs(tmp_path / "done.ipynb")]
    assert printed == [["3"], ["far", str(root)]]
    assert (root / "left-by-papermill").exists()


def test_jupyter_run(kernel: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(WHERE.format("jupyter-run"))
    done = jupyter("jupyter", "run", "--kernel", kernel, "script.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["far", str(root)]


def test_nbclient_keeps_widgets(kernel: str, tmp_path: Path) -> None:
    """Widgets are comms with binary buffers; their state is what nbclient stores in the notebook."""
    cells = (
        "import ipywidgets, os",
        f"content = bytes(range(256)) * {MEGABYTE // 256}",
        "picture, slider = ipywidgets.Image(value=content), ipywidgets.IntSlider(7)",
        "ipywidgets.VBox([picture, slider])",
    )
    path = write(tmp_path, kernel, *cells)
    notebook: Any = nbformat.read(path, 4)
    NotebookClient(notebook, timeout=60).execute()
    state = json.loads(json.dumps(notebook.metadata.widgets))["application/vnd.jupyter.widget-state+json"]["state"]
    sizes = [len(buffer["data"]) for model in state.values() for buffer in model.get("buffers", [])]
    assert sizes == [4 * ((MEGABYTE + 2) // 3)], "one megabyte, as base64"
    values = [model["state"]["value"] for model in state.values() if model["model_name"] == "IntSliderModel"]
    assert values == [7]
