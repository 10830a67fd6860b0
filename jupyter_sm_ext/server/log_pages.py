"""Pages of logs, each read once for all who ask for it at about the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from jupyter_sm_ext.studio import LogPage, Studio

_FRESH = 1.5  # seconds: less than between two questions of one page of JupyterLab
_MOST = 64  # pages
_MOST_CHARACTERS = 8_000_000

Run = Callable[[Callable[[], LogPage]], Awaitable[LogPage]]
Job = tuple[str, str, str]  # connection, kind, name
Name = tuple[Job, "str | None"]


@dataclass(frozen=True)
class _Kept:
    page: LogPage
    asked: float
    size: int


class LogPages:
    """The pages that were read last.

    Parameters
    ----------
    run : callable
        Runs what blocks in a thread.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._kept: dict[Name, _Kept] = {}
        self._reading: dict[Name, asyncio.Task[LogPage]] = {}

    async def read(self, studio: Studio, job: Job, token: str | None) -> LogPage:
        """What a job has logged since a token; see `Studio.logs`."""
        name = job, token
        kept = self._kept.get(name)
        if kept is not None and time.monotonic() - kept.asked < _FRESH:
            return kept.page
        task = self._reading.get(name)
        if task is None:
            task = self._reading[name] = asyncio.create_task(self._read(studio, name))
        # Whoever goes away must not take the page from the others.
        return await asyncio.shield(task)

    def forget(self, job: Job) -> None:
        """The job has changed: what was read before may lack its last lines, after which nobody asks again."""
        for pages in (self._kept, self._reading):
            for name in [name for name in pages if name[0] == job]:
                del pages[name]

    async def _read(self, studio: Studio, name: Name) -> LogPage:
        (_, kind, job), token = name
        asked = time.monotonic()
        try:
            page = await self._run(lambda: studio.logs(job, token, kind))
            if self._reading.get(name) is asyncio.current_task():
                self._keep(name, page, asked)
            return page
        finally:
            if self._reading.get(name) is asyncio.current_task():
                del self._reading[name]

    def _keep(self, name: Name, page: LogPage, asked: float) -> None:
        self._kept.pop(name, None)
        self._kept[name] = _Kept(page, asked, sum(len(event["message"]) for event in page.events))
        size = sum(kept.size for kept in self._kept.values())
        for old, kept in list(self._kept.items()):
            if len(self._kept) <= _MOST and size <= _MOST_CHARACTERS and asked - kept.asked < _FRESH:
                break
            size -= kept.size
            del self._kept[old]
