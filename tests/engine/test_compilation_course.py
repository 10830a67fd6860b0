"""Compilation jobs that wait, are stopped and take too long, and whose engine, supervisor or compiler is gone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from compilation_help import Compiling, model_of
from deadly import Killed, deadly
from engine_process import EngineProcess
from jobs_harness import BUCKET

from jupyter_sm_ext.engine.compilation import program as compiler
from jupyter_sm_ext.engine.context import Clock
from jupyter_sm_ext.errors import NotFoundError, ValidationError


class LateClock(Clock):
    """Goes with the real time, and is ahead of it."""

    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Callable[..., Compiling]]:
    made: list[Compiling] = []

    def make(**settings: Any) -> Compiling:
        made.append(Compiling(tmp_path / "data", **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_without_the_extra_the_reason_says_what_to_install(
    new: Callable[..., Compiling], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    found = new().compile("bare")
    assert found["CompilationJobStatus"] == "FAILED"
    assert "pip install 'jupyter-sm-ext[compile]'" in found["FailureReason"]


def slow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let compilers wait for a file before they begin; gives it."""
    go, program = tmp_path / "go", tmp_path / "slow.py"
    real = compiler.__file__
    program.write_text(
        "import os, runpy, sys, time\n"
        f"while not os.path.exists({str(go)!r}):\n    time.sleep(0.01)\n"
        f"runpy.run_path({str(real)!r}, run_name='__main__')\n"
    )
    monkeypatch.setattr(compiler, "__file__", str(program))
    return go


