"""What is installed here, and whether Jupyter and the local engine can use it. Nothing is written or started."""

from __future__ import annotations

import importlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from packaging.version import Version

import jupyter_sm_ext
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.diagnosis.findings import BAD, OK, SKIPPED, WARNING, Finding
from jupyter_sm_ext.errors import SageMakerError

_TOPIC = "installation"
_PACKAGES = ("boto3", "botocore", "jupyterlab", "jupyter_server", "ipywidgets", "anywidget")
_EXTENSION, _LABEXTENSION = "jupyter_sm_ext", "jupyter-sm-ext"
_LEAST_FREE = 1 << 30  # bytes; a job's model and its copies of data come on top
_PROC = Path("/proc/sys")
# What Linux says of namespaces without privileges, and the value that forbids them.
_NAMESPACES = (
    ("user/max_user_namespaces", "0"),
    ("kernel/unprivileged_userns_clone", "0"),
    ("kernel/apparmor_restrict_unprivileged_userns", "1"),
)


def installation(data_dir: Path, *, local: bool) -> Iterator[Finding]:
    """Look at the package, Jupyter, the data directory and the local engine.

    Parameters
    ----------
    data_dir : Path
        The data directory; it need not be there.
    local : bool
        Whether the engine is what the user works with.
    """
    yield _versions()
    yield _server_extension()
    yield _labextension()
    yield from _data_dir(data_dir)
    yield _engine(data_dir, needed=local)
    yield _namespaces(data_dir)


def _versions() -> Finding:
    told = [f"jupyter-sm-ext {jupyter_sm_ext.__version__}"]
    for name in _PACKAGES:
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            told.append(f"no {name}")
    python = f"Python {platform.python_version()} on {platform.system()} ({sys.executable})"
    return Finding(_TOPIC, "versions", OK, f"{', '.join(told)}; {python}")


def _server_extension() -> Finding:
    paths, config = _jupyter("jupyter_core.paths"), _jupyter("jupyter_server.extension.config")
    if paths is None or config is None:
        return Finding(_TOPIC, "server extension", SKIPPED, "There is no Jupyter Server in this environment.")
    folders = [os.fspath(Path(folder, "jupyter_server_config.d")) for folder in paths.jupyter_config_path()]
    found = _enabled(folders)
    if found is True:
        return Finding(_TOPIC, "server extension", OK, "It is enabled.")
    return Finding(
        _TOPIC,
        "server extension",
        BAD,
        "It is switched off." if found is False else "It is not enabled in this environment.",
        f"jupyter server extension enable {_EXTENSION}",
    )


def _enabled(folders: list[str]) -> bool | None:
    """What the first folder that knows the extension says of it."""
    for folder in folders:
        for path in sorted(Path(folder).glob("*.json")):
            try:
                told = json.loads(path.read_text(encoding="utf-8"))
                found = told.get("ServerApp", {}).get("jpserver_extensions", {}).get(_EXTENSION)
            except (OSError, ValueError, AttributeError):
                continue  # of a file that it cannot read the server tells by itself
            if found is not None:
                return bool(found)
    return None


def _labextension() -> Finding:
    paths = _jupyter("jupyter_core.paths")
    if paths is None:
        return Finding(_TOPIC, "labextension", SKIPPED, "There is no Jupyter in this environment.")
    folders = [Path(folder) for folder in paths.jupyter_path("labextensions")]
    found = next((path for folder in folders if (path := folder / _LABEXTENSION / "package.json").exists()), None)
    if found is None:
        return Finding(
            _TOPIC,
            "labextension",
            BAD,
            "JupyterLab does not find it in this environment.",
            f"{sys.executable} -m pip install --force-reinstall --no-deps jupyter-sm-ext",
        )
    server = _jupyter("jupyterlab_server.config")
    off = server.get_page_config([os.fspath(each) for each in folders]) if server else {}
    if _LABEXTENSION in off.get("disabledExtensions", ()):
        fix = f"jupyter labextension enable {_LABEXTENSION}"
        return Finding(_TOPIC, "labextension", BAD, "It is switched off.", fix)
    try:
        told = json.loads(found.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        told = "of no version"
    # npm writes a version before a release another way.
    if told.split("-")[0] != Version(jupyter_sm_ext.__version__).base_version:
        message = f"{found.parent} is {told}, and the package {jupyter_sm_ext.__version__}."
        fix = f"{sys.executable} -m pip install --force-reinstall --no-deps jupyter-sm-ext"
        return Finding(_TOPIC, "labextension", WARNING, message, fix)
    return Finding(_TOPIC, "labextension", OK, f"Version {told}.")


def _jupyter(module: str) -> Any:
    """A module of Jupyter's, if it is here; a kernel need not have it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def _data_dir(data_dir: Path) -> Iterator[Finding]:
    there = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    # Nothing is written to find out.
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        fix = "Choose another one: JUPYTER_SM_DATA_DIR or --data-dir."
        yield Finding(_TOPIC, "data directory", BAD, f"{data_dir} cannot be written.", fix)
        return
    made = "" if data_dir.exists() else " (it is made when it is needed)"
    yield Finding(_TOPIC, "data directory", OK, f"{data_dir}{made}")
    free = shutil.disk_usage(there).free
    message = f"{free / (1 << 30):,.1f} GiB are free."
    if free < _LEAST_FREE:
        yield Finding(_TOPIC, "disk", WARNING, message, f"Make room on the disk of {there}.")
    else:
        yield Finding(_TOPIC, "disk", OK, message)


def _engine(data_dir: Path, *, needed: bool) -> Finding:
    try:
        info = local_engine.find(data_dir)
    except SageMakerError as error:
        return Finding(_TOPIC, "local engine", BAD if needed else WARNING, error.message, error.hint)
    if info is not None:
        message = f"It runs at {info.endpoint_url} (pid {info.pid})."
        return Finding(_TOPIC, "local engine", OK, message)
    if os.name == "nt":
        message, fix = "It runs on Linux and macOS.", "jupyter sm connect aws"
        return Finding(_TOPIC, "local engine", BAD if needed else OK, message, fix if needed else None)
    return Finding(_TOPIC, "local engine", OK, "It is not running, and starts when it is needed.")


def _namespaces(data_dir: Path) -> Finding:
    with suppress(SageMakerError):  # it was told of where the engine was
        info = local_engine.find(data_dir)
        if info is not None and info.jobs:
            # It has tried, which says more than all switches.
            return Finding(_TOPIC, "namespaces", OK, f"{info.jobs[0].upper()}{info.jobs[1:]}.")
    if not _PROC.exists():
        return Finding(_TOPIC, "namespaces", OK, "Only Linux has them: local jobs have no /opt/ml of their own.")
    for name, forbidden in _NAMESPACES:
        try:
            value = (_PROC / name).read_text(encoding="ascii").strip()
        except OSError:
            continue  # this kernel has no such switch
        if value == forbidden and os.geteuid() != 0:
            message = "Linux allows none without privileges: local jobs find their files by $SAGEMAKER_BASE_DIR only."
            return Finding(_TOPIC, "namespaces", WARNING, message, f"sysctl {name.replace('/', '.')} is {value}.")
    return Finding(_TOPIC, "namespaces", OK, "Nothing here forbids them.")
