"""What each S3 operation does, found by method and query."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import unquote

from jupyter_sm_ext.engine.s3.body import PREFIX, Body
from jupyter_sm_ext.engine.s3.call import Reply, copy_synced
from jupyter_sm_ext.engine.s3.conditions import byte_range, check_conditions, http_date
from jupyter_sm_ext.engine.s3.lists import list_buckets, list_objects
from jupyter_sm_ext.engine.s3.multipart import LARGEST_PART, Wanted, completion_checksums
from jupyter_sm_ext.engine.s3.xml import branch, document, leaf, parse, text, timestamp
from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from jupyter_sm_ext.engine.s3.call import Call
    from jupyter_sm_ext.engine.s3.objects import Stored

    _Answer = Callable[[Call], Awaitable[Reply]]

_XML = {"Content-Type": "application/xml"}
_KEPT = ("content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires")
_USER = "x-amz-meta-"
_MOST_DELETES = 1000
# Queries that change nothing here: how the request was signed, which SDK method it is, how the reply's headers read.
_HARMLESS = ("x-amz-", "response-", "x-id")
# The engine keeps plain files of one user: asking for what it does not do is refused, not forgotten. Encryption with
# the account's own key, which clients send unasked and any reader of the object undoes unasked, is only told again.
_ENCRYPTION = "x-amz-server-side-encryption"
_REFUSED = (f"{_ENCRYPTION}-", "x-amz-tagging", "x-amz-object-lock", "x-amz-grant-", "x-amz-website")
_ONLY = {
    "x-amz-acl": ("private", "bucket-owner-full-control"),
    "x-amz-storage-class": ("STANDARD",),
    _ENCRYPTION: ("AES256", "aws:kms"),
}


async def answer(call: Call) -> Reply:
    """Do what a request asks for.

    Raises
    ------
    SageMakerError
        It cannot be done; the code is S3's.
    """
    known = _SERVICE if not call.bucket else _BUCKET if not call.key else _OBJECT
    names = {name for name in call.query if not name.lower().startswith(_HARMLESS)}
    for method, needed, allowed, operation in known:
        if method == call.method and needed <= names and names <= needed | allowed:
            _check_headers(call.headers)
            return await operation(call)
    if not any(method == call.method for method, *_ in known):
        raise SageMakerError("The specified method is not allowed against this resource.", code="MethodNotAllowed")
    raise _missing("?".join((call.method, "&".join(sorted(names)))))


def _missing(what: str) -> ValidationError:
    return ValidationError(f"The local engine does not have {what} yet.", code="NotImplemented")


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if name.startswith(_REFUSED) or value not in _ONLY.get(name, (value,)):
            raise _missing(f"the header {name}: {value}")


async def _list_buckets(call: Call) -> Reply:
    return Reply(200, dict(_XML), list_buckets(call.objects, call.service.account))


async def _create_bucket(call: Call) -> Reply:
    await call.sync()
    region = call.service.region
    if body := call.document():
        place = parse(body, "CreateBucketConfiguration").findtext("LocationConstraint")
        if place not in (None, region) or place == "us-east-1":
            raise ValidationError("The specified location-constraint is not valid", code="InvalidLocationConstraint")
    if not call.objects.create_bucket(call.bucket) and region != "us-east-1":
        raise ConflictError(
            "Your previous request to create the named bucket succeeded and you already own it.",
            code="BucketAlreadyOwnedByYou",
        )
    return Reply(200, {"Location": f"/{call.bucket}"})


async def _head_bucket(call: Call) -> Reply:
    call.objects.bucket(call.bucket)
    return Reply(200, {"x-amz-bucket-region": call.service.region, **_XML})


async def _delete_bucket(call: Call) -> Reply:
    call.objects.delete_bucket(call.bucket)
    return Reply(204)


async def _locate_bucket(call: Call) -> Reply:
    call.objects.bucket(call.bucket)
    region = call.service.region
    return Reply(200, dict(_XML), document("LocationConstraint", "" if region == "us-east-1" else region))


async def _list_objects(call: Call) -> Reply:
    return Reply(200, dict(_XML), list_objects(call.objects, call.bucket, call.query, call.service.account))


async def _delete_objects(call: Call) -> Reply:
    await call.sync()
    call.objects.bucket(call.bucket)
    wanted = parse(call.document(), "Delete")
    quiet = wanted.findtext("Quiet") == "true"
    keys = [text(each, "Key") for each in wanted.findall("Object")]
    if not 0 < len(keys) <= _MOST_DELETES:
        raise ValidationError("Between 1 and 1000 objects can be deleted at once.", code="MalformedXML")
    if any(each.find("VersionId") is not None for each in wanted.iter()):
        raise _missing("versions of objects")
    parts = []
    for key in keys:
        try:
            call.objects.delete(call.bucket, key)
        except SageMakerError as error:
            parts.append(branch("Error", leaf("Key", key), leaf("Code", error.code), leaf("Message", error.message)))
        else:
            parts.append("" if quiet else branch("Deleted", leaf("Key", key)))
    return Reply(200, dict(_XML), document("DeleteResult", *parts))


async def _put_object(call: Call) -> Reply:
    if "x-amz-copy-source" in call.headers:
        return await _copy_object(call)
    checksums = await call.sync()
    _check_target(call)
    assert call.staged is not None
    sums = {PREFIX + name: value for name, value in checksums.items()}
    stored = call.objects.put(call.bucket, call.key, call.staged, call.incoming.md5, {**_kept(call.headers), **sums})
    return Reply(200, {"ETag": f'"{stored.etag}"', **sums, **_encryption(call.headers)})


def _encryption(headers: Mapping[str, str]) -> dict[str, str]:
    return {_ENCRYPTION: headers[_ENCRYPTION]} if _ENCRYPTION in headers else {}


def _check_target(call: Call) -> None:
    """Honour If-Match and If-None-Match of a write."""
    try:
        there: Stored | None = call.objects.head(call.bucket, call.key)
    except NotFoundError as error:
        if error.code != "NoSuchKey":
            raise
        there = None
    wanted, unwanted = call.headers.get("if-match"), call.headers.get("if-none-match")
    if wanted is not None and there is None:
        raise NotFoundError("The specified key does not exist.", code="NoSuchKey")
    if (there is not None and unwanted == "*") or (
        there is not None and wanted not in (None, "*") and str(wanted).strip('"') != there.etag
    ):
        raise SageMakerError("At least one of the pre-conditions you specified did not hold", code="PreconditionFailed")


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if name in _KEPT or name.startswith(_USER)}
    # Only how it travelled, and no longer true of the file.
    codings = [part.strip() for part in kept.pop("content-encoding", "").split(",")]
    if rest := ", ".join(part for part in codings if part not in ("", "aws-chunked")):
        kept["content-encoding"] = rest
    return kept | _encryption(headers)


async def _get_object(call: Call) -> Reply:
    stored = call.objects.head(call.bucket, call.key)
    check_conditions(call.headers, stored)
    stretch = byte_range(call.headers.get("range"), stored.size)
    headers = _object_headers(call, stored, whole=stretch is None)
    start, length = stretch or (0, stored.size)
    headers["Content-Length"] = str(length)
    if stretch is not None:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{stored.size}"
    status = 200 if stretch is None else 206
    if call.method == "HEAD":
        return Reply(status, headers)
    try:
        file = stored.path.open("rb")
    except FileNotFoundError:
        raise NotFoundError("The specified key does not exist.", code="NoSuchKey") from None
    file.seek(start)
    return Reply(status, headers, file=file, length=length)


def _object_headers(call: Call, stored: Stored, *, whole: bool) -> dict[str, str]:
    headers = {"content-type": "binary/octet-stream", **stored.headers}
    if not whole or call.headers.get("x-amz-checksum-mode", "").upper() != "ENABLED":
        headers = {name: value for name, value in headers.items() if not name.startswith(PREFIX)}
    for name, value in call.query.items():
        if name.startswith("response-") and name.removeprefix("response-") in _KEPT:
            headers[name.removeprefix("response-")] = value
    return {
        **headers,
        "ETag": f'"{stored.etag}"',
        "Last-Modified": http_date(stored.modified),
        "Accept-Ranges": "bytes",
    }


async def _delete_object(call: Call) -> Reply:
    call.objects.delete(call.bucket, call.key)
    return Reply(204)


async def _get_tags(call: Call) -> Reply:
    call.objects.head(call.bucket, call.key)  # tags are refused when an object is made, so there are none
    return Reply(200, dict(_XML), document("Tagging", "<TagSet/>"))


def _source(call: Call) -> Stored:
    """Find the object that a copy is made of."""
    bucket, _, key = unquote(call.headers["x-amz-copy-source"]).removeprefix("/").partition("/")
    if "?versionId=" in key:
        raise _missing("versions of objects")
    stored = call.objects.head(bucket, key)
    before = "x-amz-copy-source-"
    check_conditions(
        {k.removeprefix(before): v for k, v in call.headers.items() if k.startswith(before)}, stored, copy=True
    )
    return stored


async def _copied(call: Call, source: Stored, start: int, length: int) -> tuple[Path, Body, dict[str, str]]:
    """Copy a stretch of an object to a staged file."""
    asked = call.headers.get("x-amz-checksum-algorithm")
    call.file, call.staged = call.objects.new_staged()
    body = Body(call.file, {}, "", more=[asked] if asked else [])
    await asyncio.to_thread(copy_synced, source.path, call.file, start, length, body)
    return call.staged, body, body.close()


async def _copy_object(call: Call) -> Reply:
    source = _source(call)
    replaced = call.headers.get("x-amz-metadata-directive", "COPY") == "REPLACE"
    if not replaced and (source.bucket, source.key) == (call.bucket, call.key):
        raise ValidationError(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes.",
            code="InvalidRequest",
        )
    call.objects.path(call.bucket, call.key)
    staged, body, checksums = await _copied(call, source, 0, source.size)
    headers = _kept(call.headers) if replaced else _kept(source.headers)
    # Of the copy, not of what it is a copy of.
    headers.pop(_ENCRYPTION, None)
    headers |= _encryption(call.headers)
    headers.update({PREFIX + name: value for name, value in checksums.items()})
    _check_target(call)
    stored = call.objects.put(call.bucket, call.key, staged, body.md5, headers)
    body_of_reply = _copy_result("CopyObjectResult", stored.etag, stored.modified)
    return Reply(200, {**_XML, **_encryption(call.headers)}, body_of_reply)


def _copy_result(name: str, etag: str, modified: float) -> bytes:
    return document(name, leaf("ETag", f'"{etag}"'), leaf("LastModified", timestamp(modified)))


async def _create_upload(call: Call) -> Reply:
    headers = _kept(call.headers)
    shown = _encryption(call.headers)
    for name in (f"{PREFIX}algorithm", f"{PREFIX}type"):
        if name in call.headers:
            headers[name] = shown[name] = call.headers[name]
    upload_id = call.uploads.create(call.bucket, call.key, headers)
    parts = (leaf("Bucket", call.bucket), leaf("Key", call.key), leaf("UploadId", upload_id))
    return Reply(200, {**_XML, **shown}, document("InitiateMultipartUploadResult", *parts))


def _folder(call: Call) -> Path:
    return call.uploads.folder(call.query["uploadId"], call.bucket, call.key)


async def _upload_part(call: Call) -> Reply:
    folder, number = _folder(call), _integer(call.query["partNumber"])
    if "x-amz-copy-source" in call.headers:
        source = _source(call)
        start, length = byte_range(call.headers.get("x-amz-copy-source-range"), source.size) or (0, source.size)
        staged, body, checksums = await _copied(call, source, start, length)
        part = call.uploads.add(folder, number, staged, body.md5, checksums)
        return Reply(200, dict(_XML), _copy_result("CopyPartResult", part.etag, part.modified))
    checksums = await call.sync()
    assert call.staged is not None
    if call.incoming.size > LARGEST_PART:
        raise ValidationError("Your proposed upload exceeds the maximum allowed size", code="EntityTooLarge")
    part = call.uploads.add(_folder(call), number, call.staged, call.incoming.md5, checksums)
    return Reply(200, {"ETag": f'"{part.etag}"', **{PREFIX + k: v for k, v in checksums.items()}})


async def _list_parts(call: Call) -> Reply:
    parts = call.uploads.parts(_folder(call))
    size = min(_integer(call.query.get("max-parts", "1000")), 1000)
    after = _integer(call.query.get("part-number-marker", "0"))
    page = [part for part in parts if part.number > after]
    fields = [
        leaf("Bucket", call.bucket),
        leaf("Key", call.key),
        leaf("UploadId", call.query["uploadId"]),
        leaf("PartNumberMarker", after),
        leaf("NextPartNumberMarker", page[:size][-1].number if page[:size] else 0),
        leaf("MaxParts", size),
        leaf("IsTruncated", "true" if len(page) > size else "false"),
    ]
    fields.extend(
        branch(
            "Part",
            leaf("PartNumber", part.number),
            leaf("LastModified", timestamp(part.modified)),
            leaf("ETag", f'"{part.etag}"'),
            leaf("Size", part.size),
            *(leaf(f"Checksum{name.upper()}", value) for name, value in part.checksums.items()),
        )
        for part in page[:size]
    )
    return Reply(200, dict(_XML), document("ListPartsResult", *fields, leaf("StorageClass", "STANDARD")))


async def _complete_upload(call: Call) -> Reply:
    await call.sync()
    folder = _folder(call)
    wanted = [
        Wanted(
            _integer(text(part, "PartNumber")),
            text(part, "ETag"),
            {
                each.tag.removeprefix("Checksum").lower(): each.text or ""
                for each in part
                if each.tag.startswith("Checksum")
            },
        )
        for part in parse(call.document(), "CompleteMultipartUpload").findall("Part")
    ]
    chosen = call.uploads.choose(folder, wanted)
    began = call.uploads.headers(folder)
    algorithm = began.get(f"{PREFIX}algorithm", "").lower() or None
    kind = call.headers.get(f"{PREFIX}type", began.get(f"{PREFIX}type"))
    if algorithm == "crc64nvme":  # as with S3, never of the parts' checksums
        kind = "FULL_OBJECT"
    promised = call.headers.get(f"{PREFIX}{algorithm}")
    call.uploads.begin_completion(folder)
    try:
        call.file, call.staged = call.objects.new_staged()
        sums = await asyncio.to_thread(completion_checksums, folder, chosen, call.file, algorithm, kind, promised)
        _check_target(call)
        stored = call.uploads.finish(folder, call.bucket, call.key, call.staged, chosen, sums)
    finally:
        call.uploads.end_completion(folder)
    fields = [leaf("Bucket", call.bucket), leaf("Key", call.key), leaf("ETag", f'"{stored.etag}"')]
    for name, value in sums.items():
        word = name.removeprefix(PREFIX)
        fields.append(leaf("ChecksumType" if word == "type" else f"Checksum{word.upper()}", value))
    return Reply(200, dict(_XML), document("CompleteMultipartUploadResult", *fields))


async def _abort_upload(call: Call) -> Reply:
    call.uploads.abort(_folder(call))
    return Reply(204)


def _integer(value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise ValidationError(f"{value!r} is not a number", code="InvalidArgument")
    return int(value)


# Method, queries it must have, queries it may have, what does it.
_PAGING = frozenset({"prefix", "delimiter", "max-keys", "encoding-type"})
_NONE: frozenset[str] = frozenset()
_UPLOAD = frozenset({"uploadId"})
_Row = tuple[str, "frozenset[str]", "frozenset[str]", "_Answer"]
_SERVICE: tuple[_Row, ...] = (("GET", _NONE, _NONE, _list_buckets),)
_BUCKET: tuple[_Row, ...] = (
    ("PUT", _NONE, _NONE, _create_bucket),
    ("HEAD", _NONE, _NONE, _head_bucket),
    ("DELETE", _NONE, _NONE, _delete_bucket),
    ("GET", frozenset({"location"}), _NONE, _locate_bucket),
    ("GET", frozenset({"list-type"}), _PAGING | {"start-after", "continuation-token", "fetch-owner"}, _list_objects),
    ("GET", _NONE, _PAGING | {"marker"}, _list_objects),
    ("POST", frozenset({"delete"}), _NONE, _delete_objects),
)
_OBJECT: tuple[_Row, ...] = (
    ("PUT", frozenset({"partNumber", "uploadId"}), _NONE, _upload_part),
    ("PUT", _NONE, _NONE, _put_object),
    ("GET", _UPLOAD, frozenset({"max-parts", "part-number-marker"}), _list_parts),
    ("GET", frozenset({"tagging"}), _NONE, _get_tags),
    ("GET", _NONE, _NONE, _get_object),
    ("HEAD", _NONE, _NONE, _get_object),
    ("DELETE", _UPLOAD, _NONE, _abort_upload),
    ("DELETE", _NONE, _NONE, _delete_object),
    ("POST", frozenset({"uploads"}), _NONE, _create_upload),
    ("POST", _UPLOAD, _NONE, _complete_upload),
)
