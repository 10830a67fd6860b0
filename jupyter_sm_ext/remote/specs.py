"""Kernelspecs of kernels on apps, in the user's own Jupyter data directory, where every Jupyter client finds them.

Each is a directory ``sm-<owner>-<kernel>-<mark>``. Its ``kernel.json`` starts the proxy and holds no secret. While its
app does not run the file is called ``kernel.stopped.json``: no client offers the kernel then, and it is still known.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir

from jupyter_sm_ext import paths
from jupyter_sm_ext.errors import NotFoundError, SageMakerError
from jupyter_sm_ext.resources import resource

OURS = "jupyter_sm_ext"
"""Member of a kernelspec's metadata that is ours."""

READY, STOPPED = "ready", "stopped"
_PREFIX = "sm-"
_FILES = {READY: "kernel.json", STOPPED: "kernel.stopped.json"}
_SLUG_CHARACTERS = 40

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class KernelSpec:
    """A kernel on an app, as this Jupyter has it.

    Parameters
    ----------
    connection : str
        Id of the connection on which the app is.
    data_dir : Path
        Our data directory, which the proxy is to use.
    app_key : tuple of str
        Parts of the app's REST path: domain, ``space`` or ``profile``, owner, type and name.
    kernel : str
        What the kernel is called on the app.
    title : str
        What it is called there for people.
    language : str
        Its language.
    instance : str or None
        The app's type of instance.
    debugger : bool
        Whether it says that it has a debugger.
    state : {"ready", "stopped"}
        Whether Jupyter offers it.
    fips, dualstack : bool or None
        Endpoints that the connection was chosen with, which its id does not tell; None: as the AWS configuration has
        it.
    """

    connection: str
    data_dir: Path
    app_key: tuple[str, ...]
    kernel: str
    title: str
    language: str
    instance: str | None = None
    debugger: bool = False
    state: str = READY
    fips: bool | None = None
    dualstack: bool | None = None
    #: Set apart from another kernel of the same display name.
    apart: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """What this Jupyter calls it: the same whenever it is added again, so that notebooks find it."""
        identity = [self.connection, str(self.data_dir) if self.connection == "local" else "", *self.app_key]
        mark = hashlib.sha256(json.dumps([*identity, self.kernel]).encode()).hexdigest()[:8]
        words = re.sub(r"[^a-z0-9]+", "-", f"{self.owner}-{self.kernel}".lower()).strip("-")[:_SLUG_CHARACTERS]
        return f"{_PREFIX}{words.rstrip('-')}-{mark}"

    @property
    def owner(self) -> str:
        """Name of the space or the profile."""
        return self.app_key[2]

    @property
    def display_name(self) -> str:
        """For people: language, instance and owner."""
        title = self.title.removesuffix(" (ipykernel)")
        return f"{title} - {self.place}{f' [{self.apart}]' if self.apart else ''}"

    @property
    def place(self) -> str:
        """Instance and owner: ``ml.trn1.2xlarge (my-space)``."""
        return f"{self.instance} ({self.owner})" if self.instance else self.owner

    @property
    def text(self) -> str:
        """Whether it can be used, in words."""
        return f"Ready on {self.instance or 'its app'}" if self.state == READY else "Stopped: its app does not run"

    def as_dict(self) -> Json:
        """For REST and for people's scripts."""
        return {
            "name": self.name,
            "display_name": self.display_name,
            "connection": self.connection,
            "app_key": list(self.app_key),
            "kernel": self.kernel,
            "language": self.language,
            "instance": self.instance,
            "owner": self.owner,
            "state": self.state,
            "text": self.text,
        }

    def content(self) -> Json:
        """What its ``kernel.json`` says."""
        ours = {
            "connection": self.connection,
            "app_key": list(self.app_key),
            "kernel": self.kernel,
            "instance": self.instance,
            "space": self.owner,
            "title": self.title,
            "apart": self.apart,
            "fips": self.fips,
            "dualstack": self.dualstack,
        }
        command = [sys.executable, "-m", "jupyter_sm_ext.remote", "-f", "{connection_file}"]
        named = ["--connection", self.connection, "--app", "/".join(self.app_key), "--kernel", self.kernel]
        endpoints = [
            f"--{name}" if wanted else f"--no-{name}"
            for name, wanted in (("fips", self.fips), ("dualstack", self.dualstack))
            if wanted is not None
        ]
        return {
            "argv": [*command, *named, "--language", self.language, *endpoints],
            "display_name": self.display_name,
            "language": self.language,
            # A signal would reach the proxy, and the kernel is on another machine.
            "interrupt_mode": "message",
            "env": {paths.DATA_DIR_VARIABLE: str(self.data_dir)},
            # What is left of the way to the kernel, within this machine, can be encrypted by those who ask for it.
            "metadata": {"debugger": self.debugger, "supported_encryption": ["curve"], OURS: ours},
        }


