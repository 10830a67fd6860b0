"""The slices of STS, S3 and Service Quotas, as any client sees them."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from contract_backend import Backend, code_of, new_name

PART = 5 << 20


def test_who_am_i(backend: Backend) -> None:
    found = backend.client("sts").get_caller_identity()
    assert re.fullmatch(r"[0-9]{12}", found["Account"])
    assert re.fullmatch(rf"arn:aws:(iam|sts)::{found['Account']}:.+", found["Arn"])
    assert found["UserId"]


def test_an_object(backend: Backend) -> None:
    where: dict[str, Any] = {"Bucket": backend.bucket, "Key": f"{new_name('folder')}/a b ü.txt"}
    put = backend.s3.put_object(**where, Body=b"0123456789", ContentType="text/plain", Metadata={"who": "me"})
    head = backend.s3.head_object(**where)
    assert head["ETag"] == put["ETag"]
    assert (head["ContentLength"], head["ContentType"], head["Metadata"]) == (10, "text/plain", {"who": "me"})
    assert backend.s3.get_object(**where)["Body"].read() == b"0123456789"
    part = backend.s3.get_object(**where, Range="bytes=2-4")
    assert (part["Body"].read(), part["ContentRange"]) == (b"234", "bytes 2-4/10")
    assert backend.s3.get_object(**where, Range="bytes=-3")["Body"].read() == b"789"
    assert code_of(lambda: backend.s3.get_object(**where, Range="bytes=10-"), backend.s3) == "InvalidRange"
    copied = {**where, "Key": f"{where['Key']}.copy"}
    backend.s3.copy_object(**copied, CopySource=where)
    assert backend.s3.head_object(**copied)["Metadata"] == {"who": "me"}
    backend.s3.delete_object(**where)
    assert code_of(lambda: backend.s3.get_object(**where), backend.s3) == "NoSuchKey"
    backend.s3.delete_object(**where)
    assert backend.s3.get_object(**copied)["Body"].read() == b"0123456789"


def test_lists_and_deletes(backend: Backend) -> None:
    folder = new_name("listed")
    keys = [f"{folder}/{name}" for name in ("a", "b/1", "b/2", "c", "d/1")]
    for key in reversed(keys):
        backend.s3.put_object(Bucket=backend.bucket, Key=key, Body=key.encode())
    for operation in ("list_objects_v2", "list_objects"):
        paginator = backend.s3.get_paginator(operation)
        options: dict[str, Any] = {"Bucket": backend.bucket, "Prefix": f"{folder}/"}
        pages = list(paginator.paginate(**options, PaginationConfig={"PageSize": 2}))
        assert [[row["Key"] for row in page["Contents"]] for page in pages] == [keys[:2], keys[2:4], keys[4:]]
        pages = list(paginator.paginate(**options, Delimiter="/", PaginationConfig={"PageSize": 2}))
        assert [row["Key"] for page in pages for row in page.get("Contents", [])] == [keys[0], keys[3]]
        common = [row["Prefix"] for page in pages for row in page.get("CommonPrefixes", [])]
        assert common == [f"{folder}/b/", f"{folder}/d/"]
    deleted = backend.s3.delete_objects(
        Bucket=backend.bucket, Delete={"Objects": [{"Key": key} for key in [*keys[1:], f"{folder}/never"]]}
    )["Deleted"]
    assert {row["Key"] for row in deleted} == {*keys[1:], f"{folder}/never"}
    left = backend.s3.list_objects_v2(Bucket=backend.bucket, Prefix=f"{folder}/")["Contents"]
    assert [(row["Key"], row["Size"]) for row in left] == [(keys[0], len(keys[0]))]


def test_multipart(backend: Backend) -> None:
    where, data = {"Bucket": backend.bucket, "Key": new_name("large")}, os.urandom(PART + 1000)
    upload = {**where, "UploadId": backend.s3.create_multipart_upload(**where)["UploadId"]}
    parts = []
    for number, body in enumerate((data[:PART], data[PART:]), 1):
        tag = backend.s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": tag})
    pages = backend.s3.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 1})
    assert [part["Size"] for page in pages for part in page.get("Parts", [])] == [PART, 1000]
    done = backend.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert done["ETag"].endswith('-2"')
    assert backend.s3.get_object(**where)["Body"].read() == data
    upload["UploadId"] = backend.s3.create_multipart_upload(**where)["UploadId"]
    backend.s3.upload_part_copy(**upload, PartNumber=1, CopySource=where, CopySourceRange="bytes=0-99")
    backend.s3.abort_multipart_upload(**upload)
    assert code_of(lambda: backend.s3.list_parts(**upload), backend.s3) == "NoSuchUpload"


def test_boto3s_transfers(backend: Backend, tmp_path: Any) -> None:
    data, key = os.urandom(2 * PART), new_name("file")
    (tmp_path / "file").write_bytes(data)
    config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)
    backend.s3.upload_file(str(tmp_path / "file"), backend.bucket, key, Config=config)
    backend.s3.copy({"Bucket": backend.bucket, "Key": key}, backend.bucket, f"{key}-copy", Config=config)
    backend.s3.download_file(backend.bucket, f"{key}-copy", str(tmp_path / "back"), Config=config)
    assert (tmp_path / "back").read_bytes() == data


def test_buckets_and_their_waiters(backend: Backend) -> None:
    name, wait = new_name("bucket"), {"Delay": 1, "MaxAttempts": 5}
    assert code_of(lambda: backend.s3.head_bucket(Bucket=name), backend.s3) == "404"
    assert code_of(lambda: backend.s3.list_objects_v2(Bucket=name), backend.s3) == "NoSuchBucket"
    backend.s3.create_bucket(Bucket=name)
    backend.s3.get_waiter("bucket_exists").wait(Bucket=name, WaiterConfig=wait)
    assert backend.s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    assert name in [row["Name"] for row in backend.s3.list_buckets()["Buckets"]]
    backend.s3.put_object(Bucket=name, Key="one", Body=b"1")
    backend.s3.get_waiter("object_exists").wait(Bucket=name, Key="one", WaiterConfig=wait)
    assert backend.s3.get_object_tagging(Bucket=name, Key="one")["TagSet"] == []
    assert code_of(lambda: backend.s3.delete_bucket(Bucket=name), backend.s3) == "BucketNotEmpty"
    backend.s3.delete_object(Bucket=name, Key="one")
    backend.s3.get_waiter("object_not_exists").wait(Bucket=name, Key="one", WaiterConfig=wait)
    backend.s3.delete_bucket(Bucket=name)
    backend.s3.get_waiter("bucket_not_exists").wait(Bucket=name, WaiterConfig=wait)


def test_no_log_yet(backend: Backend) -> None:
    logs = backend.client("logs")
    where = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": new_name("none")}
    assert code_of(lambda: logs.get_log_events(**where), logs) == "ResourceNotFoundException"
    assert code_of(lambda: logs.describe_log_streams(logGroupName="/none"), logs) == "ResourceNotFoundException"


@pytest.mark.moto_differs("no ListServiceQuotas, no quotas of SageMaker")
def test_service_quotas(backend: Backend) -> None:
    quotas = backend.client("service-quotas")
    pages = quotas.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    found = {quota["QuotaName"]: quota for page in pages for quota in page["Quotas"]}
    quota = found["ml.trn1.2xlarge for training job usage"]
    same = {"ServiceCode": "sagemaker", "QuotaCode": quota["QuotaCode"]}
    assert quotas.get_service_quota(**same)["Quota"] == quota
    default = quotas.get_aws_default_service_quota(**same)["Quota"]
    assert (default["QuotaName"], default["Value"]) == (quota["QuotaName"], quota["Value"])
    pages = quotas.get_paginator("list_aws_default_service_quotas").paginate(ServiceCode="sagemaker")
    assert {row["QuotaCode"] for page in pages for row in page["Quotas"]} == {
        row["QuotaCode"] for row in found.values()
    }


@pytest.mark.parametrize("change", [{"ServiceCode": "ec3"}, {"QuotaCode": "L-00000000"}])
def test_no_such_quota(backend: Backend, change: dict[str, str]) -> None:
    quotas = backend.client("service-quotas")
    request = {"ServiceCode": "sagemaker", "QuotaCode": "L-00C91CB5", **change}
    assert code_of(lambda: quotas.get_service_quota(**request), quotas) == "NoSuchResourceException"
