"""What arrives as the body of an S3 request: decoded, checked and written to a file as it comes, never kept whole."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import zlib
from typing import IO, TYPE_CHECKING, Protocol

from jupyter_sm_ext.errors import AccessDeniedError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX = "x-amz-checksum-"
_LINE_BYTES = 4096
_HEX64 = re.compile(r"[0-9a-f]{64}")
_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


class Digest(Protocol):
    """What hashlib's objects have in common with a CRC."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""

    def digest(self) -> bytes:
        """Give the value of all bytes so far."""


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def new_digest(algorithm: str) -> Digest:
    """Make a running checksum by S3's name of it, in either case.

    Raises
    ------
    ValidationError
        The engine cannot compute this one, so it does not take it either (code NotImplemented).
    """
    name = algorithm.lower()
    if name == "crc32":
        return _Crc32()
    if name in ("sha1", "sha256"):
        return hashlib.new(name, usedforsecurity=False)
    if name in ("crc32c", "crc64nvme"):
        # Here and not above: it takes numpy, and boto3's own default is CRC32.
        from jupyter_sm_ext.engine.s3.crc import Crc

        return Crc(name)
    raise ValidationError(
        f"The local engine cannot check {algorithm.upper()}; it takes CRC32, CRC32C, CRC64NVME, SHA1 and SHA256.",
        code="NotImplemented",
    )


class ChunkChain:
    """The chain of signatures of a signed, chunked body.

    Parameters
    ----------
    authorization : str
        The request's Authorization header: its signature is the first link.
    date : str
        The request's X-Amz-Date.
    secret : str
        The secret access key.
    """

    def __init__(self, authorization: str, date: str, secret: str) -> None:
        found = re.search(
            r"Credential=[^/]+/([^/]+)/([^/]+)/([^/]+)/aws4_request.*Signature=([0-9a-f]{64})", authorization
        )
        if found is None:
            raise AccessDeniedError("A signed chunked body needs an Authorization header.", code="AccessDenied")
        day, region, service, self._previous = found.groups()
        self._date, self._scope = date, f"{day}/{region}/{service}/aws4_request"
        self._key = f"AWS4{secret}".encode()
        for part in (day, region, service, "aws4_request"):
            self._key = hmac.digest(self._key, part.encode(), "sha256")

    def check(self, kind: str, digest: str, signature: str) -> None:
        """Check one link; `kind` is PAYLOAD or TRAILER, `digest` the SHA-256 of what it signs.

        Raises
        ------
        AccessDeniedError
            The signature does not fit.
        """
        empty = f"{_EMPTY_SHA256}\n" if kind == "PAYLOAD" else ""
        text = f"AWS4-HMAC-SHA256-{kind}\n{self._date}\n{self._scope}\n{self._previous}\n{empty}{digest}"
        expected = hmac.new(self._key, text.encode(), "sha256").hexdigest()
        if not hmac.compare_digest(expected, signature):
            raise AccessDeniedError(
                "The request signature we calculated does not match the signature you provided.",
                code="SignatureDoesNotMatch",
            )
        self._previous = expected


class Body:
    """Takes a body in pieces and writes its content to a file.

    Parameters
    ----------
    file : IO[bytes]
        Where the content goes.
    headers : mapping
        Of the request, lower case.
    secret : str
        The secret access key, for chunks that are signed.
    more : iterable of str, optional
        Checksums to compute besides those the client sent.
    limit : int, optional
        Most bytes of content.

    Raises
    ------
    ValidationError
        A header makes no sense, or names a checksum the engine cannot compute.
    """

    def __init__(
        self,
        file: IO[bytes],
        headers: Mapping[str, str],
        secret: str,
        *,
        more: Iterable[str] = (),
        limit: int | None = None,
    ) -> None:
        self._file, self._headers, self._limit = file, headers, limit
        self.size = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        content = headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        self._payload = hashlib.sha256() if _HEX64.fullmatch(content) else None
        trailers = [name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",") if name.strip()]
        given = [name for name in [*headers, *trailers] if name.startswith(PREFIX)]
        names = {name.removeprefix(PREFIX) for name in given} - {"type", "algorithm", "mode"} | set(more)
        self._digests = {name: new_digest(name) for name in sorted(names)}
        self._chunks: _Chunks | None = None
        if content.startswith("STREAMING-"):
            signed = content.startswith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
            if not signed and content != "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
                raise ValidationError(f"The local engine does not take {content}.", code="NotImplemented")
            chain = (
                ChunkChain(headers.get("authorization", ""), headers.get("x-amz-date", ""), secret) if signed else None
            )
            self._chunks = _Chunks(self._take, chain)

    @property
    def md5(self) -> str:
        """MD5 of the content, in hex."""
        return self._md5.hexdigest()

    def write(self, data: bytes) -> None:
        """Take the next piece, as it came over the wire.

        Raises
        ------
        ValidationError
            Chunks that are none, or too much content.
        AccessDeniedError
            A chunk's signature does not fit.
        """
        if self._chunks is None:
            self._take(data)
        else:
            self._chunks.write(data)

    def _take(self, data: bytes) -> None:
        self.size += len(data)
        if self._limit is not None and self.size > self._limit:
            raise ValidationError("Your proposed upload exceeds the maximum allowed size", code="EntityTooLarge")
        self._md5.update(data)
        if self._payload is not None:
            self._payload.update(data)
        for digest in self._digests.values():
            digest.update(data)
        self._file.write(data)

    def close(self) -> dict[str, str]:
        """Check all that was promised of the whole body.

        Returns
        -------
        dict
            Name (as in crc32) and base64 value of each checksum.

        Raises
        ------
        ValidationError
            It is not what its headers say (code BadDigest, IncompleteBody...).
        """
        trailers: Mapping[str, str] = {}
        if self._chunks is not None:
            trailers = self._chunks.close()
            if int(self._headers.get("x-amz-decoded-content-length", self.size)) != self.size:
                raise ValidationError("The body is not as long as its headers say.", code="IncompleteBody")
        if self._payload is not None and self._payload.hexdigest() != self._headers["x-amz-content-sha256"]:
            raise ValidationError(
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                code="XAmzContentSHA256Mismatch",
            )
        wanted = self._headers.get("content-md5")
        if wanted is not None and _decoded(wanted, 16) != self._md5.digest():
            raise ValidationError("The Content-MD5 you specified did not match what we received.", code="BadDigest")
        checksums = {}
        for name, digest in self._digests.items():
            value = digest.digest()
            promised = trailers.get(PREFIX + name, self._headers.get(PREFIX + name))
            if promised is not None and _decoded(promised, len(value)) != value:
                raise ValidationError(
                    f"The {name.upper()} you specified did not match the calculated checksum.", code="BadDigest"
                )
            checksums[name] = base64.b64encode(value).decode()
        return checksums


