"""Asynchronous work for callers that are not, with a loop of their own or without."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from jupyter_sm_ext.remote.waiting import wait_for


async def add(one: int, other: int) -> int:
    await asyncio.sleep(0)
    return one + other


async def test_within_a_loop_that_runs() -> None:
    """As in a magic: the kernel's loop runs."""
    assert wait_for(add(1, 2)) == 3


def test_what_is_raised_comes_out() -> None:
    async def fail() -> None:
        raise ValueError("no")

    before = threading.active_count()
    with pytest.raises(ValueError, match="no"):
        wait_for(fail())
    assert threading.active_count() == before


def test_an_interrupt_lets_it_clean_up() -> None:
    cleaned: list[str] = []

    async def long() -> None:
        try:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            # As an upload deletes the part that it has sent.
            await asyncio.sleep(0.05)
            cleaned.append("up")

    with pytest.raises(KeyboardInterrupt):
        wait_for(long())
    assert cleaned == ["up"]


def test_what_was_left_running_is_ended() -> None:
    ended = threading.Event()

    async def straggler() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def leave() -> asyncio.Task[None]:
        task = asyncio.create_task(straggler())
        await asyncio.sleep(0)
        return task

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jupyter_sm_ext.remote.waiting._CLEAN_UP_SECONDS", 0.01)
        wait_for(leave())
    assert ended.is_set()
