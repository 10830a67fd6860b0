"""What the extension adds to starts: `%load_ext` in a fresh kernel, and a Jupyter server until its first answer."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

import psutil
from measure import Figure, interleave

LOAD_EXTENSION = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
begin = time.perf_counter()
shell.run_line_magic("load_ext", "jupyter_sm_ext")
print(time.perf_counter() - begin)
"""
CLIENT = """
import time
begin = time.perf_counter()
import boto3
boto3.client("sagemaker", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
print(time.perf_counter() - begin)
"""
_PATIENCE_SECONDS = 120.0


def figures(rounds: int) -> Iterator[Figure]:
    """``%load_ext`` beside boto3 and its first client; a server with the extension beside one without."""
    ours, peer = interleave([lambda: _timed(LOAD_EXTENSION), lambda: _timed(CLIENT)], rounds)
    yield Figure("`%load_ext jupyter_sm_ext`", ours, peer, "boto3 and a client", "at most 300 ms")
    cpu: tuple[list[float], list[float]] = ([], [])
    starts = [lambda: _server(cpu[0], extension=True), lambda: _server(cpu[1], extension=False)]
    ours, peer = interleave(starts, rounds)
    yield Figure("start of a Jupyter server", ours, peer, "without us", "at most 30 ms more")
    yield Figure("start of a Jupyter server, CPU", cpu[0][1:], cpu[1][1:], "without us", "at most 30 ms more")


def _timed(code: str) -> float:
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


def _server(cpu: list[float], *, extension: bool) -> float:
    """Seconds until a server answers; adds what it has worked for that."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        options = [f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}", "--no-browser", "--allow-root"]
        options.append(f"--ServerApp.jpserver_extensions={ {'jupyter_sm_ext': extension} }")
        with Path(folder, "log").open("w") as log:
            begin = time.perf_counter()
            command = [sys.executable, "-m", "jupyter_server", *options]
            with subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL) as process:
                try:
                    _wait(f"http://127.0.0.1:{port}/api", process)
                    seconds, used = time.perf_counter() - begin, psutil.Process(process.pid).cpu_times()
                    cpu.append(used.user + used.system)
                finally:
                    process.terminate()
        if ("jupyter_sm_ext | extension was successfully loaded" in Path(folder, "log").read_text()) != extension:
            raise RuntimeError(Path(folder, "log").read_text())
    return seconds


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(URLError, ConnectionError), urllib.request.urlopen(url) as answer:
            answer.read()
            return
        time.sleep(0.005)
    raise RuntimeError("the Jupyter server did not start")
