"""What a job has stored, by REST: its own objects as files, and never any other."""

from __future__ import annotations

import io
import tarfile
import uuid
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.handles.handles import TrainingJob
from jupyter_sm_ext.handles.start import train
from jupyter_sm_ext.launching.artifacts import CHUNK, artifacts, open_artifact
from jupyter_sm_ext.studio import Studio

SCRIPT = """
import os
with open(os.path.join(os.environ["SM_MODEL_DIR"], "weights.bin"), "wb") as file:
    file.write(os.urandom(3_000_000))
with open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "report.txt"), "w") as file:
    file.write("all went well")
"""


@pytest.fixture(scope="module")
def studio(engine_dir: Path) -> Studio:
    return Studio(Connections(str(engine_dir)).current())


@pytest.fixture(scope="module")
def job(studio: Studio) -> TrainingJob:
    found = train(SCRIPT, name=f"stores-{uuid.uuid4().hex[:8]}", studio=studio)
    found.wait(live=False)
    return found


def put(studio: Studio, key: str, data: bytes) -> str:
    connection = studio.connection
    connection.client("s3").put_object(Bucket=connection.bucket, Key=key, Body=data)
    return f"s3://{connection.bucket}/{key}"


def unpacked(data: bytes) -> dict[str, int]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {member.name: member.size for member in archive if member.isfile()}


async def test_the_model_and_the_output_of_a_training_job(api: Any, job: TrainingJob) -> None:
    told = (await api("GET", f"/training-jobs/{job.name}/artifacts")).json
    found = {each["path"]: each for each in told["artifacts"]}
    assert {"output/model.tar.gz", "output/output.tar.gz"} <= set(found)
    assert found["output/model.tar.gz"]["uri"] == job.model_uri == f"{told['uri']}output/model.tar.gz"
    assert (told["more"], told["link"]) == (False, None)
    reply = await api("GET", f"/training-jobs/{job.name}/artifact", params={"path": "output/model.tar.gz"})
    assert (reply.status, reply.type) == (200, "application/octet-stream")
    assert len(reply.raw) == found["output/model.tar.gz"]["size"]
    assert unpacked(reply.raw) == {"weights.bin": 3_000_000}
    reply = await api("GET", f"/training-jobs/{job.name}/artifact", params={"path": "output/output.tar.gz"})
    assert any(name.endswith("report.txt") for name in unpacked(reply.raw))


async def test_no_object_of_anybody_else(api: Any, job: TrainingJob, studio: Studio) -> None:
    put(studio, f"{job.name}-2/output/secret.txt", b"of another job")
    put(studio, "secret.txt", b"of nobody")
    listed = (await api("GET", f"/training-jobs/{job.name}/artifacts")).json["artifacts"]
    assert not any("secret" in each["uri"] for each in listed)
    for path in ("../secret.txt", "output/../../secret.txt", f"../{job.name}-2/output/secret.txt", "/secret.txt", "."):
        reply = await api("GET", f"/training-jobs/{job.name}/artifact", params={"path": path})
        assert reply.status == 404, path
        assert "is not among what the job stored" in reply.json["message"]
    reply = await api("GET", f"/training-jobs/{job.name}/artifact", params={"path": "output/nothing.txt"})
    assert (reply.status, reply.json["code"]) == (404, "NoSuchKey")
    assert (await api("GET", f"/training-jobs/{job.name}/artifact")).status == 400
    there = {"path": "output/model.tar.gz", "check": "true"}
    assert (await api("GET", f"/training-jobs/{job.name}/artifact", params=there)).json["size"] > 0
    elsewhere = {"path": "output/model.tar.gz", "connection": "aws:x:eu-west-1"}
    reply = await api("GET", f"/training-jobs/{job.name}/artifact", params=elsewhere)
    assert (reply.status, reply.json["code"]) == (409, "OtherConnection")
    missing = {"path": "output/nothing.txt", "check": "true"}
    assert (await api("GET", f"/training-jobs/{job.name}/artifact", params=missing)).json["code"] == "NoSuchKey"
    assert (await api("GET", "/training-jobs/nothing/artifacts")).status == 404
    assert (await api("GET", "/training-jobs/nothing/artifact", params={"path": "x"})).status == 404


async def test_names_and_sizes_of_all_sorts(api: Any, job: TrainingJob, studio: Studio) -> None:
    for name, data in ((' a "b" é.txt', b"odd"), ("empty", b"")):
        put(studio, f"{job.name}/output/{name}", data)
        path = f"output/{name}"
        reply = await api("GET", f"/training-jobs/{job.name}/artifact", params={"path": path})
        assert (reply.status, reply.raw, reply.type) == (200, data, "application/octet-stream"), path


async def test_the_one_object_of_a_compilation_job(api: Any, studio: Studio) -> None:
    name, connection = f"packs-{uuid.uuid4().hex[:8]}", studio.connection
    model = put(studio, f"{name}/in/net.tar.gz", b"not an archive")
    request = {
        "CompilationJobName": name,
        "RoleArn": connection.role,
        "InputConfig": {"S3Uri": model, "Framework": "ONNX", "DataInputConfig": '{"x": [1, 3]}'},
        "OutputConfig": {"S3OutputLocation": f"s3://{connection.bucket}/{name}", "TargetDevice": "ml_c5"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    studio.create("compilation-jobs", request)
    described = studio.wait("compilation-jobs", name, timeout=60)
    assert (await api("GET", f"/compilation-jobs/{name}/artifacts")).json["artifacts"] == []
    # It failed; had it not, this is what would be there. What begins with the same name is another's.
    uri = described["ModelArtifacts"]["S3ModelArtifacts"]
    key = put(studio, uri.split("/", 3)[3], b"compiled").split("/", 3)[3]
    put(studio, f"{key}.old", b"another's")
    listed = (await api("GET", f"/compilation-jobs/{name}/artifacts")).json
    assert [(each["uri"], each["size"]) for each in listed["artifacts"]] == [(uri, 8)]
    assert listed["uri"] == uri
    path = listed["artifacts"][0]["path"]
    assert (await api("GET", f"/compilation-jobs/{name}/artifact", params={"path": path})).raw == b"compiled"
    reply = await api("GET", f"/compilation-jobs/{name}/artifact", params={"path": f"{path}.old"})
    assert reply.status == 404


def test_a_large_object_is_read_piece_by_piece(job: TrainingJob, studio: Studio) -> None:
    described = job.describe()
    listed = artifacts(studio.connection, "training-jobs", described)["artifacts"]
    size = next(each["size"] for each in listed if each["path"] == "output/model.tar.gz")
    content = open_artifact(studio.connection, "training-jobs", described, "output/model.tar.gz")
    sizes = [len(chunk) for chunk in iter(content.read, b"")]
    assert (sum(sizes), content.size, content.name) == (size, size, "model.tar.gz")
    assert max(sizes) <= CHUNK < size
    content.close()
