"""A part of a channel's data, for a trial: files from every folder, and the first rows of those that have rows."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.failures.denials import object_arn
from jupyter_sm_ext.launching.files import collect, count_text

MOST_FILES = 20
MOST_ROWS = 1_000
_MOST_BYTES = 50_000_000  # of a file that is taken as a whole
_MOST_ROW_BYTES = 4_000_000  # read of one that has rows
_MOST_KEYS = 5_000  # looked at below an s3:// prefix
_ROWS = {".csv", ".tsv", ".jsonl", ".ndjson", ".txt", ".libsvm", ".svm"}


@dataclass(frozen=True)
class Sample:
    """A part of a channel's data.

    Parameters
    ----------
    folder : Path
        Where it is.
    line : str
        What it is, for the user.
    """

    folder: Path
    line: str


def sample(connection: Connection, channel: str, location: str, folder: Path) -> Sample:
    """Put a small part of a channel's data into a folder.

    Parameters
    ----------
    connection : Connection
        Where ``s3://`` data is.
    channel, location : str
        As of ``--data``.
    folder : Path
        An empty one.

    Raises
    ------
    ValidationError
        There is nothing that can be taken.
    SageMakerError
        S3 refuses it, or cannot be reached.
    """
    taken, total = (_from_s3 if "://" in location else _from_here)(connection, channel, location, folder)
    if not taken:
        raise ValidationError(
            f"--local: {location} has no file that a trial could take: at most {MOST_FILES} of up to 50 MB",
            hint=f"Leave out --local, or give it a smaller --data {channel}.",
        )
    return Sample(folder, f"--data {channel}: {len(taken)} of {count_text(total)}, at most {MOST_ROWS:,} rows of each")


def chosen(names: Iterable[str], most: int = MOST_FILES) -> list[str]:
    """So many names, of each folder as many as of any other: folders are often classes."""
    by_folder: dict[str, list[str]] = {}
    for name in sorted(names):
        by_folder.setdefault(str(PurePosixPath(name).parent), []).append(name)
    turns = chain(*zip_longest(*by_folder.values()))
    return [name for name in turns if name is not None][:most]


def _from_here(_: Connection, channel: str, location: str, folder: Path) -> tuple[list[str], int]:
    files = collect(Path(location).expanduser(), f"--data {channel}", anything=True).files
    taken = []
    for name in chosen(name for name, path in files.items() if _fits(name, path.stat().st_size)):
        target = _target(folder, name)
        if _has_rows(name):
            with files[name].open("rb") as file:
                target.write_bytes(_rows(file.read(_MOST_ROW_BYTES)))
        else:
            shutil.copyfile(files[name], target)
        taken.append(name)
    return taken, len(files)


def _from_s3(connection: Connection, channel: str, location: str, folder: Path) -> tuple[list[str], int]:
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    sizes = connection.renewing(
        lambda: _below(connection.client("s3"), bucket, prefix),
        "ListObjectsV2",
        object_arn(connection.partition, bucket),
    )
    if not sizes:
        raise ValidationError(f"--data {channel}: there is nothing at {location}")
    # As SageMaker does: what stands behind the last slash of the prefix is the name.
    names = {key[prefix.rfind("/") + 1 :].lstrip("/"): key for key in sizes}
    taken = []
    for name in chosen(name for name, key in names.items() if _fits(name, sizes[key])):
        key, span = names[name], {}
        if _has_rows(name) and sizes[key] > _MOST_ROW_BYTES:
            span = {"Range": f"bytes=0-{_MOST_ROW_BYTES - 1}"}
        wanted = {"Bucket": bucket, "Key": key, **span}

        def read(wanted: dict[str, Any] = wanted) -> bytes:
            body: bytes = connection.client("s3").get_object(**wanted)["Body"].read()
            return body

        body = connection.renewing(read, "GetObject", object_arn(connection.partition, bucket, key))
        _target(folder, name).write_bytes(_rows(body) if _has_rows(name) else body)
        taken.append(name)
    return taken, len(sizes)


def _below(client: Any, bucket: str, prefix: str) -> Mapping[str, int]:
    sizes: dict[str, int] = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        sizes |= {one["Key"]: one["Size"] for one in page.get("Contents", ()) if not one["Key"].endswith("/")}
        if len(sizes) >= _MOST_KEYS:
            break
    return sizes


def _target(folder: Path, name: str) -> Path:
    target = folder.joinpath(*name.split("/"))
    if ".." in name.split("/"):
        raise ValidationError(f"--local: {name!r} is not below its prefix")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _fits(name: str, size: int) -> bool:
    return _has_rows(name) or size <= _MOST_BYTES


def _has_rows(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _ROWS


def _rows(body: bytes) -> bytes:
    rows = body.splitlines(keepends=True)
    if len(body) >= _MOST_ROW_BYTES and len(rows) > 1:
        rows.pop()  # cut in the middle
    return b"".join(rows[: MOST_ROWS + 1])  # and one, as the first may be a header
