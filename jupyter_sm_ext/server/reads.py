"""Reads of the connection in use, the quick way where it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_sm_ext.connections.connection import Connection
    from jupyter_sm_ext.connections.quick_reads import QuickReads
    from jupyter_sm_ext.studio import Studio

    Run = Callable[[Callable[[], QuickReads]], Awaitable[QuickReads]]

_SECONDS = 0.5  # so long another process may have changed the choice before we notice

_MOST_WAITING = 8  # for each that is under way


class Reads:
    """What passes through the event loop.

    Parameters
    ----------
    studio : callable
        Gives the verbs over the connection in use; blocks.
    last : callable
        Gives the connection that was used last; does not block.
    run : callable
        Runs what blocks in a thread.
    at_once : int
        How many reads may wait at the same time.
    """

    def __init__(
        self, studio: Callable[[], Studio], last: Callable[[], Connection | None], run: Run, at_once: int
    ) -> None:
        self._studio = studio
        self._last = last
        self._run = run
        self._at_once = at_once
        self._lock = asyncio.Lock()
        self._quick: QuickReads | None = None
        self._until = 0.0
        self._waiting = 0

    async def read(self, operation: str, request: dict[str, Any]) -> bytes | None:
        """The service's JSON, unparsed; None if it is to be asked the usual way.

        Raises
        ------
        SageMakerError
            The service refuses the request, or the connection has no client.
        """
        if self._waiting >= _MOST_WAITING * self._at_once:
            return None
        self._waiting += 1
        try:
            quick = await self._current()
            answer = await quick.read(operation, request)
        finally:
            self._waiting -= 1
        if answer is None and quick is self._quick:
            # Perhaps its endpoint or its keys are of yesterday.
            self._until = 0.0
        return answer

    async def _current(self) -> QuickReads:
        if (quick := self._usable()) is not None:
            return quick
        async with self._lock:
            if (quick := self._usable()) is not None:  # who had the lock before has made it
                return quick
            before = self._quick
            quick = self._quick = await self._run(lambda: self._made(before))
            self._until = asyncio.get_running_loop().time() + _SECONDS
            if before is not None and before is not quick:
                await before.close()
            return quick

    def _usable(self) -> QuickReads | None:
        quick = self._quick
        if quick is None or not quick.fresh or quick.connection is not self._last():
            return None
        return quick if asyncio.get_running_loop().time() < self._until else None

    def _made(self, known: QuickReads | None) -> QuickReads:
        from jupyter_sm_ext.connections.quick_reads import QuickReads

        connection = self._studio().connection
        if known is not None and known.connection is connection and known.good:
            return known
        return QuickReads(connection, self._at_once)

    async def close(self) -> None:
        """Close the connections that are kept open."""
        if self._quick is not None:
            await self._quick.close()
