"""A connection for tests that plan and must not call."""

from __future__ import annotations

from pathlib import Path

from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.connections.local_connection import LocalConnection
from jupyter_sm_ext.connections.local_engine import EngineInfo


class NowhereConnection(LocalConnection):
    """A local connection whose engine nobody starts: planning must not call anything."""

    def __init__(self, tmp_path: Path) -> None:
        super().__init__(Choice(), tmp_path)
        self._info = EngineInfo("http://127.0.0.1:9", 1, str(tmp_path), "us-east-1", "000000000000", "key", "secret")

    def ensure(self) -> None:
        raise AssertionError("planning must not start the engine again")
