"""A panel in the output of the running cell, redrawn as its job goes on, no more often than is of use."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_sm_ext.widgets import Panel

_PAUSE = 1.0  # seconds between two redraws, at least
_PAUSE_BESIDE_SERVER = (
    5.0  # the same where the server draws the panel, so that ours is only what a saved notebook shows
)
_SHARE = 20.0  # and this many times what one costs


class LiveDisplay:
    """Shows a panel, and keeps the shown picture fresh.

    Parameters
    ----------
    panel : Panel or None
        None, or a process that is no kernel, shows nothing.
    """

    def __init__(self, panel: Panel | None) -> None:
        self._panel = panel if in_kernel() else None
        self._handle: Any = None
        self._behind = False
        self._next = 0.0

    def update(self, changed: bool) -> None:
        """Redraw if something changed and the last time is long enough ago."""
        self._behind = self._behind or changed
        if self._panel is None or not self._behind or time.monotonic() < self._next:
            return
        self._draw()

    def finish(self) -> None:
        """Leave the last picture."""
        if self._panel is not None and self._behind:
            self._draw()

    def _draw(self) -> None:
        from IPython.display import display

        from jupyter_sm_ext.widgets import drawn_by_server

        assert self._panel is not None
        started = time.monotonic()
        if self._handle is None:
            self._handle = display(self._panel, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(self._panel)
        ended = time.monotonic()
        pause = _PAUSE_BESIDE_SERVER if drawn_by_server(self._panel.studio) else _PAUSE
        self._next = ended + max(pause, _SHARE * (ended - started))
        self._behind = False


def in_kernel() -> bool:
    """Whether this process is a kernel."""
    # Without a kernel nothing can be redrawn: each update would be one more line.
    import sys

    shell = sys.modules.get("IPython")
    found = shell.get_ipython() if shell is not None else None
    return getattr(found, "kernel", None) is not None
