"""S3 over HTTP, as boto3 wants it."""

from __future__ import annotations

import base64
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from engine_process import EngineProcess
from object_keys import ODD_KEYS


def code(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    return error.value.response["Error"]["Code"], error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_sixty_megabytes_go_up_and_come_down(s3: Any, bucket: str, engine: EngineProcess, tmp_path: Path) -> None:
    data = os.urandom(1 << 20) * 60 + b"end"
    (tmp_path / "up").write_bytes(data)
    extra = {"Metadata": {"owner": "me"}, "ContentType": "application/x-test"}
    s3.upload_file(str(tmp_path / "up"), bucket, "dir/big.bin", ExtraArgs=extra)
    head = s3.head_object(Bucket=bucket, Key="dir/big.bin", ChecksumMode="ENABLED")
    assert (head["ContentLength"], head["Metadata"], head["ContentType"]) == (
        len(data),
        {"owner": "me"},
        "application/x-test",
    )
    assert head["ETag"].endswith('-8"')
    assert head["ChecksumType"] == "COMPOSITE"
    s3.download_file(bucket, "dir/big.bin", str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == data
    assert (engine.data_dir / "objects" / bucket / "dir" / "big.bin").read_bytes() == data
    assert list((engine.data_dir / "objects" / ".staging" / "bodies").iterdir()) == []
    assert list((engine.data_dir / "objects" / ".staging" / "uploads").iterdir()) == []
    s3.copy({"Bucket": bucket, "Key": "dir/big.bin"}, bucket, "copy")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == data
    part = s3.get_object(Bucket=bucket, Key="dir/big.bin", Range="bytes=1048570-1048580")
    assert part["Body"].read() == data[1048570:1048581]
    assert part["ContentRange"] == f"bytes 1048570-1048580/{len(data)}"


def test_odd_keys_over_http(s3: Any, bucket: str) -> None:
    for key in ODD_KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in ODD_KEYS:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [row["Key"] for row in s3.list_objects_v2(Bucket=bucket)["Contents"]] == sorted(ODD_KEYS, key=str.encode)
    # What XML has no way to say can only be deleted one by one.
    s3.delete_object(Bucket=bucket, Key="\x01control")
    left = [key for key in ODD_KEYS if key != "\x01control"]
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in [*left, "never"]]})
    assert [row["Key"] for row in done["Deleted"]] == [*left, "never"]
    s3.delete_bucket(Bucket=bucket)


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
@pytest.mark.parametrize("filters", [{}, {"Delimiter": "/"}, {"Prefix": "a"}, {"Prefix": "a/", "Delimiter": "/"}])
def test_lists_page_by_page(s3: Any, bucket: str, operation: str, filters: dict[str, str]) -> None:
    names = ["a", "a.txt", "a/1", "a/2/x", "a/2/y", "a/3", "a0", "b/", "b/c", "z"]
    for name in names:
        s3.put_object(Bucket=bucket, Key=name, Body=b"1")
    prefix = filters.get("Prefix", "")
    expected, groups = [], []
    for name in sorted(names):
        if name.startswith(prefix):
            head, slash, _ = name[len(prefix) :].partition("/")
            if "Delimiter" in filters and slash:
                groups += [prefix + head + "/"] if prefix + head + "/" not in groups else []
            else:
                expected.append(name)
    for size in (1, 2, 3, 1000):
        pages = list(
            s3.get_paginator(operation).paginate(Bucket=bucket, PaginationConfig={"PageSize": size}, **filters)
        )
        assert [row["Key"] for page in pages for row in page.get("Contents", [])] == expected
        assert [row["Prefix"] for page in pages for row in page.get("CommonPrefixes", [])] == groups
        assert all(len(page.get("Contents", [])) + len(page.get("CommonPrefixes", [])) <= size for page in pages)


