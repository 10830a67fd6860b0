"""How often a user may create: a loop that went wrong must not become a bill."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from jupyter_sm_ext.errors import ThrottledError

_SECONDS = 60.0


class TooManyCreatesError(ThrottledError):
    """A user has created as much as may be in a minute."""

    default_code = "TooManyCreates"
    #: Seconds until there is room for one.
    retry_after: int = 1


def _too_many(most: int, seconds: int) -> TooManyCreatesError:
    error = TooManyCreatesError(
        f"Nothing was created: at most {most} creates a minute are taken from one user here.",
        hint=f"Try again in {seconds} s. The limit is SageMakerExtension.creates_per_minute of this server.",
    )
    error.retry_after = seconds
    return error


class Creates:
    """The creates of the last minute, by user.

    Parameters
    ----------
    most : int
        So many a minute and user; 0 is any number.
    now : callable
        Gives seconds that never go back.
    """

    def __init__(self, most: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._taken: dict[str, deque[float]] = {}

    def take(self, user: str) -> None:
        """Count one.

        Raises
        ------
        TooManyCreatesError
            There were as many as may be.
        """
        if not self._most:
            return
        now = self._now()
        self._forget(now)
        taken = self._taken.setdefault(user, deque())
        if len(taken) >= self._most:
            raise _too_many(self._most, max(1, math.ceil(taken[0] + _SECONDS - now)))
        taken.append(now)

    def _forget(self, now: float) -> None:
        for user, taken in list(self._taken.items()):
            while taken and taken[0] + _SECONDS <= now:
                taken.popleft()
            if not taken:
                del self._taken[user]
