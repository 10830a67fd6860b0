"""Jupyter's own suite for kernels, on a kernel that runs on an app."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import jupyter_kernel_test
import pytest

from jupyter_sm_ext.studio import Studio

NAME = "far-python"


@pytest.fixture(scope="module")
def far_kernelspec(far_studio: Studio, far_app: str) -> None:
    """A kernelspec where Jupyter finds it."""
    folder = Path(os.environ["JUPYTER_DATA_DIR"]) / "kernels" / NAME
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "jupyter_sm_ext.remote", "-f", "{connection_file}", "--connection", "local"]
    spec = {
        "argv": [*command, "--app", far_app, "--kernel", "python3"],
        "env": {"JUPYTER_SM_DATA_DIR": str(far_studio.connection.data_dir)},
        "display_name": "Python on an app",
        "language": "python",
        "interrupt_mode": "message",
    }
    (folder / "kernel.json").write_text(json.dumps(spec))


@pytest.mark.usefixtures("far_kernelspec")
class TestFarKernel(jupyter_kernel_test.KernelTests):
    kernel_name = NAME
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    # ruff: noqa: RUF012 (the suite's way to be told what to ask)
    completion_samples = [{"text": "zi", "matches": {"zip"}}, {"text": "impor", "matches": {"import"}}]
    complete_code_samples = ["1", "print('hello, world')", "def f(x):\n  return x*2\n\n\n"]
    incomplete_code_samples = ["print('''hello", "def f(x):\n  x*2"]
    invalid_code_samples = ["import = 7q"]
    code_page_something = "zip?"
    code_generate_error = "raise"
    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[n*n for n in range(1, 4)]", "result": "[1, 4, 9]"},
    ]
    code_display_data = [
        {"code": "from IPython.display import HTML, display; display(HTML('<b>test</b>'))", "mime": "text/html"},
        {"code": "from IPython.display import Math, display; display(Math('\\\\frac{1}{2}'))", "mime": "text/latex"},
    ]
    code_history_pattern = "1?2*"
    # Not "range": the suite expects the number of the session; ipykernel, wherever it runs, tells 0 for its own.
    supported_history_operations = ("tail", "search")
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"
