"""Compilation jobs, as any client of SageMaker sees them."""

from __future__ import annotations

import hashlib

import numpy as np
import onnx
import pytest
from contract_backend import Backend, archive, code_of
from onnx import TensorProto, helper, numpy_helper


@pytest.fixture(scope="module")
def model(backend: Backend) -> str:
    """URI of an archive with relu(x @ w)."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["product"]), helper.make_node("Relu", ["product"], ["y"])],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4])],
        [numpy_helper.from_array(np.ones((3, 4), np.float32), "w")],
    )
    made: onnx.ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return backend.put("models/model.tar.gz", archive({"model.onnx": made.SerializeToString()}))


def test_what_is_given_is_described(backend: Backend, model: str) -> None:
    request = backend.compilation_request(model)
    name = request["CompilationJobName"]
    arn = backend.sagemaker.create_compilation_job(**request)["CompilationJobArn"]
    assert arn == backend.arn("compilation-job", name)
    found = backend.compiled(name)
    assert found["CompilationJobStatus"] == "COMPLETED"
    assert {member: found[member] for member in request} == request
    assert found["CreationTime"] <= found["CompilationStartTime"] <= found["CompilationEndTime"]
    (row,) = backend.sagemaker.list_compilation_jobs(NameContains=name)["CompilationJobSummaries"]
    assert (row["CompilationJobArn"], row["CompilationTargetDevice"]) == (arn, "ml_c5")


@pytest.mark.moto_differs("it compiles nothing")
def test_the_artifact_is_there(backend: Backend, model: str) -> None:
    request = backend.compilation_request(model)
    backend.sagemaker.create_compilation_job(**request)
    found = backend.compiled(request["CompilationJobName"])
    bucket, _, key = found["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    data = backend.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    assert hashlib.blake2b(data).hexdigest() == found["ModelDigests"]["ArtifactDigest"]


@pytest.mark.moto_differs("every job is COMPLETED")
def test_a_target_that_needs_another_compiler(backend: Backend, model: str) -> None:
    output = {"S3OutputLocation": f"s3://{backend.bucket}/compiled", "TargetDevice": "ml_trn1"}
    request = backend.compilation_request(model, OutputConfig=output)
    backend.sagemaker.create_compilation_job(**request)
    found = backend.compiled(request["CompilationJobName"])
    assert found["CompilationJobStatus"] == "FAILED"
    assert "Neuron" in found["FailureReason"]


@pytest.mark.moto_differs("no StopCompilationJob")
def test_stop(backend: Backend, model: str) -> None:
    request = backend.compilation_request(model)
    name = request["CompilationJobName"]
    backend.sagemaker.create_compilation_job(**request)
    backend.sagemaker.stop_compilation_job(CompilationJobName=name)
    assert backend.compiled(name)["CompilationJobStatus"] == "STOPPED"
    stop = backend.sagemaker.stop_compilation_job
    assert code_of(lambda: stop(CompilationJobName=name), backend.sagemaker) == "ValidationException"


def test_delete(backend: Backend, model: str) -> None:
    request = backend.compilation_request(model)
    name = request["CompilationJobName"]
    backend.sagemaker.create_compilation_job(**request)
    backend.compiled(name)
    backend.sagemaker.delete_compilation_job(CompilationJobName=name)
    assert backend.sagemaker.list_compilation_jobs(NameContains=name)["CompilationJobSummaries"] == []


@pytest.mark.moto_differs("a second job of a name takes the place of the first")
def test_a_name_in_use(backend: Backend, model: str) -> None:
    request = backend.compilation_request(model)
    backend.sagemaker.create_compilation_job(**request)
    with pytest.raises(backend.sagemaker.exceptions.ResourceInUse, match="must be unique"):
        backend.sagemaker.create_compilation_job(**request)
    backend.compiled(request["CompilationJobName"])
