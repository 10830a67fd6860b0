"""Objects of ``s3://bucket/key`` as plain files under one directory.

A key is the path of a file wherever it can be. A key that cannot (a trailing or double slash, ``..``, a name longer
than a file's may be, a key that is a folder for other keys) lives under ``.odd``, named by its hash, so every key S3
takes works and none leaves its root. Jobs write files directly: what is on disk is the truth, and the table only adds
what a file cannot hold (ETag of an upload, content type, user metadata) for as long as size and time still match.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING

from jupyter_sm_ext.engine.s3.walk import Walk, merged
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

_ODD, _STAGING = ".odd", ".staging"
_KEY_BYTES, _NAME_BYTES = 1024, 255
_BUCKET = re.compile(r"(?!xn--)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS buckets (bucket TEXT PRIMARY KEY, created REAL NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS objects (
        bucket TEXT NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, odd INTEGER NOT NULL,
        etag TEXT NOT NULL, headers TEXT NOT NULL, PRIMARY KEY (bucket, key, size, mtime_ns)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS objects_odd ON objects (bucket, key) WHERE odd = 1",
)


@dataclass(frozen=True)
class Stored:
    """One object.

    Parameters
    ----------
    bucket, key : str
        Its name.
    path : Path
        The file that holds its bytes.
    size : int
        Bytes.
    modified : float
        Epoch seconds.
    etag : str
        Without quotes; the MD5 of an upload, or a mark of size and time for what a job wrote.
    headers : mapping
        Response headers it was stored with, lower case: content-type, x-amz-meta-*, x-amz-checksum-*...
    """

    bucket: str
    key: str
    path: Path
    size: int
    modified: float
    etag: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class Objects:
    """The buckets of one engine.

    Parameters
    ----------
    root : Path
        One directory for each bucket. Everything stays inside.
    database : sqlite3.Connection
        Where the tables go, in autocommit mode; used in the calling thread only.
    """

    def __init__(self, root: Path, database: sqlite3.Connection) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self._database = database
        self._write(*((statement, ()) for statement in _SCHEMA))
        (self.root / _ODD).mkdir(exist_ok=True)
        shutil.rmtree(self.root / _STAGING / "bodies", ignore_errors=True)
        self.staging.mkdir(parents=True, exist_ok=True)

    @property
    def staging(self) -> Path:
        """A directory for files that are not complete, on the file system of the buckets."""
        return self.root / _STAGING / "bodies"

    @property
    def uploads(self) -> Path:
        """A directory for the parts of multipart uploads; it survives a restart."""
        return self.root / _STAGING / "uploads"

    # Buckets

    def create_bucket(self, bucket: str) -> bool:
        """Make a bucket; False if it is there already.

        Raises
        ------
        ValidationError
            S3 would not take the name.
        """
        if not _BUCKET.fullmatch(bucket):
            raise ValidationError("The specified bucket is not valid.", code="InvalidBucketName")
        try:
            (self.root / bucket).mkdir()
        except FileExistsError:
            return False
        self._write(("INSERT OR REPLACE INTO buckets VALUES (?, ?)", (bucket, time.time())))
        return True

    def bucket(self, bucket: str) -> Path:
        """Directory of a bucket.

        Raises
        ------
        NotFoundError
            There is no such bucket (code NoSuchBucket).
        """
        path = self.root / bucket
        if not _BUCKET.fullmatch(bucket) or not path.is_dir() or path.resolve() != path:
            raise NotFoundError("The specified bucket does not exist", code="NoSuchBucket")
        return path

    def buckets(self) -> list[tuple[str, float]]:
        """Name and creation time (epoch seconds) of each bucket, by name."""
        with os.scandir(self.root) as entries:
            found = {e.name: e.stat().st_mtime for e in entries if e.is_dir() and _BUCKET.fullmatch(e.name)}
        created = dict(self._database.execute("SELECT bucket, created FROM buckets"))
        return sorted((name, created.get(name, changed)) for name, changed in found.items())

    def delete_bucket(self, bucket: str) -> None:
        """Remove an empty bucket.

        Raises
        ------
        NotFoundError
            There is no such bucket.
        ConflictError
            It holds objects (code BucketNotEmpty).
        """
        path = self.bucket(bucket)
        if next(self.list_prefix(bucket, ""), None) is not None or not _remove_empty(path):
            raise ConflictError("The bucket you tried to delete is not empty", code="BucketNotEmpty")
        self._write(
            ("DELETE FROM objects WHERE bucket = ?", (bucket,)), ("DELETE FROM buckets WHERE bucket = ?", (bucket,))
        )

    # Objects

    def path(self, bucket: str, key: str) -> Path:
        """Name the file that holds, or would hold, an object.

        Raises
        ------
        NotFoundError
            There is no such bucket.
        ValidationError
            S3 would not take the key, or a link on the way leaves the bucket.
        """
        home = self.bucket(bucket)
        if not 0 < len(key.encode("utf-8", "surrogatepass")) <= _KEY_BYTES:
            raise ValidationError("Your key is too long", code="KeyTooLongError")
        odd = self._odd(bucket, key)
        if not _is_plain(key) or odd.exists():
            return odd
        path = home / key
        try:
            inside = path.resolve().is_relative_to(home)
            clash = path.is_dir() or any(above.is_file() for above in _between(path, home))
        except (OSError, RuntimeError):
            return odd
        if not inside:
            raise ValidationError("The key leads out of its bucket", code="InvalidArgument")
        return odd if clash else path

    def head(self, bucket: str, key: str) -> Stored:
        """Look at one object.

        Raises
        ------
        NotFoundError
            There is no such bucket or key.
        """
        path = self.path(bucket, key)
        try:
            return self._stored(bucket, key, path)
        except OSError as error:
            raise NotFoundError("The specified key does not exist.", code="NoSuchKey") from error

    def exists(self, bucket: str, key: str) -> bool:
        """Whether the object is there."""
        try:
            self.head(bucket, key)
        except (NotFoundError, ValidationError):
            return False
        return True

    def list_prefix(self, bucket: str, prefix: str, after: str = "") -> Iterator[Stored]:
        """Objects whose key begins with a prefix and comes after another, in the order of the keys' bytes."""
        for key in self.keys(bucket, prefix, after):
            with suppress(NotFoundError, ValidationError):
                yield self.head(bucket, key)

    def keys(
        self, bucket: str, prefix: str, after: str = "", *, on_walk: Callable[[Walk], None] | None = None
    ) -> Iterator[str]:
        """Keys that begin with a prefix and come after another; `on_walk` gets the walk, which can skip folders."""
        walk = Walk(self.bucket(bucket), prefix, after)
        if on_walk is not None:
            on_walk(walk)
        rows = self._database.execute("SELECT DISTINCT key FROM objects WHERE bucket = ? AND odd = 1", (bucket,))
        odd = [key for (key,) in rows if key.startswith(prefix) and key.encode() > after.encode()]
        return merged(walk, odd)

    def new_staged(self) -> tuple[IO[bytes], Path]:
        """Open a new file for an object's bytes, for `put`; the caller closes it."""
        descriptor, name = tempfile.mkstemp(dir=self.staging)
        return open(descriptor, "wb"), Path(name)  # noqa: PTH123

    def put(self, bucket: str, key: str, staged: Path, etag: str, headers: Mapping[str, str] | None = None) -> Stored:
        """Turn a complete, synced file into an object, as a whole.

        Parameters
        ----------
        staged : Path
            From `new_staged`; it is moved.
        etag : str
            Without quotes.
        headers : mapping, optional
            See `Stored`.

        Raises
        ------
        NotFoundError
            There is no such bucket.
        ValidationError
            S3 would not take the key.
        """
        path = self._room_for(bucket, key)
        found = staged.stat()
        # Rows go by size and time, and a rename keeps both: killed in between, the old file still finds its own row.
        kept = found
        with suppress(OSError):
            kept = path.stat()
        row = (bucket, key, found.st_size, found.st_mtime_ns, int(path.parent == self.root / _ODD), etag)
        self._write(
            (
                "DELETE FROM objects WHERE bucket = ? AND key = ? AND NOT (size = ? AND mtime_ns = ?)",
                (bucket, key, kept.st_size, kept.st_mtime_ns),
            ),
            ("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, json.dumps(dict(headers or {})))),
        )
        staged.replace(path)
        sync_directory(path.parent)
        return self._stored(bucket, key, path)

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object; nothing happens if it is not there.

        Raises
        ------
        NotFoundError
            There is no such bucket.
        """
        path = self.path(bucket, key)
        path.unlink(missing_ok=True)
        self._write(("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket, key)))

    def _write(self, *statements: tuple[str, Sequence[object]]) -> None:
        outer = self._database.in_transaction
        if not outer:
            self._database.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in statements:
                self._database.execute(statement, values)
            if not outer:
                self._database.execute("COMMIT")
        except BaseException:
            # A full disk fails the last step, too; and SQLite itself may have rolled all of it back.
            if not outer and self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    def _odd(self, bucket: str, key: str) -> Path:
        name = hashlib.sha256(f"{bucket}/{key}".encode("utf-8", "surrogatepass")).hexdigest()
        return self.root / _ODD / name

    def _room_for(self, bucket: str, key: str) -> Path:
        path = self.path(bucket, key)
        if path.parent == self.root / _ODD:
            # A folder left empty by deletions must not push a key aside for ever.
            plain = self.bucket(bucket) / key if _is_plain(key) and not path.exists() else None
            if plain is None or not plain.is_dir() or not _remove_empty(plain):
                return path
            path = plain
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if error.errno not in (errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR):
                raise
            return self._odd(bucket, key)
        return path

    def _stored(self, bucket: str, key: str, path: Path) -> Stored:
        found = path.stat()
        if not path.is_file():
            raise FileNotFoundError(path)
        row = self._database.execute(
            "SELECT etag, headers FROM objects WHERE bucket = ? AND key = ? AND size = ? AND mtime_ns = ?",
            (bucket, key, found.st_size, found.st_mtime_ns),
        ).fetchone()
        if row is None:
            # Written by a job. "-1" as after a multipart upload: clients do not take such an ETag for an MD5.
            mark = hashlib.md5(f"{found.st_size}:{found.st_mtime_ns}:{found.st_ino}".encode(), usedforsecurity=False)
            row = (f"{mark.hexdigest()}-1", "{}")
        return Stored(bucket, key, path, found.st_size, found.st_mtime, row[0], json.loads(row[1]))


def sync_directory(path: Path) -> None:
    """Make a rename in a directory last through a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_plain(key: str) -> bool:
    """Whether a key can be the path of a file, as far as the key alone tells."""
    if "\0" in key:
        return False
    try:
        names = key.encode().split(b"/")
    except UnicodeEncodeError:
        return False
    return all(name not in (b"", b".", b"..") and len(name) <= _NAME_BYTES for name in names)


def _between(path: Path, home: Path) -> Iterator[Path]:
    for above in path.parents:
        if above == home:
            return
        yield above


def _remove_empty(path: Path) -> bool:
    """Remove a directory that holds no file at any depth; False if it does."""
    for folder, _, files in os.walk(path, topdown=False):
        if files:
            return False
        try:
            Path(folder).rmdir()
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return False
            raise
    return True
