"""Compilation jobs end to end: a real compiler in a real process."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import psutil
import pytest
from deadly import Killed, deadly
from engine_process import EngineProcess
from jobs_harness import BUCKET, Harness
from onnx import TensorProto, helper, numpy_helper

from jupyter_sm_ext.engine.compilation import program as compiler
from jupyter_sm_ext.engine.compilation.family import CompilationJobs
from jupyter_sm_ext.engine.context import Clock, Engine
from jupyter_sm_ext.engine.logs import Logs
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError

Json = dict[str, Any]
COMPILATION_GROUP = "/aws/sagemaker/CompilationJobs"
ARN = "arn:aws:sagemaker:us-east-1:000000000000:compilation-job/"
WEIGHTS = np.arange(12, dtype=np.float32).reshape(3, 4)


def model_of(batch: int | str | None = "batch", file: str = "model.onnx", **more: bytes) -> bytes:
    """A model.tar.gz: relu(x @ w + b), with an identity that an optimiser takes out."""
    graph = helper.make_graph(
        [
            helper.make_node("Identity", ["x"], ["same"]),
            helper.make_node("MatMul", ["same", "w"], ["product"]),
            helper.make_node("Add", ["product", "b"], ["sum"]),
            helper.make_node("Relu", ["sum"], ["y"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 4])],
        [numpy_helper.from_array(WEIGHTS, "w"), numpy_helper.from_array(np.full(4, -20, np.float32), "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return archive(**{file: model.SerializeToString(), **more})


def archive(mode: str = "w:gz", **files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as packed:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


class Compiling(Harness):
    """An engine that compiles."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self.jobs: CompilationJobs

        def family(engine: Engine) -> CompilationJobs:
            self.jobs = CompilationJobs(engine, **settings)
            return self.jobs

        super().__init__(data_dir, family, Logs, grace=0.2)

    def request(self, name: str, model: bytes | str | None = None, **members: Any) -> Json:  # type: ignore[override]
        uri = model if isinstance(model, str) else self.put(f"in/{name}/model.tar.gz", model or model_of())
        config = {
            "S3Uri": uri,
            "Framework": "ONNX",
            "DataInputConfig": '{"x": [2, 3]}',
            **members.pop("InputConfig", {}),
        }
        output = {"S3OutputLocation": f"s3://{BUCKET}/out", "TargetDevice": "ml_c5", **members.pop("OutputConfig", {})}
        return {
            "CompilationJobName": name,
            "RoleArn": self.engine.role_arn,
            "InputConfig": {member: value for member, value in config.items() if value is not None},
            "OutputConfig": {member: value for member, value in output.items() if value is not None},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **members,
        }

    def compile(self, name: str, model: bytes | str | None = None, **members: Any) -> Json:
        """Describe response of a job once it is over."""
        self.call("CreateCompilationJob", **self.request(name, model, **members))
        return self.over(name)

    def describe(self, name: str) -> Json:
        return self.call("DescribeCompilationJob", CompilationJobName=name)

    def over(self, name: str) -> Json:
        found: Json = self.until(lambda: one if "CompilationEndTime" in (one := self.describe(name)) else None)
        return found

    def log(self, name: str) -> str:
        page = self.call("GetLogEvents", "logs", logGroupName=COMPILATION_GROUP, logStreamName=name)
        return "\n".join(event["message"] for event in page["events"])

    def close(self) -> None:
        for live in self.jobs._live.values():
            if live.attempt is not None:
                live.attempt.stop()
        self.until(lambda: not self.jobs.running() and not (self.jobs._runner and self.jobs._runner.tidy()))
        if self.jobs._runner is not None:
            self.jobs._runner.close()
        super().close()


