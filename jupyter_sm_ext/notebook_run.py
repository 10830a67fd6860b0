"""A notebook run without a browser, and written as a page with what it drew."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_sm_ext.errors import SageMakerError

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


def execute(notebook: Path) -> Executed:
    """Run a notebook in a kernel of its own and write it as HTML beside it; the notebook itself stays as it is.

    Raises
    ------
    SageMakerError
        A cell failed; the page shows how far it came.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbconvert import HTMLExporter

    from jupyter_sm_ext.snapshots import best_of, metric_of
    from jupyter_sm_ext.widgets import MIME_TYPE, NO_WIDGETS, SERVER_VARIABLE

    book = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    # A page cannot run a widget: what it can show is the still picture, as where the server draws the panel.
    environment = {**os.environ, SERVER_VARIABLE: NO_WIDGETS}
    client = NotebookClient(
        book,
        timeout=_CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(notebook.parent)}},
        store_widget_state=False,
        # ipykernel warns about TCP, which is on loopback here, in the middle of our own lines.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    failure: Exception | None = None
    why = ""
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        failure = error
        first = error.evalue.strip().partition("\n")[0]
        why = first if error.ename == "QuietError" else f"{error.ename}: {first}"
    except (CellTimeoutError, DeadKernelError) as error:
        failure, why = error, str(error)
    page = notebook.with_suffix(".html")
    body, _ = HTMLExporter().from_notebook_node(book)  # type: ignore[no-untyped-call]
    page.write_text(body, encoding="utf-8")
    if failure is not None:
        raise SageMakerError(f"{notebook.name} failed: {why}", hint=f"How far it came: {page}") from failure
    snapshots = [
        output["data"][MIME_TYPE]["snapshot"]
        for cell in book.cells
        for output in cell.get("outputs", ())
        if MIME_TYPE in output.get("data", {})
    ]
    # A comparison has none of its own.
    tuned = [each for each in snapshots if each is not None and each["kind"] == "tuning-jobs"]
    return Executed(page, best_of(tuned[-1]) if tuned else None, metric_of(tuned[-1]) if tuned else "")