def test_start_after_and_tokens(s3: Any, bucket: str) -> None:
    for name in "abcd":
        s3.put_object(Bucket=bucket, Key=name, Body=b"")
    page = s3.list_objects_v2(Bucket=bucket, StartAfter="b", MaxKeys=1)
    assert ([row["Key"] for row in page["Contents"]], page["IsTruncated"], page["KeyCount"]) == (["c"], True, 1)
    page = s3.list_objects_v2(Bucket=bucket, ContinuationToken=page["NextContinuationToken"])
    assert [row["Key"] for row in page["Contents"]] == ["d"]
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0
    with pytest.raises(ClientError) as caught:
        s3.list_objects_v2(Bucket=bucket, ContinuationToken="%%%")
    assert code(caught) == ("InvalidArgument", 400)


def test_ranges(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    for header, expected in {
        "0-0": b"0",
        "2-4": b"234",
        "7-": b"789",
        "-3": b"789",
        "8-99": b"89",
        "-99": b"0123456789",
    }.items():
        assert s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={header}")["Body"].read() == expected
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=5-2")["Body"].read() == b"0123456789"
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=10-")
    assert code(caught) == ("InvalidRange", 416)


def test_conditions(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=etag)["Body"].read() == b"1"
    for condition, expected in [
        ({"IfNoneMatch": etag}, ("304", 304)),
        ({"IfModifiedSince": modified}, ("304", 304)),
        ({"IfMatch": '"other"'}, ("PreconditionFailed", 412)),
        ({"IfUnmodifiedSince": datetime(2020, 1, 1, tzinfo=timezone.utc)}, ("PreconditionFailed", 412)),
    ]:
        with pytest.raises(ClientError) as caught:
            s3.get_object(Bucket=bucket, Key="k", **condition)
        assert code(caught) == expected
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    assert code(caught) == ("PreconditionFailed", 412)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_kept_and_checked(s3: Any, bucket: str, algorithm: str) -> None:
    member = f"Checksum{algorithm}"
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"abc", ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got[member] == put[member]
    assert got["Body"].read() == b"abc"
    wrong = base64.b64encode(bytes(len(base64.b64decode(put[member])))).decode()
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"xyz", **{member: wrong})
    assert code(caught) == ("BadDigest", 400)
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"xyz", ContentMD5=base64.b64encode(bytes(16)).decode())
    assert code(caught) == ("BadDigest", 400)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"abc"


@pytest.mark.parametrize(
    ("algorithm", "value"), [("CRC32C", "4waSgw=="), ("CRC64NVME", "rosUhgp5mIg=")], ids=["CRC32C", "CRC64NVME"]
)
def test_checksums_boto3_cannot_compute_by_itself(s3: Any, bucket: str, algorithm: str, value: str) -> None:
    """The values are those published for "123456789" (reveng's catalogue of CRCs)."""
    member = f"Checksum{algorithm}"
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"123456789", **{member: value})[member] == value
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[member] == value
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"12345678", **{member: value})
    assert code(caught) == ("BadDigest", 400)


