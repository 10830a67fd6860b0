"""Engines for tests: one in a process of its own, one of the test's very own, one in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_process import EngineProcess
from local_engine_parts import Parts


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """A running engine that the tests of a file share."""
    process = EngineProcess(tmp_path_factory.mktemp("engine") / "data", "--studio-seconds", "0.05")
    try:
        yield process.start()
    finally:
        process.close()


@pytest.fixture
def new_engine(tmp_path: Path) -> Iterator[Callable[..., EngineProcess]]:
    """Make engines that are not started yet, on the test's own directory if none is given; they end with the test."""
    made: list[EngineProcess] = []

    def make(data_dir: Path | None = None, *options: str) -> EngineProcess:
        made.append(EngineProcess(data_dir or tmp_path / "data", "--studio-seconds", "0.05", *options))
        return made[-1]

    yield make
    for process in made:
        process.close()


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """An engine in this process, whose clock the test moves."""
    made = Parts(tmp_path / "data")
    yield made
    made.close()
