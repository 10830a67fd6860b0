"""Engines for tests: one in a process of its own, one of the test's very own, one in this process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess
from jobs_harness import Harness
from local_engine_parts import Parts


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """A running engine that the tests of a file share."""
    process = EngineProcess(tmp_path_factory.mktemp("engine") / "data", "--studio-seconds", "0.05")
    try:
        yield process.start()
    finally:
        process.close()


@pytest.fixture(scope="module")
def s3(engine: EngineProcess) -> Any:
    """Client of the shared engine's S3."""
    return engine.client("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    """A bucket of the test's own on the shared engine."""
    name = f"b-{hashlib.sha256(request.node.name.encode()).hexdigest()[:20]}"
    s3.create_bucket(Bucket=name)
    return name


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


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    """Training jobs in this process, as real processes."""
    made = Harness(tmp_path / "data")
    yield made
    made.close()
