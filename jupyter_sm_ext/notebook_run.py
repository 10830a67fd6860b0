"""A notebook run without a browser, and written as a page with what it drew."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.errors import SageMakerError

if TYPE_CHECKING:
    from nbformat import NotebookNode

_CELL_SECONDS = 600


@dataclass(frozen=True)
class Executed:
    """A notebook that has been run.

    Parameters
    ----------
    html : Path
        It, with its outputs, as a page.
    best : dict or None
        Summary of the best training job of its last tuning job.
    metric : str
        Name of that job's objective.
    """

    html: Path
    best: dict[str, Any] | None
    metric: str


def run_cells(book: NotebookNode, folder: Path) -> None:
    """Run a notebook's cells in a kernel of its own that works in this folder; what they give is put into the notebook.

    Panels are still pictures in it, for a page cannot run a widget.

    Raises
    ------
    SageMakerError
        A cell failed; those before it have their outputs.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from jupyter_sm_ext.widgets import NO_WIDGETS, SERVER_VARIABLE

    client = NotebookClient(
        book,
        timeout=_CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
        # ipykernel warns about TCP, which is on loopback here, in the middle of our own lines.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    try:
        client.execute(env={**os.environ, SERVER_VARIABLE: NO_WIDGETS})
    except CellExecutionError as error:
        first = error.evalue.strip().partition("\n")[0]
        why = first if error.ename == "QuietError" else f"{error.ename}: {first}"
        raise SageMakerError(why) from error
    except (CellTimeoutError, DeadKernelError) as error:
        raise SageMakerError(str(error)) from error


def execute(notebook: Path) -> Executed:
    """Run a notebook and write it as HTML beside it; the notebook itself stays as it is.

    Raises
    ------
    SageMakerError
        A cell failed; the page shows how far it came.
    """
    import nbformat
    from nbconvert import HTMLExporter

    from jupyter_sm_ext.watching.snapshots import best_of, metric_of
    from jupyter_sm_ext.widgets import MIME_TYPE

    book = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    failure: SageMakerError | None = None
    try:
        run_cells(book, notebook.parent)
    except SageMakerError as error:
        failure = error
    page = notebook.with_suffix(".html")
    body, _ = HTMLExporter().from_notebook_node(book)  # type: ignore[no-untyped-call]
    page.write_text(body, encoding="utf-8")
    if failure is not None:
        raise SageMakerError(f"{notebook.name} failed: {failure}", hint=f"How far it came: {page}") from failure
    snapshots = [
        output["data"][MIME_TYPE]["snapshot"]
        for cell in book.cells
        for output in cell.get("outputs", ())
        if MIME_TYPE in output.get("data", {})
    ]
    # A comparison has none of its own.
    tuned = [each for each in snapshots if each is not None and each["kind"] == "tuning-jobs"]
    return Executed(page, best_of(tuned[-1]) if tuned else None, metric_of(tuned[-1]) if tuned else "")
