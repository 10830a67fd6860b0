"""What an installation brings: both extensions enabled and valid, the commands, the notebooks; and no Node."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import distribution, entry_points
from pathlib import Path

import nbformat
import pytest
from packaging.version import Version

from jupyter_sm_ext import __version__
from jupyter_sm_ext.demo import QUICKSTART, packaged


def jupyter(*words: str) -> str:
    """Both streams of a ``jupyter`` command, without Node within reach."""
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PATH": str(Path(sys.executable).parent / "no-such-folder"), "NO_COLOR": "1"},
        check=True,
    )
    return done.stdout + done.stderr


def told_of(listing: str, name: str) -> str:
    return "\n".join(line for line in listing.splitlines() if name in line)


def test_labextension_is_enabled_and_valid() -> None:
    line = told_of(jupyter("labextension", "list"), "jupyter-sm-ext")
    assert "enabled" in line
    assert "OK" in line


def test_server_extension_is_enabled_and_valid() -> None:
    listing = jupyter("server", "extension", "list")
    assert "enabled" in told_of(listing, "jupyter_sm_ext")
    assert f"jupyter_sm_ext {__version__}" in listing
    assert "OK" in told_of(listing, f"jupyter_sm_ext {__version__}")


def test_what_jupyterlab_loads_is_a_built_bundle() -> None:
    told = json.loads(Path(sys.prefix, "share/jupyter/labextensions/jupyter-sm-ext/package.json").read_text())
    assert told["name"] == "jupyter-sm-ext"
    assert told["jupyterlab"]["_build"]["load"].startswith("static/remoteEntry.")


def test_command_is_one_of_jupyters() -> None:
    (script,) = entry_points(group="console_scripts", name="jupyter-sm")
    assert script.value == "jupyter_sm_ext.cli:main"
    assert distribution("jupyter-sm-ext").version == __version__


def static() -> Path:
    """Where the widget's bundle is."""
    from jupyter_sm_ext.widgets import Panel

    return Path(sys.modules[Panel.__module__].__file__ or "").parent / "static"


def test_version_is_the_same_for_jupyterlab() -> None:
    told = json.loads(Path(sys.prefix, "share/jupyter/labextensions/jupyter-sm-ext/package.json").read_text())
    assert Version(told["version"]) == Version(__version__)


def test_licences_of_what_is_bundled_are_told() -> None:
    told = json.loads((static() / "third-party-licenses.json").read_text(encoding="utf-8"))["packages"]
    assert "ansi_up" in [package["name"] for package in told]
    assert [package["name"] for package in told if not (package["licenseId"] and package["extractedText"])] == []


def test_widget_is_bundled() -> None:
    bundle = static()
    script = (bundle / "live.js").read_text(encoding="utf-8")
    assert "https://" not in script, "nothing may come from outside"
    assert (bundle / "live.css").stat().st_size > 0


@pytest.mark.parametrize("notebook", sorted(packaged().glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_are_packed_clean(notebook: Path) -> None:
    book = nbformat.read(notebook, as_version=4)
    nbformat.validate(book)
    assert [cell.execution_count for cell in book.cells if cell.cell_type == "code" if cell.execution_count] == []
    assert [cell.outputs for cell in book.cells if cell.cell_type == "code" if cell.outputs] == []


def test_the_quickstart_is_among_them() -> None:
    assert (packaged() / QUICKSTART).is_file()
