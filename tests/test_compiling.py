"""Models compiled by Python and by command: a real compiler, from a training job, a file, a folder and S3."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from local_jobs import BAD, GOOD, running_engine, script
from onnx import TensorProto, helper, numpy_helper
from unpacking import unpack

import jupyter_sm_ext as sm
from jupyter_sm_ext import cli
from jupyter_sm_ext.connections import connection as connections
from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.errors import NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.handles.compilation_handle import CompilationJob
from jupyter_sm_ext.handles.handles import JobFailedError
from jupyter_sm_ext.launching.compilation_plan import CompilationOptions, plan_compilation, read_shapes
from jupyter_sm_ext.studio import Studio

#: A training script whose model is y = 2 x, in ONNX.
TRAINER = script(
    """
    import os
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["same"]), helper.make_node("Mul", ["same", "w"], ["y"])],
        "double",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])],
        [numpy_helper.from_array(np.full(1, 2, np.float32), "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.onnx"))
    print("score=1")
    """
)
SHAPE = {"x": [3, 2]}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("compilation")) as running:
        yield running


@pytest.fixture(scope="module")
def trained(studio: Studio) -> sm.TrainingJob:
    job = sm.train(TRAINER, name="trained", studio=studio, quiet=True)
    job.wait(timeout=120, live=False)
    return job


@pytest.fixture
def command(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
        code = cli.main(words)
        written = capsys.readouterr()
        return code, written.out, written.err

    return command


def model_file(folder: Path) -> Path:
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "b"], ["y"])],
        "more",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])],
        [numpy_helper.from_array(np.ones(2, np.float32), "b")],
    )
    path = folder / "adder.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def run(archive: Path, folder: Path, values: list[list[float]]) -> Any:
    with tarfile.open(archive) as packed:
        unpack(packed, folder)
    [path] = folder.glob("*.onnx")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.array(values, np.float32)})[0].tolist()


def test_a_trained_model_is_compiled_and_gives_the_same(trained: sm.TrainingJob, tmp_path: Path) -> None:
    job = sm.compile(trained, target="ml.c5.xlarge", shape=SHAPE)
    assert isinstance(job, CompilationJob)
    assert job.name.startswith("trained-")
    job.wait(timeout=120, live=False)
    assert job.status == "COMPLETED"
    assert "onnxruntime" in job.logs()
    described = job.describe()
    assert described["OutputConfig"]["TargetDevice"] == "ml_c5"
    assert described["InputConfig"]["S3Uri"] == trained.model_uri
    archive = job.artifact(tmp_path)
    assert archive.name.endswith("ml_c5.tar.gz")
    assert run(archive, tmp_path / "out", [[1, 2], [3, 4], [5, 6]]) == [[2, 4], [6, 8], [10, 12]]


def test_a_file_and_a_folder_are_uploaded(studio: Studio, tmp_path: Path) -> None:
    path = model_file(tmp_path)
    (tmp_path / ".env").write_text("PASSWORD=1")
    for given in (path, str(tmp_path)):
        job = sm.compile(given, target="linux/x86_64", shape=SHAPE, studio=studio)
        job.wait(timeout=120, live=False)
        assert job.describe()["OutputConfig"]["TargetPlatform"] == {"Os": "LINUX", "Arch": "X86_64"}
        bucket, key = job.describe()["InputConfig"]["S3Uri"].removeprefix("s3://").split("/", 1)
        body = studio.connection.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
        with tarfile.open(fileobj=body, mode="r|gz") as packed:
            assert packed.getnames() == ["adder.onnx"]


def test_by_command(command: Callable[..., tuple[int, str, str]], trained: sm.TrainingJob) -> None:
    code, out, _ = command("compile", "trained", "--target", "ml_c5", "--shape", "x=3,2", "--name", "by-command")
    assert code == 0
    assert out.splitlines()[0] == "by-command: started; its log: jupyter sm logs -f by-command"
    assert out.splitlines()[-1].startswith("Compilation job by-command: COMPLETED")
    assert "onnxruntime" in command("logs", "by-command")[1]
    assert "by-command" in command("jobs", "--kind", "compilation", "--status", "completed")[1]
    code, out, _ = command("compile", "trained", "--target", "ml_trn1", "--shape", "x=3,2", "--dry-run")
    request, _, python = out.partition("\n\n")
    assert json.loads(request)["OutputConfig"]["TargetDevice"] == "ml_trn1"
    assert "sagemaker.create_compilation_job(" in python
    code, _, err = command("compile", "nobody", "--target", "ml_c5")
    assert (code, err.splitlines()[0]) == (1, "the model: there is no file, and no job, named 'nobody'")


def test_by_form(studio: Studio, trained: sm.TrainingJob) -> None:
    form = sm.form("CreateCompilationJob", studio=studio)
    plan = sm.compile(trained, target="ml_c5", shape=SHAPE, name="by-form", dry_run=True)
    form.fill(plan.request)
    assert form.check() == []
    form.create().wait()
    assert studio.wait("compilation-jobs", "by-form", timeout=120)["CompilationJobStatus"] == "COMPLETED"


def test_what_the_engine_cannot_compile_fails_with_the_reason(trained: sm.TrainingJob) -> None:
    job = sm.compile(trained, target="ml_trn1", shape=SHAPE)
    with pytest.raises(JobFailedError, match="the local engine does not have the Neuron compiler"):
        job.wait(timeout=60, live=False)
    with pytest.raises(NotFoundError, match="has made no model"):
        job.artifact()


def test_the_best_of_a_tuning_job(studio: Studio) -> None:
    ranges = {"x": (0.1, 0.9)}
    hopeless = sm.tune(BAD, ranges=ranges, objective="score", max_jobs=1, parallel=1, studio=studio, quiet=True)
    tuned = sm.tune(GOOD, ranges=ranges, objective="score", max_jobs=1, parallel=1, studio=studio, quiet=True)
    for job in (hopeless, tuned):
        studio.wait("tuning-jobs", job.name, timeout=120)
    with pytest.raises(ValidationError, match=r"has no best training job \(yet\)"):
        sm.compile(hopeless, target="ml_c5")
    plan = sm.compile(tuned, target="ml_c5", dry_run=True)
    assert tuned.best is not None
    assert plan.request["InputConfig"]["S3Uri"] == tuned.best.model_uri
    assert "create_compilation_job" in repr(plan)
    assert sm.compile(tuned.best, target="ml_c5", dry_run=True).request["InputConfig"] == plan.request["InputConfig"]


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"target": "ml_c55"}, "--target: nothing is compiled for 'ml_c55'", "Did you mean ml_c5"),
        ({"target": "linux/z80"}, "--target: nothing is compiled for 'linux/z80'", ""),
        ({"target": "ml_c5", "framework": "onyx"}, "--framework: there is no 'onyx'", "Did you mean ONNX"),
        ({"target": "ml_c5", "name": "a b"}, "a b", ""),
    ],
)
def test_a_mistake_is_one_line(studio: Studio, options: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(SageMakerError) as caught:
        plan_compilation(studio, "s3://bucket/model.tar.gz", CompilationOptions(**options))
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("ML-TRN1", {"TargetDevice": "ml_trn1"}),
        ("ml.inf2.xlarge", {"TargetDevice": "ml_inf2"}),
        ("linux/arm64/nvidia", {"TargetPlatform": {"Os": "LINUX", "Arch": "ARM64", "Accelerator": "NVIDIA"}}),
    ],
)
def test_targets_as_people_write_them(studio: Studio, target: str, expected: dict[str, Any]) -> None:
    plan = plan_compilation(studio, "s3://bucket/some/model.tar.gz", CompilationOptions(target))
    assert expected.items() <= plan.request["OutputConfig"].items()


def test_shapes_as_people_write_them() -> None:
    assert read_shapes(["x=1,64", "serving:y=3x2"]) == {"x": [1, 64], "serving:y": [3, 2]}
    for text in ("x", "x=", "x=0,1", "=1,2", "x=1,b"):
        with pytest.raises(ValidationError, match="--shape"):
            read_shapes([text])
