"""What is known of a far kernel beyond the life of its proxy: for restarts, and so that none is left running unseen.

A restart replaces the proxy's process on the same connection file; the next one finds the far kernel by this. A proxy
that was killed leaves its far kernel running; the next one of the same app ends it.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_sm_ext import paths

_CLOCK_SECONDS = 2.0  # the kernel tells creation times relative to a boot time that may be corrected


@dataclass(frozen=True)
class FarState:
    """A far kernel and its proxy.

    Parameters
    ----------
    connection_file : str
        Of the proxy.
    connection, app : str
        Id of the connection and key of the app.
    kernel, session : str
        Ids at the app's Jupyter Server.
    pid, created : int, float
        The proxy's process.
    parent, parent_created : int, float
        The process that started the proxy.
    """

    connection_file: str
    connection: str
    app: str
    kernel: str
    session: str
    pid: int
    created: float
    parent: int
    parent_created: float


class StateFile:
    """The file of the proxy on one connection file.

    Parameters
    ----------
    data_dir : Path
        The data directory.
    connection_file : Path
        That of the proxy.
    connection, app : str
        Id of the connection and key of the app.
    """

    def __init__(self, data_dir: Path, connection_file: Path, connection: str, app: str) -> None:
        self._folder = data_dir / "remote"
        self._connection_file = str(connection_file.absolute())
        self._of = {"connection": connection, "app": app}
        mark = hashlib.sha256(self._connection_file.encode()).hexdigest()[:32]
        self._path = self._folder / f"kernel-{mark}.json"

    def read(self) -> FarState | None:
        """The far kernel of an earlier proxy on this connection file, if it is of this app."""
        found = _read(self._path)
        return found if found is not None and self._is_ours(found) else None

    def write(self, kernel: str, session: str) -> None:
        """Remember the far kernel.

        Raises
        ------
        OSError
            The disk does not let us.
        """
        parent = os.getppid()
        state = FarState(
            connection_file=self._connection_file,
            **self._of,
            kernel=kernel,
            session=session,
            pid=os.getpid(),
            created=_created(os.getpid()) or 0.0,
            parent=parent,
            parent_created=_created(parent) or 0.0,
        )
        paths.write_private(self._path, json.dumps(asdict(state)))

    def forget(self) -> None:
        """The far kernel is gone."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def orphans(self) -> list[tuple[Path, FarState]]:
        """Far kernels of this app whose proxy is dead, and will not be started again by who started it."""
        found = []
        for path in self._folder.glob("kernel-*.json"):
            state = _read(path)
            if path == self._path or state is None or not self._is_ours(state):
                continue
            waited_for = Path(state.connection_file).exists() and _lives(state.parent, state.parent_created)
            if not waited_for and not _lives(state.pid, state.created):
                found.append((path, state))
        return found

    def _is_ours(self, state: FarState) -> bool:
        return {"connection": state.connection, "app": state.app} == self._of


def _read(path: Path) -> FarState | None:
    try:
        return FarState(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError):
        return None


def _created(pid: int) -> float | None:
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def _lives(pid: int, created: float) -> bool:
    """Whether this very process is there: an id is soon given to another."""
    now = _created(pid)
    return now is not None and abs(now - created) < _CLOCK_SECONDS
