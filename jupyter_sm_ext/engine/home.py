"""The engine's place on the disk: its directory, its lock, and the file that tells clients where and who it is."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import secrets
import string
import tempfile
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from jupyter_sm_ext.engine.context import Keys
from jupyter_sm_ext.errors import EngineError

ACCOUNT = "000000000000"
REGION = "us-east-1"
_REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d{1,2}")
_KEY_CHARACTERS = string.ascii_uppercase + "234567"


class LockedError(EngineError):
    """Another engine has the directory."""


@dataclass
class Identity:
    """Content of ``engine.json``; ``pid`` is 0 when no engine runs."""

    endpoint_url: str
    pid: int
    data_dir: str
    region: str
    account: str
    access_key_id: str
    secret_access_key: str
    jobs: str = ""
    """What jobs have of their own here, for who asks; engines before this one did not tell."""

    def __repr__(self) -> str:
        return f"Identity(endpoint_url={self.endpoint_url!r}, pid={self.pid})"

    @property
    def keys(self) -> Keys:
        """The pair that signs requests."""
        return Keys(self.access_key_id, self.secret_access_key)

    @property
    def port(self) -> int:
        """Where it listens, or listened last; 0 if it never did."""
        try:
            return urlsplit(self.endpoint_url).port or 0
        except ValueError:
            return 0

    def told(self) -> dict[str, str | int]:
        """What the ready line says: everything but the keys."""
        return {name: value for name, value in asdict(self).items() if "key" not in name and name in _LASTING}


# What an engine takes over from the one before.
_LASTING = tuple(each.name for each in fields(Identity) if each.default is MISSING)


class Home:
    """A data directory, held by this process until `leave`.

    Parameters
    ----------
    path : Path
        Made if it is not there, for its owner alone.

    Raises
    ------
    EngineError
        It cannot be made or written.
    LockedError
        Another engine has it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock: IO[str] = (self.path / "engine.lock").open("a", encoding="utf-8")
        except OSError as error:
            raise EngineError(f"cannot use the data directory {self.path}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise LockedError(f"another engine is running on {self.path}") from error
            raise EngineError(f"cannot lock the data directory {self.path}: {error.strerror}") from error
        self._file = self.path / "engine.json"

    def identity(self) -> Identity:
        """Who the engine was the last time, or a new one with new keys."""
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
            known = Identity(**{name: told[name] for name in _LASTING})
            # Text of another type would be found out much later, in the middle of a request.
            texts = [getattr(known, name) for name in _LASTING if name != "pid"]
            if all(isinstance(value, str) and value for value in texts):
                known.data_dir = str(self.path)
                return known
        except (OSError, ValueError, KeyError, TypeError):
            pass
        region = os.environ.get("AWS_REGION", "")
        return Identity(
            endpoint_url="http://127.0.0.1:0",
            pid=0,
            data_dir=str(self.path),
            region=region if _REGION.fullmatch(region) else REGION,
            account=ACCOUNT,
            access_key_id="SMLOCAL" + "".join(secrets.choice(_KEY_CHARACTERS) for _ in range(13)),
            secret_access_key=secrets.token_urlsafe(30),
        )

    def publish(self, identity: Identity) -> None:
        """Write ``engine.json``, as a whole, and readable by its owner alone from the start.

        Raises
        ------
        EngineError
            The directory cannot be written.
        """
        temporary: Path | None = None
        try:
            # mkstemp makes it 0600 whatever the umask is.
            handle, name = tempfile.mkstemp(dir=self.path, prefix=".engine.json.")
            temporary = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(identity), file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._file)
        except OSError as error:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise EngineError(f"cannot write {self._file}: {error.strerror}") from error

    def leave(self) -> None:
        """Give the directory free."""
        self._lock.close()
