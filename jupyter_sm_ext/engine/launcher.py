"""Supervisors on demand, without the 30 ms of a Python start for each: one process forks them (`supervisor.serve`)."""

from __future__ import annotations

import json
import subprocess
import sys
import weakref
from contextlib import suppress
from pathlib import Path

from jupyter_sm_ext.engine import supervisor

_PATIENCE_SECONDS = 5.0


class Launcher:
    """Starts supervisors. They are nobody's children: neither its end nor the engine's touches them.

    Parameters
    ----------
    errors : Path
        Where the forking process writes what goes wrong with itself.
    """

    def __init__(self, errors: Path) -> None:
        self._errors = errors
        self._server: subprocess.Popen[bytes] | None = None
        self._finalizer: weakref.finalize[[subprocess.Popen[bytes]], Launcher] | None = None

    def launch(self, directory: Path) -> None:
        """Ask for a supervisor of an attempt; whether it comes up shows in the attempt's directory.

        A forking process that dies at once leaves a `complaint`.

        Raises
        ------
        OSError
            None can be started.
        """
        line = json.dumps(str(directory)).encode() + b"\n"
        if self._server is not None and self._server.poll() is None:
            with suppress(BrokenPipeError):
                self._write(line)
                return
        self.close()
        with self._errors.open("wb") as errors:
            # A session of its own and no descriptor of ours: nothing it starts dies with us or holds our port or lock.
            self._server = subprocess.Popen(
                [sys.executable, "-I", "-S", supervisor.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                cwd="/",
            )
        self._finalizer = weakref.finalize(self, _let_go, self._server)
        with suppress(BrokenPipeError):
            self._write(line)

    def _write(self, line: bytes) -> None:
        assert self._server is not None
        assert self._server.stdin is not None
        self._server.stdin.write(line)
        self._server.stdin.flush()

    def complaint(self) -> str:
        """The last line of what went wrong with the forking process; empty if nothing did."""
        try:
            lines = self._errors.read_text(errors="replace").strip().splitlines()
        except FileNotFoundError:
            return ""
        return lines[-1] if lines else ""

    def close(self) -> None:
        """Let go of the forking process; what it started goes on. Happens by itself when this is not used any more."""
        if self._finalizer is not None:
            self._finalizer()
        self._server = self._finalizer = None


def _let_go(server: subprocess.Popen[bytes]) -> None:
    assert server.stdin is not None
    with suppress(BrokenPipeError):
        server.stdin.close()
    try:
        server.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
