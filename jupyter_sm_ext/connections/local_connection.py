"""The connection to the engine on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.connections import local_engine, sdk_defaults
from jupyter_sm_ext.connections.connection_base import ENGINE_SERVICES, Connection
from jupyter_sm_ext.connections.connection_choice import Choice

if TYPE_CHECKING:
    import boto3


class LocalConnection(Connection):
    """The engine on this machine; started when it is first needed."""

    label = "Local engine"
    id = "local"
    pace = (0.2, 1.0)
    patience = 0.4

    def __init__(self, choice: Choice, data_dir: Path) -> None:
        super().__init__(choice, data_dir)
        self._info: local_engine.EngineInfo | None = None

    def ensure(self) -> None:
        with self._lock:
            info = local_engine.start(self.data_dir)
            if info != self._info:
                self._clients.clear()
                self._session = None
                self._info = info

    @property
    def awake(self) -> bool:
        return local_engine.find(self.data_dir) is not None

    @property
    def engine(self) -> local_engine.EngineInfo:
        """The engine's address and keys."""
        with self._lock:
            if self._info is None:
                self.ensure()
            assert self._info is not None
            return self._info

    @property
    def region(self) -> str:
        return self.engine.region

    @property
    def account(self) -> str:
        return self.engine.account

    @property
    def role(self) -> str:
        return f"arn:aws:iam::{self.account}:role/SageMakerLocalRole"

    def _new_session(self, *, raw: bool = False) -> boto3.Session:
        from jupyter_sm_ext.connections.sessions import new_session

        return new_session(
            raw=raw,
            endpoint_url=self.engine.endpoint_url,
            aws_access_key_id=self.engine.access_key_id,
            aws_secret_access_key=self.engine.secret_access_key,
            region_name=self.engine.region,
        )

    def _config(self) -> Any:
        from botocore.config import Config

        # Studio starts a dead engine again and repeats the call: waiting in botocore's retries would only delay that.
        own = Config(retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"})
        return super()._config().merge(own)

    def environment(self) -> dict[str, str]:
        engine = self.engine
        return {
            **{f"AWS_ENDPOINT_URL_{service}": engine.endpoint_url for service in ENGINE_SERVICES},
            "AWS_ACCESS_KEY_ID": engine.access_key_id,
            "AWS_SECRET_ACCESS_KEY": engine.secret_access_key,
            "AWS_REGION": engine.region,
            "AWS_DEFAULT_REGION": engine.region,
            **sdk_defaults.variables(
                self.data_dir, endpoint_url=engine.endpoint_url, bucket=self.bucket, role=self.role
            ),
        }
