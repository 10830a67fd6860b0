"""Logs of one job: read once for all who look."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from jupyter_sm_ext.errors import ThrottledError
from jupyter_sm_ext.server import log_pages
from jupyter_sm_ext.server.log_pages import LogPages
from jupyter_sm_ext.studio import LogPage, Studio

JOB = ("aws:default:us-east-1", "training-jobs", "one")


class Logs:
    """Counts what is read; answers when it may."""

    def __init__(self) -> None:
        self.reads: list[tuple[str, str | None]] = []
        self.may = threading.Event()
        self.error: Exception | None = None
        self.text = "line"

    def logs(self, job: str, token: str | None, kind: str) -> LogPage:
        text = self.text
        self.reads.append((job, token))
        assert self.may.wait(30)
        if self.error is not None:
            raise self.error
        return LogPage([{"timestamp": 0, "message": text, "stream": "s"}], f"after {token}")


def run(scenario: Callable[[LogPages, Logs, Studio], Any]) -> None:
    async def bounded() -> None:
        with ThreadPoolExecutor(30) as pool:

            async def in_thread(call: Callable[[], LogPage]) -> LogPage:
                return await asyncio.get_running_loop().run_in_executor(pool, call)

            logs = Logs()
            await asyncio.wait_for(scenario(LogPages(in_thread), logs, cast("Studio", logs)), 60)

    asyncio.run(bounded())


async def begun(logs: Logs, reads: int) -> None:
    while len(logs.reads) < reads:  # noqa: ASYNC110 - the scenario has a deadline
        await asyncio.sleep(0.002)


def test_twenty_who_ask_cost_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "_FRESH", 600.0)

    async def scenario(pages: LogPages, logs: Logs, studio: Studio) -> None:
        asking = [asyncio.create_task(pages.read(studio, JOB, None)) for _ in range(20)]
        await begun(logs, 1)
        asking.pop().cancel()
        logs.may.set()
        assert len({id(page) for page in await asyncio.gather(*asking)}) == 1
        await pages.read(studio, JOB, None)
        assert logs.reads == [("one", None)]
        await pages.read(studio, JOB, "after None")
        await pages.read(studio, ("aws:other:us-east-1", *JOB[1:]), None)
        assert len(logs.reads) == 3

    run(scenario)


def test_what_is_old_or_failed_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "_FRESH", 0.0)

    async def scenario(pages: LogPages, logs: Logs, studio: Studio) -> None:
        logs.may.set()
        for reads in (1, 2):
            await pages.read(studio, JOB, None)
            assert len(logs.reads) == reads
        monkeypatch.setattr(log_pages, "_FRESH", 600.0)
        logs.error = ThrottledError("Rate exceeded")
        answers = await asyncio.gather(*(pages.read(studio, JOB, "x") for _ in range(3)), return_exceptions=True)
        assert answers == [logs.error] * 3
        assert len(logs.reads) == 3
        logs.error = None
        assert (await pages.read(studio, JOB, "x")).token == "after x"

    run(scenario)


def test_after_a_change_of_the_job_nobody_gets_what_was_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "_FRESH", 600.0)

    async def scenario(pages: LogPages, logs: Logs, studio: Studio) -> None:
        early = asyncio.create_task(pages.read(studio, JOB, None))
        await begun(logs, 1)
        pages.forget(JOB)
        logs.text = "last line"
        late = asyncio.create_task(pages.read(studio, JOB, None))
        await begun(logs, 2)
        logs.may.set()
        assert (await early).events[0]["message"] == "line"
        assert (await late).events[0]["message"] == "last line"
        assert (await pages.read(studio, JOB, None)).events[0]["message"] == "last line"

    run(scenario)


def test_memory_is_bounded_in_number_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "_FRESH", 600.0)

    async def scenario(pages: LogPages, logs: Logs, studio: Studio) -> None:
        logs.may.set()
        for number in range(200):
            await pages.read(studio, JOB, str(number))
        assert len(pages._kept) == 64
        logs.text = "x" * 3_000_000
        for number in range(5):
            await pages.read(studio, JOB, f"large {number}")
        assert sum(kept.size for kept in pages._kept.values()) <= 8_000_000

    run(scenario)
