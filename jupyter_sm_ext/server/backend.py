"""What the handlers share: the connection in use, the threads that block on it, and the hub."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.errors import UnreachableError
from jupyter_sm_ext.server.actions import Action, Actions, ActionsLook
from jupyter_sm_ext.server.log_pages import LogPages
from jupyter_sm_ext.server.reads import Reads
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.hub import Change, Hub
from jupyter_sm_ext.watching.overview import Bests, PriceLists

T = TypeVar("T")
_RESERVE = 2  # threads for the choice of a connection alone
_MOST_WAITING = 8  # calls a thread; who looks at a page asks few, and again only when there was an answer


class Backend:
    """The side of the extension that knows no Jupyter.

    Parameters
    ----------
    data_dir : str, optional
        See `paths.data_dir`.
    threads : int
        Calls to the service that may wait at the same time.
    on_change : callable
        Told of each change of something watched, on the event loop.
    """

    def __init__(self, data_dir: str | None, threads: int, on_change: Callable[[Change], None]) -> None:
        self.connections = Connections(data_dir)
        # Of its own: Jupyter's default pool is small and also serves files.
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="jupyter-sm")
        self._reserve = ThreadPoolExecutor(_RESERVE, thread_name_prefix="jupyter-sm-choice")
        self._most_waiting = _MOST_WAITING * threads
        self._waiting = 0
        self.actions = Actions(self._action_changed)
        self.hub = Hub(self.studio, self._changed, self._pool, {ActionsLook.kind: lambda: ActionsLook(self.actions)})
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self.log_pages = LogPages(self.run)
        self.reads = Reads(lambda: self.studio(), lambda: self.connections.last, self.run, threads)
        self.bests = Bests()
        self.price_lists = PriceLists()
        self._studio: Studio | None = None
        #: Id of the connection that was used last; None before the first.
        self.connection_id: str | None = None

    def studio(self) -> Studio:
        """The verbs over the connection in use now; may start the engine, so never call it on the event loop."""
        connection = self.connections.current()
        studio = self._studio
        if studio is None or studio.connection is not connection:
            studio = self._studio = Studio(connection)
            self.connection_id = connection.id
        return studio

    async def run(self, call: Callable[[], T]) -> T:
        """Run what blocks in a thread.

        Raises
        ------
        UnreachableError
            So many calls wait already that nobody answers; one more would only wait, too.
        """
        if self._waiting >= self._most_waiting:
            raise UnreachableError(
                f"{self._waiting} calls wait for an answer, so that this one was not made",
                code="TooManyWaiting",
                hint="Try again when there are answers again.",
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        finally:
            self._waiting -= 1

    async def run_now(self, call: Callable[[], T]) -> T:
        """Run what must not wait behind calls that nobody answers: to choose another connection is the way out."""
        return await asyncio.get_running_loop().run_in_executor(self._reserve, call)

    def _changed(self, change: Change) -> None:
        self.log_pages.forget((change.connection, change.kind, "/".join(change.key)))
        self._on_change(change)

    def _action_changed(self, action: Action) -> None:
        """Tell of an action's change; called in the thread that works on it."""
        key = (action.id,)
        change = Change(action.connection, ActionsLook.kind, key, action.status, action.seq)

        def tell() -> None:
            self._on_change(change)
            self.hub.hasten()

        # After the end of the server nobody listens, and the action goes on.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(tell)

    async def close(self) -> None:
        """End the watches; calls that are under way are left to end by themselves."""
        await self.hub.close()
        await self.reads.close()
        for pool in (self._pool, self._reserve):
            pool.shutdown(wait=False, cancel_futures=True)
