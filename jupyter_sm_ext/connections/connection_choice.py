"""What the user chose of connections, as it is kept, and as the id of a connection tells it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_sm_ext import paths
from jupyter_sm_ext.errors import EngineError, ValidationError

_FILE = "connection.json"
# An older version of this package reads the file, too, and knows nothing of these.
_NEWER = ("fips", "dualstack")


@dataclass(frozen=True)
class Choice:
    """What the user chose, as kept in ``connection.json``: no secrets."""

    kind: str = "local"
    profile: str | None = None
    region: str | None = None
    role: str | None = None
    bucket: str | None = None
    #: Endpoints of FIPS 140, and those that answer over IPv6, too; None: as the AWS configuration has it.
    fips: bool | None = None
    dualstack: bool | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("local", "aws"):
            raise ValidationError(f"a connection is 'local' or 'aws', not {self.kind!r}")
        if self.kind == "local" and (self.profile or self.region or self.role or self.fips or self.dualstack):
            raise ValidationError("profile, region, role and kinds of endpoints belong to an 'aws' connection")

    @property
    def words(self) -> str:
        """For people."""
        if self.kind == "local":
            return "the local engine"
        return f"AWS {self.profile or 'default'}{f' · {self.region}' if self.region else ''}"


def read_choice(data_dir: Path) -> Choice | None:
    """The persisted choice, if there is one.

    Raises
    ------
    ValidationError
        The file cannot be understood.
    """
    path = data_dir / _FILE
    try:
        return Choice(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (TypeError, ValueError, OSError) as error:
        raise ValidationError(f"{path} cannot be understood: {error}", hint="Delete it or choose again.") from error


def write_choice(choice: Choice, data_dir: Path) -> None:
    """Keep a choice.

    Raises
    ------
    EngineError
        The data directory cannot be written.
    """
    kept = {name: value for name, value in asdict(choice).items() if value is not None or name not in _NEWER}
    try:
        paths.write_private(data_dir / _FILE, json.dumps(kept))
    except OSError as error:
        raise EngineError(f"cannot write to {data_dir}: {error.strerror}") from error


def choice_of(connection_id: str) -> Choice:
    """The choice behind the id of a connection, for a process that is told nothing else; role and bucket are not in it.

    Raises
    ------
    ValidationError
        It is no id of a connection.
    """
    kind, _, rest = connection_id.partition(":")
    # A profile may have colons, a region has none.
    profile, _, region = rest.rpartition(":")
    if (kind == "local" and rest) or (kind == "aws" and not (profile and region)):
        raise ValidationError(f"{connection_id!r} is no id of a connection")
    return Choice(kind, None if profile == "default" else profile or None, region or None)
