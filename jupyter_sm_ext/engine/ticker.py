"""What makes time pass for the families: it sleeps until one of them wants to be asked, or a request wakes it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from jupyter_sm_ext.engine.family import Family

SHORTEST = 0.001
"""Seconds between two rounds at the least, whatever the families ask for."""
_PATIENCE = 30.0

_log = logging.getLogger(__name__)


class Ticker:
    """The loop of ticks.

    A family that raises is asked again after 1 s, 2 s, 4 s... up to 30 s, and the others go on.

    Parameters
    ----------
    families : sequence of Family
        In the order of their ticks.
    """

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failures = dict.fromkeys(families, 0)
        self._not_before = dict.fromkeys(families, 0.0)

    def wake(self) -> None:
        """Ask for a round at once; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    def round(self) -> float | None:
        """Tick each family; gives the seconds until the next round is wanted."""
        wanted = [self._one(family) for family in self._families]
        return min((seconds for seconds in wanted if seconds is not None), default=None)

    def _one(self, family: Family) -> float | None:
        left = self._not_before[family] - time.monotonic()
        if left > 0:
            return left
        try:
            seconds = family.tick()
        except Exception:  # noqa: BLE001 - one family's bug must not stop the others
            self._failures[family] += 1
            pause = min(2.0 ** (self._failures[family] - 1), _PATIENCE)
            self._not_before[family] = time.monotonic() + pause
            _log.exception("%s could not move on; again in %g s", type(family).__name__, pause)
            return pause
        self._failures[family] = 0
        return seconds

    async def run(self) -> None:
        """Tick until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            seconds = self.round()
            await asyncio.sleep(SHORTEST)
            if seconds is None:
                await self._woken.wait()
                continue
            try:
                await asyncio.wait_for(self._woken.wait(), max(seconds - SHORTEST, 0.0))
            except asyncio.TimeoutError:
                continue
