"""Kernels of apps in this Jupyter: an ordinary kernelspec for each, which starts a proxy.

`sign_in` (an app's Jupyter Server), `specs` (the kernelspecs), `adding` and `syncing` (from apps to kernelspecs, and
when apps stop), `transfers`, `uploads` and `downloads` (files).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_sm_ext.remote.adding import add
    from jupyter_sm_ext.remote.app_files import Moved
    from jupyter_sm_ext.remote.specs import KernelSpec, installed, remove, stamp
    from jupyter_sm_ext.remote.syncing import sync
    from jupyter_sm_ext.remote.transfers import download, running_app, upload

__all__ = [
    "KernelSpec",
    "Moved",
    "add",
    "download",
    "installed",
    "remove",
    "running_app",
    "stamp",
    "sync",
    "upload",
]

# Looked up when first used: the proxy's start must not pay for what it does not need.
_HOME = {
    "KernelSpec": "specs",
    "Moved": "app_files",
    "add": "adding",
    "download": "transfers",
    "installed": "specs",
    "remove": "specs",
    "running_app": "transfers",
    "stamp": "specs",
    "sync": "syncing",
    "upload": "transfers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
