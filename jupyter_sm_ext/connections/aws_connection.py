"""The connection to an AWS account."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.connections import aws_endpoints, certificates, local_engine, own_space, sdk_defaults
from jupyter_sm_ext.connections.aws_profiles import Source, explained, mfa_required, source_of
from jupyter_sm_ext.connections.connection_base import ENGINE_SERVICES, Connection
from jupyter_sm_ext.connections.connection_choice import Choice
from jupyter_sm_ext.errors import NEVER_HEARD, CredentialsError, SageMakerError, ValidationError, translated

if TYPE_CHECKING:
    import boto3
    from botocore.credentials import Credentials

    from jupyter_sm_ext.connections.sessions import AssumedRoles

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# botocore reads the token of a web identity and the answer of a process, and lets through what goes wrong with it.
_OF_PROVIDERS = (OSError, UnicodeDecodeError, json.JSONDecodeError)
_CODE = re.compile(r"\d{6}")
# Where there is no endpoint of the kind that is asked, either nobody answers there or botocore knows.
_NO_ENDPOINT = (*NEVER_HEARD, "EndpointResolutionError", "EndpointVariantError")


class AwsConnection(Connection):
    """An AWS account, reached through a profile of the user's or the default chain of credentials."""

    pace = (5.0, 30.0)
    patience = 10.0

    def __init__(self, choice: Choice, data_dir: Path) -> None:
        super().__init__(choice, data_dir)
        self._roles: AssumedRoles | None = None
        self._next_search = 0.0

    def ensure(self) -> None:
        pass  # AWS is always there

    def _new_session(self, *, raw: bool = False, code: str | None = None) -> boto3.Session:
        from jupyter_sm_ext.connections.sessions import AssumedRoles, new_session

        with self._lock:
            if self._roles is None:
                self._roles = AssumedRoles()
        codes = [] if code is None else [code]

        def ask(_: str) -> str:
            if codes:
                return codes.pop()
            # Nobody sits at the terminal of a server: who called is told, and asks.
            raise mfa_required(self._source().serial or "")

        return new_session(
            raw=raw,
            profile_name=self.profile,
            region_name=self.choice.region,
            # All clients have the same ones, or nobody could tell which of them are out of date.
            credentials=self._credentials if raw else None,
            roles=self._roles,
            prompter=ask,
            lender=self._kind_of_endpoints(),
        )

    @cached_property
    def _credentials(self) -> Credentials | None:
        """Those that the clients have; asked for when the first is made, and not for the name of the region."""
        found: Credentials | None = self.session.get_credentials()
        return found

    def client(self, service: str, *, raw: bool = False, region: str | None = None) -> Any:
        with self._lock, self.translated():
            self._refuse_leftovers()
            if not self._clients and (bundle := certificates.bundle_of(self.profile)) is not None:
                certificates.trusted(bundle)
            _ = self._credentials
            return super().client(service, raw=raw, region=region)

    def _config(self) -> Any:
        return super()._config().merge(self._kind_of_endpoints())

    def _kind_of_endpoints(self) -> Any:
        from botocore.config import Config

        # What is not chosen is left to the user's AWS configuration and environment.
        return Config(use_fips_endpoint=self.choice.fips, use_dualstack_endpoint=self.choice.dualstack)

    def renew(self, generation: int, *, patient: bool = False) -> bool:
        """Read the user's configuration again: a session stays with the keys that it found at first."""
        from botocore.exceptions import BotoCoreError, ClientError

        in_use: Credentials | None = vars(self).get("_credentials")
        now = time.monotonic()
        if self.generation == generation and patient and now < self._next_search:
            return False
        self._next_search = now + self.pace[0]
        if self._roles is not None and self.generation == generation:
            # Keys of a role that are refused shall not come from its cache. By its property they would be refreshed.
            self._roles.refused.add(str(vars(in_use).get("_access_key") if in_use else None))
        try:
            # Not under the lock: a profile with a role, or a process, may ask elsewhere for its keys.
            session = self._new_session()
            credentials = session.get_credentials()
            if self.generation == generation and not _others(credentials, in_use):
                return False
        except (BotoCoreError, ClientError, CredentialsError, *_OF_PROVIDERS):
            return False
        self._use(session, credentials, generation)
        return True

    def enter_code(self, code: str) -> None:
        code = "".join(code.split())
        if _CODE.fullmatch(code) is None:
            raise ValidationError("a one-time code is six digits")
        if self._source().serial is None:
            super().enter_code(code)
        with self.translated():
            found = self._new_session(code=code).get_credentials()
            if found is not None:
                found.get_frozen_credentials()
            # They are kept now, and this session finds them there; it asks again when they have run out.
            session = self._new_session()
            credentials = session.get_credentials()
        self._use(session, credentials, self.generation)

    def _use(self, session: boto3.Session, credentials: Credentials | None, generation: int) -> None:
        with self._lock:
            if self.generation == generation:
                self.generation += 1
                self._clients.clear()
                vars(self).pop("_identity", None)
                self._session, self._credentials = session, credentials

    def _source(self) -> Source:
        import botocore.session
        from botocore.exceptions import BotoCoreError

        try:
            return source_of(botocore.session.Session(), self.profile)
        except BotoCoreError:
            name = self.profile or "default"  # the configuration cannot be read, which is told by who reads it
            return Source(name, "nowhere", name)

    @contextmanager
    def translated(self, operation: str | None = None, resource: str | None = None) -> Iterator[None]:
        try:
            with translated(operation, resource):
                yield
        except CredentialsError as error:
            if error.source is not None:
                raise
            raise explained(error, self._source()) from error
        except SageMakerError as error:
            more = self._kinds_of_endpoints() if error.code in _NO_ENDPOINT else self._certificates(error)
            if more and more not in (error.hint or ""):
                error.hint = f"{error.hint or ''} {more}".strip()
            raise
        except _OF_PROVIDERS as error:
            source = self._source()
            if source.way not in ("process", "web identity"):
                raise
            missing = CredentialsError(str(error), code="CredentialRetrievalError")
            missing.keyless = True
            raise explained(missing, source) from error

    def _certificates(self, error: SageMakerError) -> str | None:
        """Which certificates are trusted, where one was not."""
        if error.code != "SSLError":
            return None
        bundle = certificates.bundle_of(self.profile)
        return f"Trusted is now who is in {bundle.path} ({bundle.named_by})." if bundle else None

    def _kinds_of_endpoints(self) -> str | None:
        """What is to be said of the kinds of endpoints that are asked, if they are not the ordinary ones."""
        core: Any = self.session._session
        fips, dualstack = (
            core.get_config_variable(name) if chosen is None else chosen
            for name, chosen in (
                ("use_fips_endpoint", self.choice.fips),
                ("use_dualstack_endpoint", self.choice.dualstack),
            )
        )
        partition = self.session.get_partition_for_region(self.choice.region or self._region_or("us-east-1"))
        return aws_endpoints.told(fips=bool(fips), dualstack=bool(dualstack), partition=partition)

    @property
    def region(self) -> str:
        with self.translated():
            found = self.choice.region or self.session.region_name
        if not found:
            raise ValidationError("this AWS connection has no region", hint="Choose one: connect('aws', region=...).")
        return found

    @property
    def label(self) -> str:  # type: ignore[override]
        """Profile and region, as shown on every surface."""
        return f"AWS {self.profile or 'default'} · {self.choice.region or self._region_or('no region')}"

    @property
    def id(self) -> str:  # type: ignore[override]
        """``aws:<profile>:<region>``."""
        return f"aws:{self.profile or 'default'}:{self.choice.region or self._region_or('')}"

    def _region_or(self, otherwise: str) -> str:
        try:
            return self.region
        except SageMakerError:
            return otherwise

    def caller(self) -> Mapping[str, Any]:
        found = super().caller()
        # Who asks anew has asked for all.
        vars(self)["_identity"] = found
        return found

    @cached_property
    def _identity(self) -> Mapping[str, Any]:
        return self.caller()

    @property
    def account(self) -> str:
        return str(self._identity["Account"])

    @property
    def role(self) -> str:
        if self.choice.role:
            return self.choice.role
        # In Studio and on notebook instances the caller is the execution role itself.
        arn = re.fullmatch(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.*", self._identity["Arn"])
        if arn is not None and "AWSReservedSSO" not in arn[3]:
            return f"arn:{arn[1]}:iam::{arn[2]}:role/{arn[3]}"
        found = own_space.domain_role(self)
        if found is None:
            raise ValidationError(
                "no execution role is chosen for this AWS connection, and none of a Studio domain is found",
                hint="Give the ARN of a role that SageMaker may assume: "
                f"connect('aws', role='arn:{self.partition}:iam::...').",
            )
        return found

    def environment(self) -> dict[str, str]:
        chosen = {"AWS_USE_FIPS_ENDPOINT": self.choice.fips, "AWS_USE_DUALSTACK_ENDPOINT": self.choice.dualstack}
        return {
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            **({"AWS_PROFILE": self.profile} if self.profile else {}),
            **{name: str(value).lower() for name, value in chosen.items() if value is not None},
        }

    @property
    def shadowing(self) -> tuple[str, ...]:
        """What leads to the local engine; of a profile also keys, which would come before it.

        Addresses of VPC endpoints stay, and so do keys where no profile is chosen: they are this connection's.
        """
        return (*self._leftovers(), *sdk_defaults.left_over(), *(_KEYS if self.profile else ()))

    def _leftovers(self) -> tuple[str, ...]:
        """Variables of this process that `jupyter sm env` has set for the local engine."""
        engine = local_engine.find(self.data_dir)
        if engine is None:
            return ()
        values = {engine.endpoint_url, engine.access_key_id, engine.secret_access_key}
        names = (*(f"AWS_ENDPOINT_URL_{service}" for service in ENGINE_SERVICES), *_KEYS[:2])
        return tuple(name for name in names if os.environ.get(name) in values)

    def _refuse_leftovers(self) -> None:
        if os.environ.get("AWS_ENDPOINT_URL_SAGEMAKER") and (names := self._leftovers()):
            raise ValidationError(
                f"the environment here leads to the local engine ({', '.join(names)}), not to {self.label}",
                hint="Run %sm env once more: it takes these variables away.",
            )


def _others(found: Credentials | None, in_use: Credentials | None) -> bool:
    """Whether what was found just now are other keys than those in use."""
    from botocore.credentials import RefreshableCredentials

    if found is None:
        return False
    # Raises where somebody who lends keys, such as IAM Identity Center, does not do so at the moment.
    keys = found.get_frozen_credentials()
    if in_use is None or isinstance(in_use, RefreshableCredentials):
        return True
    return bool(keys != in_use.get_frozen_credentials())
