"""Multipart uploads: parts are files in a folder of their own until they become one object."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import shutil
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING

from jupyter_sm_ext.engine.s3.body import PREFIX, new_digest
from jupyter_sm_ext.engine.s3.objects import sync_directory
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from jupyter_sm_ext.engine.s3.objects import Objects, Stored

MOST_PARTS = 10_000
LEAST_PART, LARGEST_PART = 5 * 1024**2, 5 * 1024**3
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
_PIECE = 1024 * 1024


@dataclass(frozen=True)
class Part:
    """One part of an upload: its number, MD5 in hex, bytes, epoch seconds, and base64 checksums by name."""

    number: int
    etag: str
    size: int
    modified: float
    checksums: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """A part as a CompleteMultipartUpload names it."""

    number: int
    etag: str
    checksums: Mapping[str, str]


class Uploads:
    """All uploads that are not complete.

    Parameters
    ----------
    objects : Objects
        Where they end.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._completing: set[str] = set()

    def create(self, bucket: str, key: str, headers: Mapping[str, str]) -> str:
        """Begin an upload and give its id; `headers` are those of the object to be (see `Stored`)."""
        self._objects.path(bucket, key)
        upload_id = secrets.token_hex(16)
        folder = self._objects.uploads / upload_id
        folder.mkdir(parents=True)
        _write_synced(folder / "upload.json", {"bucket": bucket, "key": key, "headers": dict(headers)})
        return upload_id

    def folder(self, upload_id: str, bucket: str, key: str) -> Path:
        """Find an upload.

        Raises
        ------
        NotFoundError
            There is no such upload of this object (code NoSuchUpload).
        """
        folder = self._objects.uploads / upload_id
        if _UPLOAD_ID.fullmatch(upload_id):
            try:
                known = json.loads((folder / "upload.json").read_text())
            except FileNotFoundError:
                known = {}
            if (known.get("bucket"), known.get("key")) == (bucket, key):
                return folder
        raise NotFoundError(
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
            "completed.",
            code="NoSuchUpload",
        )

    def headers(self, folder: Path) -> dict[str, str]:
        """Headers the upload was begun with."""
        headers: dict[str, str] = json.loads((folder / "upload.json").read_text())["headers"]
        return headers

    def add(self, folder: Path, number: int, staged: Path, etag: str, checksums: Mapping[str, str]) -> Part:
        """Keep a complete, synced file as a part; it is moved.

        Raises
        ------
        ValidationError
            The number is not 1 to 10000.
        """
        if not 1 <= number <= MOST_PARTS:
            raise ValidationError(
                "Part number must be an integer between 1 and 10000, inclusive", code="InvalidArgument"
            )
        found = staged.stat()
        part = Part(number, etag, found.st_size, found.st_mtime, dict(checksums))
        # The name holds the ETag, so a part sent twice is two files, and one of them is whole at any instant.
        staged.replace(folder / f"{number:05d}-{etag}.part")
        _write_synced(folder / f"{number:05d}.json", asdict(part))
        return part

    def parts(self, folder: Path) -> list[Part]:
        """Parts so far, by number."""
        return [Part(**json.loads(path.read_text())) for path in sorted(folder.glob("[0-9]*.json"))]

    def abort(self, folder: Path) -> None:
        """Forget an upload and its parts.

        Raises
        ------
        ConflictError
            It is being completed.
        """
        if folder.name in self._completing:
            raise ConflictError("The upload is being completed.", code="OperationAborted")
        shutil.rmtree(folder)

    def choose(self, folder: Path, wanted: Sequence[Wanted]) -> list[Part]:
        """Check the list of parts that are to become the object.

        Raises
        ------
        ValidationError
            A part is missing, out of order, too small, or not what the client says (codes as S3's).
        """
        known = {part.number: part for part in self.parts(folder)}
        chosen: list[Part] = []
        for ask in wanted:
            if chosen and ask.number <= chosen[-1].number:
                raise ValidationError(
                    "The list of parts was not in ascending order. Parts must be ordered by part number.",
                    code="InvalidPartOrder",
                )
            part = known.get(ask.number)
            differs = part is None or ask.etag.strip('"') != part.etag
            if part is None or differs or any(part.checksums.get(k, v) != v for k, v in ask.checksums.items()):
                raise ValidationError(
                    "One or more of the specified parts could not be found. The part may not have been uploaded, or "
                    "the specified entity tag may not match the part's entity tag.",
                    code="InvalidPart",
                )
            chosen.append(part)
        if not chosen:
            raise ValidationError("You must specify at least one part", code="MalformedXML")
        if any(part.size < LEAST_PART for part in chosen[:-1]):
            raise ValidationError(
                "Your proposed upload is smaller than the minimum allowed size", code="EntityTooSmall"
            )
        return chosen

    def begin_completion(self, folder: Path) -> None:
        """Keep others from completing or aborting this upload until `end_completion`.

        Raises
        ------
        ConflictError
            Someone is completing it already.
        """
        if folder.name in self._completing:
            raise ConflictError("The upload is being completed.", code="OperationAborted")
        self._completing.add(folder.name)

    def end_completion(self, folder: Path) -> None:
        """Let go of an upload."""
        self._completing.discard(folder.name)

    def finish(
        self, folder: Path, bucket: str, key: str, joined: Path, chosen: Sequence[Part], checksums: Mapping[str, str]
    ) -> Stored:
        """Turn the joined file into the object and forget the upload."""
        digests = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in chosen), usedforsecurity=False)
        headers = {**self.headers(folder), **checksums}
        headers.pop("x-amz-checksum-algorithm", None)
        stored = self._objects.put(bucket, key, joined, f"{digests.hexdigest()}-{len(chosen)}", headers)
        shutil.rmtree(folder, ignore_errors=True)
        return stored


