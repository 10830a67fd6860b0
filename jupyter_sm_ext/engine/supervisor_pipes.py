"""Channels of input mode Pipe: objects as one stream an epoch. Standard library only: see supervisor.py."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import suppress

TYPE_CHECKING = False  # importing typing costs 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

if __package__:
    from jupyter_sm_ext.engine import supervisor_files as files
else:
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    import supervisor_files as files  # type: ignore[import-not-found,no-redef]

_CHUNK_BYTES = 1 << 20
_MAGIC = 0xCED7230A
_LONGEST_RECORD = (1 << 29) - 1
_WORD_BYTES = 4


class Pipe(threading.Thread):
    """A channel that a script reads as ``<channel>_0``, and from the start again as ``<channel>_1`` and so on.

    A FIFO of an epoch is there when that of the epoch before is opened; a script that closes one early goes on with the
    next. It is a thread, and ends with the supervisor, whatever ends that.

    Parameters
    ----------
    folder : str
        ``input/data`` of an instance.
    channel : dict
        See `inputs.files`.

    Attributes
    ----------
    problem : str or None
        What came in the way.
    """

    def __init__(self, folder: str, channel: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self._prefix = os.path.join(folder, channel["name"])
        self._channel = channel
        self._wanted: dict[str, Any] = channel["pipe"]
        self._items = _lines(channel) if "attributes" in self._wanted else _objects(channel)
        self.problem: str | None = None
        os.mkfifo(self._fifo(0), 0o600)

    def _fifo(self, epoch: int) -> str:
        return f"{self._prefix}_{epoch}"

    def run(self) -> None:
        """Feed epoch after epoch, for as long as somebody reads them."""
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # they are for the supervisor's main thread
        epoch = 0
        try:
            while True:
                with open(self._fifo(epoch), "wb", buffering=0) as stream:
                    os.mkfifo(self._fifo(epoch + 1), 0o600)
                    os.unlink(self._fifo(epoch))
                    with suppress(BrokenPipeError):
                        for part in self._epoch(epoch):
                            _write(stream.fileno(), part)
                epoch += 1
        except files.Problem as problem:
            self.problem = str(problem)
        except (OSError, EOFError) as error:
            self.problem = f"Data download failed: {error}"

    def _epoch(self, epoch: int) -> Iterator[bytes]:
        items, seed = list(self._items), self._wanted["seed"]
        if seed is not None:
            import random

            random.Random(f"{seed} {epoch}").shuffle(items)
        mine, count = self._channel.get("shard", (0, 1))
        for item in items[mine::count]:
            for source in item:
                yield from self._record(source) if self._wanted["record_io"] else self._parts(source)

    def _parts(self, source: str | bytes) -> Iterator[bytes]:
        """What an object holds, a path or bytes, piece by piece."""
        if isinstance(source, bytes):
            yield source
            return
        if self._wanted["gzip"]:
            import gzip

            with gzip.open(source) as unpacked:
                while part := unpacked.read(_CHUNK_BYTES):
                    yield part
            return
        with open(source, "rb") as file:
            while part := file.read(_CHUNK_BYTES):
                yield part

    def _record(self, source: str | bytes) -> Iterator[bytes]:
        """An object as one record of MXNet's RecordIO: a mark, the length, the content, zeros up to a whole word."""
        length = sum(len(part) for part in self._parts(source))
        if length > _LONGEST_RECORD:
            raise files.Problem(f"Data download failed: an object of {length} bytes is too long for a RecordIO record")
        yield _MAGIC.to_bytes(_WORD_BYTES, "little") + length.to_bytes(_WORD_BYTES, "little")
        yield from self._parts(source)
        yield bytes(-length % _WORD_BYTES)


def _write(descriptor: int, part: bytes) -> None:
    view = memoryview(part)
    while view:
        view = view[os.write(descriptor, view) :]


def _objects(channel: dict[str, Any]) -> list[list[str | bytes]]:
    # Which of them are this instance's is decided anew in each epoch, after the shuffle.
    return [[path] for path, _ in files.files_of({**channel, "shard": (0, 1)})]


def _lines(channel: dict[str, Any]) -> list[list[str | bytes]]:
    """Of each line of an augmented manifest, the wanted attributes: an object for one that ends in -ref, else its JSON.

    Raises
    ------
    Problem
        It is no such manifest, lacks an attribute, or names what is not there.
    """
    place, found = channel["manifest"], []
    try:
        with open(place["path"], encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                if text.strip():
                    line, item = json.loads(text), list[str | bytes]()
                    for name in channel["pipe"]["attributes"]:
                        if name not in line:
                            raise files.Problem(f"line {number} of the manifest {place['uri']} has no {name}")
                        value = line[name]
                        item.append(_object(value, place) if name.endswith("-ref") else json.dumps(value).encode())
                    found.append(item)
    except (OSError, ValueError, TypeError) as error:
        raise files.Problem(f"Data download failed: the manifest {place['uri']} cannot be read: {error!r}") from error
    return found


def _object(uri: str, place: dict[str, str]) -> str:
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    home = os.path.join(os.path.realpath(place["buckets"]), bucket)
    path = os.path.join(home, key)
    inside = not {"", ".", ".."} & {*key.split("/")}
    inside = inside and scheme == "s3" and bucket[:1].isalnum() and os.path.realpath(path) == path
    if not inside or not os.path.isfile(path):
        raise files.Problem(f"Data download failed: there is no object {uri}, named in {place['uri']}")
    return path
