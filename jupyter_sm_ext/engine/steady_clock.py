"""Wall time that does not go back. Standard library only, and little of it: see supervisor.py."""

from __future__ import annotations

import time

_WRONG_SECONDS = 86_400.0


class SteadyClock:
    """The system's clock, but for that it goes on at its pace where the system's is set back.

    Clients ask for what has changed since the last change they saw, queues go by who came first, and limits by when
    something began: an hour that comes twice would hide changes, jump queues and stretch limits. The system's time is
    taken again as soon as it has caught up. One that was ahead by more than a day was wrong, and is not kept up.
    """

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def now(self) -> float:
        """Epoch seconds."""
        # In this order: what comes between the two makes the difference too small, which the next call makes good.
        wall = time.time()
        since = time.monotonic()
        # Monotonic time stands still while a laptop sleeps: the system's is ahead then, and is followed.
        if not wall - since <= self._ahead <= wall - since + _WRONG_SECONDS:
            self._ahead = wall - since
        return since + self._ahead

    def keep_up_with(self, last: float) -> None:
        """Do not give less than this clock gave in another process: epoch seconds."""
        self._ahead = max(self._ahead, last - time.monotonic())
