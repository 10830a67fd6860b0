"""What a job needs in S3, put there: once, where the name tells the contents."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import AccessDeniedError, NotFoundError, ValidationError
from jupyter_sm_ext.failures.denials import object_arn

_AT_ONCE = 8


@dataclass(frozen=True)
class Stamp:
    """By what a change of a file is seen.

    Parameters
    ----------
    size, changed : int
        Bytes, and nanoseconds since 1970.
    """

    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """That of a file now."""
        about = path.stat()
        return cls(about.st_size, about.st_mtime_ns)


@dataclass(frozen=True)
class Upload:
    """One object that a job needs.

    Parameters
    ----------
    bucket, key : str
        Where it goes.
    body : bytes or Path
        What it is.
    prefix : str
        The part of the key that tells the contents; empty if it does not, so that it is uploaded each time.
    stamp : Stamp, optional
        Of the file when the key was made of its contents.
    """

    bucket: str
    key: str
    body: bytes | Path
    prefix: str = ""
    stamp: Stamp | None = None


@dataclass(frozen=True)
class Sent:
    """What was done.

    Parameters
    ----------
    sent, there : int
        Objects that were uploaded, and that were there already.
    """

    sent: int
    there: int


def send(connection: Connection, uploads: Sequence[Upload]) -> Sent:
    """Upload what is not there yet.

    Raises
    ------
    ValidationError
        A file cannot be read, or has changed since its key was made.
    SageMakerError
        S3 refuses it, or cannot be reached.
    """
    every = {(one.bucket, one.key): one for one in uploads}
    try:
        there = _there(connection, uploads)
        todo = [one for one in every.values() if not _is_there(one, there)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda one: _send(connection, one), todo))
    except NotFoundError as error:
        error.hint = f"Make the bucket {connection.bucket}, or choose another: %sm connect ... --bucket NAME"
        raise
    return Sent(len(todo), len(every) - len(todo))


def _send(connection: Connection, upload: Upload) -> None:
    arn = object_arn(connection.partition, upload.bucket, upload.key)
    connection.renewing(lambda: _put(connection.client("s3"), upload), "PutObject", arn)


def _put(client: Any, upload: Upload) -> None:
    if isinstance(upload.body, bytes):
        client.put_object(Bucket=upload.bucket, Key=upload.key, Body=upload.body)
        return
    try:
        _refuse_changed(upload)
        with upload.body.open("rb") as file:
            client.upload_fileobj(file, upload.bucket, upload.key)
        _refuse_changed(upload)
    except OSError as error:
        raise ValidationError(f"--data: {error.filename}: {error.strerror}") from error
    except ValidationError:
        # Under this name nobody may find other contents, not even half of them.
        client.delete_object(Bucket=upload.bucket, Key=upload.key)
        raise


def _refuse_changed(upload: Upload) -> None:
    if isinstance(upload.body, Path) and upload.stamp is not None and Stamp.of(upload.body) != upload.stamp:
        raise ValidationError(
            f"--data: {upload.body} has changed while it was being uploaded", hint="Start again when it is complete."
        )


def _there(connection: Connection, uploads: Sequence[Upload]) -> dict[tuple[str, str], int]:
    """Sizes of the objects that are below the prefixes already: an upload may have been broken off half-way."""
    found: dict[tuple[str, str], int] = {}
    for bucket, prefix in sorted({(one.bucket, one.prefix) for one in uploads if one.prefix}):
        arn = object_arn(connection.partition, bucket)
        with suppress(AccessDeniedError):  # who may not list may still write
            sizes = connection.renewing(partial(_sizes, connection, bucket, prefix), "ListObjectsV2", arn)
            found |= {(bucket, key): size for key, size in sizes.items()}
    return found


def _sizes(connection: Connection, bucket: str, prefix: str) -> dict[str, int]:
    pages = connection.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", ())}


def _is_there(upload: Upload, there: dict[tuple[str, str], int]) -> bool:
    if not upload.prefix or upload.stamp is None:
        return False
    return there.get((upload.bucket, upload.key)) == upload.stamp.size
