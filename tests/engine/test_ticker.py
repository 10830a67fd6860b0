"""The loop of ticks: woken by requests, patient with a family that fails, asleep when nothing is to do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from jupyter_sm_ext.engine import ticker as ticker_module
from jupyter_sm_ext.engine.context import Engine
from jupyter_sm_ext.engine.family import Family
from jupyter_sm_ext.engine.ticker import SHORTEST, Ticker


class Counting(Family):
    """Counts its ticks, and wants what it is told to want."""

    def __init__(self, wants: float | None = None, fails: bool = False) -> None:
        super().__init__(cast(Engine, None))
        self.ticks = 0
        self.wants = wants
        self.fails = fails

    def tick(self) -> float | None:
        self.ticks += 1
        if self.fails:
            raise RuntimeError("as it happens")
        return self.wants


def run(families: list[Family], then: Callable[[Ticker], Awaitable[Any]]) -> None:
    async def body() -> None:
        ticker = Ticker(families)
        task = asyncio.ensure_future(ticker.run())
        try:
            await asyncio.wait_for(then(ticker), 20)
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(body())


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - what is waited for is a count, and the one who counts knows no event
        await asyncio.sleep(0.001)


def test_it_asks_again_when_a_family_wants_it() -> None:
    family = Counting(0.01)
    run([family], lambda ticker: until(lambda: family.ticks >= 5))


def test_it_sleeps_until_it_is_woken_from_any_thread() -> None:
    family = Counting()

    async def then(ticker: Ticker) -> None:
        await until(lambda: family.ticks == 1)
        await asyncio.sleep(0.1)
        assert family.ticks == 1
        threading.Thread(target=ticker.wake).start()
        await until(lambda: family.ticks == 2)

    run([family], then)


def test_a_wish_for_no_pause_is_no_hot_loop() -> None:
    family = Counting(0.0)

    async def then(ticker: Ticker) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        await until(lambda: family.ticks >= 20)
        # 19 pauses of the shortest length: a loop without them would be through at once.
        assert loop.time() - start >= 19 * SHORTEST * 0.9

    run([family], then)


def test_a_family_that_fails_is_left_alone_for_longer_and_longer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [100.0]
    monkeypatch.setattr(ticker_module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    bad, good = Counting(fails=True), Counting()
    ticker = Ticker([bad, good])
    pauses = []
    for _ in range(7):
        ticks = bad.ticks
        pauses.append(ticker.round())
        assert bad.ticks == ticks + 1
        now[0] += (pauses[-1] or 0) / 2
        assert ticker.round() == pytest.approx((pauses[-1] or 0) / 2)
        assert bad.ticks == ticks + 1
        now[0] += (pauses[-1] or 0) / 2
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert good.ticks == 14
    bad.fails = False
    assert ticker.round() is None
    bad.fails = True
    assert ticker.round() == 1
    assert "Counting could not move on; again in 4 s" in caplog.text


def test_waking_after_the_end_is_no_harm() -> None:
    kept: list[Ticker] = []

    async def then(ticker: Ticker) -> None:
        kept.append(ticker)
        await asyncio.sleep(0)

    run([], then)
    kept[0].wake()
