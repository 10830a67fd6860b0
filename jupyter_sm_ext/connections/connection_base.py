"""What a connection is, to the local engine or to AWS: its clients, and the state of its credentials."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from jupyter_sm_ext.connections import aws_profiles, own_space
from jupyter_sm_ext.connections.connection_choice import Choice
from jupyter_sm_ext.connections.connection_rules import rules_here
from jupyter_sm_ext.connections.denied import DeniedOperations
from jupyter_sm_ext.errors import CredentialsError, MfaRequiredError, SageMakerError, ValidationError, translated

if TYPE_CHECKING:
    import boto3

T = TypeVar("T")

# The services that the engine answers for, by the suffix of AWS's endpoint variables.
ENGINE_SERVICES = ("SAGEMAKER", "S3", "STS", "CLOUDWATCH_LOGS", "CLOUDWATCH", "SAGEMAKER_METRICS", "SERVICE_QUOTAS")
_STATES = {424: "credentials", 502: "unreachable"}
_POOL = 64
CONNECT_SECONDS = 10  # nobody watches a minute of silence, and the end of a server waits for calls under way
READ_SECONDS = 30  # no answer of SageMaker takes so long; who never answers keeps a thread so long, several times


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
        self._session: boto3.Session | None = None
        self._clients: dict[tuple[str, bool, str | None], Any] = {}
        self._kept: dict[str, Any] = {}
        #: Counts the credentials that were used one after the other.
        self.generation = 0
        #: What IAM has denied lately.
        self.denied = DeniedOperations(lambda: self.generation)

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
        with self.translated():
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
    def session(self) -> boto3.Session:
        """A boto3 session whose clients go to this connection."""
        # Not a cached property: those have locks of their own, and who makes a client holds ours when it wants this.
        with self._lock:
            if self._session is None:
                self._session = self._new_session()
            return self._session

    def client(self, service: str, *, raw: bool = False, region: str | None = None) -> Any:
        """A boto3 client, made once.

        Parameters
        ----------
        service : str
            boto3's name of the service.
        raw : bool
            The client answers ``{"Raw": bytes, "Parsed": ...}``, the service's own JSON.
        region : str, optional
            Another region than the connection's, for services that are in few.

        Raises
        ------
        SageMakerError
            The engine could not be started, or profile, region or credentials are wrong.
        """
        with self._lock, self.translated():
            key = (service, raw, region)
            if key not in self._clients:
                session: Any = self._new_session(raw=True) if raw else self.session
                try:
                    made = session.client(service, region_name=region, config=self._config_of(service))
                except ValueError as error:
                    raise ValidationError(
                        f"{self.label} has no address for {service}: {error}",
                        hint="See to AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_* in the environment, and to endpoint_url "
                        "in the AWS configuration.",
                    ) from error
                self._clients[key] = made
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

    def _config_of(self, service: str) -> Any:
        from botocore.config import Config

        # S3 puts large objects together before it answers.
        return self._config() if service == "s3" else self._config().merge(Config(read_timeout=READ_SECONDS))

    def _config(self) -> Any:
        from botocore.config import Config

        return Config(
            max_pool_connections=_POOL,
            connect_timeout=CONNECT_SECONDS,
            retries={"mode": "standard"},
            user_agent_extra="jupyter-sm-ext",
        )

    @property
    def awake(self) -> bool:
        """Whether somebody would answer now, without anything being started for it."""
        return True

    def renew(self, generation: int, *, patient: bool = False) -> bool:
        """Look for other credentials than those that were refused, and use them from now on.

        Parameters
        ----------
        generation : int
            Which ones were refused.
        patient : bool
            Only if nobody has looked just now: for those who ask again and again.

        Returns
        -------
        bool
            Whether there are others.
        """
        return self.generation != generation

    def translated(self, operation: str | None = None, resource: str | None = None) -> AbstractContextManager[None]:
        """What botocore raises within is raised as ours, and names whose credentials it is about.

        Parameters
        ----------
        operation : str, optional
            The AWS operation that is called.
        resource : str, optional
            ARN of what it is about.
        """
        return translated(operation, resource)

    def enter_code(self, code: str) -> None:
        """Get credentials by a one-time code, which is kept nowhere.

        Parameters
        ----------
        code : str
            What the MFA device shows.

        Raises
        ------
        ValidationError
            This connection wants none, or it is no such code.
        CredentialsError
            It was refused.
        """
        raise ValidationError(f"{self.label} wants no one-time code")

    def renewing(self, call: Callable[[], T], operation: str | None = None, resource: str | None = None) -> T:
        """Make a call, and make it again if its credentials were refused and the user has renewed them.

        Parameters
        ----------
        call : callable
            Gets its client anew each time; what botocore raises is raised as `translated` does.
        operation, resource : str, optional
            Of that.
        """
        generation = self.generation
        try:
            with self.translated(operation, resource):
                return call()
        except CredentialsError:
            if not self.renew(generation):
                raise
        with self.translated(operation, resource):
            return call()

    def caller(self) -> Mapping[str, Any]:
        """Ask whose the credentials are, each time anew: the answer of GetCallerIdentity.

        Raises
        ------
        SageMakerError
            They are nobody's, or STS does not answer.
        """
        found: Mapping[str, Any] = self.renewing(lambda: self.client("sts").get_caller_identity(), "GetCallerIdentity")
        return found

    @abstractmethod
    def ensure(self) -> None:
        """Make sure that somebody can answer: start the engine if it is the local one and is not running."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Environment variables that send any AWS client of this machine to this connection."""

    @property
    def shadowing(self) -> tuple[str, ...]:
        """Variables that would override those of `environment`."""
        return ("AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")

    def as_dict(self, refusal: SageMakerError | None = None) -> dict[str, Any]:
        """The REST body of ``connection``; what cannot be found out is null, and ``message`` says why.

        Parameters
        ----------
        refusal : SageMakerError, optional
            Why nothing is asked of this connection.
        """
        rules = rules_here()
        told: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "label": self.label,
            "profile": self.profile,
            "fips": self.choice.fips,
            "dualstack": self.choice.dualstack,
            "chosen": {name: getattr(self.choice, name) for name in ("region", "role", "bucket")},
            "data_dir": str(self.data_dir),
            "state": "forbidden" if refusal else "ready",
            "message": refusal and refusal.message,
            "hint": refusal and refusal.hint,
            "mfa_serial": None,
            "rules": rules.as_dict(),
            "profiles": [each.as_dict() for each in aws_profiles.offered() if rules.allows_profile(each.name)],
            "regions": rules.regions_offered,
        }
        for name in ("region", "account", "role", "bucket", "domain_id", "user_profile_name"):
            told[name] = getattr(self.choice, name, None)
            if told["state"] != "ready":
                continue  # each further question would wait as long again, or ask for nothing
            try:
                told[name] = getattr(self, name)
            except SageMakerError as error:
                if told["state"] == "ready" and name not in ("role", "domain_id", "user_profile_name"):
                    told["state"] = _STATES.get(error.status, "ready")
                    if isinstance(error, MfaRequiredError):
                        told["state"], told["mfa_serial"] = "mfa", error.serial
                if told["message"] is None:
                    told["message"], told["hint"] = error.message, error.hint
        told["here"] = self.here if told["state"] == "ready" else None
        return told
