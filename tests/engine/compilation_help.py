"""Compilation jobs for tests: an engine that compiles, and a model."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from jobs_harness import BUCKET, Harness
from onnx import TensorProto, helper, numpy_helper

from jupyter_sm_ext.engine.compilation.family import CompilationJobs
from jupyter_sm_ext.engine.context import Engine
from jupyter_sm_ext.engine.logs import Logs

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
