"""Keeps the kernels on apps in step with their apps, and tells the pages when those of this Jupyter have changed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tornado.ioloop import PeriodicCallback

from jupyter_sm_ext import remote
from jupyter_sm_ext.errors import SageMakerError

if TYPE_CHECKING:
    from jupyter_sm_ext.server.backend import Backend
    from jupyter_sm_ext.watching.hub import Change

_log = logging.getLogger(__name__)
KERNELS = "kernels"
_LOOK_SECONDS = 1.0  # one stat; kernels are also added by `%sm`, in another process
_PAUSE_SECONDS = 0.2  # changes come in crowds
_OF_APPS = frozenset({"actions", "apps", "domains", "spaces", "studio", "user-profiles"})


class KernelKeeper:
    """Looks after the kernels of one server.

    Parameters
    ----------
    backend_of : callable
        Gives the backend; not called as long as there are no kernels on apps.
    data_dir : Path
        Our data directory.
    on_change : callable
        Told when the kernels have changed, on the event loop.
    """

    def __init__(self, backend_of: Callable[[], Backend], data_dir: Path, on_change: Callable[[Change], None]) -> None:
        self._backend_of = backend_of
        self._data_dir = data_dir
        self._on_change = on_change
        self._seen = remote.stamp()
        self._timer = PeriodicCallback(self._look, _LOOK_SECONDS * 1000)
        self._task: asyncio.Task[None] | None = None
        self._again = True

    def start(self) -> None:
        """Begin; what stopped while no server ran is found out soon, but not before the server is up."""
        self._timer.start()

    def changed(self, kind: str) -> None:
        """Something of this kind was changed, or was seen to have changed; if it may be an app, look soon."""
        if kind in _OF_APPS:
            self._hasten()

    def _hasten(self) -> None:
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._sync())

    async def close(self) -> None:
        """End."""
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _look(self) -> None:
        if self._again:
            self._hasten()
        self._tell()

    async def _sync(self) -> None:
        while self._again:
            self._again = False
            if not remote.installed(self._data_dir):
                return
            await asyncio.sleep(_PAUSE_SECONDS)
            backend = self._backend_of()
            try:
                await backend.run(partial(_sync, backend))
            except SageMakerError as error:
                _log.info("kernels on apps stay as they are: %s", error.message)
            self._tell()

    def _tell(self) -> None:
        now = remote.stamp()
        if now != self._seen:
            # Not with the server's start.
            from jupyter_sm_ext.watching.hub import Change

            self._seen = now
            self._on_change(Change("", KERNELS, (), "", time.time_ns() // 1_000_000))


def _sync(backend: Backend) -> None:
    remote.sync(backend.studio())
