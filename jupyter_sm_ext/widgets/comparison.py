"""Tuning jobs compared in a notebook cell.

Where the Jupyter server has our extension and the same connection, the labextension draws it, live, from the server's
hub. Elsewhere the cell keeps the picture of when it was made; `Comparison.look` and showing it again draw it anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.frames import pandas_module
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.comparison import COLUMNS, condensed, rows_of, table, watchers
from jupyter_sm_ext.watching.comparison_picture import render_comparison
from jupyter_sm_ext.widgets.live import MIME_TYPE, for_labextension

if TYPE_CHECKING:
    import pandas as pd


class Comparison:
    """Tuning jobs beside each other.

    Parameters
    ----------
    *names : str
        Of the jobs, 2 to 8.
    studio : Studio, optional
        Where they are; that of the current connection if not given.

    Raises
    ------
    ValidationError
        The names are too few or too many.
    NotFoundError
        There is no such tuning job.
    """

    def __init__(self, *names: str, studio: Studio | None = None) -> None:
        self.studio = studio or Studio(current())
        self._watchers = watchers(self.studio, names)
        self.names = [watcher.thing.key[0] for watcher in self._watchers]

    @property
    def snapshots(self) -> list[dict[str, Any]]:
        """What was seen last of each job."""
        return [watcher.snapshot() for watcher in self._watchers]

    def look(self) -> bool:
        """Look at the jobs that can still change. Returns whether anything changed."""
        changed = [watcher.look() for watcher in self._watchers if not watcher.finished]
        return any(changed)

    def dataframe(self) -> pd.DataFrame:
        """The best of each job so far, one row a training job that has an objective.

        Raises
        ------
        SageMakerError
            pandas is not installed.
        """
        pandas = pandas_module()
        self.look()
        found: pd.DataFrame = pandas.DataFrame(rows_of(self.snapshots), columns=list(COLUMNS))
        return found

    def __repr__(self) -> str:
        return table(self.snapshots).text()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        self.look()
        seen = self.snapshots
        still = {"text/html": render_comparison(seen), "text/plain": repr(self)}
        if not for_labextension(self.studio):
            return still
        live = {"connection": seen[0]["connection"], "kind": "comparison", "key": self.names, "snapshot": None}
        return {MIME_TYPE: {**live, "snapshots": [condensed(snapshot) for snapshot in seen]}, **still}


def compare(*names: str, studio: Studio | None = None) -> Comparison:
    """Tuning jobs in one plot, with a table of what each has come to; see `Comparison`."""
    return Comparison(*names, studio=studio)