def join(folder: Path, chosen: Sequence[Part], target: IO[bytes], algorithms: Sequence[str]) -> dict[str, str]:
    """Write the parts one after the other and sync; blocking, for a thread. Gives the checksums of the whole."""
    digests = {name: new_digest(name) for name in algorithms}
    with target:
        for part in chosen:
            with (folder / f"{part.number:05d}-{part.etag}.part").open("rb") as source:
                for piece in _pieces(source):
                    for digest in digests.values():
                        digest.update(piece)
                    target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return {name: base64.b64encode(digest.digest()).decode() for name, digest in digests.items()}


def composite(algorithm: str, chosen: Sequence[Part]) -> str | None:
    """Checksum of the parts' checksums, as S3 gives it; None if a part has none."""
    digest = new_digest(algorithm)
    for part in chosen:
        value = part.checksums.get(algorithm)
        if value is None:
            return None
        digest.update(base64.b64decode(value))
    return f"{base64.b64encode(digest.digest()).decode()}-{len(chosen)}"


def completion_checksums(
    folder: Path,
    chosen: Sequence[Part],
    target: IO[bytes],
    algorithm: str | None,
    kind: str | None,
    promised: str | None,
) -> dict[str, str]:
    """Join the parts and give the object's checksum headers; blocking, for a thread.

    Raises
    ------
    ValidationError
        The whole is not what the client promised (code BadDigest).
    """
    full = algorithm is not None and kind == "FULL_OBJECT"
    values = join(folder, chosen, target, [algorithm] if algorithm and full else [])
    if algorithm is None:
        return {}
    value = values[algorithm] if full else composite(algorithm, chosen)
    if promised is not None and promised.partition("-")[0] != (value or "").partition("-")[0]:
        raise ValidationError(
            f"The {algorithm.upper()} you specified did not match the calculated checksum.", code="BadDigest"
        )
    if value is None:
        return {}
    return {PREFIX + algorithm: value, f"{PREFIX}type": "FULL_OBJECT" if full else "COMPOSITE"}


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(_PIECE):
        yield piece


def _write_synced(path: Path, value: Mapping[str, object]) -> None:
    partial = path.with_suffix(".tmp")
    with partial.open("w") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_directory(path.parent)
