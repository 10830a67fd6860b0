"""One S3 request and its reply, as the operations see them."""

from __future__ import annotations

import asyncio
import io
import os
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from jupyter_sm_ext.engine.s3.body import Body
from jupyter_sm_ext.errors import SageMakerError, ValidationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from pathlib import Path

    from jupyter_sm_ext.engine.s3.multipart import Uploads
    from jupyter_sm_ext.engine.s3.objects import Objects

_PIECE = 256 * 1024
_DOCUMENT_BYTES = 4 * 1024 * 1024
_OBJECT_BYTES = 5 * 1024**4


@dataclass
class Service:
    """What all requests share.

    Parameters
    ----------
    objects : Objects
        Where everything is kept.
    uploads : Uploads
        Those that are not complete.
    region, account : str
        Told to clients that ask.
    secret : str
        The secret access key, to check the chunks of signed streams.
    """

    objects: Objects
    uploads: Uploads
    region: str
    account: str
    secret: str


@dataclass
class Reply:
    """What goes back: a small body, or a stretch of an open file."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: IO[bytes] | None = None
    length: int = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the body in pieces; a file is read in a thread."""
        if self.body:
            yield self.body
        left = self.length
        while self.file is not None and left > 0:
            piece = await asyncio.to_thread(self.file.read, min(_PIECE, left))
            if not piece:
                raise EOFError("the file became shorter while it was sent")
            left -= len(piece)
            yield piece


class Call:
    """One request: its parts, and the file its body goes to."""

    def __init__(self, service: Service, method: str, target: str, headers: Mapping[str, str]) -> None:
        self.service, self.method = service, method
        self.objects, self.uploads = service.objects, service.uploads
        self.headers = {name.lower(): value.strip() for name, value in headers.items()}
        path, _, query = target.partition("?")
        try:
            self.bucket, _, self.key = unquote(path[1:], errors="strict").partition("/")
            self.query = dict(parse_qsl(query, keep_blank_values=True, errors="strict"))
        except UnicodeDecodeError:
            raise ValidationError("Couldn't parse the specified URI.", code="InvalidURI") from None
        self.file: IO[bytes] = io.BytesIO()
        self.staged: Path | None = None
        if method == "PUT" and self.key and "x-amz-copy-source" not in self.headers:
            self.file, self.staged = self.objects.new_staged()
        try:
            self.incoming = Body(
                self.file,
                self.headers,
                service.secret,
                more=_asked_checksums(self.headers),
                limit=_DOCUMENT_BYTES if self.staged is None else _OBJECT_BYTES,
            )
        except SageMakerError:
            self.clear()
            raise

    def document(self) -> bytes:
        """Body of a request that is no object."""
        assert isinstance(self.file, io.BytesIO)
        return self.file.getvalue()

    async def sync(self) -> dict[str, str]:
        """Check the body and bring it to the disk; gives its checksums."""
        checksums = self.incoming.close()
        if self.staged is not None:
            await asyncio.to_thread(_sync_and_close, self.file)
        return checksums

    def clear(self) -> None:
        """Remove what was not moved to its place."""
        self.file.close()
        if self.staged is not None:
            self.staged.unlink(missing_ok=True)


def _sync_and_close(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def copy_synced(source: Path, target: IO[bytes], start: int, length: int, body: Body) -> None:
    """Copy a stretch of a file through the checks of a body; blocking, for a thread."""
    with source.open("rb") as file:
        file.seek(start)
        left = length
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            body.write(piece)
            left -= len(piece)
    if left:
        raise EOFError(f"{source} became shorter while it was copied")
    _sync_and_close(target)


def _asked_checksums(headers: Mapping[str, str]) -> Iterable[str]:
    """Checksums a client names without giving a value: they are computed and kept."""
    return [headers[name] for name in ("x-amz-sdk-checksum-algorithm", "x-amz-checksum-algorithm") if name in headers]
