"""Models as files: one that a job stored, fetched; and one of this machine, packed as SageMaker takes it."""

from __future__ import annotations

import os
import re
import tarfile
from pathlib import Path
from typing import Any

from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.failures.denials import object_arn
from jupyter_sm_ext.launching.files import collect

ARCHIVE = "model.tar.gz"
_PACKED = (".tar.gz", ".tgz")
_OPTION = "the model"
_BAD_REQUEST = "400"


def download_model(connection: Connection, uri: str | None, path: str | os.PathLike[str], whose: str) -> Path:
    """Download what a job has made.

    Parameters
    ----------
    connection : Connection
        Where it is.
    uri : str or None
        Where on S3; None if there is none.
    path : path
        The file to write, or a folder to put it into.
    whose : str
        For the message.

    Raises
    ------
    NotFoundError
        There is none.
    SageMakerError
        It cannot be read.
    """
    found = re.fullmatch(r"s3://([^/]+)/(.+)", uri or "")
    if found is None:
        raise NotFoundError(f"{whose} has made no model (yet)")
    target = Path(path).expanduser()
    if target.is_dir() or not target.suffix:
        target = target / found[2].rsplit("/", 1)[-1]
    target.parent.mkdir(parents=True, exist_ok=True)
    bucket, key = found[1], found[2]
    arn = object_arn(connection.partition, bucket, key)
    connection.renewing(lambda: _fetch(connection.client("s3"), bucket, key, target), "GetObject", arn)
    return target


def _fetch(client: Any, bucket: str, key: str, target: Path) -> None:
    from botocore.exceptions import ClientError

    try:
        client.download_file(bucket, key, str(target))
    except ClientError as error:
        if error.response["Error"]["Code"] == _BAD_REQUEST:
            # That is all a HEAD is answered when the keys have expired; a GET is told why.
            client.get_object(Bucket=bucket, Key=key)["Body"].close()
        raise


def packed_model(path: Path, folder: Path) -> Path:
    """A model of this machine as a ``model.tar.gz``.

    Parameters
    ----------
    path : Path
        A file, a folder, or an archive, which is taken as it is.
    folder : Path
        Where the archive is made, if it has to be.

    Raises
    ------
    ValidationError
        There is no such file, nothing in it, or it cannot be read.
    """
    if path.name.endswith(_PACKED) and path.is_file():
        return path
    # What is secret or of no use is left out, as from every archive that leaves this machine.
    found = collect(path, _OPTION, anything=True)
    made = folder / ARCHIVE
    try:
        with tarfile.open(made, "w:gz", compresslevel=6) as archive:
            for name, file in found.files.items():
                archive.add(file, name, recursive=False)
    except OSError as error:
        raise ValidationError(f"{_OPTION}: {error.filename or path}: {error.strerror}") from error
    return made
