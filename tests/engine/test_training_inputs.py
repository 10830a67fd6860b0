"""The data that a training job finds: manifests, FastFile, shards of them; and that it cannot change the objects."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jobs_harness import BUCKET, Harness

Json = dict[str, Any]
LIST = """
import json, os, pathlib
folder = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"])
files = [p for p in folder.rglob("*") if p.is_file()]
found = {str(p.relative_to(folder)): [p.read_text(), oct(p.stat().st_mode)[-3:]] for p in files}
mode = json.loads(os.environ["SM_INPUT_DATA_CONFIG"])["train"]["TrainingInputMode"]
for p in files:
    p.chmod(0o644)
    p.write_text("changed")
print(json.dumps([mode, found]))
"""


def listed(harness: Harness, name: str, channel: Json, **members: Any) -> tuple[Json, list[Any]]:
    """Describe response and, for each instance, the input mode and the files it found."""
    found = harness.created_and_over(name, LIST, InputDataConfig=[{"ChannelName": "train", **channel}], **members)
    files = sorted((harness.engine.data_dir / "logs" / name).glob("*.log"))
    return found, [json.loads(file.read_text()) for file in files if found["TrainingJobStatus"] == "Completed"]


def manifest(harness: Harness, content: object, **source: str) -> Json:
    uri = harness.put("lists/train.manifest", content if isinstance(content, bytes) else json.dumps(content).encode())
    return {"DataSource": {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": uri, **source}}}


def test_a_manifest_names_the_files(harness: Harness) -> None:
    for name in ("set/a", "set/deep/b", "set/c", "other"):
        harness.put(name, name.encode())
    channel = manifest(harness, [{"prefix": f"s3://{BUCKET}/set/"}, "deep/b", "a", "a"])
    _, ((mode, found),) = listed(harness, "named", channel)
    assert mode == "File"
    assert {name: text for name, (text, _) in found.items()} == {"a": "set/a", "deep/b": "set/deep/b"}
    assert harness.read(f"s3://{BUCKET}/set/a") == b"set/a"


def test_a_manifest_is_shared_out(harness: Harness) -> None:
    for name in "abc":
        harness.put(f"set/{name}", b"x")
    content = [{"prefix": f"s3://{BUCKET}/set/"}, "a", "b", "c"]
    channel = manifest(harness, content, S3DataDistributionType="ShardedByS3Key")
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    _, told = listed(harness, "shared", channel, ResourceConfig=resources)
    assert [sorted(found) for _, found in told] == [["a", "c"], ["b"]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not json", "cannot be read"),
        ({}, "cannot be read"),
        ([], "cannot be read"),
        (["a"], "cannot be read"),
        ([{"prefix": 3}, "a"], "cannot be read"),
        ([{"prefix": f"s3://{BUCKET}/set/"}], "is no list"),
        ([{"prefix": "/etc/"}, "passwd"], "is no list"),
        ([{"prefix": f"s3://{BUCKET}/set/"}, 3], "is no list"),
        ([{"prefix": f"s3://{BUCKET}/set/"}, "nothing"], f"there is no object s3://{BUCKET}/set/nothing"),
        ([{"prefix": f"s3://{BUCKET}/set/"}, "../../../secret"], "there is no object"),
        ([{"prefix": "s3://../"}, "secret"], "is no list"),
        ([{"prefix": "s3://nowhere/"}, "a"], "there is no object"),
        ([{"prefix": f"s3://{BUCKET}/"}, "link"], "there is no object"),
    ],
)
def test_a_manifest_that_cannot_be_used(harness: Harness, content: object, said: str) -> None:
    (harness.engine.data_dir / "secret").write_text("x")
    harness.put("set/a", b"x")
    (harness.engine.objects.bucket(BUCKET) / "link").symlink_to("/etc/passwd")
    found, _ = listed(harness, "bad", manifest(harness, content))
    assert found["TrainingJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("ClientError: Data download failed: ")
    assert said in found["FailureReason"]


@pytest.mark.parametrize("where", ["job", "channel"])
def test_fast_file_shows_objects_that_it_cannot_change(harness: Harness, where: str) -> None:
    harness.put("set/deep/a", b"content")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/set"}
    channel: Json = {"DataSource": {"S3DataSource": source}}
    members: Json = {"AlgorithmSpecification": {"TrainingInputMode": "FastFile"}}
    if where == "channel":
        channel["InputMode"] = "FastFile"
        members = {}
    described, ((mode, found),) = listed(harness, "fast", channel, **members)
    assert described["TrainingJobStatus"] == "Completed"
    assert (mode, found) == ("FastFile", {"deep/a": ["content", "444"]})
    assert harness.read(f"s3://{BUCKET}/set/deep/a") == b"content"
