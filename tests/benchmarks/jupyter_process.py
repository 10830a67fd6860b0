"""A whole Jupyter server in a process of its own, to be measured."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

LAB = """
import sys
from jupyterlab.labapp import main
main([*sys.argv[1:], "--expose-app-in-browser", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"])
"""


@contextmanager
def server_on(
    aws: dict[str, str], code: str, *extensions: str, kind: str = "aws"
) -> Iterator[tuple[psutil.Process, str, str]]:
    """A Jupyter server with the extension on that AWS: its process, address and token.

    Parameters
    ----------
    aws : dict
        The whole environment of the server.
    code : str
        Python that starts it with the command line's options.
    *extensions : str
        Importable names of more server extensions than ours.
    kind : str
        Of the connection: ``local`` for the engine of the data directory that the environment names.
    """
    with tempfile.TemporaryDirectory() as folder:
        token, own = secrets.token_hex(16), Path(folder, "sm-data")
        data = Path(aws["JUPYTER_SM_DATA_DIR"]) if kind == "local" else own
        data.mkdir(exist_ok=True)
        Path(data, "connection.json").write_text(json.dumps({"kind": kind}))
        environment = {**aws, "JUPYTER_TOKEN": token, "JUPYTER_SM_DATA_DIR": str(data), "HOME": folder}
        environment |= {f"JUPYTER_{name}_DIR": str(Path(folder, name)) for name in ("CONFIG", "DATA", "RUNTIME")}
        loaded = dict.fromkeys(("jupyter_sm_ext", *extensions), True)
        options = ["--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root", f"--ServerApp.root_dir={folder}"]
        options.append(f"--ServerApp.jpserver_extensions={loaded}")
        with Path(folder, "log").open("w") as log:
            command = [sys.executable, "-c", code, *options]
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            told = Path(folder, "RUNTIME", f"jpserver-{process.pid}.json")
            deadline = time.monotonic() + 180
            while not told.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(Path(folder, "log").read_text())
                time.sleep(0.05)
            yield psutil.Process(process.pid), f"http://127.0.0.1:{json.loads(told.read_text())['port']}", token
        finally:
            process.terminate()
            process.wait(30)
