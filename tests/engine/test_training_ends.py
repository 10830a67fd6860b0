"""How training jobs fail, and how they are stopped and deleted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from jobs_harness import BUCKET, FOREVER, Harness, appended, gone, statuses, up

from jupyter_sm_ext.engine import training_running
from jupyter_sm_ext.errors import ConflictError, ValidationError

Json = dict[str, Any]


# How it fails


def test_a_script_that_raises(harness: Harness) -> None:
    harness.create("bad", "def f():\n    raise ValueError('boom')\nf()", {"lr": "0.1"})
    found = harness.over("bad")
    assert found["TrainingJobStatus"] == "Failed"
    assert found["FailureReason"] == (
        "AlgorithmError: ExecuteUserScriptError:\nExitCode 1\n"
        f'ErrorMessage "ValueError: boom"\nCommand "{sys.executable} train.py --lr 0.1", exit code: 1'
    )
    assert statuses(found) == ["Starting", "Downloading", "Training", "Uploading", "Failed"]
    assert found["SecondaryStatusTransitions"][-1]["StatusMessage"] == "Training job failed"
    assert "ModelArtifacts" not in found


def test_the_script_s_own_failure_text(harness: Harness) -> None:
    harness.create("told", "open('../output/failure', 'w').write('no GPU, ' + 'x' * 5000)\nraise SystemExit(3)")
    reason = harness.over("told")["FailureReason"]
    assert reason.startswith("AlgorithmError: no GPU, xxx")
    assert reason.endswith("x, exit code: 3")
    assert len(reason) == 1024


def test_an_interpreter_that_is_gone(harness: Harness) -> None:
    harness.create("gone", "", Environment={"SM_LOCAL_PYTHON": "/no/such/python"})
    assert harness.over("gone")["FailureReason"] == (
        "ClientError: cannot run /no/such/python: No such file or directory"
    )


@pytest.mark.parametrize("data", [None, b"not an archive"])
def test_a_source_that_cannot_be_read(harness: Harness, data: bytes | None) -> None:
    uri = f"s3://{BUCKET}/broken.tar.gz"
    if data is not None:
        harness.put("broken.tar.gz", data)
    harness.create("broken", "", {"sagemaker_submit_directory": json.dumps(uri)})
    found = harness.over("broken")
    assert found["FailureReason"].startswith("ClientError: ")
    assert uri in found["FailureReason"]


def test_max_runtime(harness: Harness) -> None:
    harness.create(
        "long", "open('../model/w', 'w').write('x')\n" + FOREVER, StoppingCondition={"MaxRuntimeInSeconds": 1}
    )
    found = harness.over("long")
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert found["ModelArtifacts"]
    assert statuses(found) == ["Starting", "Downloading", "Training", "Stopping", "Uploading", "MaxRuntimeExceeded"]


# Stopping and deleting


def test_stop_lets_a_script_save(harness: Harness, tmp_path: Path) -> None:
    harness.create(
        "stopped",
        "import signal, sys, time\n"
        "def save(*_):\n    open('../model/w', 'w').write('saved')\n    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, save)\n" + up(tmp_path / "up") + FOREVER,
    )
    harness.until((tmp_path / "up").exists)
    assert harness.call("StopTrainingJob", TrainingJobName="stopped") == {}
    stopping = harness.describe("stopped")
    assert (stopping["TrainingJobStatus"], stopping["SecondaryStatus"]) == ("Stopping", "Stopping")
    harness.call("StopTrainingJob", TrainingJobName="stopped")
    found = harness.over("stopped")
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert statuses(found) == ["Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped"]
    assert found["ModelArtifacts"]
    with pytest.raises(ValidationError, match="rejected because the training job is in status Stopped"):
        harness.call("StopTrainingJob", TrainingJobName="stopped")


def test_a_stop_comes_after_what_was_not_on_record_yet(
    harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_running, "_EVENTS_SECONDS", 3600.0)
    harness.create("young", up(tmp_path / "up") + FOREVER)
    harness.until((tmp_path / "up").exists)
    assert statuses(harness.describe("young")) == ["Starting"]
    harness.call("StopTrainingJob", TrainingJobName="young")
    assert statuses(harness.describe("young")) == ["Starting", "Downloading", "Training", "Stopping"]
    found = harness.over("young")
    assert statuses(found) == ["Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped"]


def test_stop_of_a_script_that_ignores_it(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "data", grace=0.2)
    ignore = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    child = [sys.executable, "-c", ignore + up(tmp_path / "child") + FOREVER]
    ignore += f"import subprocess\nsubprocess.Popen({child!r})\n"
    harness.create("stubborn", ignore + up(tmp_path / "up") + FOREVER)
    harness.until(lambda: (tmp_path / "up").exists() and (tmp_path / "child").exists())
    pids = [int((tmp_path / name).read_text()) for name in ("up", "child")]
    harness.call("StopTrainingJob", TrainingJobName="stubborn")
    assert harness.over("stubborn")["TrainingJobStatus"] == "Stopped"
    harness.until(lambda: all(gone(pid) for pid in pids))
    harness.close()


def test_stop_before_it_started(harness: Harness, tmp_path: Path) -> None:
    harness.create("early", appended(tmp_path / "runs"))
    harness.call("StopTrainingJob", TrainingJobName="early")
    found = harness.over("early")
    assert statuses(found) == ["Starting", "Stopping", "Stopped"]
    assert "TrainingTimeInSeconds" not in found
    assert not (tmp_path / "runs").exists()


def test_delete_frees_the_name(harness: Harness, tmp_path: Path) -> None:
    harness.create("again", up(tmp_path / "up") + FOREVER)
    with pytest.raises(ValidationError, match="in status InProgress"):
        harness.call("DeleteTrainingJob", TrainingJobName="again")
    with pytest.raises(ConflictError) as caught:
        harness.create("again", "")
    assert caught.value.code == "ResourceInUse"
    assert str(caught.value) == (
        "Training job names must be unique within an AWS account and region, and a training job with this name already "
        "exists (arn:aws:sagemaker:us-east-1:000000000000:training-job/again)"
    )
    harness.until((tmp_path / "up").exists)
    harness.call("StopTrainingJob", TrainingJobName="again")
    harness.over("again")
    harness.call("DeleteTrainingJob", TrainingJobName="again")
    for operation in ("DescribeTrainingJob", "StopTrainingJob", "DeleteTrainingJob"):
        with pytest.raises(ValidationError, match=r"^Requested resource not found\.$"):
            harness.call(operation, TrainingJobName="again")
    harness.create("again", "print('second')")
    assert harness.over("again")["TrainingJobStatus"] == "Completed"


def test_what_is_over_leaves_its_log_and_its_output_only(harness: Harness) -> None:
    harness.create("tidy", "print('x')")
    harness.over("tidy")
    harness.until(lambda: not list((harness.engine.data_dir / "jobs").iterdir()))
    assert harness.log("tidy") == "x\n"
