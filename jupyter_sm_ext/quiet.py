"""Exceptions that a notebook shows as one plain line, and that still fail the cell."""

from __future__ import annotations

from jupyter_sm_ext.errors import SageMakerError


class QuietError(Exception):
    """Something a user has to read, not to debug: no traceback, but Run All stops and nbclient raises."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Interrupted(KeyboardInterrupt):
    """Waiting was interrupted; what was waited for goes on."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def quiet(error: SageMakerError) -> QuietError:
    """The error as its message and its hint."""
    return QuietError(text_of(error))


def text_of(error: SageMakerError) -> str:
    """Message and hint of an error, each on a line; if a permission is missing, the statement that gives it, too."""
    lines = [error.message, *([error.hint] if error.hint else [])]
    if error.statement:
        lines += ["The policy statement that allows it:", error.statement]
    return "\n".join(lines)
