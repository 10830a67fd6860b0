"""Reads of the connection in use, the quick way where it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from jupyter_sm_ext.quick_reads import QuickReads
    from jupyter_sm_ext.studio import Studio

T = TypeVar("T")
_SECONDS = 0.5  # so long is the choice of a connection taken for what it was; another process may change it

_MOST_WAITING = 8  # for each that is under way


class _Run(Protocol):
    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]: ...


class Reads:
    """What passes through the event loop.

    Parameters
    ----------
    studio : callable
        Gives the verbs over the connection in use; blocks.
    run : callable
        Runs what blocks in a thread.
    at_once : int
        How many reads may wait at the same time.
    """

    def __init__(self, studio: Callable[[], Studio], run: _Run, at_once: int) -> None:
        self._studio = studio
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
        now = asyncio.get_running_loop().time
        if self._quick is not None and now() < self._until and self._quick.fresh:
            return self._quick
        async with self._lock:
            if self._quick is None or now() >= self._until or not self._quick.fresh:
                before, self._quick = self._quick, await self._run(lambda: self._made(self._quick))
                self._until = now() + _SECONDS
                if before is not None and before is not self._quick:
                    await before.close()
            return self._quick

    def _made(self, known: QuickReads | None) -> QuickReads:
        from jupyter_sm_ext.quick_reads import QuickReads

        connection = self._studio().connection
        if known is not None and known.connection is connection and known.good:
            return known
        return QuickReads(connection, self._at_once)

    async def close(self) -> None:
        """Close the connections that are kept open."""
        if self._quick is not None:
            await self._quick.close()
