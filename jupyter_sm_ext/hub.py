"""Watching: one poller for one thing, however many look at it.

A viewer leases watches and gets their snapshots; between leases it is told only *that* something changed. A watch
that nobody leases, or that cannot change any more, does not poll.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.errors import SageMakerError, UnreachableError
from jupyter_sm_ext.look import Look
from jupyter_sm_ext.looks import Seen, look_for
from jupyter_sm_ext.studio import Studio

_log = logging.getLogger(__name__)
_KEEP = 60.0  # seconds for which a watch that nobody leases keeps its snapshot
_FRESH = 10.0  # seconds for which the last look at something that cannot change any more is believed
_LONGEST_BACKOFF = 60.0


@dataclass(frozen=True)
class Change:
    """What subscribers are told: enough to know whether to look again, and nothing secret."""

    connection: str
    kind: str
    key: tuple[str, ...]
    status: str
    seq: int


class Watch(Seen):
    """The poller of one thing.

    Parameters
    ----------
    studio : Studio
        Whose thing it is; a watch never moves to another connection.
    thing : Look
        How it is looked at, and what has been seen so far.
    on_change : callable
        Told after each look that brought something new.
    executor : Executor, optional
        Where the blocking calls run.
    """

    def __init__(
        self,
        studio: Studio,
        thing: Look,
        on_change: Callable[[Change], None],
        executor: Executor | None,
    ) -> None:
        super().__init__(studio, thing)
        self._on_change = on_change
        self._executor = executor
        self._leases: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None
        self._looking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._looked = 0.0
        self._outdated = False
        self.left = time.monotonic()

    @property
    def leased(self) -> bool:
        """Whether anybody looks."""
        now = time.monotonic()
        for viewer in [viewer for viewer, ends in self._leases.items() if ends <= now]:
            del self._leases[viewer]
        return bool(self._leases)

    @property
    def polling(self) -> bool:
        """Whether its poller runs."""
        return self._task is not None and not self._task.done()

    async def lease(self, viewer: str, seconds: float) -> None:
        """Keep looking for a viewer; returns when there is a snapshot to give."""
        self._leases[viewer] = self.left = time.monotonic() + seconds
        asked = time.monotonic()
        believed = _FRESH if self.finished else self.studio.connection.pace[1]
        if not self._looked or (not self.polling and (self._outdated or asked - self._looked > believed)):
            await self._look(unless_newer_than=asked)
        if not self.finished and not self.polling:
            self._task = asyncio.create_task(self._poll())

    def release(self, viewer: str) -> None:
        """This viewer looks no more."""
        if self._leases.pop(viewer, None) is not None:
            self.left = time.monotonic()

    def hasten(self) -> None:
        """Look soon: something was just done that should show."""
        self.thing.hasten()
        self._outdated = True
        self._wake.set()

    async def close(self) -> None:
        """End the poller."""
        self._leases.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _poll(self) -> None:
        shortest, longest = self.studio.connection.pace
        pause, failures = shortest, 0
        while self.leased and not self.finished:
            self._wake.clear()
            # Jitter keeps the pollers of many users from asking in step.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause * random.uniform(0.8, 1.2))
            before = self.seq
            await self._look()
            if self.error is not None:
                failures += 1
                pause = min(shortest * 2**failures, _LONGEST_BACKOFF if shortest > 1 else longest * 5)
            else:
                failures = 0
                pause = shortest if self.seq != before else min(pause * 1.5, longest)

    async def _look(self, unless_newer_than: float | None = None) -> None:
        async with self._looking:
            if unless_newer_than is not None and self._looked > unless_newer_than:
                return
            self._outdated = False
            loop = asyncio.get_running_loop()
            looking = loop.run_in_executor(self._executor, self.thing.refresh, self.studio)
            if self._looked:
                # A dead engine is started again within a call: those who watch should know why nothing moves.
                await asyncio.wait({looking}, timeout=self.studio.connection.patience)
                if not looking.done():
                    label = self.studio.connection.label
                    self._tell(False, UnreachableError(f"{label} has not answered yet", code="NoAnswerYet"))
            error: SageMakerError | None = None
            changed = False
            try:
                changed = await looking
            except SageMakerError as failure:
                error = failure
            except Exception as failure:  # noqa: BLE001 - a bug in a look must be seen, and must not end the watching
                _log.exception("looking at %s %s", self.thing.kind, "/".join(self.thing.key))
                error = SageMakerError(f"{type(failure).__name__}: {failure}", code="InternalError")
            self._looked = time.monotonic()
            self._tell(changed, error)

    def _tell(self, changed: bool, error: SageMakerError | None) -> None:
        if self.learn(changed, error):
            thing = self.thing
            self._on_change(Change(self.studio.connection.id, thing.kind, thing.key, thing.status or "", self.seq))


class Hub:
    """All watches of a process.

    Parameters
    ----------
    studio_of : callable
        Gives the Studio of the connection in use now.
    on_change : callable
        Told of each change, on the event loop.
    executor : Executor, optional
        Where blocking calls run; the event loop's own if not given.
    own_looks : mapping of str to callable, optional
        Ways to look at lists that are the process's own, by kind.
    """

    def __init__(
        self,
        studio_of: Callable[[], Studio],
        on_change: Callable[[Change], None],
        executor: Executor | None = None,
        own_looks: Mapping[str, Callable[[], Look]] | None = None,
    ) -> None:
        self._studio_of = studio_of
        self._on_change = on_change
        self._executor = executor
        self._own_looks = own_looks or {}
        self._watches: dict[tuple[str, str, tuple[str, ...]], Watch] = {}

    async def look(self, viewer: str, wanted: list[dict[str, Any]], seconds: float = 60.0) -> list[dict[str, Any]]:
        """Renew a viewer's leases and give their snapshots; what is no longer wanted is released.

        Parameters
        ----------
        viewer : str
            Any word that is the viewer's own.
        wanted : list of dict
            ``kind``, ``key`` (list of str; empty for a list) and optionally ``since`` of each.
        seconds : float
            How long the leases last.

        Raises
        ------
        ValidationError
            There is no such kind, or the key has the wrong number of parts.
        SageMakerError
            The connection cannot be used at all.
        """
        loop = asyncio.get_running_loop()
        studio = await loop.run_in_executor(self._executor, self._studio_of)
        connection = await loop.run_in_executor(self._executor, lambda: studio.connection.id)
        chosen = [(connection, str(want["kind"]), tuple(str(part) for part in want["key"])) for want in wanted]
        for name in chosen:
            if name not in self._watches:
                own = self._own_looks.get(name[1]) if not name[2] else None
                look = look_for(name[1], name[2]) if own is None else own()
                self._watches[name] = Watch(studio, look, self._on_change, self._executor)
        for name, watch in self._watches.items():
            if name not in chosen:
                watch.release(viewer)
        await _all(self._watches[name].lease(viewer, seconds) for name in chosen)
        self._forget()
        return [self._watches[name].snapshot(want.get("since")) for name, want in zip(chosen, wanted, strict=True)]

    def error(self, connection: str, kind: str, key: tuple[str, ...] = ()) -> SageMakerError | None:
        """What went wrong when this thing was looked at last, if anything did."""
        watch = self._watches.get((connection, kind, key))
        return None if watch is None else watch.error

    @property
    def polling(self) -> int:
        """How many pollers run."""
        return sum(watch.polling for watch in self._watches.values())

    def hasten(self) -> None:
        """Look soon at everything that is watched: something was just created, changed or stopped."""
        for watch in self._watches.values():
            watch.hasten()

    async def close(self) -> None:
        """End every poller."""
        await _all(watch.close() for watch in self._watches.values())
        self._watches.clear()

    def _forget(self) -> None:
        old = time.monotonic() - _KEEP
        for name, watch in list(self._watches.items()):
            if not watch.leased and watch.left < old:
                del self._watches[name]


async def _all(coroutines: Any) -> None:
    waiting: list[Coroutine[Any, Any, None]] = list(coroutines)
    await asyncio.gather(*waiting)
