"""The verbs over REST, on the local engine: what comes back, and what wrong input gets."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
import time
import uuid
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tornado.httputil import url_concat

from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.server.app import SageMakerExtension
from jupyter_sm_ext.studio import Studio

ERROR = {"message", "code", "operation", "request_id", "hint", "statement"}
SCRIPT = "import time\nprint('hello from the job', flush=True)\ntime.sleep({seconds})\n"


@pytest.fixture
def studio(data_dir: Path) -> Studio:
    return Studio(Connections(data_dir).current())


async def the_domain(api: Any) -> str:
    reply = await api("GET", "/connection")
    assert reply.json["state"] == "ready"
    return str(reply.json["domain_id"])


def unique(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex[:8]}"


def training(studio: Studio, name: str, *, seconds: float = 0.0) -> dict[str, Any]:
    """A job that says hello and then sleeps."""
    packed = io.BytesIO()
    script = SCRIPT.format(seconds=seconds).encode()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("hello.py")
        member.size = len(script)
        archive.addfile(member, io.BytesIO(script))
    connection = studio.connection
    key = f"{name}/source/sourcedir.tar.gz"
    connection.client("s3").put_object(Bucket=connection.bucket, Key=key, Body=packed.getvalue())
    source = f"s3://{connection.bucket}/{key}"
    return {
        "TrainingJobName": name,
        "HyperParameters": {
            "sagemaker_program": json.dumps("hello.py"),
            "sagemaker_submit_directory": json.dumps(source),
        },
        "AlgorithmSpecification": {"TrainingImage": "local/python", "TrainingInputMode": "File"},
        "RoleArn": connection.role,
        "OutputDataConfig": {"S3OutputPath": f"s3://{connection.bucket}/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


async def until(api: Any, path: str, member: str, *wanted: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        reply = await api("GET", path)
        if reply.status == 404 and "404" in wanted:
            return {}
        assert reply.status == 200, reply.raw
        if reply.json[member] in wanted:
            return dict(reply.json)
        await asyncio.sleep(0.05)
    raise AssertionError(f"{path} is still {reply.json[member]}")


async def test_a_space_from_first_to_last(api: Any) -> None:
    domain = await the_domain(api)
    name = unique("space")
    body = {"DomainId": domain, "SpaceName": name, "SpaceDisplayName": "Mine"}
    created = await api("POST", "/spaces", body)
    assert (created.status, created.type) == (201, "application/json")
    assert created.json["SpaceArn"].endswith(f"/{domain}/{name}")

    path = f"/spaces/{domain}/{name}"
    described = await until(api, path, "Status", "InService")
    assert described["SpaceDisplayName"] == "Mine"
    assert isinstance(described["CreationTime"], (int, float))

    listed = await api("GET", "/spaces", params={"SpaceNameContains": name, "MaxResults": 5, "SortOrder": "Descending"})
    assert [space["SpaceName"] for space in listed.json["Spaces"]] == [name]

    changed = await api("PATCH", path, {"SpaceDisplayName": "Yours", "SpaceName": name})
    assert (changed.status, changed.json) == (200, {"SpaceArn": created.json["SpaceArn"]})
    assert (await until(api, path, "Status", "InService"))["SpaceDisplayName"] == "Yours"

    again = await api("POST", "/spaces", body)
    assert (again.status, set(again.json)) == (409, ERROR)
    assert (again.json["code"], again.json["operation"]) == ("ResourceInUse", "CreateSpace")
    assert again.json["request_id"]

    deleted = await api("DELETE", path)
    assert (deleted.status, deleted.raw) == (204, b"")
    await until(api, path, "Status", "404")
    gone = await api("GET", path)
    assert (gone.status, gone.json["code"]) == (404, "ResourceNotFound")


async def test_a_read_is_the_services_own_json(api: Any, studio: Studio) -> None:
    domain = await the_domain(api)
    read = studio.read("DescribeDomain", {"DomainId": domain})
    assert (await api("GET", f"/domains/{domain}")).raw == read


async def test_pages_follow_each_other(api: Any) -> None:
    domain = await the_domain(api)
    word = unique("pages")
    for number in range(3):
        body = {"DomainId": domain, "SpaceName": f"{word}-{number}"}
        assert (await api("POST", "/spaces", body)).status == 201
    names: list[str] = []
    token: dict[str, str] = {}
    while True:
        params = {"SpaceNameContains": word, "MaxResults": 2, **token}
        page = (await api("GET", "/spaces", params=params)).json
        names += [space["SpaceName"] for space in page["Spaces"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sorted(names) == [f"{word}-{number}" for number in range(3)]


async def test_a_training_job_with_its_log(api: Any, studio: Studio) -> None:
    name = unique("hello")
    assert (await api("POST", "/training-jobs", training(studio, name))).status == 201
    await until(api, f"/training-jobs/{name}", "TrainingJobStatus", "Completed")
    log = (await api("GET", f"/training-jobs/{name}/logs")).json
    assert "hello from the job" in [event["message"] for event in log["events"]]
    assert {"timestamp", "message", "stream"} == set(log["events"][0])
    more = (await api("GET", f"/training-jobs/{name}/logs", params={"after": log["token"]})).json
    assert more["events"] == []
    listed = (await api("GET", "/training-jobs", params={"StatusEquals": "Completed", "NameContains": name})).json
    assert [job["TrainingJobName"] for job in listed["TrainingJobSummaries"]] == [name]
    picture = await api("GET", f"/pictures/training-jobs/{name}")
    assert name in picture.json["html"]
    assert "<script" not in picture.json["html"]


async def test_stopping_a_job(api: Any, studio: Studio) -> None:
    name = unique("sleeper")
    assert (await api("POST", "/training-jobs", training(studio, name, seconds=300))).status == 201
    stopped = await api("POST", f"/training-jobs/{name}/stop")
    assert (stopped.status, stopped.raw) == (204, b"")
    await until(api, f"/training-jobs/{name}", "TrainingJobStatus", "Stopped")
    again = await api("POST", f"/training-jobs/{name}/stop")
    assert again.status == 400
    assert "is in status Stopped" in again.json["message"]


async def test_a_log_that_is_not_there(api: Any) -> None:
    missing = await api("GET", "/training-jobs/no-such-job/logs")
    assert (missing.status, set(missing.json)) == (404, ERROR)
    token = await api("GET", "/training-jobs/no-such-job/logs", params={"after": "{}"})
    assert token.status == 400


async def test_trials_of_a_job_that_is_not_there(api: Any) -> None:
    trials = await api("GET", "/tuning-jobs/no-such-job/training-jobs", params={"MaxResults": 3})
    assert trials.status == 404
    assert trials.json["operation"] == "ListTrainingJobsForHyperParameterTuningJob"
    unknown = await api("GET", "/tuning-jobs/no-such-job/training-jobs", params={"Status": "Failed"})
    assert unknown.status == 400


async def test_a_key_is_decoded_once_and_stays_one_part(api: Any) -> None:
    for part in ("..%2F..%2Fetc", "a%2Fb", "%00", "%2525", "caf%C3%A9", "x" * 300):
        reply = await api("GET", f"/training-jobs/{part}")
        assert reply.status in (400, 404), part
        assert set(reply.json) == ERROR
    broken = await api("GET", "/training-jobs/%ff")
    assert (broken.status, set(broken.json)) == (400, ERROR)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"MaxResults": "many"}, "Value 'many' at 'maxResults'"),
        ({"MaxResults": "101"}, "less than or equal to 100"),
        ({"Status": "Failed"}, "did you mean StatusEquals?"),
        ({"StatusEquals": "Broken"}, "Member must satisfy enum value set: [InProgress,"),
        ({"CreationTimeAfter": "yesterday"}, "Member must be a time"),
    ],
)
async def test_wrong_filters(api: Any, params: dict[str, str], words: str) -> None:
    reply = await api("GET", "/training-jobs", params=params)
    assert (reply.status, set(reply.json)) == (400, ERROR)
    assert words in reply.json["message"]


async def test_what_jupyter_adds_to_a_url_is_no_filter(api: Any, jp_serverapp: Any) -> None:
    token = jp_serverapp.identity_provider.token
    url = url_concat("/training-jobs", {"token": token, "no_track_activity": "1", "1795448805404": ""})
    assert (await api("GET", url)).status == 200
    assert (await api("GET", "/training-jobs?NameContains=%ff")).status == 400


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b"\xff\xfe\xfd", "the body is not JSON"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b"[]", "the body must be a JSON object"),
        (b"null", "the body must be a JSON object"),
        (b"[" * 100_000, "the body is nested too deeply"),
        (b'{"a": "' + b"x" * 5_000_000 + b'"}', "at most 4194304 are taken"),
    ],
    ids=["empty", "cut", "binary", "nan", "list", "null", "deep", "large"],
)
async def test_wrong_bodies(api: Any, body: bytes, words: str) -> None:
    for path in ("/spaces", "/watches"):
        reply = await api("POST", path, body)
        assert (reply.status, set(reply.json)) == (400, ERROR)
        assert words in reply.json["message"]


async def test_wrong_requests_are_told_in_the_services_words(api: Any, studio: Studio) -> None:
    request = training(studio, "a_b")
    request["ResourceConfig"]["InstanceType"] = "ml.t2.medium"
    reply = await api("POST", "/training-jobs", request)
    assert (reply.status, reply.json["code"]) == (400, "ValidationException")
    assert reply.json["message"].startswith("2 validation errors detected: Value 'a_b' at 'trainingJobName'")
    assert "Value 'ml.t2.medium' at 'resourceConfig.instanceType'" in reply.json["message"]
    unknown = await api("POST", "/training-jobs", {**training(studio, "ab"), "Nmae": 1})
    assert unknown.status == 400
    assert "Nmae" in unknown.json["message"]


async def test_the_body_must_not_contradict_the_path(api: Any) -> None:
    reply = await api("PATCH", "/spaces/d-abcdefghijkl/mine", {"SpaceName": "other"})
    assert reply.status == 400
    assert reply.json["message"] == 'SpaceName in the body is "other", in the path it is mine'


async def test_the_owner_of_an_app_is_a_space_or_a_profile(api: Any) -> None:
    reply = await api("GET", "/apps/d-abcdefghijkl/nobody/mine/JupyterLab/default")
    assert reply.status == 400
    assert "is one of: space, profile" in reply.json["message"]


async def test_search_is_the_services_own(api: Any) -> None:
    reply = await api("POST", "/search", {"Resource": "TrainingJob", "MaxResults": 1})
    assert reply.status == 200
    assert "Results" in reply.json
    refused = await api("POST", "/search", {"Resource": "Sandwich"})
    assert (refused.status, refused.json["code"]) == (400, "ValidationException")


async def test_the_quickstart_is_a_notebook(api: Any) -> None:
    reply = await api("GET", "/quickstart")
    assert reply.json["name"] == "01_quickstart.ipynb"
    nbformat.validate(nbformat.from_dict(reply.json["content"]))


async def test_schemas_of_requests(api: Any) -> None:
    schema = await api("GET", "/schemas/CreateSpace")
    assert schema.json["required"] == ["DomainId", "SpaceName"]
    assert schema.json["properties"]["DomainId"]["description"] == "The ID of the associated domain."
    unknown = await api("GET", "/schemas/CreateNothing")
    assert (unknown.status, set(unknown.json)) == (404, ERROR)


async def test_a_bug_is_told_without_its_details(
    api: Any, extension: SageMakerExtension, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Studio:
        raise ZeroDivisionError("the password is hunter2")

    monkeypatch.setattr(extension.backend, "studio", broken)
    reply = await api("GET", "/training-jobs")
    assert (reply.status, set(reply.json), reply.type) == (500, ERROR, "application/json")
    assert reply.json["message"] == "the server has a bug: ZeroDivisionError"
    assert b"hunter2" not in reply.raw
