"""When a line of a job's log was written.

The supervisor adds a pair of numbers whenever the log has grown: the time (epoch milliseconds) and the size by then.
"""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path

_RECORD = 16


class Timeline:
    """The times of one log.

    Parameters
    ----------
    log : Path
        The log.
    index : Path
        Its pairs.
    """

    def __init__(self, log: Path, index: Path) -> None:
        try:
            data = index.read_bytes()
        except FileNotFoundError:
            data = b""
        pairs = memoryview(data[: len(data) // _RECORD * _RECORD]).cast("Q")
        self._times, self._sizes = pairs[::2], pairs[1::2]
        try:
            self._changed = int(log.stat().st_mtime * 1000)
        except FileNotFoundError:
            self._changed = 0

    def at(self, offset: int) -> int:
        """Epoch milliseconds by which everything before an offset was written."""
        place = bisect_left(self._sizes, offset)
        if place < len(self._times):
            return self._times[place]
        # Not looked at since, or the supervisor is gone: no line is older than those before it.
        return max(self._changed, self.last or 0)

    def offset(self, milliseconds: int) -> int:
        """An offset before which everything was written before a time."""
        place = bisect_left(self._times, milliseconds)
        return self._sizes[place - 1] if place else 0

    @property
    def first(self) -> int | None:
        """Time of the first entry, in epoch milliseconds."""
        return self._times[0] if len(self._times) else None

    @property
    def last(self) -> int | None:
        """Time of the last entry, in epoch milliseconds."""
        return self._times[-1] if len(self._times) else None
