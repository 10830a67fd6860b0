"""The keys of a bucket in S3's order (their UTF-8 bytes), read from its folders only as far as they are asked for."""

from __future__ import annotations

import heapq
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class Walk:
    """Keys of the files below a directory.

    Parameters
    ----------
    home : Path
        The bucket's directory.
    prefix : str
        Only keys that begin with it.
    after : str
        Only keys that come after it.
    """

    def __init__(self, home: Path, prefix: str, after: str) -> None:
        self._home = home
        self._prefix = prefix.encode()
        self._after = after.encode()
        folder, slash, _ = prefix.rpartition("/")
        self._stack: list[tuple[bytes, Iterator[bytes]]] = []
        # A prefix with ".." or an empty part names no plain file (see objects.py), and must not be followed.
        if all(part not in ("", ".", "..") and "\0" not in part for part in (folder.split("/") if slash else ())):
            self._enter((folder + slash).encode())

    def _enter(self, folder: bytes) -> None:
        try:
            with os.scandir(os.fsencode(self._home) + b"/" + folder) as entries:
                # "a.txt" comes before "a/x": a folder sorts with its slash.
                names = sorted(e.name + b"/" if e.is_dir(follow_symlinks=False) else e.name for e in entries)
        except (FileNotFoundError, NotADirectoryError):
            return
        self._stack.append((folder, iter(names)))

    def skip(self, prefix: str) -> None:
        """Leave the folders whose keys all begin with `prefix`."""
        wanted = prefix.encode()
        while self._stack and self._stack[-1][0].startswith(wanted):
            self._stack.pop()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while self._stack:
            folder, names = self._stack[-1]
            name = next(names, None)
            if name is None:
                self._stack.pop()
                continue
            key = folder + name
            if name.endswith(b"/"):
                if self._leads_to_wanted(key):
                    self._enter(key)
            elif key.startswith(self._prefix) and key > self._after:
                with suppress(UnicodeDecodeError):  # not a name that S3 could have given it
                    return key.decode()
        raise StopIteration

    def _leads_to_wanted(self, folder: bytes) -> bool:
        if not (folder.startswith(self._prefix) or self._prefix.startswith(folder)):
            return False
        return folder > self._after or self._after.startswith(folder)


def merged(walk: Iterable[str], more: Iterable[str]) -> Iterator[str]:
    """One sorted run of keys from a walk and a few others, each key once."""
    last: str | None = None
    for key in heapq.merge(walk, sorted(more, key=str.encode), key=str.encode):
        if key != last:
            last = key
            yield key
