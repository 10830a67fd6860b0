"""Compilation jobs: a real compiler in a real process, how it fails, and what is refused."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from compilation_help import ARN, COMPILATION_GROUP, WEIGHTS, Compiling, Json, archive, model_of
from jobs_harness import BUCKET
from onnx import TensorProto, helper

from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compiling]:
    made = Compiling(tmp_path_factory.mktemp("compiling") / "data")
    yield made
    made.close()


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
