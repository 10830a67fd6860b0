"""What would go wrong with a request, before it is sent: one line a check, the worst first."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import ipywidgets

from jupyter_sm_ext.checks.preflight import Check, preflight
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.widgets.pieces import error_html, link, paragraph

_MARKS = {"blocked": "✗", "warning": "!", "unknown": "?", "ok": "✓"}
_ORDER = list(_MARKS)
_TONES = {"blocked": "error", "warning": "warning", "unknown": "quiet", "ok": "ok"}


class PreflightLines(ipywidgets.HTML):  # type: ignore[misc] # ipywidgets has no types
    """The checks of a request; asked for in a thread, and only the answer to the last request is shown.

    Parameters
    ----------
    connection : Connection
        Where the request would go.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.checks: list[Check] = []
        self.error: SageMakerError | None = None
        self._connection = connection
        self._lock = threading.Lock()
        self._asked: tuple[str, dict[str, Any]] | None = None
        self._cleared = False
        self._idle = threading.Event()
        self._idle.set()

    def ask(self, operation: str, request: Mapping[str, Any]) -> None:
        """Check a request; what was asked before counts no more."""
        with self._lock:
            self._cleared = False
            self._asked = (operation, dict(request))
            if not self._idle.is_set():
                return
            self._idle.clear()
            self.value = paragraph("Looking what would go wrong…", "quiet")
        threading.Thread(target=self._answer, name="SageMaker preflight", daemon=True).start()

    def wait(self, timeout: float | None = None) -> list[Check]:
        """Wait for the answer, and return its checks.

        Raises
        ------
        TimeoutError
            It has not come in ``timeout`` seconds.
        SageMakerError
            The request could not be checked.
        """
        if not self._idle.wait(timeout):
            raise TimeoutError(f"the checks are not there after {timeout:g} s")
        if self.error is not None:
            raise self.error
        return self.checks

    def clear(self) -> None:
        """Show nothing."""
        with self._lock:
            self._asked, self._cleared = None, True
            self.checks, self.error, self.value = [], None, ""

    def __repr__(self) -> str:
        return "\n".join(f"{_MARKS[each.state]} {each.message}" for each in self.checks)

    def _answer(self) -> None:
        asked = self._next()
        try:
            while asked is not None:
                self._show(*self._checked(*asked))
                asked = self._next()
        finally:
            self._idle.set()

    def _next(self) -> tuple[str, dict[str, Any]] | None:
        with self._lock:
            asked, self._asked = self._asked, None
            if asked is None:
                self._idle.set()
            return asked

    def _checked(self, operation: str, request: dict[str, Any]) -> tuple[list[Check], SageMakerError | None]:
        try:
            return preflight(self._connection, operation, request), None
        except SageMakerError as error:
            return [], error

    def _show(self, checks: list[Check], error: SageMakerError | None) -> None:
        with self._lock:
            if self._asked is None and not self._cleared:
                self.checks, self.error = sorted(checks, key=lambda each: _ORDER.index(each.state)), error
                self.value = error_html(error) if error else "".join(map(_line, self.checks))


def _line(check: Check) -> str:
    text = paragraph(f"{_MARKS[check.state]} {check.message}", _TONES[check.state])
    return text + (f"<div>{link(check.link, 'Open in the AWS console')}</div>" if check.link else "")
