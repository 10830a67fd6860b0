"""The verbs over a connection, against the real engine: pages, errors in our words, waiting, logs, raw JSON."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.connections.local_connection import LocalConnection
from jupyter_sm_ext.errors import ConflictError, NotFoundError, UnknownOperationError, ValidationError
from jupyter_sm_ext.studio import Studio


@pytest.fixture
def studio(data_dir: Path) -> Studio:
    return Studio(LocalConnection(Choice(), data_dir))


def training_request(studio: Studio, name: str, script: str) -> dict[str, Any]:
    """A training job that runs a script, whose code is on S3 already."""
    connection, key = studio.connection, f"{name}/sourcedir.tar.gz"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("train.py")
        member.size = len(script.encode())
        archive.addfile(member, io.BytesIO(script.encode()))
    connection.client("s3").put_object(Bucket=connection.bucket, Key=key, Body=packed.getvalue())
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": "local/python", "TrainingInputMode": "File"},
        "RoleArn": connection.role,
        "OutputDataConfig": {"S3OutputPath": f"s3://{connection.bucket}/{name}"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "HyperParameters": {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": json.dumps(f"s3://{connection.bucket}/{key}"),
        },
    }


def test_a_list_goes_on_to_its_last_page(studio: Studio) -> None:
    domain = studio.connection.domain_id
    names = [f"space-{number}" for number in range(5)]
    for name in names:
        studio.create("Space", {"DomainId": domain, "SpaceName": name})
    assert [space["SpaceName"] for space in studio.list("spaces", MaxResults=2, DomainIdEquals=domain)] == names
    first = studio.page("spaces", MaxResults=2)
    assert len(first["Spaces"]) == 2
    assert "ResponseMetadata" not in first


def test_errors_are_ours_and_say_what_was_called(studio: Studio) -> None:
    with pytest.raises(NotFoundError) as caught:
        studio.describe("training-jobs", "nobody")
    assert (caught.value.operation, caught.value.code) == ("DescribeTrainingJob", "ValidationException")
    assert caught.value.request_id
    domain = studio.connection.domain_id
    studio.create("spaces", {"DomainId": domain, "SpaceName": "mine"})
    with pytest.raises(ConflictError):
        studio.create("spaces", {"DomainId": domain, "SpaceName": "mine"})
    with pytest.raises(ValidationError, match="Unknown parameter"):
        studio.create("spaces", {"DomainId": domain, "SpaceName": "other", "Colour": "blue"})
    with pytest.raises(UnknownOperationError):
        studio.call("ListPipelines")


@pytest.mark.parametrize(
    ("kind", "verb"), [("castles", "describe"), ("training-jobs", "update"), ("apps", "stop"), ("domains", "stop")]
)
def test_what_sagemaker_does_not_have_is_said_before_anything_is_called(studio: Studio, kind: str, verb: str) -> None:
    with pytest.raises(ValidationError):
        getattr(studio, verb)(kind, "x")


def test_reads_can_pass_unparsed(studio: Studio) -> None:
    raw = json.loads(studio.read("DescribeDomain", {"DomainId": studio.connection.domain_id}))
    assert raw["DomainId"] == studio.connection.domain_id
    assert isinstance(raw["CreationTime"], float)
    with pytest.raises(NotFoundError):
        studio.read("DescribeDomain", {"DomainId": "d-aaaaaaaaaaaa"})


def test_wait_looks_until_the_end_and_logs_go_on_where_they_were(studio: Studio) -> None:
    request = training_request(studio, "talks", "print('first', flush=True)\nprint('second')\n")
    studio.create("training-jobs", request)
    statuses: list[str] = []
    described = studio.wait(
        "training-jobs", "talks", timeout=60, on_look=lambda d: statuses.append(d["TrainingJobStatus"])
    )
    assert described["TrainingJobStatus"] == statuses[-1] == "Completed"
    page = studio.logs("talks")
    assert [event["message"] for event in page.events] == ["first", "second"]
    assert {event["stream"].split("/")[0] for event in page.events} == {"talks"}
    assert studio.logs("talks", page.token).events == []
    with pytest.raises(ValidationError, match="token"):
        studio.logs("talks", "nonsense")
    with pytest.raises(NotFoundError):
        studio.logs("never-was")


def test_wait_gives_up_when_told_and_stop_ends_the_job(studio: Studio) -> None:
    studio.create("training-jobs", training_request(studio, "long", "import time\ntime.sleep(600)\n"))
    with pytest.raises(TimeoutError, match="still InProgress"):
        studio.wait("training-jobs", "long", timeout=0.5)
    studio.stop("training-jobs", "long")
    assert studio.wait("training-jobs", "long", timeout=60)["TrainingJobStatus"] == "Stopped"
    studio.delete("training-jobs", "long")
    with pytest.raises(NotFoundError):
        studio.describe("training-jobs", "long")
