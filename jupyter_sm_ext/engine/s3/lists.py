"""ListBuckets, ListObjects and ListObjectsV2."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import quote

from jupyter_sm_ext.engine.s3.xml import branch, document, leaf, timestamp
from jupyter_sm_ext.errors import NotFoundError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_sm_ext.engine.s3.objects import Objects, Stored
    from jupyter_sm_ext.engine.s3.walk import Walk

_PAGE = 1000


def list_buckets(objects: Objects, owner: str) -> bytes:
    """Answer ListBuckets."""
    rows = (
        branch("Bucket", leaf("Name", name), leaf("CreationDate", timestamp(created)))
        for name, created in objects.buckets()
    )
    return document("ListAllMyBucketsResult", _owner(owner), branch("Buckets", *rows))


def list_objects(objects: Objects, bucket: str, query: Mapping[str, str], owner: str) -> bytes:
    """Answer ListObjectsV2, or ListObjects where the query does not say ``list-type=2``.

    Raises
    ------
    NotFoundError
        There is no such bucket.
    ValidationError
        A parameter makes no sense.
    """
    second = query.get("list-type") == "2"
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    size = _page_size(query.get("max-keys"))
    token = query.get("continuation-token")
    after = _unpack(token) if token is not None else query.get("start-after" if second else "marker", "")
    encode = _encoder(query.get("encoding-type"))
    contents, groups, following = _page(objects, bucket, prefix, delimiter, after, size)
    fields = [
        leaf("Name", bucket),
        leaf("Prefix", encode(prefix)),
        leaf("MaxKeys", size),
        leaf("IsTruncated", "false" if following is None else "true"),
    ]
    if delimiter:
        fields.append(leaf("Delimiter", encode(delimiter)))
    if "encoding-type" in query:
        fields.append(leaf("EncodingType", "url"))
    if second:
        fields.append(leaf("KeyCount", len(contents) + len(groups)))
        if "start-after" in query:
            fields.append(leaf("StartAfter", encode(query["start-after"])))
        if token is not None:
            fields.append(leaf("ContinuationToken", token))
        if following is not None:
            fields.append(leaf("NextContinuationToken", _pack(following)))
    else:
        fields.append(leaf("Marker", encode(query.get("marker", ""))))
        if following is not None:
            fields.append(leaf("NextMarker", encode(following)))
    named = _owner(owner) if not second or query.get("fetch-owner") == "true" else ""
    for found in contents:
        fields.append(
            branch(
                "Contents",
                leaf("Key", encode(found.key)),
                leaf("LastModified", timestamp(found.modified)),
                leaf("ETag", f'"{found.etag}"'),
                leaf("Size", found.size),
                named,
                leaf("StorageClass", "STANDARD"),
            )
        )
    fields.extend(branch("CommonPrefixes", leaf("Prefix", encode(group))) for group in groups)
    return document("ListBucketResult", *fields)


def _page(
    objects: Objects, bucket: str, prefix: str, delimiter: str, after: str, size: int
) -> tuple[list[Stored], list[str], str | None]:
    """One page: objects, groups, and the last of them if there is more."""
    contents: list[Stored] = []
    groups: list[str] = []
    walks: list[Walk] = []
    group, last = "", ""
    for key in objects.keys(bucket, prefix, after, on_walk=walks.append):
        if group and key.startswith(group):
            continue
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        group = key[: cut + len(delimiter)] if cut >= 0 else ""
        if group:
            walks[0].skip(group)
            if group == after:  # the previous page ended with it
                continue
        if len(contents) + len(groups) == size:
            return contents, groups, last or None
        if group:
            groups.append(group)
            last = group
            continue
        try:
            contents.append(objects.head(bucket, key))
        except (NotFoundError, ValidationError):  # gone meanwhile, or a link that leaves the bucket
            continue
        last = key
    return contents, groups, None


def _page_size(given: str | None) -> int:
    try:
        size = _PAGE if given is None else int(given)
    except ValueError:
        size = -1
    if size < 0:
        raise ValidationError("Argument max-keys must be an integer between 0 and 2147483647", code="InvalidArgument")
    return min(size, _PAGE)


def _encoder(kind: str | None) -> _Encode:
    if kind is None:
        return str
    if kind != "url":
        raise ValidationError("Invalid Encoding Method specified in Request", code="InvalidArgument")
    return _quoted


def _quoted(value: str) -> str:
    return quote(value, safe="/")


def _pack(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _unpack(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ValidationError("The continuation token provided is incorrect", code="InvalidArgument") from None


def _owner(owner: str) -> str:
    return branch("Owner", leaf("ID", owner), leaf("DisplayName", "local"))


if TYPE_CHECKING:
    from collections.abc import Callable

    _Encode = Callable[[str], str]
