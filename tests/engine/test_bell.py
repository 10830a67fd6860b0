"""The bell that supervisors ring: the engine hears it, and nothing goes wrong where nobody can."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest
from test_runner import Attempts

from jupyter_sm_ext.engine import bell
from jupyter_sm_ext.engine.supervisor_files import ring

SECONDS = 20


async def test_the_end_of_an_attempt_is_heard(tmp_path: Path) -> None:
    heard = asyncio.Event()
    attempts = Attempts(tmp_path)
    with bell.listening(tmp_path / bell.NAME, heard.set):
        attempt = attempts.start("exit 3")
        await asyncio.wait_for(heard.wait(), SECONDS)
        # Rung when all is told, so one look is enough.
        assert [event["event"] for event in attempt.events()][-1] == "Exit"
        assert json.loads((attempt.directory / "exit.json").read_text())["code"] == 3
    attempts.close()


async def test_many_rings_and_another_engine(tmp_path: Path) -> None:
    path, heard = tmp_path / bell.NAME, asyncio.Event()
    for _ in range(2):
        with bell.listening(path, heard.set):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            for _ in range(3):
                ring(str(path))
            await asyncio.wait_for(heard.wait(), SECONDS)
            heard.clear()
        # Nobody listens now: it is not waited for.
        ring(str(path))
    assert not heard.is_set()


@pytest.mark.parametrize("path", ["nowhere/bell", ""])
def test_without_a_bell_nothing_happens(tmp_path: Path, path: str) -> None:
    ring(str(tmp_path / path) if path else "")


async def test_where_there_are_no_named_pipes_the_engine_goes_on(tmp_path: Path) -> None:
    with bell.listening(tmp_path / "nowhere" / bell.NAME, lambda: None):
        assert not (tmp_path / "nowhere").exists()
