"""Which SageMaker: the local engine or AWS. Clients, the persisted choice and the state of credentials."""

from __future__ import annotations

import json
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from jupyter_sm_ext import own_space, paths
from jupyter_sm_ext.errors import CredentialsError, EngineError, SageMakerError, ValidationError
from jupyter_sm_ext.errors import translated as translated  # those who know connections need it, too

if TYPE_CHECKING:
    import boto3

T = TypeVar("T")

# The services that the engine answers for, by the suffix of AWS's endpoint variables.
ENGINE_SERVICES = ("SAGEMAKER", "S3", "STS", "CLOUDWATCH_LOGS", "CLOUDWATCH", "SAGEMAKER_METRICS", "SERVICE_QUOTAS")
_POOL = 64
_CONNECT_SECONDS = 10  # nobody watches a minute of silence, and the end of a server waits for calls under way


@dataclass(frozen=True)
class Choice:
    """What the user chose, as kept in ``connection.json``: no secrets."""

    kind: str = "local"
    profile: str | None = None
    region: str | None = None
    role: str | None = None
    bucket: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("local", "aws"):
            raise ValidationError(f"a connection is 'local' or 'aws', not {self.kind!r}")
        if self.kind == "local" and (self.profile or self.region or self.role):
            raise ValidationError("profile, region and role belong to an 'aws' connection")


class Connection(ABC):
    """One SageMaker to talk to; safe to share between threads.

    Parameters
    ----------
    choice : Choice
        What the user chose.
    data_dir : Path
        The data directory; that of the engine when local.
    """

    label: str
    id: str
    #: Seconds between two looks at something that changes: at first, and when nothing happens.
    pace: ClassVar[tuple[float, float]]
    #: Seconds after which an answer that has not come is told of.
    patience: ClassVar[float]

    def __init__(self, choice: Choice, data_dir: Path) -> None:
        self.choice = choice
        self.data_dir = data_dir
        self._lock = threading.RLock()
        self._clients: dict[tuple[str, bool, str | None], Any] = {}
        self._kept: dict[str, Any] = {}
        #: Counts the credentials that were used one after the other.
        self.generation = 0

    @property
    def kind(self) -> str:
        """``local`` or ``aws``."""
        return self.choice.kind

    @property
    def profile(self) -> str | None:
        """AWS profile, or None for the default chain of credentials."""
        return self.choice.profile

    @property
    @abstractmethod
    def region(self) -> str:
        """AWS region; the engine has one too."""

    @property
    def partition(self) -> str:
        """AWS partition of the region: ``aws``, ``aws-cn``, ``aws-us-gov``."""
        with translated():
            return self.session.get_partition_for_region(self.region)

    @property
    @abstractmethod
    def account(self) -> str:
        """Account id, 12 digits."""

    @property
    @abstractmethod
    def role(self) -> str:
        """ARN of the execution role that jobs get."""

    @property
    def bucket(self) -> str:
        """Bucket for code, data and artifacts: the chosen one, else the SDK's default name."""
        return self.choice.bucket or f"sagemaker-{self.region}-{self.account}"

    @property
    def here(self) -> own_space.Here | None:
        """The app of this connection that we run in; None outside Studio, or if it belongs to another one."""
        return own_space.find_on(self)

    @property
    def domain_id(self) -> str | None:
        """The Studio domain that we are in; else the first there is."""
        return own_space.default_domain(self)

    @property
    def user_profile_name(self) -> str | None:
        """The user profile that we work as; else the first of that domain."""
        return own_space.default_profile(self)

    @property
    @abstractmethod
    def session(self) -> boto3.Session:
        """A boto3 session whose clients go to this connection."""

    def client(self, service: str, *, raw: bool = False, region: str | None = None) -> Any:
        """A boto3 client, made once.

        Parameters
        ----------
        service : str
            boto3's name of the service.
        raw : bool
            The client answers ``{"Raw": bytes, ...}``, the service's JSON unparsed.
        region : str, optional
            Another region than the connection's, for services that are in few.

        Raises
        ------
        SageMakerError
            The engine could not be started, or profile, region or credentials are wrong.
        """
        with self._lock, translated():
            key = (service, raw, region)
            if key not in self._clients:
                session: Any = self._new_session(raw=True) if raw else self.session
                self._clients[key] = session.client(service, region_name=region, config=self._config())
            return self._clients[key]

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """Something that is made once, by whoever asks first, and lives as long as this connection."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = make()
            kept: T = self._kept[name]
            return kept

    @abstractmethod
    def _new_session(self, *, raw: bool = False) -> boto3.Session: ...

    def _config(self) -> Any:
        from botocore.config import Config

        return Config(
            max_pool_connections=_POOL,
            connect_timeout=_CONNECT_SECONDS,
            retries={"mode": "standard"},
            user_agent_extra="jupyter-sm-ext",
        )

    @property
    def awake(self) -> bool:
        """Whether somebody would answer now, without anything being started for it."""
        return True

    def renew(self, generation: int) -> bool:
        """Look for other credentials than those that were refused, and use them from now on.

        Parameters
        ----------
        generation : int
            Which ones were refused.

        Returns
        -------
        bool
            Whether there are others.
        """
        return self.generation != generation

    def renewing(self, call: Callable[[], T]) -> T:
        """Make a call, and make it again if its credentials were refused and the user has renewed them."""
        generation = self.generation
        try:
            return call()
        except CredentialsError:
            if not self.renew(generation):
                raise
            return call()

    @abstractmethod
    def ensure(self) -> None:
        """Make sure that somebody can answer: start the engine if it is the local one and is not running."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Environment variables that send any AWS client of this machine to this connection."""

    #: Variables that would override those of `environment`.
    shadowing: ClassVar[tuple[str, ...]] = ("AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")

    def as_dict(self) -> dict[str, Any]:
        """The connection for people and REST, without secrets; calls the service once to learn its state."""
        told: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "label": self.label,
            "profile": self.profile,
            "data_dir": str(self.data_dir),
            "state": "ready",
            "message": None,
            "profiles": available_profiles(),
        }
        names = ("region", "account", "role", "bucket", "domain_id", "user_profile_name")
        for name in names:
            told[name] = None
            if told["state"] == "unreachable":
                continue  # each further question would wait as long again
            try:
                told[name] = getattr(self, name)
            except SageMakerError as error:
                if told["state"] == "ready" and name not in ("role", "domain_id", "user_profile_name"):
                    told["state"] = {424: "credentials", 502: "unreachable"}.get(error.status, "ready")
                told["message"] = told["message"] or error.message
        told["here"] = self.here if told["state"] == "ready" else None
        return told


