"""A job's log as CloudWatch would have its events: complete lines with times, read from either end.

A place in a log is a number of bytes. An event ends where its line does; one that is longer than an event may be is
cut into several, at places that depend on where the line begins and on nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from jupyter_sm_ext.engine.timeline import Timeline

EVENT_BYTES = 262_144
"""CloudWatch's largest event, its overhead included."""
OVERHEAD_BYTES = 26
"""What each event counts besides its message."""

_LINE_BYTES = EVENT_BYTES - OVERHEAD_BYTES
_CHUNK = 1 << 16
_MOST_LINES_BYTES = 1 << 9  # few are longer; who reads ten thousand backward must not read a chunk for each


class Event(NamedTuple):
    """One event: where it begins and ends (bytes), when it was written (epoch milliseconds), and what it says."""

    start: int
    end: int
    time: int
    message: str

    @property
    def size(self) -> int:
        """Bytes it counts in a page."""
        return len(self.message.encode()) + OVERHEAD_BYTES


class LogReader:
    """One log, as it is now.

    Parameters
    ----------
    log : Path
        The log; its times are beside it (see `Timeline`).

    Raises
    ------
    FileNotFoundError
        There is no such log.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self.timeline = Timeline(log, log.with_suffix(".idx"))
        self.size = log.stat().st_size

    @property
    def end(self) -> int:
        """The place after the last complete line."""
        with self._log.open("rb") as file:
            return self._after_newline(file, self.size)

    def forward(self, place: int) -> Iterator[Event]:
        """Events from a place on, the first one first."""
        if place >= self.size:
            return
        held = b""
        with self._log.open("rb") as file:
            file.seek(place)
            while chunk := file.read(min(_CHUNK, max(0, self.size - file.tell()))):
                held += chunk
                while (end := held.find(b"\n", 0, _LINE_BYTES) + 1) or len(held) >= _LINE_BYTES:
                    end = end or _LINE_BYTES
                    yield from self._event(place, held[:end])
                    held, place = held[end:], place + end

    def backward(self, place: int) -> Iterator[Event]:
        """Events that end at a place or before, the last one first."""
        with self._log.open("rb") as file:
            end = min(place, self.end)
            while end > 0:
                line = self._after_newline(file, end - 1)
                start = line + (end - 1 - line) // _LINE_BYTES * _LINE_BYTES
                file.seek(start)
                yield from self._event(start, file.read(end - start))
                end = start

    def since(self, milliseconds: int) -> int:
        """The place of the first line that may have been written at a time or later."""
        with self._log.open("rb") as file:
            return self._after_newline(file, min(self.timeline.offset(milliseconds), self.size))

    def _after_newline(self, file: IO[bytes], place: int) -> int:
        """Where the line begins that goes on at a place."""
        length = _MOST_LINES_BYTES
        while place > 0:
            below = max(0, place - length)
            found = os.pread(file.fileno(), place - below, below).rfind(b"\n")
            if found >= 0:
                return below + found + 1
            place, length = below, _CHUNK
        return 0

    def _event(self, start: int, data: bytes) -> Iterator[Event]:
        message = data.decode("utf-8", "replace").rstrip("\r\n")
        if message:  # CloudWatch has no empty events
            end = start + len(data)
            yield Event(start, end, self.timeline.at(end), message)
