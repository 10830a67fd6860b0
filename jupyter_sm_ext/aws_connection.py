"""The connection to an AWS account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.connection import ENGINE_SERVICES, Connection, translated
from jupyter_sm_ext.errors import SageMakerError, ValidationError

if TYPE_CHECKING:
    import boto3
    from botocore.credentials import Credentials


class AwsConnection(Connection):
    """An AWS account, reached through a profile of the user's or the default chain of credentials."""

    pace = (5.0, 30.0)
    patience = 10.0
    shadowing = (*Connection.shadowing, *(f"AWS_ENDPOINT_URL_{service}" for service in ENGINE_SERVICES))

    def ensure(self) -> None:
        pass  # AWS is always there

    @cached_property
    def session(self) -> boto3.Session:
        return self._new_session()

    def _new_session(self, *, raw: bool = False) -> boto3.Session:
        from jupyter_sm_ext.sessions import new_session

        # All clients have the same ones, or nobody could tell which of them are out of date.
        shared = self._credentials if raw else None
        return new_session(raw=raw, profile_name=self.profile, region_name=self.choice.region, credentials=shared)

    @cached_property
    def _credentials(self) -> Credentials | None:
        """Those that the clients have; asked for when the first is made, and not for the name of the region."""
        found: Credentials | None = self.session.get_credentials()
        return found

    def client(self, service: str, *, raw: bool = False, region: str | None = None) -> Any:
        with self._lock, translated():
            _ = self._credentials
            return super().client(service, raw=raw, region=region)

    def renew(self, generation: int) -> bool:
        """Read the user's configuration again: a session stays with the keys that it found at first."""
        from botocore.exceptions import BotoCoreError, ClientError

        in_use: Credentials | None = vars(self).get("_credentials")
        try:
            # Not under the lock: a profile with a role, or a process, may ask elsewhere for its keys.
            session = self._new_session()
            credentials = session.get_credentials()
            if self.generation == generation and not _others(credentials, in_use):
                return False
        except (BotoCoreError, ClientError):
            return False
        with self._lock:
            if self.generation == generation:
                self.generation += 1
                self._clients.clear()
                vars(self).pop("_identity", None)
                self.session, self._credentials = session, credentials
        return True

    @property
    def region(self) -> str:
        with translated():
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

    @cached_property
    def _identity(self) -> Mapping[str, str]:
        def ask() -> Mapping[str, str]:
            with translated("GetCallerIdentity"):
                identity: Mapping[str, str] = self.client("sts").get_caller_identity()
            return identity

        return self.renewing(ask)

    @property
    def account(self) -> str:
        return self._identity["Account"]

    @property
    def role(self) -> str:
        if self.choice.role:
            return self.choice.role
        # In Studio and on notebook instances the caller is the execution role itself.
        arn = re.fullmatch(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.*", self._identity["Arn"])
        if arn is None or "AWSReservedSSO" in arn[3]:
            raise ValidationError(
                "no execution role is chosen for this AWS connection",
                hint="Give the ARN of a role that SageMaker may assume: connect('aws', role='arn:aws:iam::...').",
            )
        return f"arn:{arn[1]}:iam::{arn[2]}:role/{arn[3]}"

    def environment(self) -> dict[str, str]:
        variables = {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        return {**variables, "AWS_PROFILE": self.profile} if self.profile else variables


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