def test_stop_ends_it_and_leaves_no_artifact(
    new: Callable[..., Compiling], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiling = new()
    slow(monkeypatch, tmp_path)
    compiling.call("CreateCompilationJob", **compiling.request("endless"))
    with pytest.raises(ValidationError, match="in status STARTING"):
        compiling.call("DeleteCompilationJob", CompilationJobName="endless")
    compiling.until(lambda: compiling.describe("endless")["CompilationJobStatus"] == "INPROGRESS")
    for _ in range(2):
        compiling.call("StopCompilationJob", CompilationJobName="endless")
        assert compiling.describe("endless")["CompilationJobStatus"] == "STOPPING"
    found = compiling.over("endless")
    assert (found["CompilationJobStatus"], found["FailureReason"]) == ("STOPPED", "")
    assert not compiling.engine.objects.exists(BUCKET, "out/model-ml_c5.tar.gz")
    with pytest.raises(ValidationError, match="in status STOPPED"):
        compiling.call("StopCompilationJob", CompilationJobName="endless")
    compiling.call("DeleteCompilationJob", CompilationJobName="endless")
    with pytest.raises(NotFoundError, match="endless"):
        compiling.describe("endless")


def test_its_time_is_limited(new: Callable[..., Compiling], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiling = new()
    slow(monkeypatch, tmp_path)
    found = compiling.compile("long", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert found["CompilationJobStatus"] == "FAILED"
    assert "TimeOut" in found["FailureReason"]
    assert "'MaxRuntimeInSeconds': 1" in found["FailureReason"]


def test_one_that_waits_starts_when_there_is_room_and_not_for_ever(
    new: Callable[..., Compiling], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiling = new(at_once=1)
    clock = compiling.engine.clock = LateClock()
    go = slow(monkeypatch, tmp_path)
    for name, pending in (("first", 7200), ("second", 9000), ("third", 7200)):
        stopping = {"MaxRuntimeInSeconds": 60, "MaxPendingTimeInSeconds": pending, "MaxWaitTimeInSeconds": 90000}
        compiling.call("CreateCompilationJob", **compiling.request(name, StoppingCondition=stopping))
        assert compiling.describe(name)["StoppingCondition"] == stopping
    compiling.until(lambda: compiling.describe("first")["CompilationJobStatus"] == "INPROGRESS")
    clock.ahead = 7000.0
    compiling.tick()
    assert compiling.describe("third")["CompilationJobStatus"] == "STARTING"
    clock.ahead = 7300.0
    third = compiling.over("third")
    assert (third["CompilationJobStatus"], "CompilationStartTime" in third) == ("STOPPED", False)
    assert "MaxPendingTimeInSeconds" in third["FailureReason"]
    assert compiling.describe("second")["CompilationJobStatus"] == "STARTING"
    go.touch()
    assert compiling.over("first")["CompilationJobStatus"] == "COMPLETED"
    assert compiling.over("second")["CompilationJobStatus"] == "COMPLETED"


def test_one_that_waits_can_be_stopped(
    new: Callable[..., Compiling], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiling = new(at_once=1)
    slow(monkeypatch, tmp_path)
    for name in ("runs", "waits"):
        compiling.call("CreateCompilationJob", **compiling.request(name))
    compiling.until(lambda: compiling.describe("runs")["CompilationJobStatus"] == "INPROGRESS")
    compiling.call("StopCompilationJob", CompilationJobName="waits")
    assert compiling.over("waits")["CompilationJobStatus"] == "STOPPED"
    assert compiling.describe("runs")["CompilationJobStatus"] == "INPROGRESS"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", ["start", "INPROGRESS", "STOPPING", "STOPPED", "COMPLETED"])
def test_an_engine_killed_at_any_write_is_followed_by_one_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, when: str
) -> None:
    first = Compiling(tmp_path / "data")
    go = slow(monkeypatch, tmp_path)
    if point == "COMPLETED":
        go.touch()

    if point == "start":
        monkeypatch.setattr(first.jobs.runner, "start", deadly(first.jobs.runner.start, when, lambda *_: True))
    else:
        monkeypatch.setattr(first.store, "save", deadly(first.store.save, when, lambda record: record.status == point))
    first.call("CreateCompilationJob", **first.request("survivor"))
    stopped = point in ("STOPPING", "STOPPED")

    def live() -> None:
        if stopped:
            first.until(lambda: first.describe("survivor")["CompilationJobStatus"] == "INPROGRESS")
            first.call("StopCompilationJob", CompilationJobName="survivor")
        first.over("survivor")

    with pytest.raises(Killed):
        live()
    first.jobs.runner.close()
    first.leave()
    second = Compiling(tmp_path / "data")
    try:
        if (point, when) == ("STOPPING", "before"):  # the client was told nothing, and asks again
            second.call("StopCompilationJob", CompilationJobName="survivor")
        if not stopped:
            go.touch()
        found = second.over("survivor")
        assert found["CompilationJobStatus"] == ("STOPPED" if stopped else "COMPLETED")
        assert second.engine.objects.exists(BUCKET, "out/model-ml_c5.tar.gz") is not stopped
        if not stopped:
            assert second.log("survivor").count("optimizing for") == 1
        second.until(lambda: not list(second.jobs.runner.root.iterdir()))
    finally:
        second.close()


def test_a_supervisor_that_dies_fails_the_job(
    new: Callable[..., Compiling], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiling = new()
    slow(monkeypatch, tmp_path)
    compiling.call("CreateCompilationJob", **compiling.request("orphan"))
    compiling.until(lambda: compiling.describe("orphan")["CompilationJobStatus"] == "INPROGRESS")
    (started,) = compiling.jobs.runner.root.glob("orphan/*/started")
    supervisor = psutil.Process(json.loads(started.read_text())["pid"])
    compiling.until(supervisor.children)
    (program,) = supervisor.children()
    supervisor.kill()
    found = compiling.over("orphan")
    assert found["CompilationJobStatus"] == "FAILED"
    assert found["FailureReason"].startswith("InternalServerError: We encountered an internal error.")
    psutil.wait_procs([program], timeout=10)
    assert not program.is_running()


def test_a_real_client_against_a_real_engine_that_is_killed(new_engine: Callable[..., EngineProcess]) -> None:
    engine = new_engine().start()
    s3, sagemaker = engine.client("s3"), engine.client("sagemaker")
    s3.put_object(Bucket=BUCKET, Key="m/model.tar.gz", Body=model_of())
    sagemaker.create_compilation_job(
        CompilationJobName="job",
        RoleArn="arn:aws:iam::000000000000:role/SageMakerLocalRole",
        InputConfig={"S3Uri": f"s3://{BUCKET}/m/model.tar.gz", "DataInputConfig": '{"x":[1,3]}', "Framework": "ONNX"},
        OutputConfig={"S3OutputLocation": f"s3://{BUCKET}/c", "TargetDevice": "ml_c5"},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
        Tags=[{"Key": "k", "Value": "v"}],
    )
    engine.kill()
    engine.start()
    sagemaker = engine.client("sagemaker")
    deadline = time.monotonic() + 30
    while (found := sagemaker.describe_compilation_job(CompilationJobName="job"))["CompilationJobStatus"] in (
        "STARTING",
        "INPROGRESS",
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert found["CompilationJobStatus"] == "COMPLETED"
    head = engine.client("s3").head_object(Bucket=BUCKET, Key="c/model-ml_c5.tar.gz")
    assert head["ContentLength"] > 100
    assert sagemaker.list_tags(ResourceArn=found["CompilationJobArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    pages = sagemaker.get_paginator("list_compilation_jobs").paginate(StatusEquals="COMPLETED", SortBy="Status")
    assert [row["CompilationJobName"] for page in pages for row in page["CompilationJobSummaries"]] == ["job"]
