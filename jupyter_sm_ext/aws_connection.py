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

        return new_session(raw=raw, profile_name=self.profile, region_name=self.choice.region)

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
        with translated("GetCallerIdentity"):
            identity: Mapping[str, str] = self.client("sts").get_caller_identity()
        return identity

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
