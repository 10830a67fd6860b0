"""The connection to an AWS account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

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

    def _new_session(self, *, raw: bool = False, credentials: Credentials | None = None) -> boto3.Session:
        from jupyter_sm_ext.sessions import new_session

        # All clients have the same ones, or nobody could tell which of them are out of date.
        credentials = credentials or (self.session.get_credentials() if raw else None)
        return new_session(raw=raw, profile_name=self.profile, region_name=self.choice.region, credentials=credentials)

    def renew(self, generation: int) -> bool:
        """Read the user's configuration again: a session stays with the keys that it found at first."""
        from botocore.exceptions import BotoCoreError, ClientError

        in_use = vars(self).get("session")
        try:
            # Not under the lock: a profile with a role, or a process, may ask elsewhere for its keys.
            found = self._new_session()
            if self.generation == generation and not _others(found, in_use):
                return False
        except (BotoCoreError, ClientError):
            return False
        with self._lock:
            if self.generation == generation:
                self.generation += 1
                self._clients.clear()
                vars(self).pop("_identity", None)
                self.session = found
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


def _others(found: boto3.Session, in_use: boto3.Session | None) -> bool:
    """Whether a session that was just made has other keys than the one in use."""
    from botocore.credentials import RefreshableCredentials

    new, old = found.get_credentials(), None if in_use is None else in_use.get_credentials()
    if new is None:
        return False
    # Raises where somebody who lends keys, such as IAM Identity Center, does not do so at the moment.
    keys = new.get_frozen_credentials()
    if old is None or isinstance(old, RefreshableCredentials):
        return True
    return bool(keys != old.get_frozen_credentials())
