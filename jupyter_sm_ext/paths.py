"""Where things are on this machine, and how a file is written so that no half of it is ever seen."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

DATA_DIR_VARIABLE = "JUPYTER_SM_DATA_DIR"


def data_dir(option: str | os.PathLike[str] | None = None) -> Path:
    """The data directory: the option, else ``$JUPYTER_SM_DATA_DIR``, else the platform's user data directory."""
    chosen = option or os.environ.get(DATA_DIR_VARIABLE)
    return Path(chosen or platformdirs.user_data_dir("jupyter_sm_ext", appauthor=False)).expanduser().absolute()


def write_private(path: Path, content: str | bytes) -> None:
    """Replace a file by one that only its owner can read, as a whole or not at all.

    Raises
    ------
    OSError
        The directory cannot be made or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp gives 0600 from the start: there is no moment in which another user could read it.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
