"""How much of a quota is in use, counted by SageMaker's own lists, and no more of them than a line needs."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from jupyter_sm_ext.errors import NotFoundError
from jupyter_sm_ext.offers.quota_lines import WARM_POOLS, Line, instances, usage
from jupyter_sm_ext.studio import Studio

_BUSY_JOBS = ("InProgress", "Stopping")
_LIVE_APPS = ("Pending", "InService")
#: Running training jobs that are looked at one by one, as their list does not tell their instances.
MOST_JOBS = 100
_AT_ONCE = 8


@dataclass(frozen=True)
class Used:
    """How much is in use.

    Parameters
    ----------
    count : int
        As far as it was counted.
    complete : bool
        Whether that is all.
    """

    count: int
    complete: bool = True

    def __str__(self) -> str:
        return f"{self.count}" if self.complete else f"at least {self.count}"


@dataclass
class _Instances:
    """Instances of running training jobs by type, of spot jobs and of others."""

    complete: bool = True
    by_market: dict[bool, Counter[str]] = field(default_factory=lambda: {False: Counter(), True: Counter()})


class InUse:
    """What an account uses now, each list read once however many lines need it; safe between threads.

    Parameters
    ----------
    studio : Studio
        Whose account.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._counting = threading.Lock()
        self._training: _Instances | None = None

    def of(self, line: Line) -> Used:
        """How much of a line is in use.

        Raises
        ------
        SageMakerError
            A list cannot be read.
        """
        if not line.counted:
            return Used(0)
        if line.counted == "training-jobs":
            found = self._of_training()
            used = found.by_market[line.spot]
            return Used(used.total() if line.instance_type is None else used[line.instance_type], found.complete)
        if line.counted == WARM_POOLS:  # no list tells how many instances a pool has
            return Used(0, complete=False)
        if line.counted == "apps":
            return Used(sum(self._is_on(app, line) for app in self._studio.list("apps")))
        return Used(sum(1 for _ in self._studio.list(line.counted)))

    def training_lines(self) -> list[Line]:
        """The line of each type of instance that training jobs run on now.

        Raises
        ------
        SageMakerError
            A list cannot be read.
        """
        return [
            Line(usage(instance_type, spot=spot), "Instances", 0, "training-jobs", instance_type, spot=spot)
            for spot, counted in self._of_training().by_market.items()
            for instance_type in counted
        ]

    def _is_on(self, app: dict[str, Any], line: Line) -> bool:
        if app["AppType"] != line.app_type or app["Status"] not in _LIVE_APPS:
            return False
        if "ResourceSpec" not in app:  # older services tell it of one app only
            owner = {name: app[name] for name in ("SpaceName", "UserProfileName") if app.get(name)}
            key = {name: app[name] for name in ("DomainId", "AppType", "AppName")}
            app = self._studio.call("DescribeApp", {**key, **owner})
        return bool(app.get("ResourceSpec", {}).get("InstanceType") == line.instance_type)

    def _of_training(self) -> _Instances:
        with self._counting:
            if self._training is None:
                self._training = self._count_training()
            return self._training

    def _count_training(self) -> _Instances:
        names = [
            job["TrainingJobName"]
            for status in _BUSY_JOBS
            for job in self._studio.list("training-jobs", StatusEquals=status)
        ]
        found = _Instances(complete=len(names) <= MOST_JOBS)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for job in pool.map(self._job, names[:MOST_JOBS]):
                found.by_market[bool(job.get("EnableManagedSpotTraining"))] += instances(job)
        return found

    def _job(self, name: str) -> dict[str, Any]:
        try:
            job = self._studio.describe("training-jobs", name)
        except NotFoundError:
            return {}  # gone since
        return job if job["TrainingJobStatus"] in _BUSY_JOBS else {}
