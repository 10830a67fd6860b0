"""Managed spot training: interrupted on demand, going on from its checkpoint, within its time limits."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jobs_harness import BUCKET, FOREVER, Harness, appended, gone, statuses, up
from local_engine_parts import Parts

from jupyter_sm_ext.engine import capacity, training_spot
from jupyter_sm_ext.engine.context import Clock

Json = dict[str, Any]
KIND = "ml.m5.large"


class Ahead(Clock):
    """The real time, and what the test adds."""

    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path / "data", grace=0.3)
    made.engine.clock = Ahead()
    yield made
    made.close()


def spot(run: int = 60, wait: int = 3600, **stopping: int) -> Json:
    return {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": run, "MaxWaitTimeInSeconds": wait, **stopping},
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints"},
    }


def interrupt(harness: Harness, name: str) -> Path:
    request = harness.engine.data_dir / training_spot.FOLDER / name
    request.parent.mkdir(exist_ok=True)
    request.touch()
    return request


def steps(folder: Path) -> str:
    """A script that goes on from its checkpoint; its first run takes for ever."""
    return (
        "import pathlib\nkept = pathlib.Path('../checkpoints/step')\n"
        "step = int(kept.read_text()) if kept.exists() else 0\nprint('from', step, flush=True)\n"
        "kept.write_text(str(step + 1))\nopen('../model/w', 'w').write(str(step))\n"
        "if step:\n    raise SystemExit\n" + up(folder / "up") + FOREVER
    )


def supervisor(harness: Harness, name: str) -> psutil.Process:
    (started,) = (harness.engine.data_dir / "jobs" / name).glob("2-*/started")
    return psutil.Process(json.loads(started.read_text())["pid"])


def test_it_goes_on_from_its_checkpoint(harness: Harness, tmp_path: Path) -> None:
    harness.create("spot", steps(tmp_path), **spot())
    harness.until((tmp_path / "up").exists)
    harness.engine.clock.ahead = 100.0  # type: ignore[attr-defined]
    request = interrupt(harness, "spot")
    found = harness.over("spot")
    assert found["TrainingJobStatus"] == "Completed"
    history = ["Starting", "Downloading", "Training", "Interrupted", "Starting", "Downloading", "Training"]
    assert statuses(found) == [*history, "Uploading", "Completed"]
    assert harness.log("spot") == "from 0\nfrom 1\n"
    assert gone(int((tmp_path / "up").read_text()))
    assert not request.exists()
    # It had no instances for about 100 seconds.
    assert found["TrainingTimeInSeconds"] >= 100
    assert found["BillableTimeInSeconds"] <= found["TrainingTimeInSeconds"] - 99


@pytest.mark.parametrize("passed_on", [False, True])
def test_the_engine_is_gone_while_it_is_interrupted(tmp_path: Path, passed_on: bool) -> None:
    harness = Harness(tmp_path / "data", grace=0.3)
    harness.create("spot", steps(tmp_path), **spot())
    harness.until((tmp_path / "up").exists)
    harness.leave()
    if passed_on:
        (attempt,) = (harness.engine.data_dir / "jobs" / "spot").iterdir()
        (attempt / "interrupt").touch()
        deadline = time.monotonic() + 30
        while not (attempt / "exit.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    else:
        interrupt(harness, "spot")
    harness = Harness(tmp_path / "data", grace=0.3)
    found = harness.over("spot")
    harness.close()
    assert found["TrainingJobStatus"] == "Completed"
    assert statuses(found).count("Interrupted") == 1
    assert harness.log("spot") == "from 0\nfrom 1\n"


def test_it_waits_for_capacity_as_before(harness: Harness, tmp_path: Path) -> None:
    harness.create("spot", steps(tmp_path), **spot())
    harness.until((tmp_path / "up").exists)
    (harness.engine.data_dir / capacity.FILE).write_text(json.dumps({KIND: 0}))
    interrupt(harness, "spot")
    harness.until(lambda: harness.describe("spot")["SecondaryStatus"] == "Pending")
    assert statuses(harness.describe("spot"))[2:] == ["Training", "Interrupted", "Starting", "Pending"]
    # Its checkpoints are stored, its model is not.
    assert harness.read(f"s3://{BUCKET}/checkpoints/step") == b"1"
    assert not (harness.engine.objects.bucket(BUCKET) / "out").exists()
    (harness.engine.data_dir / capacity.FILE).unlink()
    assert harness.over("spot")["TrainingJobStatus"] == "Completed"


def test_a_job_without_spot_instances_is_left_alone(harness: Harness, tmp_path: Path) -> None:
    harness.create("plain", appended(tmp_path / "runs"))
    request = interrupt(harness, "plain")
    assert "Interrupted" not in statuses(harness.over("plain"))
    assert request.exists()


def test_a_stop_counts_for_more(harness: Harness, tmp_path: Path) -> None:
    harness.create("spot", up(tmp_path / "up") + FOREVER, **spot())
    harness.until((tmp_path / "up").exists)
    harness.call("StopTrainingJob", TrainingJobName="spot")
    interrupt(harness, "spot")
    assert harness.over("spot")["SecondaryStatus"] == "Stopped"


def test_interruptions_are_no_retries(harness: Harness, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    harness.create("spot", appended(runs) + FOREVER, **spot(), RetryStrategy={"MaximumRetryAttempts": 1})
    harness.until(runs.exists)
    interrupt(harness, "spot")
    harness.until(lambda: runs.read_text() == "xx")
    supervisor(harness, "spot").kill()
    harness.until(lambda: runs.read_text() == "xxx")
    assert harness.describe("spot")["TrainingJobStatus"] == "InProgress"


# Time limits


def test_max_wait_is_over_while_it_waits(parts: Parts) -> None:
    (parts.engine.data_dir / capacity.FILE).write_text(json.dumps({KIND: 0}))
    parts.call(
        "CreateTrainingJob",
        TrainingJobName="spot",
        AlgorithmSpecification={
            "TrainingImage": "local/python",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["true"],
        },
        RoleArn=parts.engine.role_arn,
        OutputDataConfig={"S3OutputPath": f"s3://{parts.engine.bucket}/out"},
        ResourceConfig={"InstanceType": KIND, "InstanceCount": 1, "VolumeSizeInGB": 1},
        EnableManagedSpotTraining=True,
        StoppingCondition={
            "MaxRuntimeInSeconds": 60,
            "MaxWaitTimeInSeconds": 7000,
            "MaxPendingTimeInSeconds": 7200,
        },
    )
    parts.pass_time(10)
    parts.pass_time(6989)
    found = parts.call("DescribeTrainingJob", TrainingJobName="spot")
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("InProgress", "Pending")
    parts.pass_time(1)
    found = parts.call("DescribeTrainingJob", TrainingJobName="spot")
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert found["SecondaryStatusTransitions"][-1]["StatusMessage"] == (
        "Training job runtime exceeded MaxWaitTimeInSeconds provided"
    )


def test_max_wait_is_over_while_it_runs(harness: Harness) -> None:
    harness.create("spot", FOREVER, **spot(run=1, wait=1))
    found = harness.over("spot")
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert statuses(found)[2:] == ["Training", "Stopping", "Uploading", "MaxWaitTimeExceeded"]


def test_max_wait_is_over_when_it_is_interrupted(harness: Harness, tmp_path: Path) -> None:
    harness.create("spot", appended(tmp_path / "runs") + up(tmp_path / "up") + FOREVER, **spot(wait=60))
    harness.until((tmp_path / "up").exists)
    harness.engine.clock.ahead = 61.0  # type: ignore[attr-defined]
    interrupt(harness, "spot")
    found = harness.over("spot")
    assert statuses(found)[3:] == ["Interrupted", "Starting", "MaxWaitTimeExceeded"]
    assert found["TrainingTimeInSeconds"] >= 60
    assert (tmp_path / "runs").read_text() == "x"


def test_all_attempts_share_max_runtime(harness: Harness, tmp_path: Path) -> None:
    script = appended(tmp_path / "runs") + "import time\ntime.sleep(0.7)\n" + up(tmp_path / "up") + FOREVER
    harness.create("spot", script, **spot(run=1))
    harness.until((tmp_path / "up").exists)
    interrupt(harness, "spot")
    found = harness.over("spot")
    assert found["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert statuses(found).count("Downloading") == 2
    assert found["BillableTimeInSeconds"] <= 2
