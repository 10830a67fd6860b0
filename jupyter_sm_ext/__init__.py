"""SageMaker inside JupyterLab: the public names, and what Jupyter and IPython ask a package for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_sm_ext.connections.connection import Connection, connect, current
    from jupyter_sm_ext.errors import SageMakerError
    from jupyter_sm_ext.handles.algorithm_handle import Algorithm, algorithm
    from jupyter_sm_ext.handles.compilation_handle import CompilationJob, compile  # noqa: A004 - see there
    from jupyter_sm_ext.handles.handles import TrainingJob, TuningJob
    from jupyter_sm_ext.handles.start import train, tune
    from jupyter_sm_ext.studio import Studio
    from jupyter_sm_ext.widgets.comparison import compare
    from jupyter_sm_ext.widgets.domains_panel import domains
    from jupyter_sm_ext.widgets.instance_picker import instances
    from jupyter_sm_ext.widgets.kernels_panel import kernels
    from jupyter_sm_ext.widgets.live import watch
    from jupyter_sm_ext.widgets.model_form import form
    from jupyter_sm_ext.widgets.search_panel import search
    from jupyter_sm_ext.widgets.spaces_panel import spaces

    __version__: str

__all__ = [
    "Algorithm",
    "CompilationJob",
    "Connection",
    "SageMakerError",
    "Studio",
    "TrainingJob",
    "TuningJob",
    "__version__",
    "algorithm",
    "compare",
    "compile",
    "connect",
    "current",
    "domains",
    "form",
    "instances",
    "kernels",
    "search",
    "spaces",
    "train",
    "tune",
    "watch",
]

# Looked up when first used: `%load_ext` and the start of the server must not pay for boto3 or ipywidgets.
_HOME = {
    "Algorithm": "handles.algorithm_handle",
    "algorithm": "handles.algorithm_handle",
    "CompilationJob": "handles.compilation_handle",
    "Connection": "connections.connection",
    "compile": "handles.compilation_handle",
    "connect": "connections.connection",
    "current": "connections.connection",
    "SageMakerError": "errors",
    "Studio": "studio",
    "TrainingJob": "handles.handles",
    "TuningJob": "handles.handles",
    "train": "handles.start",
    "tune": "handles.start",
    "compare": "widgets.comparison",
    "domains": "widgets.domains_panel",
    "form": "widgets.model_form",
    "instances": "widgets.instance_picker",
    "kernels": "widgets.kernels_panel",
    "search": "widgets.search_panel",
    "spaces": "widgets.spaces_panel",
    "watch": "widgets.live",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("jupyter-sm-ext")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME, "__version__"])


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext jupyter_sm_ext``: the magics."""
    from jupyter_sm_ext.magics import register

    register(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter-sm-ext"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from jupyter_sm_ext.server.app import SageMakerExtension

    return [{"module": "jupyter_sm_ext.server.app", "app": SageMakerExtension}]
