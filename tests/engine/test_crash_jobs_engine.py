"""The engine, and what forks its supervisors, killed while jobs run: each job ends as if nothing had been."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import crash_rounds as rounds
import pytest
from crash_jobs import live_through
from engine_process import EngineProcess


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_is_run_twice(new_engine: Callable[..., EngineProcess], tmp_path: Path) -> None:
    live_through(new_engine(), tmp_path, range(rounds.share(0.35)), ["engine", "engine", "launcher"])
