"""What a job has stored on S3: its own objects, listed and read, and never any other.

A training job stores below its S3OutputPath in a folder of its name. A compilation job stores one object into a folder
that others may share, so that object alone is its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict
from urllib.parse import quote, urlencode

from jupyter_sm_ext.checks.account_quotas import console_of
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import NotFoundError, ValidationError, translated
from jupyter_sm_ext.failures.denials import object_arn

MOST = 1000
"""So many objects are listed: one page of S3."""
CHUNK = 1 << 20
"""So many bytes of an object are in memory at a time."""

_URI = re.compile(r"s3://([^/]+)(?:/(.*))?", re.DOTALL)


class Artifact(TypedDict):
    """One object: ``path`` is what it is asked for by, ``uri`` where it is, ``modified`` epoch seconds."""

    path: str
    uri: str
    size: int
    modified: float


class Artifacts(TypedDict):
    """The objects of a job; ``more``: there are others; ``link``: their page in the console, if there is one."""

    uri: str | None
    artifacts: list[Artifact]
    more: bool
    link: str | None


@dataclass(frozen=True)
class Content:
    """An object that is read; close it in the end.

    Parameters
    ----------
    name : str
        For the file that is made of it.
    size : int
        Bytes.
    body : object
        botocore's stream of it.
    """

    name: str
    size: int
    body: Any

    def read(self) -> bytes:
        """The next of its bytes, at most `CHUNK` of them; none at its end.

        Raises
        ------
        SageMakerError
            They cannot be read.
        """
        with translated("GetObject"):
            chunk: bytes = self.body.read(CHUNK)
        return chunk

    def close(self) -> None:
        """Leave the rest of it."""
        self.body.close()


@dataclass(frozen=True)
class _Place:
    """Where a job's objects are: below a prefix that ends with a slash, or the one with that key."""

    bucket: str
    prefix: str
    one: str | None = None

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}{self.one or ''}"

    def key(self, path: str) -> str:
        """Key of the object with this path.

        Raises
        ------
        NotFoundError
            A job can have no such object.
        """
        # S3 takes such names as they are, but no job makes them, and a file system behind S3 may not.
        if {"", ".", ".."} & set(path.split("/")) or (self.one is not None and path != self.one):
            raise NotFoundError(f"{path!r} is not among what the job stored")
        return self.prefix + path


def artifacts(connection: Connection, kind: str, described: Mapping[str, Any]) -> Artifacts:
    """List what a job has stored.

    Parameters
    ----------
    connection : Connection
        Where the job is.
    kind : str
        Of the job.
    described : mapping
        Its Describe response.

    Raises
    ------
    SageMakerError
        Its objects cannot be listed.
    """
    place = _place(kind, described)
    if place is None:
        return Artifacts(uri=None, artifacts=[], more=False, link=None)
    # The key of a single object is the prefix of others, which come after it.
    page = connection.renewing(
        lambda: connection.client("s3").list_objects_v2(
            Bucket=place.bucket, Prefix=place.prefix + (place.one or ""), MaxKeys=1 if place.one else MOST
        ),
        "ListObjectsV2",
        object_arn(connection.partition, place.bucket),
    )
    found = [
        Artifact(
            path=each["Key"][len(place.prefix) :],
            uri=f"s3://{place.bucket}/{each['Key']}",
            size=each["Size"],
            modified=each["LastModified"].timestamp(),
        )
        for each in page.get("Contents", ())
        if not each["Key"].endswith("/") and (place.one is None or each["Key"] == place.prefix + place.one)
    ]
    more = bool(page.get("IsTruncated")) and place.one is None
    return Artifacts(uri=place.uri, artifacts=found, more=more, link=_link(connection, place))


def open_artifact(connection: Connection, kind: str, described: Mapping[str, Any], path: str) -> Content:
    """Begin to read an object of a job.

    Parameters
    ----------
    connection, kind, described
        As in `artifacts`.
    path : str
        As the list has it.

    Raises
    ------
    NotFoundError
        It is not there, or not the job's.
    SageMakerError
        It cannot be read.
    """
    place = _place(kind, described)
    if place is None:
        raise NotFoundError("the job has stored nothing")
    key = place.key(path)
    answer = connection.renewing(
        lambda: connection.client("s3").get_object(Bucket=place.bucket, Key=key),
        "GetObject",
        object_arn(connection.partition, place.bucket, key),
    )
    return Content(key.rpartition("/")[2], answer["ContentLength"], answer["Body"])


def _place(kind: str, described: Mapping[str, Any]) -> _Place | None:
    """Where a job's own objects are; None if it has none."""
    if kind == "training-jobs":
        path = (described.get("OutputDataConfig") or {}).get("S3OutputPath")
        if not path:
            return None
        bucket, prefix = _parts(path)
        above = prefix.rstrip("/")
        return _Place(
            bucket, f"{above}/{described['TrainingJobName']}/" if above else f"{described['TrainingJobName']}/"
        )
    if kind == "compilation-jobs":
        uri = (described.get("ModelArtifacts") or {}).get("S3ModelArtifacts")
        if not uri:
            return None
        bucket, key = _parts(uri)
        folder, _, name = key.rpartition("/")
        return _Place(bucket, f"{folder}/" if folder else "", name) if name else None
    raise ValidationError(f"a {kind.removesuffix('s').replace('-', ' ')} stores nothing of its own")


def _parts(uri: str) -> tuple[str, str]:
    found = _URI.fullmatch(uri)
    if found is None:
        raise ValidationError(f"{uri!r} is no place on S3")
    return found[1], found[2] or ""


def _link(connection: Connection, place: _Place) -> str | None:
    console = console_of(connection)
    if console is None:
        return None
    query = urlencode({"region": connection.region, "prefix": place.prefix}, quote_via=quote)
    return f"{console}/s3/buckets/{place.bucket}?{query}"
