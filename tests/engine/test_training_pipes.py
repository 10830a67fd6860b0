"""Input mode Pipe: channels as streams, an epoch after the other."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jobs_harness import BUCKET, Harness

Json = dict[str, Any]

# As the service's own example of a container of one's own does it.
READ = """
import os, sys
def epoch(number):
    with open(os.environ["SM_CHANNEL_TRAIN"] + "_" + str(number), "rb", 0) as stream:
        parts = []
        while part := stream.read(65536):
            parts.append(part)
    return b"".join(parts)
"""


@pytest.fixture(params=[True, False], ids=["boxed", "plain"])
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path / "data", namespaces=request.param)
    yield made
    made.close()


def _channel(harness: Harness, objects: dict[str, bytes], source: Json | None = None, **members: Any) -> Json:
    for name, data in objects.items():
        harness.put(f"train/{name}", data)
    found = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train/", **(source or {})}
    return {"ChannelName": "train", "InputMode": "Pipe", "DataSource": {"S3DataSource": found}, **members}


def _read(harness: Harness, script: str, channel: Json, **members: Any) -> list[str]:
    done = harness.created_and_over("job", READ + script, InputDataConfig=[channel], **members)
    assert done["TrainingJobStatus"] == "Completed", (done.get("FailureReason"), harness.log("job"))
    return harness.log("job").splitlines()


def test_objects_come_as_one_stream_and_again_in_the_next_epoch(harness: Harness) -> None:
    script = "first = epoch(0)\nprint(len(first), first[:3], first[-3:], epoch(1) == first, epoch(2) == first)"
    channel = _channel(harness, {"a": b"one" * 200_000, "b": b"two" * 200_000})
    assert _read(harness, script, channel) == ["1200000 b'one' b'two' True True"]


def test_an_epoch_can_be_left_early(harness: Harness) -> None:
    script = (
        "with open(os.environ['SM_CHANNEL_TRAIN'] + '_0', 'rb', 0) as stream:\n    print(stream.read(3))\n"
        "print(len(epoch(1)), os.path.exists(os.environ['SM_CHANNEL_TRAIN']))"
    )
    channel = _channel(harness, {"a": b"one" * 1_000_000})
    assert _read(harness, script, channel) == ["b'one'", "3000000 False"]


def test_a_job_need_not_read(harness: Harness) -> None:
    assert _read(harness, "print(os.environ['SM_INPUT_DATA_CONFIG'])", _channel(harness, {"a": b"x"})) == [
        '{"train":{"RecordWrapperType":"None","S3DistributionType":"FullyReplicated","TrainingInputMode":"Pipe"}}'
    ]


def test_records_are_wrapped_and_archives_unpacked(harness: Harness) -> None:
    script = """
data, found = epoch(0), []
while data:
    mark, length = (int.from_bytes(data[at:at + 4], "little") for at in (0, 4))
    assert mark == 0xced7230a
    found.append(data[8:8 + length].decode())
    assert not any(data[8 + length:8 + length + -length % 4])
    data = data[8 + length + -length % 4:]
print(found)
"""
    objects = {"a": gzip.compress(b"four"), "b": gzip.compress(b"and5.")}
    channel = _channel(harness, objects, CompressionType="Gzip", RecordWrapperType="RecordIO")
    assert _read(harness, script, channel) == ["['four', 'and5.']"]


def test_the_order_of_each_epoch_is_shuffled_as_the_seed_says(harness: Harness) -> None:
    objects = {f"{number:02}": f"{number:02} ".encode() for number in range(20)}
    channel = _channel(harness, objects, ShuffleConfig={"Seed": 5})
    first, second = _read(harness, "print(epoch(0).decode())\nprint(epoch(1).decode())", channel)
    assert first != second
    assert first.split() != sorted(first.split())
    assert sorted(first.split()) == sorted(second.split()) == sorted(objects)


def test_instances_share_a_channel(harness: Harness) -> None:
    objects = {f"{number}": f"{number} ".encode() for number in range(5)}
    channel = _channel(harness, objects, {"S3DataDistributionType": "ShardedByS3Key"})
    config = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    found = _read(harness, "print(epoch(0).decode().strip())", channel, ResourceConfig=config)
    assert sorted(found) == ["0 2 4", "1 3"]


def test_lines_of_an_augmented_manifest(harness: Harness) -> None:
    for name in ("cat", "dog"):
        harness.put(f"images/{name}", f"<{name}>".encode())
    lines = [
        {"source-ref": f"s3://{BUCKET}/images/{name}", "class": {"id": name}, "more": 1} for name in ("cat", "dog")
    ]
    harness.put("train/m.jsonl", "\n".join(map(json.dumps, lines)).encode())
    source = {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": f"s3://{BUCKET}/train/m.jsonl",
        "AttributeNames": ["source-ref", "class"],
    }
    assert _read(harness, "print(epoch(0).decode())", _channel(harness, {}, source)) == [
        '<cat>{"id": "cat"}<dog>{"id": "dog"}'
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"class": 1}', "line 1 of the manifest {} has no source-ref"),
        ('{"source-ref": "s3://bucket/../x"}', "there is no object s3://bucket/../x, named in {}"),
        ("no json", "the manifest {} cannot be read"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_told(harness: Harness, text: str, reason: str) -> None:
    uri = harness.put("train/m.jsonl", text.encode())
    source = {"S3DataType": "AugmentedManifestFile", "S3Uri": uri, "AttributeNames": ["source-ref"]}
    done = harness.created_and_over("job", "", InputDataConfig=[_channel(harness, {}, source)])
    assert reason.format(uri) in done["FailureReason"]


def test_data_that_cannot_be_read_ends_the_job(harness: Harness) -> None:
    channel = _channel(harness, {"a": b"no archive"}, CompressionType="Gzip")
    done = harness.created_and_over("job", READ + "epoch(0)\nimport time\ntime.sleep(60)", InputDataConfig=[channel])
    assert done["TrainingJobStatus"] == "Failed"
    assert done["FailureReason"].startswith("ClientError: Data download failed: Not a gzipped file")


def test_the_job_s_mode_is_that_of_its_channels(harness: Harness) -> None:
    channel = _channel(harness, {"a": b"x"})
    del channel["InputMode"]
    assert _read(harness, "print(epoch(0))", channel, AlgorithmSpecification={"TrainingInputMode": "Pipe"}) == ["b'x'"]
