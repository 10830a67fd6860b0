"""Whatever runs killed while jobs run: one end for each, whole logs, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import crash_rounds as rounds
import pytest
from crash_jobs import live_through
from engine_process import EngineProcess


@pytest.mark.slow
def test_one_end_for_each_and_nothing_left(new_engine: Callable[..., EngineProcess], tmp_path: Path) -> None:
    live_through(
        new_engine(),
        tmp_path,
        range(1000, 1000 + rounds.share(0.35)),
        ["engine", "supervisor", "script", "supervisor", "launcher"],
    )
