"""Whether messages were lost when a connection broke: what the far server had sent, and we had not received.

The far server keeps messages while no websocket is open, but takes for delivered what it has sent. Jupyter's kernels
number their messages (``<session>_<process>_<number>``), so a gap tells how many are missing.
"""

from __future__ import annotations

import re

from jupyter_sm_ext.remote.messages import Message

_SERIES = 8
_NUMBERED = re.compile(r"(.+)_(\d+)")


class Gaps:
    """Looks at the numbers of all messages of a kernel, in the order in which they come."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._broken = False

    def broken(self) -> None:
        """The connection broke."""
        self._broken = True

    def lost(self, message: Message) -> int:
        """How many messages are missing before this one; 0 if none, or if nobody knows."""
        found = _NUMBERED.fullmatch(message.id)
        if found is None:
            return 0
        series, number = found[1], int(found[2])
        last = self._last.get(series)
        if last is None:
            # The far server has a series of its own, and so has a kernel that was started again.
            while len(self._last) >= _SERIES:
                del self._last[next(iter(self._last))]
            self._last[series] = number
            return 0
        self._last[series] = max(last, number)
        if not self._broken:
            return 0
        self._broken = False
        return max(number - last - 1, 0)
