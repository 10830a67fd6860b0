"""For clients in environments of their own: an engine that they reach by variables alone, and no way to the network.

The engine is that of the interpreter in ``JUPYTER_SM_TEST_PYTHON``; here nothing of the project is installed.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SCRIPTS = Path(__file__).parent / "scripts"


def _sm(*words: str) -> str:
    python = os.environ.get("JUPYTER_SM_TEST_PYTHON")
    assert python, "JUPYTER_SM_TEST_PYTHON names the interpreter that has the project: `nox -s clients` does it all"
    command = [python, "-m", "jupyter_sm_ext.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.fixture(scope="session", autouse=True)
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Data directory of an engine; this process has the variables that ``jupyter sm env`` prints, and no others."""
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(("AWS_", "SM_", "SAGEMAKER_", "XDG_")):
            patch.delenv(name)
    patch.setenv("HOME", str(home))
    patch.setenv("SAGEMAKER_SUPPRESS_V2_WARNING", "1")
    data = home / "sm"
    for line in _sm("env", "--data-dir", str(data)).splitlines():
        verb, *words = shlex.split(line)
        for word in words:
            name, _, value = word.partition("=")
            patch.setenv(name, value) if verb == "export" else patch.delenv(name, raising=False)
    yield data
    _sm("engine", "stop", "--data-dir", str(data))
    patch.undo()


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client that asks for any other machine is told that there is none, and the test fails."""
    asked: list[str] = []

    def guarded(real: Callable[..., Any], place: Callable[..., object]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            host = place(*arguments)
            if isinstance(host, str) and host not in _LOOPBACK:
                asked.append(host)
                raise socket.gaierror(socket.EAI_NONAME, f"{host}: there is no network in these tests")
            return real(*arguments, **options)

        return call

    def peer(_: socket.socket, address: Any) -> object:
        return address[0] if isinstance(address, tuple) else None

    monkeypatch.setattr(socket, "getaddrinfo", guarded(socket.getaddrinfo, lambda host, *_: host))
    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect, peer))
    yield
    assert not asked, f"the client tried to reach {', '.join(asked)}"


def holds_opt_ml(data: Path) -> bool:
    """Whether each job of an engine finds its files at ``/opt/ml``."""
    told: str = json.loads((data / "engine.json").read_text())["jobs"]
    return told.startswith("each job has its own /opt/ml")
