"""A job's progress as a line in a terminal, where no panel can be drawn."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

from jupyter_sm_ext.watching.snapshots import Snapshot, duration, line_of, progress_of

_BAR = 20
_PAUSE = 0.2  # seconds between two drawings, at least


class ProgressLine:
    """Shows how far a job is: in a terminal one line that is drawn anew, elsewhere a line for each news.

    Parameters
    ----------
    stream : text file, optional
        Where; standard error if not given, so that what a script writes stays clean.
    clock : callable
        Tells seconds.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._started = clock()
        self._redrawn = self._stream.isatty()
        self._next = 0.0
        self._last = ""
        self._open = False

    def update(self, snapshot: Snapshot) -> None:
        """Show a snapshot."""
        text = line_of(snapshot)
        if not self._redrawn:
            if text != self._last:
                self._stream.write(f"{text}\n")
        elif text != self._last or self._clock() >= self._next:
            line = f"{_bar(snapshot)}{text}, {duration(self._clock() - self._started)}"
            width = max(20, shutil.get_terminal_size().columns - 1)
            self._stream.write(f"\r\x1b[K{line if len(line) <= width else line[: width - 1] + '…'}")
            self._next, self._open = self._clock() + _PAUSE, True
        self._last = text
        self._stream.flush()

    def finish(self) -> None:
        """Leave the line as it is."""
        if self._open:
            self._stream.write("\n")
            self._stream.flush()
            self._open = False


def _bar(snapshot: Snapshot) -> str:
    if snapshot["kind"] != "tuning-jobs" or not snapshot.get("described"):
        return ""
    progress = progress_of(snapshot)
    most = progress["maximum"]
    done = min(most, progress["completed"] + progress["failed"] + progress["stopped"])
    full = _BAR * done // most if most else 0
    return f"{'█' * full}{'░' * (_BAR - full)} {done}/{most} "