class LateClock(Clock):
    """Goes with the real time, and is ahead of it."""

    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compiling]:
    made = Compiling(tmp_path_factory.mktemp("compiling") / "data")
    yield made
    made.close()


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Callable[..., Compiling]]:
    made: list[Compiling] = []

    def make(**settings: Any) -> Compiling:
        made.append(Compiling(tmp_path / "data", **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


# What a job does


def test_an_onnx_model_is_compiled_and_computes_the_same(shared: Compiling) -> None:
    arn = shared.call("CreateCompilationJob", **shared.request("good"))["CompilationJobArn"]
    assert arn == f"{ARN}good"
    first = shared.describe("good")
    assert (first["CompilationJobStatus"], first["FailureReason"]) == ("STARTING", "")
    assert "CompilationStartTime" not in first
    shared.until(lambda: shared.describe("good")["CompilationJobStatus"] == "INPROGRESS")
    found = shared.over("good")
    assert (found["CompilationJobStatus"], found["FailureReason"]) == ("COMPLETED", "")
    assert found["CreationTime"] <= found["CompilationStartTime"] <= found["CompilationEndTime"]
    assert found["ModelArtifacts"] == {"S3ModelArtifacts": f"s3://{BUCKET}/out/model-ml_c5.tar.gz"}
    assert "InferenceImage" not in found
    assert "DerivedInformation" not in found
    stored = shared.read(found["ModelArtifacts"]["S3ModelArtifacts"])
    assert found["ModelDigests"] == {"ArtifactDigest": hashlib.blake2b(stored).hexdigest()}
    with tarfile.open(fileobj=io.BytesIO(stored)) as packed:
        content = {name: packed.extractfile(name).read() for name in packed.getnames()}  # type: ignore[union-attr]
    assert content.keys() == {"manifest.json", "model.onnx"}
    manifest = json.loads(content["manifest.json"])
    assert (manifest["target"], manifest["inputs"]) == ("ml_c5", {"x": [2, 3]})
    assert len(onnx.load_model_from_string(content["model.onnx"]).graph.node) < 4
    session = onnxruntime.InferenceSession(content["model.onnx"], providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == [2, 3]
    given = np.array([[1, 2, 3], [-4, 5, 1]], np.float32)
    (result,) = session.run(None, {"x": given})
    assert np.array_equal(result, np.maximum(given @ WEIGHTS - 20, 0))


def test_its_log_is_a_stream_with_its_name(shared: Compiling) -> None:
    found = shared.compile("told")
    assert found["CompilationJobStatus"] == "COMPLETED"
    log = shared.log("told")
    assert "optimizing for ml_c5" in log
    assert found["ModelDigests"]["ArtifactDigest"] in log
    streams = shared.call("DescribeLogStreams", "logs", logGroupName=COMPILATION_GROUP, logStreamNamePrefix="told")
    (stream,) = streams["logStreams"]
    assert stream["logStreamName"] == "told"
    assert stream["creationTime"] == stream["firstEventTimestamp"] <= stream["lastEventTimestamp"]
    groups = shared.call("DescribeLogGroups", "logs", logGroupNamePrefix="/aws/sagemaker/C")["logGroups"]
    assert [group["logGroupName"] for group in groups] == [COMPILATION_GROUP]
    with pytest.raises(NotFoundError, match="log stream does not exist"):
        shared.call("GetLogEvents", "logs", logGroupName=COMPILATION_GROUP, logStreamName="../jobs/told/x")


def test_without_data_input_config_the_shapes_are_the_models(shared: Compiling) -> None:
    found = shared.compile("derived", model_of(5), InputConfig={"DataInputConfig": None})
    assert found["CompilationJobStatus"] == "COMPLETED"
    assert json.loads(found["DerivedInformation"]["DerivedDataInputConfig"]) == {"x": [5, 3]}


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ({"TargetDevice": "ml_m5"}, "model-ml_m5.tar.gz"),
        (
            {"TargetDevice": None, "TargetPlatform": {"Os": "LINUX", "Arch": "ARM64"}},
            "model-LINUX_ARM64.tar.gz",
        ),
    ],
)
def test_the_artifact_is_called_after_the_target(shared: Compiling, output: Json, name: str) -> None:
    job = name.split(".")[0].replace("_", "-")
    output = {"S3OutputLocation": f"s3://{BUCKET}/targets/", **output}
    found = shared.compile(job, OutputConfig=output)
    assert found["CompilationJobStatus"] == "COMPLETED"
    assert found["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/targets/{name}"
    assert shared.engine.objects.exists(BUCKET, f"targets/{name}")
    (row,) = shared.call("ListCompilationJobs", NameContains=job)["CompilationJobSummaries"]
    if "TargetPlatform" in output:
        assert (row["CompilationTargetPlatformOs"], row["CompilationTargetPlatformArch"]) == ("LINUX", "ARM64")
        assert "CompilationTargetDevice" not in row
    else:
        assert row["CompilationTargetDevice"] == "ml_m5"


def test_weights_that_are_kept_apart_are_found_and_kept(shared: Compiling, tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(model_of())) as packed:
        model = onnx.load_model_from_string(packed.extractfile("model.onnx").read())  # type: ignore[union-attr]
    onnx.save(model, str(tmp_path / "m.onnx"), save_as_external_data=True, location="w.bin", size_threshold=0)
    files = {name: (tmp_path / name).read_bytes() for name in ("m.onnx", "w.bin")}
    found = shared.compile("apart", archive(**{f"export/{name}": data for name, data in files.items()}))
    assert found["CompilationJobStatus"] == "COMPLETED", found["FailureReason"]
    with tarfile.open(fileobj=io.BytesIO(shared.read(found["ModelArtifacts"]["S3ModelArtifacts"]))) as packed:
        for member in filter(tarfile.TarInfo.isfile, packed):
            unpacked = tmp_path / "out" / member.name
            unpacked.parent.mkdir(parents=True, exist_ok=True)
            unpacked.write_bytes(packed.extractfile(member).read())  # type: ignore[union-attr]
    session = onnxruntime.InferenceSession(str(tmp_path / "out" / "m.onnx"), providers=["CPUExecutionProvider"])
    (result,) = session.run(None, {"x": np.ones((2, 3), np.float32)})
    assert np.array_equal(result[0], np.maximum(WEIGHTS.sum(0) - 20, 0))


# How it fails


def test_a_model_that_is_not_there(shared: Compiling) -> None:
    for name, bucket in (("no-key", BUCKET), ("no-bucket", "nobodys-bucket")):
        found = shared.compile(name, f"s3://{bucket}/no/model.tar.gz")
        assert found["CompilationJobStatus"] == "FAILED"
        assert found["FailureReason"] == (
            f"ClientError: InputConfiguration: S3 object does not exist. Bucket: {bucket}, Key: no/model.tar.gz"
        )
        assert found["FailureReason"] in shared.log(name)
        assert "ModelDigests" not in found


@pytest.mark.parametrize("content", [b"no archive", archive("w", **{"model.onnx": b"x"}), model_of()[:-40]])
def test_an_archive_that_is_no_tar_gz(shared: Compiling, content: bytes) -> None:
    found = shared.compile(f"untar-{hashlib.md5(content).hexdigest()}", content)
    assert found["FailureReason"] == (
        "ClientError: InputConfiguration: Unable to untar input model. Please confirm the model is a tar.gz file"
    )


@pytest.mark.parametrize(
    ("name", "content", "inputs", "reason"),
    [
        ("none", archive(**{"model.pb": b"x"}), '{"x": [2, 3]}', "No onnx file provided in the model archive"),
        (
            "two",
            model_of(**{"b/more.onnx": b"x"}),
            '{"x": [2, 3]}',
            "Multiple onnx files provided, b/more.onnx, model.onnx",
        ),
        ("outside", archive(**{"../model.onnx": b"x"}), '{"x": [2, 3]}', "'../model.onnx' lies outside"),
        ("rubbish", archive(**{"model.onnx": b"\xff" * 9}), '{"x": [2, 3]}', "Framework cannot load ONNX model"),
        ("rank", model_of(), '{"x": [2, 3, 1]}', "Input x has wrong shape in Input Shape dictionary"),
        ("size", model_of(), '{"x": [2, 4]}', 'The model\'s is ["batch", 3], given is [2, 4]'),
        ("names", model_of(), '{"data": [2, 3]}', "(data) are not those of the model (x)"),
        ("open", model_of(None), None, "leaves the shape of its input x open ([null, 3])"),
    ],
)
def test_a_model_that_does_not_fit(
    shared: Compiling, name: str, content: bytes, inputs: str | None, reason: str
) -> None:
    found = shared.compile(f"unfit-{name}", content, InputConfig={"DataInputConfig": inputs})
    assert found["CompilationJobStatus"] == "FAILED"
    assert found["FailureReason"].startswith("ClientError: InputConfiguration: ")
    assert reason in found["FailureReason"]


def test_an_operator_that_onnxruntime_does_not_have(shared: Compiling) -> None:
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Nonsense", ["x"], ["y"])], "odd", value[:1], value[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    found = shared.compile(
        "odd", archive(**{"m.onnx": model.SerializeToString()}), InputConfig={"DataInputConfig": '{"x": [1]}'}
    )
    assert found["FailureReason"].startswith("ClientError: CompilationError: Unable to compile model for ml_c5: ")
    assert "Nonsense" in found["FailureReason"]


@pytest.mark.parametrize(
    ("output", "framework", "missing"),
    [
        (
            {"TargetDevice": "ml_trn1"},
            "ONNX",
            "ml_trn1: the local engine does not have the Neuron compiler (neuronx-cc)",
        ),
        ({"TargetDevice": "ml_inf1"}, "PYTORCH", "the Neuron compiler (neuron-cc)"),
        ({"TargetDevice": "ml_inf2"}, "ONNX", "the Neuron compiler (neuronx-cc)"),
        ({"TargetDevice": "ml_g4dn"}, "ONNX", "the CUDA and TensorRT compilers for GPUs"),
        ({"TargetDevice": "rasp3b"}, "ONNX", "a compiler for the device rasp3b"),
        (
            {
                "TargetDevice": None,
                "TargetPlatform": {"Os": "LINUX", "Arch": "X86_64", "Accelerator": "NVIDIA"},
                "CompilerOptions": '{"gpu-code": "sm_75", "trt-ver": "7.0.0", "cuda-ver": "10.1"}',
            },
            "ONNX",
            "LINUX_X86_64_NVIDIA: the local engine does not have the CUDA and TensorRT compilers",
        ),
        ({"TargetDevice": None, "TargetPlatform": {"Os": "ANDROID", "Arch": "ARM64"}}, "ONNX", "ANDROID on ARM64"),
        ({"TargetDevice": "ml_c5"}, "PYTORCH", "a compiler for PYTORCH models. Convert the model to ONNX"),
    ],
)
def test_what_is_missing_for_a_target_is_named(shared: Compiling, output: Json, framework: str, missing: str) -> None:
    name = f"missing-{hashlib.md5(missing.encode()).hexdigest()}"
    found = shared.compile(name, "s3://b/model.tar.gz", InputConfig={"Framework": framework}, OutputConfig=output)
    assert found["CompilationJobStatus"] == "FAILED"
    assert found["FailureReason"].startswith("ClientError: CompilationError: Unable to compile model for ")
    assert missing in found["FailureReason"]


def test_without_the_extra_the_reason_says_what_to_install(
    new: Callable[..., Compiling], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    found = new().compile("bare")
    assert found["CompilationJobStatus"] == "FAILED"
    assert "pip install 'jupyter-sm-ext[compile]'" in found["FailureReason"]


# Its ends


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


# What is refused


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ModelPackageVersionArn": "arn:aws:sagemaker:us-east-1:000000000000:model-package/p/1"}, "not both"),
        ({"OutputConfig": {"TargetDevice": None}}, "Exactly one of OutputConfig.TargetDevice and"),
        ({"OutputConfig": {"TargetPlatform": {"Os": "LINUX", "Arch": "X86_64"}}}, "Exactly one of OutputConfig.Target"),
        ({"OutputConfig": {"KmsKeyId": "k"}}, "OutputConfig.KmsKeyId: the local engine cannot do this"),
        ({"OutputConfig": {"S3OutputLocation": "s3://nobodys-bucket/x"}}, "the bucket nobodys-bucket does not exist"),
        ({"OutputConfig": {"CompilerOptions": "{mcpu}"}}, "CompilerOptions must be JSON"),
        ({"OutputConfig": {"CompilerOptions": '{"mcpu": "skylake"}'}}, "it has no compiler option mcpu"),
        ({"InputConfig": {"DataInputConfig": "[1, 2]"}}, "it must be a dictionary"),
        ({"InputConfig": {"DataInputConfig": '{"x": [1, -2]}'}}, "the shape of x must hold whole numbers from 1"),
        ({"InputConfig": {"DataInputConfig": "{x: 1}"}}, "InputConfig.DataInputConfig: it is not JSON"),
        ({"InputConfig": {"FrameworkVersion": "1.10"}}, "FrameworkVersion is only supported for"),
        ({"InputConfig": {"S3Uri": f"s3://{BUCKET}/folder/"}}, "InputConfig.S3Uri must point to a single gzip"),
        ({"InputConfig": {"S3Uri": "https://example.com/model.tar.gz"}}, "InputConfig.S3Uri must be s3://"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 28 * 86400 + 1}}, "at most 2419200 seconds"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 8}}, "Invalid MaxWaitTimeInSeconds"),
        ({"StoppingCondition": {"MaxPendingTimeInSeconds": 1}}, "maxPendingTimeInSeconds"),
        ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, "VpcConfig: the local engine cannot"),
    ],
)
def test_what_cannot_become_a_job_is_refused(shared: Compiling, changes: Json, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        shared.call("CreateCompilationJob", **shared.request("refused", **changes))
    assert message in caught.value.message
    assert caught.value.code == "ValidationException"
    with pytest.raises(NotFoundError):
        shared.describe("refused")


def test_model_packages_are_not_there(shared: Compiling) -> None:
    request = shared.request("package")
    del request["InputConfig"]
    with pytest.raises(ValidationError, match="Provide either a ModelPackageVersionArn or an InputConfig"):
        shared.call("CreateCompilationJob", **request)
    request["ModelPackageVersionArn"] = "arn:aws:sagemaker:us-east-1:000000000000:model-package/p/1"
    with pytest.raises(ValidationError, match="it has no model packages"):
        shared.call("CreateCompilationJob", **request)


def test_a_name_is_taken_until_it_is_deleted(shared: Compiling) -> None:
    shared.compile("once", "s3://b/none.tar.gz")
    with pytest.raises(ConflictError) as caught:
        shared.call("CreateCompilationJob", **shared.request("once"))
    assert caught.value.code == "ResourceInUse"
    assert f"{ARN}once" in caught.value.message
    shared.call("DeleteCompilationJob", CompilationJobName="once")
    assert shared.compile("once")["CompilationJobStatus"] == "COMPLETED"
    assert "S3 object does not exist" in shared.log("once")  # one stream, as with the service
    for operation in ("DescribeCompilationJob", "StopCompilationJob", "DeleteCompilationJob"):
        with pytest.raises(NotFoundError) as missing:
            shared.call(operation, CompilationJobName="nobody")
        assert missing.value.code == "ResourceNotFound"


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
