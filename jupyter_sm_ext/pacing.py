"""When to look again at something: often while it changes, seldom while it rests, and ever less while that fails."""

from __future__ import annotations

import random

_FAILING = 60.0  # seconds between two looks at most while they fail, where they cost somebody else something
_FAILING_NEARBY = 5.0  # the same in longest pauses, where nobody is far away
_SLACK = 0.2
_KEEN = 10  # looks after a change at which the pace is kept where nobody is far away: what moves mostly moves on


class Pace:
    """The pauses between the looks at one thing.

    Parameters
    ----------
    shortest, longest : float
        Seconds between two looks while it changes, and when nothing happens.
    """

    def __init__(self, shortest: float, longest: float) -> None:
        self._shortest = shortest
        self._longest = longest
        self._most = _FAILING if shortest > 1 else longest * _FAILING_NEARBY
        self._pause = self._backoff = shortest
        self._keen = 0 if shortest > 1 else _KEEN
        self._rests = 0

    @property
    def pause(self) -> float:
        """Seconds to wait now; by chance, so that the pollers of many users do not ask in step."""
        return self._pause * random.uniform(1 - _SLACK, 1 + _SLACK)

    def looked(self, *, changed: bool, failed: bool) -> None:
        """Take in how a look went."""
        if failed:
            self.failed()
        elif changed:
            self.moved()
        else:
            self.rested()

    def moved(self) -> None:
        """Something changed: look again soon."""
        self._pause = self._backoff = self._shortest
        self._rests = 0

    def rested(self) -> None:
        """Nothing changed: look less often."""
        self._backoff = self._shortest
        self._rests += 1
        if self._rests > self._keen:
            self._pause = min(self._pause * 1.5, self._longest)

    def failed(self) -> None:
        """The look failed: leave them alone for twice as long as the last time."""
        # Doubled each time and never computed from a count, which grows without end while a notebook stays open.
        self._pause = self._backoff = min(self._backoff * 2, self._most)