def test_multipart_is_checked_part_by_part(s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    names = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    large, small = b"x" * (5 << 20), b"end"
    first = s3.upload_part(**names, PartNumber=1, Body=large)["ETag"]
    last = s3.upload_part(**names, PartNumber=7, Body=small)["ETag"]
    assert [part["PartNumber"] for part in s3.list_parts(**names, MaxParts=1)["Parts"]] == [1]
    assert [part["Size"] for part in s3.list_parts(**names)["Parts"]] == [5 << 20, 3]

    def complete(*parts: tuple[int, str]) -> Any:
        wanted = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
        return s3.complete_multipart_upload(**names, MultipartUpload={"Parts": wanted})

    for parts, expected in [
        ([(7, last), (1, first)], "InvalidPartOrder"),
        ([(1, last)], "InvalidPart"),
        ([(2, first)], "InvalidPart"),
    ]:
        with pytest.raises(ClientError) as caught:
            complete(*parts)
        assert code(caught) == (expected, 400)
    assert complete((1, first), (7, last))["ETag"].endswith('-2"')
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == large + small
    for gone in (s3.list_parts, s3.abort_multipart_upload):
        with pytest.raises(ClientError) as caught:
            gone(**names)
        assert code(caught) == ("NoSuchUpload", 404)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="tiny")["UploadId"]
    names = {"Bucket": bucket, "Key": "tiny", "UploadId": upload}
    tags = [s3.upload_part(**names, PartNumber=number, Body=b"x")["ETag"] for number in (1, 2)]
    with pytest.raises(ClientError) as caught:
        complete((1, tags[0]), (2, tags[1]))
    assert code(caught) == ("EntityTooSmall", 400)
    s3.abort_multipart_upload(**names)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_copy_keeps_or_replaces_what_it_is(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b", Body=b"1", Metadata={"m": "1"}, ContentType="text/x")
    s3.copy_object(Bucket=bucket, Key="kept", CopySource={"Bucket": bucket, "Key": "a b"})
    assert s3.head_object(Bucket=bucket, Key="kept")["Metadata"] == {"m": "1"}
    s3.copy_object(
        Bucket=bucket,
        Key="a b",
        CopySource={"Bucket": bucket, "Key": "a b"},
        MetadataDirective="REPLACE",
        Metadata={"n": "2"},
    )
    assert s3.head_object(Bucket=bucket, Key="a b")["Metadata"] == {"n": "2"}
    with pytest.raises(ClientError) as caught:
        s3.copy_object(Bucket=bucket, Key="x", CopySource={"Bucket": bucket, "Key": "nothing"})
    assert code(caught) == ("NoSuchKey", 404)


def test_buckets(s3: Any, bucket: str, engine: EngineProcess) -> None:
    assert {bucket, engine.bucket} <= {row["Name"] for row in s3.list_buckets()["Buckets"]}
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="d/k", Body=b"")
    with pytest.raises(ClientError) as caught:
        s3.delete_bucket(Bucket=bucket)
    assert code(caught) == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket=bucket, Key="d/k")
    s3.delete_bucket(Bucket=bucket)
    for call in (
        lambda: s3.head_bucket(Bucket=bucket),
        lambda: s3.put_object(Bucket=bucket, Key="k", Body=b""),
        lambda: s3.list_objects_v2(Bucket=bucket),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert code(caught) in (("NoSuchBucket", 404), ("404", 404))


@pytest.mark.parametrize("asked", ["AES256", "aws:kms"])
def test_encryption_with_the_accounts_key_is_told_again(s3: Any, bucket: str, tmp_path: Path, asked: str) -> None:
    """The SageMaker SDK sends it with the code of every framework estimator."""
    assert (
        s3.put_object(Bucket=bucket, Key="k", Body=b"code", ServerSideEncryption=asked)["ServerSideEncryption"] == asked
    )
    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == asked
    there = s3.get_object(Bucket=bucket, Key="k")
    assert (there["Body"].read(), there["ServerSideEncryption"]) == (b"code", asked)
    (tmp_path / "large").write_bytes(bytes(9_000_000))
    s3.upload_file(str(tmp_path / "large"), bucket, "large", ExtraArgs={"ServerSideEncryption": asked})
    assert s3.head_object(Bucket=bucket, Key="large")["ServerSideEncryption"] == asked
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    assert "ServerSideEncryption" not in s3.head_object(Bucket=bucket, Key="copy")
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k", ServerSideEncryption=asked)
    assert copied["ServerSideEncryption"] == s3.head_object(Bucket=bucket, Key="copy")["ServerSideEncryption"] == asked


@pytest.mark.parametrize(
    "extra",
    [
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "mine"},
        {"ACL": "public-read"},
        {"Tagging": "a=b"},
        {"StorageClass": "GLACIER"},
        {"ObjectLockMode": "GOVERNANCE"},
    ],
)
def test_what_it_does_not_do_is_refused(s3: Any, bucket: str, extra: dict[str, str]) -> None:
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"", **extra)
    assert code(caught) == ("NotImplemented", 501)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    for call in (s3.get_bucket_acl, s3.get_bucket_versioning, s3.list_multipart_uploads):
        with pytest.raises(ClientError) as caught:
            call(Bucket=bucket)
        assert code(caught) == ("NotImplemented", 501)
