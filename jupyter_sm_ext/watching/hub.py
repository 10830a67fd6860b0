"""Watching: one poller for one thing, however many look at it.

A viewer leases watches and gets their snapshots; between leases it is told only *that* something changed. A watch
that nobody leases, or that cannot change any more, does not poll. One whose credentials have expired asks nothing until
there are others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.errors import SageMakerError, UnreachableError
from jupyter_sm_ext.pacing import Pace
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.look import Look
from jupyter_sm_ext.watching.looks import Seen, look_for

_log = logging.getLogger(__name__)
_KEEP = 600.0  # seconds for which what was seen is kept when nobody looks: a job of many trials is many pages to read
_FRESH = 10.0  # seconds for which the last look at something that cannot change any more is believed
_FIRST = 10.0  # seconds for which a viewer waits for the first look: the local engine may have to be started


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
        self._looking_first: asyncio.Task[None] | None = None
        self._late_from = 0.0
        self._looking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._looked = 0.0
        self._outdated = False
        self._told: tuple[tuple[object, ...], dict[str, Any]] | None = None
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
            await self._first_look(asked)
        if not self.finished and not self.polling:
            self._wake.clear()
            self._task = asyncio.create_task(self._poll())

    def release(self, viewer: str) -> None:
        """This viewer looks no more."""
        if self._leases.pop(viewer, None) is not None:
            self.left = time.monotonic()
            if not self.leased:
                self._wake.set()

    def snapshot(self, since: int | None = None) -> dict[str, Any]:
        """What was seen last; made once for all viewers that know as much."""
        known = (since, self.seq, self._updated, self.error)
        if self._told is None or self._told[0] != known:
            self._told = known, super().snapshot(since)
        return self._told[1]

    def hasten(self) -> None:
        """Look soon: something was just done that should show."""
        self.thing.hasten()
        self._outdated = True
        self._wake.set()

    def heed_denials(self) -> None:
        """Tell it if something else is denied than before."""
        if self.heed():
            self._announce()

    async def close(self) -> None:
        """End the poller."""
        self._leases.clear()
        tasks = [task for task in (self._task, self._looking_first) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _poll(self) -> None:
        pace = Pace(*self.studio.connection.pace)
        while not self.finished and await self._rest(pace.pause):
            if not self._wake.is_set() and await self._refused():
                pace.rested()
                continue
            # Before the look, not after: what is done while it is under way may not be in it.
            self._wake.clear()
            before = self.seq
            await self._look()
            pace.looked(changed=self.seq != before, failed=self.error is not None)

    async def _rest(self, seconds: float) -> bool:
        """Wait, unless somebody wakes us; returns whether anybody still looks."""
        if self.leased:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)
        return self.leased

    async def _first_look(self, asked: float) -> None:
        """Look while a viewer waits, but not for minutes; the look goes on if it takes longer."""
        if self._looking_first is None or self._looking_first.done():
            self._looking_first = asyncio.create_task(self._look(unless_newer_than=asked))
            self._late_from = asked + max(_FIRST, self.studio.connection.patience)
        first = self._looking_first
        await asyncio.wait({first}, timeout=max(0.0, self._late_from - time.monotonic()))
        if not first.done():
            self._tell_late()

    def _tell_late(self) -> None:
        label = self.studio.connection.label
        self._tell(False, UnreachableError(f"{label} has not answered yet", code="NoAnswerYet"))

    async def _refused(self) -> bool:
        if not self.expired:
            return False
        return await asyncio.get_running_loop().run_in_executor(self._executor, self.refused)

    async def _look(self, unless_newer_than: float | None = None) -> None:
        async with self._looking:
            if unless_newer_than is not None and self._looked > unless_newer_than:
                return
            self._outdated = False
            self.credentials = self.studio.connection.generation
            loop = asyncio.get_running_loop()
            looking = loop.run_in_executor(self._executor, self.thing.refresh, self.studio)
            if self._looked:
                # A dead engine is started again within a call: those who watch should know why nothing moves.
                await asyncio.wait({looking}, timeout=self.studio.connection.patience)
                if not looking.done():
                    self._tell_late()
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
            self._announce()

    def _announce(self) -> None:
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
        self._finding = asyncio.Lock()
        self._asked = self._found = 0
        self._here: tuple[Studio, str] | None = None
        self._tidying: asyncio.TimerHandle | None = None

    async def look(
        self, viewer: str, wanted: list[dict[str, Any]], seconds: float = 60.0, *, again: bool = False
    ) -> list[dict[str, Any]]:
        """Renew a viewer's leases and give their snapshots; what is no longer wanted is released.

        Parameters
        ----------
        viewer : str
            Any word that is the viewer's own.
        wanted : list of dict
            ``kind``, ``key`` (list of str; empty for a list) and optionally ``since`` of each.
        seconds : float
            How long the leases last.
        again : bool
            Somebody wants to try again what was denied: it may be allowed by now.

        Raises
        ------
        ValidationError
            There is no such kind, or the key has the wrong number of parts.
        SageMakerError
            The connection cannot be used at all.
        """
        studio, connection = await self._find()
        if again:
            studio.connection.denied.forget()
        chosen = [(connection, str(want["kind"]), tuple(str(part) for part in want["key"])) for want in wanted]
        for name in chosen:
            if name not in self._watches:
                own = self._own_looks.get(name[1]) if not name[2] else None
                look = look_for(name[1], name[2]) if own is None else own()
                self._watches[name] = Watch(studio, look, self._on_change, self._executor)
        for name, watch in self._watches.items():
            if name not in chosen:
                watch.release(viewer)
        # They are held here: what nobody has looked at until now may be forgotten before it is leased.
        watches = [self._watches[name] for name in chosen]
        for watch in watches:
            # Whoever has gone to another connection and come back has opened the same one anew.
            watch.studio = studio
        await _all(watch.lease(viewer, seconds) for watch in watches)
        self._watches.update(zip(chosen, watches, strict=True))
        self.heed_denials()
        self._forget()
        return [watch.snapshot(want.get("since")) for watch, want in zip(watches, wanted, strict=True)]

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

    def heed_denials(self) -> None:
        """Tell whoever watches if something else is denied than before; the service is not asked."""
        for watch in self._watches.values():
            watch.heed_denials()

    async def close(self) -> None:
        """End every poller."""
        if self._tidying is not None:
            self._tidying.cancel()
        await _all(watch.close() for watch in self._watches.values())
        self._watches.clear()

    async def _find(self) -> tuple[Studio, str]:
        """The Studio in use and its connection's id, found once for all who ask at the same time."""
        self._asked += 1
        mine = self._asked
        async with self._finding:
            # What was found before somebody asked may be what was in use before.
            if self._here is None or self._found < mine:
                asked = self._asked
                self._here = await asyncio.get_running_loop().run_in_executor(self._executor, _with_id, self._studio_of)
                self._found = asked
            return self._here

    def _forget(self) -> None:
        """Forget what nobody has looked at for long; again later, for it may be that nobody ever asks any more."""
        old = time.monotonic() - _KEEP
        for name, watch in list(self._watches.items()):
            if not watch.leased and watch.left < old:
                del self._watches[name]
        now = asyncio.get_running_loop().time()
        if self._tidying is not None and self._tidying.when() <= now:
            self._tidying = None
        if self._tidying is None and self._watches:
            self._tidying = asyncio.get_running_loop().call_later(_KEEP, self._forget)


def _with_id(studio_of: Callable[[], Studio]) -> tuple[Studio, str]:
    studio = studio_of()
    return studio, studio.connection.id


async def _all(coroutines: Any) -> None:
    waiting: list[Coroutine[Any, Any, None]] = list(coroutines)
    if len(waiting) == 1:
        await waiting[0]
    else:
        await asyncio.gather(*waiting)
