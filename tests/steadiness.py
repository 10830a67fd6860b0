"""Whether a process that does the same again and again stays as it is: no more threads, no more objects or memory."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from fault_proxy import OUTAGES, FaultProxy

#: So often AWS is asked; `JUPYTER_SM_TEST_POLLS=10000` asks more often.
POLLS = int(os.environ.get("JUPYTER_SM_TEST_POLLS", "180"))
_QUICK = ("throttled", "5xx", "reset", "broken off", "clock", None)
_WARM = 5
_LOOKS = 3
_MEGABYTES = 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Measure:
    """What there is now."""

    threads: int
    objects: int
    megabytes: float

    @classmethod
    def now(cls) -> Measure:
        gc.collect()
        # The proxy, which is in this process, too, has one for each connection.
        threads = [each for each in threading.enumerate() if "process_request_thread" not in each.name]
        return cls(len(threads), len(gc.get_objects()), psutil.Process().memory_info().rss / 1e6)


def rounds(proxy: FaultProxy, operation: str) -> Iterator[str | None]:
    """Give one outage after the other, and none, each as often as it is to be met; then all must be as before.

    What is made once, for the first of something, comes to an end; what is kept of each does not. So what has grown
    is looked at again, twice at most.
    """
    with _unobserved():
        yield from _rounds(proxy, operation)


@contextmanager
def _unobserved() -> Iterator[None]:
    """Keep what observes a test from growing: coverage keeps something of each thread, pytest each line of the log."""
    hook = threading.gettrace()
    threading.settrace(None)  # type: ignore[arg-type]
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        threading.settrace(hook)  # type: ignore[arg-type]


def _rounds(proxy: FaultProxy, operation: str) -> Iterator[str | None]:
    yield from _meet(proxy, operation, _WARM)
    found: list[str] = []
    for _ in range(_LOOKS):
        before = Measure.now()
        asked = yield from _meet(proxy, operation, POLLS / len(_QUICK))
        now = Measure.now()
        found.append(f"{asked} calls: from {before} to {now}")
        _log.critical(found[-1])
        if (
            now.threads <= before.threads
            # One object that is kept of each would be more.
            and now.objects - before.objects < asked / 2
            and now.megabytes - before.megabytes < _MEGABYTES
        ):
            return
    raise AssertionError("\n".join(found))


def _meet(proxy: FaultProxy, operation: str, polls: float) -> Generator[str | None, None, int]:
    asked = 0
    for how in _QUICK:
        proxy.recover()
        if how is not None:
            OUTAGES[how].begin(proxy)
        while proxy.calls[operation] < polls:
            yield how
        asked += proxy.calls[operation]
    return asked
