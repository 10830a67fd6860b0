"""Quotas of the account: how many instances of a type may be in use at once, and what for.

Their names are the service's, made from the model's own lists of instance types. By default they are no hindrance.
``quotas.json`` in the data directory sets others, by name or by code, from the moment it is written::

    {"ml.p5.48xlarge for training job usage": 0, "L-00C91CB5": 20}
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.errors import LimitError, ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.offers import quota_lines
from jupyter_sm_ext.offers.quota_lines import Line
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.warm_pools import WarmPools

FILE = "quotas.json"
DEFAULT = 10_000.0

# The codes that these have in AWS's own list; others are derived from the name.
_CODES: Mapping[str, str] = {
    "Number of instances across all training jobs": "L-00C91CB5",
    quota_lines.PER_JOB: "L-622CFD70",
    "Total domains": "L-B683BCB0",
    "Maximum number of Studio spaces allowed per account": "L-8E5333B4",
    "Maximum number of Studio user profiles allowed per account": "L-AC46C40F",
}
#: Types of apps that have lines; the others run on what AWS chooses, or not at all.
_APP_TYPES = ("JupyterLab", "CodeEditor", "KernelGateway")

Json = dict[str, Any]


@dataclass(frozen=True)
class Quota:
    """One quota.

    Parameters
    ----------
    name : str
        In the service's words.
    unit : str
        What is counted: Instances, Apps, Domains, ...
    """

    name: str
    unit: str

    @property
    def code(self) -> str:
        """``L-`` and eight characters, always the same for a name."""
        return _CODES.get(self.name) or f"L-{hashlib.sha256(self.name.encode()).hexdigest()[:8].upper()}"


@cache
def catalog() -> Mapping[str, Quota]:
    """Every quota there is, by code."""
    return {quota.code: quota for quota in _quotas()}


@cache
def _by_name() -> Mapping[str, Quota]:
    return {quota.name: quota for quota in catalog().values()}


def _quotas() -> Iterator[Quota]:
    model = get_model()
    for name, unit in quota_lines.COUNTED.values():
        yield Quota(name, unit)
    for spot in (False, True):
        yield Quota(quota_lines.PER_SPOT_JOB if spot else quota_lines.PER_JOB, "Instances")
        yield Quota(quota_lines.total(spot=spot), "Instances")
        for instance_type in model.enum("TrainingInstanceType"):
            yield Quota(quota_lines.usage(instance_type, spot=spot), "Instances")
    for instance_type in model.enum("TrainingInstanceType"):
        yield Quota(quota_lines.warm(instance_type), "Instances")
    for app_type in _APP_TYPES:
        for instance_type in model.enum("AppInstanceType"):
            if instance_type != "system":
                yield Quota(quota_lines.APPS[app_type].format(instance_type), "Apps")


class Quotas:
    """The quotas of one engine, and what of them is used.

    Parameters
    ----------
    engine : Engine
        Its context.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._read: tuple[tuple[int, int] | None, dict[str, float]] = (None, {})

    def value(self, quota: Quota) -> float:
        """How much of it there is.

        Raises
        ------
        ValidationError
            The file with the quotas cannot be used.
        """
        return self._values().get(quota.code, DEFAULT)

    def check(self, name: str, delta: int, used: int) -> None:
        """Refuse what goes over a quota.

        Parameters
        ----------
        name : str
            Of the quota; one that is not in the catalog has no limit.
        delta : int
            How much is asked for.
        used : int
            How much is in use already.

        Raises
        ------
        LimitError
            In the service's words.
        ValidationError
            The file with the quotas cannot be used.
        """
        quota = _by_name().get(name)
        if quota is None or used + delta <= self.value(quota):
            return
        unit = quota.unit
        raise LimitError(
            f"The account-level service limit '{name}' is {self.value(quota):.15g} {unit}, with current utilization of "
            f"{used} {unit} and a request delta of {delta} {unit}. Please use AWS Service Quotas to request an "
            "increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an "
            "increase for this quota."
        )

    def check_request(
        self,
        operation: str,
        request: Mapping[str, Any],
        app_instance: str | None = None,
        *,
        pools: WarmPools | None = None,
    ) -> None:
        """Refuse a request that goes over a quota.

        Parameters
        ----------
        operation, request
            As they came; of a tuning job the trials count that may run at once.
        app_instance : str, optional
            For CreateApp: the instance type that the app gets.
        pools : WarmPools, optional
            The pools that there are; if not given, they are not counted.

        Raises
        ------
        LimitError
            It does.
        """
        for line in quota_lines.lines(operation, request, app_instance):
            if line.counted == quota_lines.WARM_POOLS:
                self.check(line.name, line.delta, pools.used(line.instance_type, request) if pools else 0)
            elif not line.later:
                self.check(line.name, line.delta, self._used(line))

    def _used(self, line: Line) -> int:
        """How much of a line is in use."""
        store = self._engine.store
        if line.counted == "training-jobs":
            used = self._in_use(line.spot)
            return used.total() if line.instance_type is None else used[line.instance_type]
        if line.counted == "apps":
            apps = store.find("apps", statuses=("Pending", "InService"))
            mine = (line.app_type, line.instance_type)
            return sum(
                (app.body.get("AppType"), app.body.get("ResourceSpec", {}).get("InstanceType")) == mine for app in apps
            )
        return store.count(line.counted) if line.counted else 0

    def _in_use(self, spot: bool) -> Counter[str]:
        """Instances of the training jobs that are not over, those of tuning jobs among them."""
        row = resource("TrainingJob")
        marks = ",".join("?" * len(row.transitional))
        found = self._engine.store.database.execute(
            "SELECT json_extract(body,'$.ResourceConfig'), json_extract(body,'$.EnableManagedSpotTraining') "  # noqa: S608
            f"FROM records WHERE kind=? AND status IN ({marks})",
            (row.kind, *row.transitional),
        )
        used: Counter[str] = Counter()
        for config, is_spot in found:
            if bool(is_spot) == spot:
                used += quota_lines.instances({"ResourceConfig": json.loads(config or "{}")})
        return used

    def _values(self) -> dict[str, float]:
        path = self._engine.data_dir / FILE
        try:
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp != self._read[0]:
                self._read = (stamp, _parse(json.loads(path.read_text(encoding="utf-8"))))
        except FileNotFoundError:
            self._read = (None, {})
        except (OSError, ValueError) as error:
            raise ValidationError(f"{FILE} in the engine's data directory cannot be used: {error}") from error
        return self._read[1]


def _parse(given: object) -> dict[str, float]:
    if not isinstance(given, dict):
        raise ValueError("it must be an object with a number for each quota")  # noqa: TRY004 - like any other mistake in it
    values: dict[str, float] = {}
    for name, value in given.items():
        quota = _by_name().get(name) or catalog().get(name)
        if quota is None:
            raise ValueError(f"there is no quota {name!r}")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise ValueError(f"{name!r} must be a number, 0 or more")
        values[quota.code] = float(value)
    return values
