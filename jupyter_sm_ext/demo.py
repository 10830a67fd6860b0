"""The packaged notebooks: copied beside the user and opened in JupyterLab."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

from jupyter_sm_ext.errors import SageMakerError, ValidationError

QUICKSTART = "01_quickstart.ipynb"


def packaged() -> Path:
    """Where the notebooks are: in the package, or beside it in a checkout.

    Raises
    ------
    SageMakerError
        This installation has none.
    """
    here = Path(__file__).parent
    for folder in (here / "notebooks", here.parent / "notebooks"):
        if (folder / QUICKSTART).is_file():
            return folder
    raise SageMakerError("this installation of jupyter-sm-ext has no notebooks")


def copy_notebooks(folder: str | os.PathLike[str] = ".") -> list[Path]:
    """Copy the packaged notebooks into a folder; what is there already stays as it is.

    Returns
    -------
    list of Path
        The notebooks there, in order.

    Raises
    ------
    ValidationError
        The folder cannot be made or written.
    """
    target = Path(folder).expanduser().absolute()
    copied = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for source in sorted(packaged().glob("*.ipynb")):
            path = target / source.name
            if not path.exists():
                shutil.copyfile(source, path)
            copied.append(path)
    except OSError as error:
        raise ValidationError(f"cannot write to {target}: {error.strerror}") from error
    return copied


def lab_command(notebook: Path, *, browser: bool = True, port: int | None = None) -> list[str]:
    """The command that opens a notebook in JupyterLab, on loopback and behind a token."""
    # By its address and not as a file: so the address that is printed leads to the notebook, too.
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={notebook.parent}",
        f"--LabApp.default_url=/lab/tree/{quote(notebook.name)}",
        "--ServerApp.ip=127.0.0.1",
    ]
    if not browser:
        command.append("--no-browser")
    if port is not None:
        command.append(f"--ServerApp.port={port}")
    # Jupyter refuses root unless told; in a container there is nobody else.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command
