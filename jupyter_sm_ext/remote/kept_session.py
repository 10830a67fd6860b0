"""The cookies of an app, shared by all kernels of this user on it, in a file that only this user can read.

Without it every kernel would ask for a presigned URL of its own, and load boto3 to do so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from jupyter_sm_ext import paths


@dataclass(frozen=True)
class KeptSession:
    """Signed in at an app.

    Parameters
    ----------
    base_url : str
        Of its Jupyter Server, with a slash at the end.
    cookies : mapping of str to str
        What to send there. Never shown.
    """

    base_url: str
    cookies: Mapping[str, str] = field(repr=False)


def session_file(data_dir: Path, connection: str, app: str) -> Path:
    """Where the session of an app is kept.

    Parameters
    ----------
    data_dir : Path
        The data directory.
    connection : str
        Id of the connection.
    app : str
        The app's key, as a path.
    """
    mark = hashlib.sha256(f"{connection}\n{app}".encode()).hexdigest()[:32]
    return data_dir / "remote" / f"session-{mark}.json"


def read_session(path: Path) -> KeptSession | None:
    """The session kept in a file; None if there is none that can be understood."""
    try:
        return KeptSession(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError):
        return None


def keep_session(path: Path, session: KeptSession) -> None:
    """Keep a session; a disk that is full costs the next kernel a second, and nobody anything else."""
    with suppress(OSError):
        paths.write_private(path, json.dumps(asdict(session)))


def forget_session(path: Path) -> None:
    """The app is gone, and so is what its cookies were good for."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
