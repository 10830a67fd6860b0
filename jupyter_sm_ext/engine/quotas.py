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
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

FILE = "quotas.json"
DEFAULT = 10_000.0

_DOMAINS = "Total domains"
_PER_JOB = "Maximum number of instances per training job"
_APPS: Mapping[str, str] = {
    "JupyterLab": "Studio JupyterLab Apps running on {} instances",
    "CodeEditor": "Studio CodeEditor Apps running on {} instances",
    "KernelGateway": "Studio KernelGateway Apps running on {} instance",
}
# The codes that these have in AWS's own list; others are derived from the name.
_CODES: Mapping[str, str] = {
    "Number of instances across all training jobs": "L-00C91CB5",
    _PER_JOB: "L-622CFD70",
    _DOMAINS: "L-B683BCB0",
}

Json = dict[str, Any]


@dataclass(frozen=True)
class Quota:
    """One quota.

    Parameters
    ----------
    name : str
        In the service's words.
    unit : str
        What is counted: Instances, Apps or Domains.
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
    yield Quota(_DOMAINS, "Domains")
    yield Quota(_PER_JOB, "Instances")
    for spot in (False, True):
        yield Quota(_total(spot), "Instances")
        for instance_type in model.enum("TrainingInstanceType"):
            yield Quota(_usage(instance_type, spot), "Instances")
    for words in _APPS.values():
        for instance_type in model.enum("AppInstanceType"):
            if instance_type != "system":
                yield Quota(words.format(instance_type), "Apps")


def _total(spot: bool) -> str:
    return f"Number of instances across all {'spot ' if spot else ''}training jobs"


def _usage(instance_type: str, spot: bool) -> str:
    return f"{instance_type} for {'spot ' if spot else ''}training job usage"


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

    def check_training(self, request: Mapping[str, Any]) -> None:
        """Refuse a CreateTrainingJob request that goes over a quota.

        Raises
        ------
        LimitError
            It does.
        """
        self._check_instances(_instances(request), 1, bool(request.get("EnableManagedSpotTraining")))

    def check_tuning(self, request: Mapping[str, Any]) -> None:
        """Refuse a CreateHyperParameterTuningJob request whose trials, as many as may run at once, go over a quota.

        Raises
        ------
        LimitError
            They do.
        """
        parallel = int(request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxParallelTrainingJobs"])
        definitions = [*request.get("TrainingJobDefinitions", ())]
        definitions += [request["TrainingJobDefinition"]] if "TrainingJobDefinition" in request else []
        for definition in definitions:
            spot = bool(definition.get("EnableManagedSpotTraining"))
            self._check_instances(_instances(definition), parallel, spot)

    def check_app(self, app_type: str, instance_type: str) -> None:
        """Refuse an app that goes over a quota.

        Parameters
        ----------
        app_type, instance_type : str
            As in CreateApp.

        Raises
        ------
        LimitError
            It does.
        """
        if app_type in _APPS and instance_type != "system":
            apps = self._engine.store.find("apps", statuses=("Pending", "InService"))
            mine = (app_type, instance_type)
            used = sum(
                (app.body.get("AppType"), app.body.get("ResourceSpec", {}).get("InstanceType")) == mine for app in apps
            )
            self.check(_APPS[app_type].format(instance_type), 1, used)

    def check_domain(self) -> None:
        """Refuse one more domain if that goes over the quota.

        Raises
        ------
        LimitError
            It does.
        """
        self.check(_DOMAINS, 1, self._engine.store.count("domains"))

    def _check_instances(self, wanted: Counter[str], copies: int, spot: bool) -> None:
        used = self._in_use(spot)
        self.check(_PER_JOB, wanted.total(), 0)
        for instance_type, count in wanted.items():
            self.check(_usage(instance_type, spot), count * copies, used[instance_type])
        self.check(_total(spot), wanted.total() * copies, used.total())

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
                used += _instances({"ResourceConfig": json.loads(config or "{}")})
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


def _instances(definition: Mapping[str, Any]) -> Counter[str]:
    """Instances of one training job, by type."""
    config = definition.get("ResourceConfig") or definition.get("HyperParameterTuningResourceConfig", {})
    # Of several configurations a trial takes one, the first if it can.
    groups = config.get("InstanceGroups") or config.get("InstanceConfigs", ())[:1] or [config]
    wanted: Counter[str] = Counter()
    for group in groups:
        if "InstanceType" in group:
            wanted[group["InstanceType"]] += int(group.get("InstanceCount", 1))
    return wanted
