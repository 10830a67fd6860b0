"""The engine's process as its clients see it: find, start and stop the one of a data directory."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from jupyter_sm_ext.errors import EngineError

MODULE = "jupyter_sm_ext.engine"
_OTHER_DIR = "Another data directory can be chosen with the variable JUPYTER_SM_DATA_DIR or --data-dir."
# Secrets of who starts it: the engine needs none of them, and lives longer.
_NOT_ITS = re.compile(r"(JUPYTER\w*|JPY|CONFIGPROXY|AWS)_(\w+_)?(TOKENS?|KEY|KEY_ID|SECRET|PASSWORD)")
_AGAIN_SECONDS = 2.0
LOCKED = 3  # exit code of an engine that found another one in its data directory


@dataclass(frozen=True)
class EngineInfo:
    """What ``engine.json`` tells: where the engine is, and the keys it checks signatures with."""

    endpoint_url: str
    pid: int
    data_dir: str
    region: str
    account: str
    access_key_id: str
    secret_access_key: str
    jobs: str = ""

    def __repr__(self) -> str:
        return f"EngineInfo(endpoint_url={self.endpoint_url!r}, pid={self.pid})"


def find(data_dir: Path) -> EngineInfo | None:
    """The engine that runs on a data directory, or None.

    Raises
    ------
    EngineError
        The data directory belongs to somebody else.
    """
    try:
        told = json.loads((data_dir / "engine.json").read_text(encoding="utf-8"))
        info = EngineInfo(**{name: told[name] for name in EngineInfo.__dataclass_fields__ if name in told})
    except (FileNotFoundError, NotADirectoryError, KeyError, TypeError, ValueError):
        return None
    except OSError as error:
        raise EngineError(f"cannot read the data directory {data_dir}: {error.strerror}", hint=_OTHER_DIR) from error
    return info if _alive(info) else None


def _alive(info: EngineInfo) -> bool:
    # A pid is soon given to somebody else, maybe to the engine of another directory; its command line tells.
    import psutil

    try:
        process = psutil.Process(info.pid)
        command = process.cmdline()
        if process.status() == psutil.STATUS_ZOMBIE or MODULE not in command:
            return False
        folders = (Path(process.cwd(), word.removeprefix("--data-dir=")) for word in command)
        return any(os.path.normpath(folder) == info.data_dir for folder in folders)
    except psutil.Error:
        return False


def start(data_dir: Path, *, port: int | None = None, seconds: float = 30.0) -> EngineInfo:
    """Start the engine of a data directory, or find the one that runs.

    Parameters
    ----------
    data_dir : Path
        Made if it is not there.
    port : int, optional
        TCP port on loopback; the engine chooses if not given.
    seconds : float
        How long to wait until it is ready.

    Raises
    ------
    EngineError
        It did not become ready; the message is the engine's own last line.
    """
    running = find(data_dir)
    if running is not None:
        return running
    if os.name == "nt":
        raise EngineError("the local engine runs on Linux and macOS", hint="On Windows choose an AWS connection.")
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise EngineError(f"cannot make the data directory {data_dir}: {error.strerror}", hint=_OTHER_DIR) from error
    command = [sys.executable, "-m", MODULE, "--data-dir", str(data_dir)]
    if port is not None:
        command += ["--port", str(port)]
    deadline, again = time.monotonic() + seconds, float("inf")
    with tempfile.TemporaryFile("w+", encoding="utf-8") as complaints:
        process = _begin(command, complaints)
        while time.monotonic() < deadline:
            info = find(data_dir)
            if info is not None and _answers(info):
                # It outlives us on purpose; without this Python would warn that nobody waited for it.
                process.returncode = process.returncode or 0
                return info
            code = process.poll()
            if code is not None and code != LOCKED:
                raise EngineError(f"the local engine did not start: {_last_line(complaints)}", hint=_OTHER_DIR)
            # Somebody else started it in the same moment: then theirs is ours. Or theirs was about to leave.
            if time.monotonic() > again:
                process, again = _begin(command, complaints), float("inf")
            elif code == LOCKED:
                again = min(again, time.monotonic() + _AGAIN_SECONDS)
            time.sleep(0.02)
        raise EngineError(f"the local engine was not ready after {seconds:g} s: {_last_line(complaints)}")


def _begin(command: list[str], complaints: IO[str]) -> subprocess.Popen[bytes]:
    # Detached, so that jobs outlive the notebook, the kernel and the server.
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=complaints,
        start_new_session=True,
        cwd=tempfile.gettempdir(),
        env={name: value for name, value in os.environ.items() if not _NOT_ITS.fullmatch(name)},
    )


def _last_line(complaints: IO[str]) -> str:
    complaints.seek(0)
    lines = complaints.read().strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _answers(info: EngineInfo) -> bool:
    import socket
    from urllib.parse import urlsplit

    url = urlsplit(info.endpoint_url)
    try:
        socket.create_connection((url.hostname or "127.0.0.1", url.port or 80), timeout=1).close()
    except OSError:
        return False
    return True


def stop(data_dir: Path, *, seconds: float = 15.0) -> bool:
    """End the engine of a data directory; running jobs go on under their own supervisors.

    Returns
    -------
    bool
        Whether one was running.

    Raises
    ------
    EngineError
        It was still there after ``seconds``.
    """
    info = find(data_dir)
    if info is None:
        return False
    os.kill(info.pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _alive(info):
            return True
        time.sleep(0.02)
    raise EngineError(f"the local engine (pid {info.pid}) did not end within {seconds:g} s")
