"""What every resource family of the engine works with."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_sm_ext.engine.steady_clock import SteadyClock
from jupyter_sm_ext.engine.store import Store
from jupyter_sm_ext.resources import Resource, resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.boxes import Boxes
    from jupyter_sm_ext.engine.capacity import Capacity
    from jupyter_sm_ext.engine.quotas import Quotas
    from jupyter_sm_ext.engine.runner import Runner
    from jupyter_sm_ext.engine.s3.objects import Objects

ROLE_NAME = "SageMakerLocalRole"


class Clock(SteadyClock):
    """The time the engine goes by; a test puts another in its place."""


@dataclass(frozen=True)
class Settings:
    """What can be set when the engine starts.

    Parameters
    ----------
    idle_seconds : float
        It leaves after so long without a request and with nothing running.
    stop_grace_seconds : float
        From SIGTERM to SIGKILL of a job that is stopped; the service's is 120 s.
    poll_seconds : float
        How often a running job is looked at.
    studio_seconds : float
        How long a domain, a profile or a space is Pending, Updating or Deleting.
    app_start_seconds, app_stop_seconds : float
        How long an app may take until it answers, and from SIGTERM to SIGKILL.
    app_look_seconds : float
        How often a running app is looked at, and looks at itself.
    namespaces : bool
        Whether jobs get an ``/opt/ml`` and, if they want it, a network of their own, where the machine lets them.
    """

    idle_seconds: float = 3600.0
    stop_grace_seconds: float = 120.0
    poll_seconds: float = 0.02
    studio_seconds: float = 0.5
    app_start_seconds: float = 120.0
    app_stop_seconds: float = 10.0
    app_look_seconds: float = 2.0
    namespaces: bool = True


@dataclass(frozen=True)
class Keys:
    """The one pair of credentials the engine takes."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


def _sleep_on() -> None:
    """What `Engine.wake` does when no loop runs: nothing needs to be woken."""


@dataclass
class Engine:
    """Context of the families: where things are kept and what the engine is called.

    Parameters
    ----------
    data_dir : Path
        Everything of this engine is below it.
    store : Store
        Its records.
    objects : Objects
        Its buckets.
    region, account : str
        As they appear in ARNs.
    keys : Keys
        Credentials for its clients, jobs among them.
    endpoint_url : str
        Where it listens; empty until it does.
    wake : callable
        Asks the loop for a round of ticks at once.
    """

    data_dir: Path
    store: Store
    objects: Objects
    region: str
    account: str
    keys: Keys
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    endpoint_url: str = ""
    wake: Callable[[], None] = _sleep_on
    _runner: Runner | None = None
    _quotas: Quotas | None = None
    _capacity: Capacity | None = None
    _boxes: Boxes | None = None

    @property
    def runner(self) -> Runner:
        """What runs jobs as processes; made when first used."""
        if self._runner is None:
            # Here and not above: the runner works with this context.
            from jupyter_sm_ext.engine.runner import Runner

            self._runner = Runner(self)
        return self._runner

    @property
    def quotas(self) -> Quotas:
        """What the account may use at once; made when first used."""
        if self._quotas is None:
            # Here and not above, as with the runner.
            from jupyter_sm_ext.engine.quotas import Quotas

            self._quotas = Quotas(self)
        return self._quotas

    @property
    def capacity(self) -> Capacity:
        """How many instances there are, and who has them; made when first used."""
        if self._capacity is None:
            # Here and not above, as with the runner.
            from jupyter_sm_ext.engine.capacity import Capacity

            self._capacity = Capacity(self)
        return self._capacity

    @property
    def boxes(self) -> Boxes:
        """What jobs can have of their own on this machine; made when first used."""
        if self._boxes is None:
            # Here and not above: this module is what everything imports.
            from jupyter_sm_ext.engine.boxes import Boxes

            self._boxes = Boxes(wanted=self.settings.namespaces)
        return self._boxes

    @property
    def role_arn(self) -> str:
        """The role that stands for the user of this machine."""
        return f"arn:aws:iam::{self.account}:role/{ROLE_NAME}"

    @property
    def bucket(self) -> str:
        """Name of the default bucket, the one SageMaker's SDK would choose."""
        return f"sagemaker-{self.region}-{self.account}"

    def now(self) -> float:
        """Epoch seconds, to the millisecond as the service gives them."""
        return round(self.clock.now(), 3)

    def arn(self, of: str | Resource, key_parts: str | Sequence[str]) -> str:
        """ARN of a SageMaker resource.

        Parameters
        ----------
        of : str or Resource
            Its noun, kind or row.
        key_parts : str or sequence of str
            What names it.

        Raises
        ------
        KeyError
            No such resource.
        """
        row = of if isinstance(of, Resource) else resource(of)
        name = key_parts if isinstance(key_parts, str) else "/".join(key_parts)
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{row.arn_type}/{name}"

    def request_id(self) -> str:
        """A new id for a request, as the service gives them."""
        return str(uuid.uuid4())
