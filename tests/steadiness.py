"""Whether a process that does the same again and again stays as it is: no more threads, no more objects or memory."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
from fault_proxy import OUTAGES, FaultProxy

#: So often AWS is asked; `JUPYTER_SM_TEST_POLLS=10000` asks more often.
POLLS = int(os.environ.get("JUPYTER_SM_TEST_POLLS", "180"))
_QUICK = ("throttled", "5xx", "reset", "broken off", "clock", None)
_WARM = 5
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
    """Give one outage after the other, and none, each as often as it is to be met; then all must be as before."""
    for polls in (_WARM, POLLS / len(_QUICK)):
        before, asked = Measure.now(), 0
        for how in _QUICK:
            proxy.recover()
            if how is not None:
                OUTAGES[how].begin(proxy)
            while proxy.calls[operation] < polls:
                yield how
            asked += proxy.calls[operation]
    now = Measure.now()
    _log.warning("%d calls: from %s to %s", asked, before, now)
    assert now.threads <= before.threads + 1
    # One object that is kept of each would be more.
    assert now.objects - before.objects < asked / 2 + 80
    assert now.megabytes - before.megabytes < 20