def installed(data_dir: Path) -> list[KernelSpec]:
    """Kernels on apps that this Jupyter has, ready and stopped, by name; reads files and asks nobody.

    Parameters
    ----------
    data_dir : Path
        Our data directory: kernels of another one are not this one's.
    """
    found = (_read(directory) for directory in sorted(_root().glob(f"{_PREFIX}*")))
    return [spec for spec in found if spec is not None and spec.data_dir == data_dir]


def write(spec: KernelSpec, logos: Mapping[str, bytes] | None = None) -> KernelSpec:
    """Install a kernel, or bring it up to date; returns it as it is then.

    Parameters
    ----------
    spec : KernelSpec
        The kernel.
    logos : mapping of str to bytes, optional
        Files of its logos; those that are there stay if not given.

    Raises
    ------
    SageMakerError
        The directory cannot be written.
    """
    directory = _root() / spec.name
    try:
        spec = replace(spec, apart=_apart(spec))
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, content in (logos or {}).items():
            if _bytes(directory / name) != content:
                paths.write_private(directory / name, content)
        text = json.dumps(spec.content(), indent=1, ensure_ascii=False)
        # Last: until it is there, nobody takes the directory for a kernel.
        if _bytes(directory / _FILES[spec.state]) != text.encode():
            paths.write_private(directory / _FILES[spec.state], text)
        for state, name in _FILES.items():
            if state != spec.state:
                (directory / name).unlink(missing_ok=True)
        _touch()
    except OSError as error:
        raise SageMakerError(f"the kernel cannot be added in {directory}: {error.strerror}") from error
    return spec


def park(spec: KernelSpec) -> None:
    """Take a kernel out of the pickers, and keep it in mind."""
    directory = _root() / spec.name
    with suppress(FileNotFoundError):
        (directory / _FILES[READY]).replace(directory / _FILES[STOPPED])
        _touch()


def remove(name: str) -> None:
    """Forget a kernel.

    Raises
    ------
    NotFoundError
        There is none of ours with this name.
    """
    directory = _root() / name
    # A name is never a path, and a kernel of somebody else is not ours to remove.
    if Path(name).name != name or not name.startswith(_PREFIX) or _read(directory) is None:
        raise NotFoundError(f"there is no kernel {name!r} on an app", hint="The kernels there are: %sm kernels")
    for file in _FILES.values():
        (directory / file).unlink(missing_ok=True)
    shutil.rmtree(directory, ignore_errors=True)
    _touch()


def stamp() -> int:
    """A number that changes whenever a kernel was added, changed, parked or removed by any process."""
    try:
        return _root().stat().st_mtime_ns
    except OSError:
        return 0


def of_app(specs: Iterable[KernelSpec], app_key: tuple[str, ...]) -> list[KernelSpec]:
    """Those of one app."""
    return [spec for spec in specs if spec.app_key == app_key]


def _root() -> Path:
    return Path(jupyter_data_dir()) / "kernels"


def _touch() -> None:
    # Renaming a file does not change the directory above its own.
    with suppress(OSError):
        os.utime(_root())


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _read(directory: Path) -> KernelSpec | None:
    """What a directory says, if it is one of ours that can be understood."""
    for state, name in _FILES.items():
        try:
            told = json.loads((directory / name).read_text(encoding="utf-8"))
            ours = told["metadata"][OURS]
            app_key = tuple(map(str, ours["app_key"]))
            resource("App").key_request(app_key)
            return KernelSpec(
                connection=str(ours["connection"]),
                data_dir=Path(told["env"][paths.DATA_DIR_VARIABLE]),
                app_key=app_key,
                kernel=str(ours["kernel"]),
                title=str(ours["title"]),
                language=str(told["language"]),
                instance=ours["instance"],
                debugger=bool(told["metadata"]["debugger"]),
                state=state,
                apart=str(ours["apart"]),
                # Earlier versions did not write them.
                fips=ours.get("fips"),
                dualstack=ours.get("dualstack"),
            )
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return None


def _apart(spec: KernelSpec) -> str:
    """What tells it from another kernel of the same display name, if there is one."""
    plain = replace(spec, apart="").display_name
    others = [_read(directory) for directory in _root().glob(f"{_PREFIX}*") if directory.name != spec.name]
    taken = {other.display_name for other in others if other is not None}
    if plain not in taken:
        return ""
    domain, _, _, app_type, name = spec.app_key
    return ", ".join([domain, app_type, name, *([spec.connection] if spec.connection != "local" else [])])
