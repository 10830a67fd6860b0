"""Several questions at once, none of which may hold up the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, calls: Sequence[Callable[[], T]]) -> list[Future[T]]:
    """Make calls in threads of their own and wait for all of them, but not longer than so many seconds.

    Returns
    -------
    list of Future
        One a call, in their order; one that is not done yet goes on behind, and keeps no process alive.
    """
    futures: list[Future[T]] = [Future() for _ in calls]
    for call, future in zip(calls, futures, strict=True):
        # Not a pool: at the end of the process Python waits for the threads of a pool.
        threading.Thread(target=_run, args=(call, future), daemon=True, name="jupyter-sm-check").start()
    wait(futures, timeout=seconds)
    return futures


def _run(call: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - whoever reads the future raises it
        future.set_exception(error)
