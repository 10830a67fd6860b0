"""The steps of an action in words: for the lines of a terminal, and for an output that is drawn anew."""

from __future__ import annotations

import time
from html import escape

from jupyter_sm_ext.actions.steps import Step
from jupyter_sm_ext.watching.snapshots import duration

_MARKS = {"waiting": "○", "running": "▶", "done": "✓", "failed": "✗"}
_TOLD_SECONDS = 1.0  # what is shorter is not worth a figure


class StepLines:
    """All steps that were told so far, in their order."""

    def __init__(self) -> None:
        self._steps: dict[str, Step] = {}
        self._begun: dict[str, float] = {}
        self._took: dict[str, float] = {}

    def take(self, step: Step) -> bool:
        """Take in what was told; returns whether it is any news."""
        before = self._steps.get(step.text)
        now = time.monotonic()
        if step.state == "running":
            self._begun.setdefault(step.text, now)
        elif step.text in self._begun:
            self._took[step.text] = now - self._begun[step.text]
        self._steps[step.text] = step
        return before != step

    def line(self, step: Step) -> str:
        """One step in one line."""
        took = self._took.get(step.text, 0.0)
        tail = f" ({duration(took)})" if step.state == "done" and took >= _TOLD_SECONDS else ""
        # Why it failed is told by the error that follows.
        detail = f": {step.detail}" if step.detail and step.state != "failed" else ""
        return f"{_MARKS[step.state]} {step.text}{detail}{tail}"

    def text(self) -> str:
        """All of them, a line each."""
        return "\n".join(self.line(step) for step in self._steps.values())

    def html(self) -> str:
        """All of them, as a list."""
        lines = "".join(f'<li style="list-style: none">{escape(self.line(step))}</li>' for step in self._steps.values())
        return f'<ul style="margin: 0; padding: 0" aria-live="polite">{lines}</ul>'
