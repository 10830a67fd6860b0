"""A JupyterLab of the tests' own: its settings, its notebooks, its data directory, under a base URL and a token."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

T = TypeVar("T")
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
BASE_URL = "/user/me/"
SETTINGS = {
    # The news popup would cover what a test clicks on, and asks the network.
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
}


def until(look: Callable[[], T], what: str, seconds: float = 60.0) -> T:
    """Look again and again until there is something to see, and return it."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)
    return seen


@dataclass
class LabServer:
    """A running Jupyter server and what is on its disk."""

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    port: int = 0
    more: Mapping[str, str] = field(default_factory=dict)
    """Environment variables beyond its own."""

    @property
    def work(self) -> Path:
        """The files that its file browser shows."""
        return self.folder / "work"

    @property
    def data_dir(self) -> Path:
        """The product's data directory."""
        return self.folder / "sm-data"

    @property
    def root(self) -> str:
        """URL of the server, base URL included."""
        return f"http://127.0.0.1:{self.port}{BASE_URL}"

    def url(self, path: str = "lab") -> str:
        """URL of a page, with the token and a workspace without tabs of an earlier test."""
        return f"{self.root}{path}?reset&token={self.token}"

    def get(self, path: str) -> Any:
        """The JSON of a GET."""
        request = urllib.request.Request(self.root + path, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def engine(self) -> psutil.Process:
        """The process of the local engine that this Lab uses."""
        return psutil.Process(json.loads((self.data_dir / "engine.json").read_text())["pid"])

    def environment(self) -> dict[str, str]:
        """The environment of the server: nothing in it is the developer's."""
        own = {
            "HOME": "home",
            "IPYTHONDIR": "ipython",
            "JUPYTERLAB_SETTINGS_DIR": "lab-settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTER_SM_DATA_DIR": self.data_dir.name,
        }
        return {
            **os.environ,
            **{name: str(self.folder / path) for name, path in own.items()},
            "AWS_EC2_METADATA_DISABLED": "true",
            "JUPYTER_TOKEN": self.token,
            **self.more,
        }


@contextmanager
def running_lab(
    folder: Path, command: str = "lab", environment: Mapping[str, str] | None = None
) -> Iterator[LabServer]:
    """Start a Jupyter server on a copy of the notebooks; end it, and the engine and jobs it started, at the end."""
    server = LabServer(folder, more=environment or {})
    shutil.copytree(NOTEBOOKS, server.work, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for name in ("home", "runtime", "app-settings"):
        (folder / name).mkdir()
    (folder / "app-settings" / "overrides.json").write_text(json.dumps(SETTINGS))
    options = [
        f"--ServerApp.base_url={BASE_URL}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        f"--ServerApp.root_dir={server.work}",
        f"--{'LabApp' if command == 'lab' else 'JupyterNotebookApp'}.app_settings_dir={folder / 'app-settings'}",
        "--no-browser",
        "--expose-app-in-browser",
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter", command, *options],
            cwd=server.work,
            env=server.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        server.port = until(lambda: _port(server, process, log), "JupyterLab answers", 90)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _end_processes_of(server.data_dir)


def _port(server: LabServer, process: subprocess.Popen[bytes], log: Path) -> int | None:
    if process.poll() is not None:
        raise AssertionError(f"JupyterLab ended with {process.returncode}:\n{log.read_text()}")
    try:
        told = json.loads((server.folder / "runtime" / f"jpserver-{process.pid}.json").read_text())
        server.port = int(told["port"])
        server.get("api/status")
    except (OSError, ValueError):
        return None
    return server.port


def _end_processes_of(data_dir: Path) -> None:
    """End the engine, supervisors and jobs of one data directory, which live on without their server by design."""
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("JUPYTER_SM_DATA_DIR") == str(data_dir) or any(
                str(data_dir) in part for part in process.cmdline()
            )
            if ours and process.pid != os.getpid():
                process.kill()
        except psutil.Error:
            continue
