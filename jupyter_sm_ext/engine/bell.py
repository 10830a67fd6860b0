"""What a supervisor rings when its attempt has ended: the engine looks at once, and not when it would have."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "bell"
"""Of the named pipe, in the engine's data directory."""

_READ_BYTES = 4096


@contextmanager
def listening(path: Path, heard: Callable[[], None]) -> Iterator[None]:
    """Listen while the block runs, in the loop that runs.

    Nothing depends on it: where the file system has no named pipes, each end is seen at the next look.

    Parameters
    ----------
    path : Path
        The pipe; made anew.
    heard : callable
        Called when it was rung, once or more.
    """
    try:
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        # For writing, too: else it would be at its end, and readable for ever, when a supervisor has closed it.
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        yield
        return
    loop = asyncio.get_running_loop()

    def read() -> None:
        os.read(descriptor, _READ_BYTES)
        heard()

    loop.add_reader(descriptor, read)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
