"""The engine's hold on an app's process: it starts it once, finds it again after a restart, and ends it for certain.

A directory below ``apps`` is one life of an app. What runs there outlives the engine; it is told from all other
processes by its id together with the time it was created, and its kernels and terminals by `MARKER`.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import site
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from jupyter_sm_ext.connections.own_space import METADATA_VARIABLE
from jupyter_sm_ext.engine.apps.files import ACTIVITY, LOCK, LOG, METADATA, READY, SPEC, STARTED, read_json, write_json
from jupyter_sm_ext.engine.inherited import inherited
from jupyter_sm_ext.engine.locks import held

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

Json = dict[str, Any]

MARKER = "JUPYTER_SM_APP"
"""Environment variable of every process of an app: its directory."""

_MODULE = "jupyter_sm_ext.engine.apps.jupyter"
_CLOCK_SECONDS = 2.0  # the kernel tells creation times relative to a boot time that may be corrected
_TAIL_BYTES = 8192
_NEW = ".new-"
# The engine may have been started by a kernel or a hub's server; none of this is an app's, and AWS_* would reach AWS.
_NOT_INHERITED = re.compile(
    r"AWS_|JPY_|JUPYTER|PYDEVD_|IPYTHONDIR$|PYTHON(HOME|STARTUP|EXECUTABLE|SAFEPATH)$|__PYVENV|XDG_"
    r"|(MPLBACKEND|TERM|COLUMNS|LINES|PAGER|GIT_PAGER|PWD|OLDPWD)$|SM_|SAGEMAKER_|COV(ERAGE|_CORE)_"
)
_SERVICES = ("SAGEMAKER", "S3", "STS", "CLOUDWATCH_LOGS", "SERVICE_QUOTAS")


class AppProcess:
    """One life of an app.

    Parameters
    ----------
    directory : Path
        Where it lives; made by `prepare`.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.spec: Json = read_json(directory / SPEC) or {}
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self, environment: dict[str, str]) -> None:
        """Start it. Should it run or have run, the new process leaves at once.

        Raises
        ------
        OSError
            It cannot be started.
        """
        descriptor = os.open(self.directory / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            # A session of its own and no descriptor of ours: it neither dies with us nor holds our port or lock.
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=self.directory,
                start_new_session=True,
            )

    @property
    def started(self) -> bool:
        """Whether it ever ran."""
        return (self.directory / STARTED).exists()

    def alive(self) -> bool:
        """Whether it runs, or is about to."""
        if self._process is not None and self._process.poll() is None:
            return True
        return held(self.directory / LOCK)

    def port(self) -> int | None:
        """Where it listens; None if it does not answer yet."""
        found = read_json(self.directory / READY)
        return None if found is None else int(found["port"])

    def last_activity(self) -> float | None:
        """When it was last used, in epoch seconds; None if it never was."""
        found = read_json(self.directory / ACTIVITY)
        return None if found is None else float(found["last_activity"])

    def complaint(self) -> str:
        """The last line that it wrote."""
        try:
            with (self.directory / LOG).open("rb") as log:
                log.seek(max(log.seek(0, os.SEEK_END) - _TAIL_BYTES, 0))
                lines = log.read().decode(errors="replace").strip().splitlines()
        except FileNotFoundError:
            return ""
        return lines[-1] if lines else ""

    def terminate(self) -> None:
        """Ask it to end; it takes its kernels and terminals along."""
        found = self._find()
        if found is not None:
            with suppress(psutil.Error):
                found.terminate()
        elif self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End it, and whatever it left."""
        found = self._find()
        if found is not None:
            with suppress(psutil.Error):
                found.kill()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self.kill_leftovers()

    def kill_leftovers(self) -> None:
        """End what it started and did not take along."""
        for process in psutil.process_iter():
            # psutil itself makes sure that the id is not another's by now.
            with suppress(psutil.Error, OSError):
                if process.uids().real == os.getuid() and process.environ().get(MARKER) == str(self.directory):
                    process.kill()

    def remove(self) -> None:
        """Remove its directory; what it worked on is elsewhere."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _find(self) -> psutil.Process | None:
        told = read_json(self.directory / STARTED)
        if told is None:
            return None
        try:
            process = psutil.Process(told["pid"])
            if abs(process.create_time() - told["created"]) < _CLOCK_SECONDS:
                return process
            # What was measured by a clock that was set since says nothing; what the process carries does.
            ours = process.environ().get(MARKER) == str(self.directory) and _MODULE in process.cmdline()
        except psutil.Error:
            return None
        return process if ours else None


def prepare(root: Path, token: str, spec: Json, *, look_seconds: float) -> AppProcess:
    """Make the directory of a life, or find it.

    Parameters
    ----------
    root : Path
        Where the directories of all apps are.
    token : str
        Its name, known to the app's record.
    spec : dict
        What the app is to be: ``lab`` (with JupyterLab or without), ``base_url``, ``hostname``, ``root`` and ``home``
        (its working directory and its home; both are made), and ``metadata``, which is for its own eyes.
    look_seconds : float
        How often it writes down when it was last used.

    Raises
    ------
    OSError
        The disk does not let us.
    """
    directory = root / token
    if not directory.exists():
        Path(spec["root"]).mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = root / f"{_NEW}{token}"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        keys = {"secret": secrets.token_urlsafe(32), "cookie_secret": secrets.token_hex(32)}
        content = {**spec, **keys, "look_seconds": look_seconds, "made": time.time()}
        write_json(fresh / SPEC, content)
        write_json(fresh / METADATA, spec["metadata"])
        fresh.rename(directory)
    Path(spec["home"]).mkdir(exist_ok=True, mode=0o700)
    return AppProcess(directory)


def sweep(root: Path, known: frozenset[str]) -> None:
    """At the engine's start: end and remove the lives that no record knows any more.

    Parameters
    ----------
    root : Path
        Where the directories of all apps are.
    known : frozenset of str
        Names of those that are still wanted.
    """
    if not root.is_dir():
        return
    for directory in root.iterdir():
        if directory.name in known:
            continue
        if not directory.name.startswith(_NEW):
            AppProcess(directory).kill()
        shutil.rmtree(directory, ignore_errors=True)


def environment(engine: Engine, process: AppProcess, own: dict[str, str]) -> dict[str, str]:
    """What an app's process finds in its environment: the engine for AWS, and a home of its own.

    Parameters
    ----------
    engine : Engine
        Its context.
    process : AppProcess
        The app.
    own : dict
        The variables of this app.
    """
    found = inherited(_NOT_INHERITED)
    found["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), found.get("PATH", os.defpath)])
    found |= {
        "HOME": process.spec["home"],
        "AWS_ACCESS_KEY_ID": engine.keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": engine.keys.secret_access_key,
        "AWS_REGION": engine.region,
        "AWS_DEFAULT_REGION": engine.region,
        "JUPYTER_SM_DATA_DIR": str(engine.data_dir),
        MARKER: str(process.directory),
        METADATA_VARIABLE: str(process.directory / METADATA),
    }
    for service in _SERVICES if engine.endpoint_url else ():
        found[f"AWS_ENDPOINT_URL_{service}"] = engine.endpoint_url
    if site.ENABLE_USER_SITE:
        # It follows HOME otherwise, and Jupyter itself may be installed there.
        found["PYTHONUSERBASE"] = site.getuserbase()
    return found | own