class _Chunks:
    """Decoder of ``Content-Encoding: aws-chunked``."""

    def __init__(self, take: _Take, chain: ChunkChain | None) -> None:
        self._take, self._chain = take, chain
        self._buffer = bytearray()
        self._left = -1  # bytes of this chunk still to come; -1 = its header, -2 = trailers, -3 = all is here
        self._signature = ""
        self._hash = hashlib.sha256()
        self._trailers: list[tuple[str, str]] = []

    def write(self, data: bytes) -> None:
        self._buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        """Use up one header, piece or line; False if more bytes are needed."""
        if self._left > 0:
            piece = bytes(self._buffer[: self._left])
            del self._buffer[: self._left]
            self._left -= len(piece)
            if self._chain is not None:
                self._hash.update(piece)
            self._take(piece)
            if self._left == 0:
                self._check_chunk()
            return bool(piece)
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > _LINE_BYTES:
                raise _malformed()
            return False
        line = self._buffer[:end].decode("latin-1")
        del self._buffer[: end + 2]
        if self._left == 0:  # the end of a chunk's line
            if line:
                raise _malformed()
            self._left = -1
        elif self._left == -1:
            self._header(line)
        elif self._left == -2:
            self._trailer(line)
        elif line:
            raise _malformed()
        return True

    def _header(self, line: str) -> None:
        size, _, extension = line.partition(";")
        try:
            self._left = int(size, 16)
        except ValueError:
            raise _malformed() from None
        if self._left < 0:
            raise _malformed()
        self._signature = extension.partition("chunk-signature=")[2]
        if self._left == 0:
            self._check_chunk()
            self._left = -2

    def _check_chunk(self) -> None:
        if self._chain is not None:
            self._chain.check("PAYLOAD", self._hash.hexdigest(), self._signature)
            self._hash = hashlib.sha256()

    def _trailer(self, line: str) -> None:
        if not line:
            self._left = -3
            return
        name, _, value = line.partition(":")
        self._trailers.append((name.strip().lower(), value.strip()))

    def close(self) -> dict[str, str]:
        # Some clients leave out the empty line after the last chunk when there are no trailers.
        if self._left not in (-2, -3) or self._buffer:
            raise ValidationError("You did not provide the number of bytes the body promised.", code="IncompleteBody")
        trailers = dict(self._trailers)
        signature = trailers.pop("x-amz-trailer-signature", None)
        if self._chain is not None and trailers:
            text = "".join(f"{name}:{value}\n" for name, value in trailers.items())
            self._chain.check("TRAILER", hashlib.sha256(text.encode("latin-1")).hexdigest(), signature or "")
        return trailers


class _Take(Protocol):
    def __call__(self, data: bytes, /) -> None: ...


def _malformed() -> ValidationError:
    return ValidationError("The body is not made of aws-chunked chunks.", code="InvalidRequest")


def _decoded(value: str, size: int) -> bytes:
    try:
        found = base64.b64decode(value, validate=True)
    except binascii.Error:
        found = b""
    if len(found) != size:
        raise ValidationError("The digest you specified is not valid.", code="InvalidDigest")
    return found
