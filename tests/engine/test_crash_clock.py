"""The machine's clock is set back while jobs run: order, limits, histories and logs go on as if it had not been."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import crash_rounds as rounds
import pytest
import shifted_python
import tuning_help as tuning
from engine_process import EngineProcess, until

from jupyter_sm_ext.engine import steady_clock
from jupyter_sm_ext.engine.steady_clock import SteadyClock

Json = dict[str, Any]
BACK = -600.0  # what a signature may be off is 900 s
COMMAND = """
for line in 0 1 2 3 4; do echo "line $line"; sleep 0.2; done
until [ -e "$0.on" ]; do sleep 0.02; done
for line in 5 6 7 8 9; do echo "line $line"; sleep 0.2; done
"""


class ShiftedEngine(EngineProcess):
    """An engine whose machine's clock the test sets."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(root / "data", "--studio-seconds", "0.05")
        self._python, self._shift = root / "python", root / "shift"
        self._python.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" "{shifted_python.__file__}" "{self._shift}" "$@"\n'
        )
        self._python.chmod(0o700)
        monkeypatch.setenv("SHIFTED_PYTHON", str(self._python))
        self.set_clock(0.0)

    @property
    def command(self) -> list[str]:
        return [str(self._python), *super().command[1:]]

    def set_clock(self, seconds: float) -> None:
        fresh = self._shift.with_name("shift.part")
        fresh.write_text(str(seconds))
        fresh.rename(self._shift)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShiftedEngine]:
    made = ShiftedEngine(tmp_path, monkeypatch)
    yield made.start()  # type: ignore[misc]
    made.close()


def create(engine: EngineProcess, name: str, command: Path, kind: str = "ml.m5.large", **stopping: int) -> None:
    tuning.client(engine).create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={
            "TrainingImage": "local/python",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", str(command)],
        },
        RoleArn=tuning.ROLE,
        OutputDataConfig={"S3OutputPath": f"s3://{engine.bucket}/out"},
        ResourceConfig={"InstanceType": kind, "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600, **stopping},
    )


def described(engine: EngineProcess, name: str) -> Json:
    found: Json = tuning.client(engine).describe_training_job(TrainingJobName=name)
    return found


def over(engine: EngineProcess, name: str) -> Json:
    rounds.patiently(lambda: described(engine, name)["TrainingJobStatus"] in rounds.TERMINAL)
    found = described(engine, name)
    rounds.check_history(found)
    return found


@pytest.mark.parametrize("restarted", [False, True])
def test_an_hour_that_comes_twice(engine: ShiftedEngine, tmp_path: Path, restarted: bool) -> None:
    command, forever = tmp_path / "command", tmp_path / "forever"
    command.write_text(COMMAND)
    forever.write_text("sleep 600")
    (engine.data_dir / "capacity.json").write_text(json.dumps({"ml.p5.48xlarge": 0, "ml.trn1.2xlarge": 1}))
    client = tuning.client(engine)
    create(engine, "before", command)
    create(engine, "holds", forever, "ml.trn1.2xlarge")
    create(engine, "queued-first", forever, "ml.trn1.2xlarge")
    until(lambda: any("line 1" in lines for lines in rounds.log_lines(engine, "before")))
    create(engine, "waits", forever, "ml.p5.48xlarge", MaxPendingTimeInSeconds=7200)
    until(lambda: described(engine, "waits")["SecondaryStatus"] == "Pending")
    seen = max(row["LastModifiedTime"] for row in client.list_training_jobs()["TrainingJobSummaries"])
    engine.set_clock(BACK)
    if restarted:
        engine.kill()
        engine.start()
    create(engine, "queued-later", forever, "ml.trn1.2xlarge")
    create(engine, "limited", forever, MaxRuntimeInSeconds=2)
    # A client that asks for what has changed since it looked last sees all of it.
    changed = client.list_training_jobs(LastModifiedTimeAfter=seen, NameContains="queued-later")
    assert [row["TrainingJobName"] for row in changed["TrainingJobSummaries"]] == ["queued-later"]
    assert over(engine, "limited")["SecondaryStatus"] == "MaxRuntimeExceeded"
    (tmp_path / "command.on").touch()
    done = over(engine, "before")
    assert done["TrainingJobStatus"] == "Completed"
    assert 2 <= done["TrainingTimeInSeconds"] < -BACK
    # In order, and by times that do not go back (`log_lines` looks at those).
    assert rounds.log_lines(engine, "before") == [[f"line {number}" for number in range(10)]]
    rows = client.list_training_jobs(SortBy="CreationTime", SortOrder="Ascending", MaxResults=100)
    names = [row["TrainingJobName"] for row in rows["TrainingJobSummaries"]]
    assert names == ["before", "holds", "queued-first", "waits", "queued-later", "limited"]
    client.stop_training_job(TrainingJobName="holds")
    until(lambda: described(engine, "queued-first")["SecondaryStatus"] == "Training", 60)
    assert described(engine, "queued-later")["SecondaryStatus"] == "Pending"
    for name in ("queued-later", "queued-first", "waits"):
        client.stop_training_job(TrainingJobName=name)
        assert over(engine, name)["TrainingJobStatus"] == "Stopped"
    rounds.check_nothing_left(engine)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    found = SimpleNamespace(wall=1000.0, since=5.0)
    fake = SimpleNamespace(time=lambda: found.wall, monotonic=lambda: found.since)
    monkeypatch.setattr(steady_clock, "time", fake)
    return found


def moved(clocks: SimpleNamespace, seconds: float, wall: float | None = None) -> None:
    clocks.since += seconds
    clocks.wall += seconds if wall is None else wall


def test_it_goes_on_at_its_pace_until_the_system_s_has_caught_up(clocks: SimpleNamespace) -> None:
    clock = SteadyClock()
    moved(clocks, 10.0)
    assert clock.now() == 1010.0
    moved(clocks, 1.0, wall=-99.0)
    assert clock.now() == 1011.0
    moved(clocks, 50.0)
    assert clock.now() == 1061.0
    # Set right, or woken from sleep: then it is the system's again.
    moved(clocks, 1.0, wall=500.0)
    assert clock.now() == clocks.wall == 1461.0


def test_a_clock_that_was_wrong_by_more_than_a_day_is_not_kept_up(clocks: SimpleNamespace) -> None:
    clock = SteadyClock()
    moved(clocks, 1.0, wall=-86_500.0)
    assert clock.now() == clocks.wall


@pytest.mark.parametrize(("last", "wanted"), [(900.0, 1000.0), (1300.0, 1300.0), (1000.0 + 90_000.0, 1000.0)])
def test_it_keeps_up_with_one_before(clocks: SimpleNamespace, last: float, wanted: float) -> None:
    clock = SteadyClock()
    clock.keep_up_with(last)
    assert clock.now() == wanted


def test_the_real_one_is_the_system_s() -> None:
    clock, before = SteadyClock(), time.time()
    assert before - 1.0 <= clock.now() <= time.time() + 1.0