class Connections:
    """The connection in use, of a server or of a kernel: the user's persisted choice unless one is set here.

    Parameters
    ----------
    data_dir : path, optional
        See `paths.data_dir`.
    """

    def __init__(self, data_dir: str | os.PathLike[str] | None = None) -> None:
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self._known: tuple[Path, Choice] | None = None
        self._connection: Connection | None = None
        self._pinned: Connection | None = None

    @property
    def data_dir(self) -> Path:
        """Where the choice is kept."""
        return paths.data_dir(self._data_dir)

    def current(self) -> Connection:
        """The connection to use now.

        Raises
        ------
        ValidationError
            ``connection.json`` cannot be understood.
        """
        with self._lock:
            if self._pinned is not None:
                return self._pinned
            known = (self.data_dir, read_choice(self.data_dir))
            if self._connection is None or known != self._known:
                self._connection, self._known = open_connection(known[1], known[0]), known
            return self._connection

    def choose(self, choice: Choice) -> Connection:
        """Make this the user's choice, for every server and kernel that follows it.

        Raises
        ------
        EngineError
            The data directory cannot be written.
        """
        try:
            paths.write_private(self.data_dir / "connection.json", json.dumps(asdict(choice)))
        except OSError as error:
            raise EngineError(f"cannot write to {self.data_dir}: {error.strerror}") from error
        with self._lock:
            self._pinned = None
        return self.current()

    def pin(self, connection: Connection) -> None:
        """Use this one from now on, whatever the persisted choice says."""
        with self._lock:
            self._pinned = connection


def read_choice(data_dir: Path) -> Choice:
    """The persisted choice; `local` if there is none.

    Raises
    ------
    ValidationError
        The file cannot be understood.
    """
    path = data_dir / "connection.json"
    try:
        return Choice(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Choice()
    except (TypeError, ValueError, OSError) as error:
        raise ValidationError(f"{path} cannot be understood: {error}", hint="Delete it or choose again.") from error


def open_connection(choice: Choice, data_dir: Path) -> Connection:
    """The connection of a choice; nothing is called yet."""
    # Here and not above: both build on this module.
    from jupyter_sm_ext.aws_connection import AwsConnection
    from jupyter_sm_ext.local_connection import LocalConnection

    return (LocalConnection if choice.kind == "local" else AwsConnection)(choice, data_dir)


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


def available_profiles() -> list[str]:
    """Profiles of the user's AWS configuration."""
    import botocore.session
    from botocore.exceptions import BotoCoreError

    try:
        return sorted(botocore.session.Session().available_profiles)
    except BotoCoreError:
        return []


# A kernel has one connection, as it has one working directory: `sm.connect()` in one cell holds for the next.
_OF_THIS_PROCESS = Connections()


def connect(
    kind: str = "local",
    *,
    profile: str | None = None,
    region: str | None = None,
    role: str | None = None,
    bucket: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
) -> Connection:
    """Choose the SageMaker of this kernel; the user's persisted choice stays as it is.

    Parameters
    ----------
    kind : {"local", "aws"}
        The engine on this machine, or an AWS account.
    profile, region, role : str, optional
        For AWS: profile of the user's configuration, region, ARN of the execution role.
    bucket : str, optional
        Bucket for code, data and artifacts.
    data_dir : path, optional
        Data directory of the engine.

    Raises
    ------
    ValidationError
        The options do not fit together.
    EngineError
        The local engine could not be started.
    """
    choice = Choice(kind, profile, region, role, bucket)
    connection = open_connection(choice, paths.data_dir(data_dir))
    connection.ensure()
    _OF_THIS_PROCESS.pin(connection)
    return connection


def choose(choice: Choice) -> Connection:
    """Make this the user's choice, for every server and kernel that follows it, and for this process.

    Raises
    ------
    EngineError
        The data directory cannot be written.
    """
    return _OF_THIS_PROCESS.choose(choice)


def current(data_dir: str | os.PathLike[str] | None = None) -> Connection:
    """The connection of this kernel: that of the last `connect`, else the user's persisted choice."""
    return _OF_THIS_PROCESS.current() if data_dir is None else Connections(data_dir).current()
