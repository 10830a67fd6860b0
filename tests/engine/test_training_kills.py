"""Training jobs whose supervisor or engine is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jobs_harness
import psutil
import pytest
from jobs_harness import FOREVER, Harness, appended, gone, statuses, up

from jupyter_sm_ext.engine import training_history

Json = dict[str, Any]


def supervisor(harness: Harness, name: str) -> psutil.Process:
    # The files of the attempt before may still be there: they are cleaned away when there is time for it.
    *_, started = sorted((harness.engine.data_dir / "jobs" / name).glob("*/started"))
    return psutil.Process(json.loads(started.read_text())["pid"])


def test_a_dead_supervisor_is_an_internal_error(harness: Harness, tmp_path: Path) -> None:
    harness.create("lost", "print('begun')\n" + up(tmp_path / "up") + FOREVER)
    harness.until((tmp_path / "up").exists)
    supervisor(harness, "lost").kill()
    found = harness.over("lost")
    assert found["TrainingJobStatus"] == "Failed"
    assert found["FailureReason"].startswith(training_history.INTERNAL_ERROR)
    assert gone(int((tmp_path / "up").read_text()))
    assert harness.log("lost") == "begun\n"


def test_a_dead_supervisor_is_retried_as_often_as_asked(harness: Harness, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    harness.create("retried", appended(runs) + FOREVER, RetryStrategy={"MaximumRetryAttempts": 1})
    pids = set()
    for number in (1, 2):
        harness.until(lambda times=number: runs.exists() and len(runs.read_text()) == times)
        process = supervisor(harness, "retried")
        pids.add(process.pid)
        process.kill()
        harness.until(lambda process=process: gone(process.pid))
        harness.until(
            lambda times=number: (
                statuses(harness.describe("retried")).count("Starting") > times
                or "TrainingEndTime" in harness.describe("retried")
            )
        )
    found = harness.over("retried")
    assert len(pids) == 2
    assert found["FailureReason"].startswith("InternalServerError")
    assert statuses(found) == ["Starting", "Downloading", "Training"] * 2 + ["Failed"]
    assert runs.read_text() == "xx"


def test_a_job_that_was_stopping_when_its_supervisor_died(harness: Harness, tmp_path: Path) -> None:
    ignore = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    harness.create("both", ignore + up(tmp_path / "up") + FOREVER, RetryStrategy={"MaximumRetryAttempts": 3})
    harness.until((tmp_path / "up").exists)
    harness.call("StopTrainingJob", TrainingJobName="both")
    supervisor(harness, "both").kill()
    assert harness.over("both")["TrainingJobStatus"] == "Stopped"


class Victim:
    """An engine in a process of its own, to be killed."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, jobs_harness.__file__, str(self.data_dir)])

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def events(self) -> list[str]:
        found = []
        for path in self.data_dir.glob("jobs/*/*/events.jsonl"):
            found += [json.loads(line)["event"] for line in path.read_text().splitlines() if line.endswith("}")]
        return found


def until(true: Any) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came true"


@pytest.mark.parametrize("phase", ["Starting", "Training", "Uploading", "Over"])
def test_an_engine_killed_in_any_phase_loses_nothing_and_runs_nothing_twice(tmp_path: Path, phase: str) -> None:
    data_dir, runs, on = tmp_path / "data", tmp_path / "runs", tmp_path / "on"
    harness = Harness(data_dir)
    harness.create(
        "survivor",
        appended(runs)
        + up(tmp_path / "up")
        + "print('loss=0.5')\nopen('../model/w', 'wb').write(os.urandom(60_000_000))\n"
        + f"import time\nwhile not os.path.exists({str(on)!r}):\n    time.sleep(0.01)\n",
        AlgorithmSpecification={"MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}]},
    )
    harness.leave()
    victim = Victim(data_dir)
    victim.start()
    try:
        if phase == "Starting":
            until(lambda: list(data_dir.glob("jobs/survivor/*")))
        elif phase == "Training":
            until((tmp_path / "up").exists)
        else:
            on.touch()
            until(lambda: "Uploading" in victim.events())
    finally:
        victim.kill()
    on.touch()
    if phase == "Over":
        until(lambda: list(data_dir.glob("jobs/survivor/*/exit.json")))
    harness = Harness(data_dir)
    found = harness.over("survivor")
    harness.close()
    assert found["TrainingJobStatus"] == "Completed"
    assert statuses(found) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert [metric["Value"] for metric in found["FinalMetricDataList"]] == [0.5]
    assert runs.read_text() == "x"
    assert not list((data_dir / "jobs").iterdir())


def test_an_engine_killed_again_and_again(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    harness = Harness(data_dir)
    names = [f"storm-{number}" for number in range(6)]
    for name in names:
        harness.create(name, appended(tmp_path / name) + "import time\ntime.sleep(0.3)\nprint('done')")
    harness.leave()
    for pause in (0.0, 0.15, 0.2, 0.25, 0.3, 0.35):
        victim = Victim(data_dir)
        victim.start()
        # The pause is where the kill falls, not something that is waited for.
        time.sleep(pause)
        victim.kill()
    harness = Harness(data_dir)
    found = [harness.over(name) for name in names]
    harness.close()
    assert [one["TrainingJobStatus"] for one in found] == ["Completed"] * 6
    assert [(tmp_path / name).read_text() for name in names] == ["x"] * 6
    assert [statuses(one) for one in found] == [["Starting", "Downloading", "Training", "Uploading", "Completed"]] * 6


def test_a_stop_on_record_is_carried_out_by_the_next_engine(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    harness = Harness(data_dir)
    harness.create("stopped", up(tmp_path / "up") + FOREVER)
    harness.until((tmp_path / "up").exists)
    # Killed between the record and the request to the supervisor.
    harness.training._running.clear()
    harness.call("StopTrainingJob", TrainingJobName="stopped")
    harness.leave()
    harness = Harness(data_dir)
    assert harness.over("stopped")["TrainingJobStatus"] == "Stopped"
    harness.close()


def test_trouble_with_one_job_is_not_another_s(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    start, failing = harness.engine.runner.start, {"broken"}

    def sometimes(directory: Path, spec: Any) -> Any:
        if directory.parent.name in failing:
            raise RuntimeError("a bug")
        return start(directory, spec)

    monkeypatch.setattr(harness.engine.runner, "start", sometimes)
    harness.create("broken", "print('x')")
    harness.create("fine", "print('x')")
    assert harness.over("fine")["TrainingJobStatus"] == "Completed"
    assert harness.describe("broken")["TrainingJobStatus"] == "InProgress"
    failing.clear()
    assert harness.over("broken")["TrainingJobStatus"] == "Completed"
