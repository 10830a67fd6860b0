"""Make ``docs/outputs/*.json``, what each notebook gives when it is run, for the site. ``nox -s outputs`` runs it.

The notebooks themselves are kept without outputs. What is kept here is found by the source of the cell that gave it,
so that a cell that has been edited since has none, and a test says so.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.demo import packaged
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.notebook_run import run_cells

FOLDER = Path(__file__).parents[1] / "docs" / "outputs"
# A page shows the first of these that an output has.
SHOWN = ("text/html", "image/svg+xml", "image/png", "text/markdown", "text/plain")


def outputs_of(notebook: Path, name: str) -> list[dict[str, Any]]:
    """Run a copy of a notebook, and tell of each code cell its source and what it gave."""
    book = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder, "notebooks")
        work.mkdir()
        data = Path(folder, "data")
        os.environ["JUPYTER_SM_DATA_DIR"] = str(data)
        try:
            run_cells(book, work)
        except SageMakerError as error:
            raise SageMakerError(f"{name}: {error}") from error
        finally:
            local_engine.stop(data)
        text = nbformat.writes(book)
    # Where it ran is nobody's business, and another place each time.
    for place, told in (
        (work, "notebooks"),
        (data, "~/.local/share/jupyter_sm_ext"),
        (sys.prefix, ".venv"),
        (sys.base_prefix, "python"),
    ):
        text = text.replace(str(place), told)
    book = nbformat.reads(text, as_version=4)
    return [
        {"source": cell.source, "outputs": [kept(output) for output in cell.outputs]}
        for cell in book.cells
        if cell.cell_type == "code"
    ]


def kept(output: dict[str, Any]) -> dict[str, Any]:
    """An output without what only a running JupyterLab can show."""
    if "data" not in output:
        return output
    shown = next(kind for kind in SHOWN if kind in output["data"])
    return {**output, "data": {shown: output["data"][shown]}, "metadata": {}}


def main() -> int:
    """Run all notebooks, or those that are named by the beginning of their names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 01; all of them if none is named")
    wanted = tuple(parser.parse_args().names) or ("",)
    FOLDER.mkdir(exist_ok=True)
    for path in sorted(packaged().glob("*.ipynb")):
        if path.name.startswith(wanted):
            made = outputs_of(path, path.name)
            target = FOLDER / path.with_suffix(".json").name
            target.write_text(f"{json.dumps(made, indent=1, ensure_ascii=False)}\n", encoding="utf-8")
            sys.stderr.write(f"{target.name}: {target.stat().st_size // 1024} KiB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
