"""Warm pools: instances that a training job with KeepAlivePeriodInSeconds leaves for the next one like it.

On this machine they are what `capacity` and quotas count, a status, a time that would be billed, and the directory
``/opt/ml/sagemaker/warmpoolcache``, which a job finds as the job before left it.

- ``InUse`` while the job runs, ``Available`` for its period after that, whichever way it ended.
- ``Reused`` once a job starts that has the same RoleArn, instances, volume, VpcConfig and Enable* members, whether it
  keeps them for another or not.
- ``Terminated`` when the period is over, or UpdateTrainingJob makes it 0, or there never were instances.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import hosts
from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.training_waiting import wanted
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from collections import Counter

    from jupyter_sm_ext.engine.capacity import Wanted
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.store import Record

FOLDER = "pools"
_ROW = resource("TrainingJob")
_RESOURCES = {"InstanceType": None, "InstanceCount": 1, "VolumeSizeInGB": None, "VolumeKmsKeyId": None}
_FLAGS = ("EnableInterContainerTrafficEncryption", "EnableNetworkIsolation")

Json = dict[str, Any]


@dataclass
class _Pool:
    """A pool that is Available.

    Parameters
    ----------
    job : str
        The job that left it.
    likeness : str
        What a job must be like to have it.
    until : float
        When it ends, in epoch seconds.
    instances : Counter
        Of what.
    """

    job: str
    likeness: str
    until: float
    instances: Counter[str]


def check(request: Json) -> None:
    """Refuse a pool for a job that can have none.

    Raises
    ------
    ValidationError
        It is on spot instances, or on a heterogeneous cluster.
    """
    config = request.get("ResourceConfig", {})
    if not config.get("KeepAlivePeriodInSeconds"):
        return
    for member, given in (
        ("EnableManagedSpotTraining", request.get("EnableManagedSpotTraining")),
        ("ResourceConfig.InstanceGroups", config.get("InstanceGroups")),
    ):
        if given:
            raise ValidationError(f"ResourceConfig.KeepAlivePeriodInSeconds cannot be given with {member}.")


def _pool_id(record: Record) -> str:
    found: str = record.state.get("pool") or record.state["token"]
    return found


def _period(body: Json) -> int:
    return int(body["ResourceConfig"].get("KeepAlivePeriodInSeconds", 0))


def _likeness(body: Mapping[str, Any]) -> str:
    config = body["ResourceConfig"]
    values = [config.get(name, default) for name, default in _RESOURCES.items()]
    flags = [bool(body.get(name)) for name in _FLAGS]
    return json.dumps([body.get("RoleArn"), body.get("VpcConfig"), config.get("InstanceGroups"), values, flags])


class WarmPools(Family):
    """The pools of one engine, and UpdateTrainingJob, which changes how long they are kept.

    Parameters
    ----------
    engine : Engine
        Its context.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._pools: dict[str, _Pool] = {}

    def update_training_job(self, request: Request) -> Answer:
        """Change how long the instances of a job are kept."""
        record = self.engine.store.get(_ROW.kind, request["TrainingJobName"])
        if record is None:
            raise ValidationError("Requested resource not found.")
        for member in request.keys() - {"TrainingJobName", "ResourceConfig"}:
            raise ValidationError(f"{member}: the local engine cannot change this of a job.")
        status = record.body.get("WarmPoolStatus", {}).get("Status")
        if "ResourceConfig" in request:
            if status not in ("InUse", "Available"):
                raise ValidationError(
                    f"The training job {record.key} has no warm pool whose retention could be changed"
                    f"{f': it is {status}' if status else ''}."
                )
            period = request["ResourceConfig"]["KeepAlivePeriodInSeconds"]
            record.body["ResourceConfig"]["KeepAlivePeriodInSeconds"] = period
            pool = self._pools.get(record.key)
            if pool is not None:
                pool.until = max(record.body["TrainingEndTime"] + period, self.engine.now())
            self._save(record)
        return {_ROW.arn: record.arn}

    def begin(self, body: Json) -> None:
        """Enter the status of a job that is created."""
        if _period(body):
            body["WarmPoolStatus"] = {"Status": "InUse"}

    def directory(self, record: Record) -> str | None:
        """Where a job's cache is when no job has it; None if it has none."""
        if not _period(record.body) and "pool" not in record.state:
            return None
        return str(self.engine.data_dir / FOLDER / _pool_id(record))

    def check_deletion(self, record: Record) -> None:
        """Refuse to delete a job whose pool is Available."""
        if record.key in self._pools:
            raise ValidationError("The request was rejected because the training job retains an Available warm pool.")

    def adopt(self) -> None:
        """Take up what an engine before this one kept. Before any job asks for instances."""
        for key in self.engine.store.pooled(_ROW.kind):
            record = self.engine.store.get(_ROW.kind, key)
            if record is not None and record.status not in _ROW.transitional:
                self._remember(record)
        busy = self.engine.store.find(_ROW.kind, statuses=_ROW.transitional)
        known = {_pool_id(record) for record in busy} | {
            _pool_id(record) for name in self._pools if (record := self.engine.store.get(_ROW.kind, name)) is not None
        }
        root = self.engine.data_dir / FOLDER
        for folder in root.iterdir() if root.is_dir() else ():
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def _remember(self, record: Record) -> None:
        until = record.body["TrainingEndTime"] + _period(record.body)
        instances = hosts.instances(record.body["ResourceConfig"])
        self._pools[record.key] = _Pool(record.key, _likeness(record.body), until, instances)
        self.engine.capacity.hold(wanted(record))

    def have_room(self, job: str, instances: Wanted) -> bool:
        """Whether a job that waits for instances can have some now: those of a pool, or others."""
        record = self.engine.store.get(_ROW.kind, job) if self._pools else None
        if record is not None and any(pool.likeness == _likeness(record.body) for pool in self._pools.values()):
            return True
        return self.engine.capacity.take(instances)

    def take(self, record: Record) -> None:
        """Give a job that starts a pool, if there is one for it; both are on record."""
        if "pool" in record.state:
            return
        likeness = _likeness(record.body)
        found = [pool for pool in self._pools.values() if pool.likeness == likeness]
        if not found:
            return
        pool = min(found, key=lambda pool: pool.until)
        before = self.engine.store.get(_ROW.kind, pool.job)
        if before is None:
            raise NotFoundError(f"{pool.job} is not on record")
        with self.engine.store.transaction():
            record.state["pool"] = _pool_id(before)
            self._save(record)
            self._settle(before, "Reused", ReusedByJob=record.key)
        del self._pools[pool.job]
        self.engine.capacity.give_back(before.arn)
        self.engine.capacity.hold(wanted(record))

    def leave(self, record: Record) -> bool:
        """Enter what becomes of the instances of a job that is over, not yet saved; whether they are kept."""
        period = _period(record.body)
        if period and "TrainingStartTime" in record.body:
            record.body["WarmPoolStatus"] = {"Status": "Available"}
            return True
        if period:
            record.body["WarmPoolStatus"] = {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 0}
        self._remove(record)
        return False

    def kept(self, record: Record) -> None:
        """Go on after `leave`, once that is saved."""
        self._remember(record)
        self.engine.wake()

    def tick(self) -> float | None:
        """End the pools whose time is over."""
        now = self.engine.now()
        for pool in [pool for pool in self._pools.values() if pool.until <= now]:
            record = self.engine.store.get(_ROW.kind, pool.job)
            if record is not None:
                self._settle(record, "Terminated", until=pool.until)
                self.engine.capacity.give_back(record.arn)
                self._remove(record)
            del self._pools[pool.job]
        return min((pool.until - now for pool in self._pools.values()), default=None)

    def used(self, instance_type: str | None, request: Mapping[str, Any]) -> int:
        """Instances of a type in pools, those of running jobs with one too, but for what a request would take over."""
        found = [pool for pool in self._pools.values() if pool.instances[str(instance_type)]]
        likeness = _likeness(request)
        mine = next((pool for pool in found if pool.likeness == likeness), None)
        count = sum(pool.instances[str(instance_type)] for pool in found if pool is not mine)
        for record in self.engine.store.find(_ROW.kind, statuses=_ROW.transitional):
            if _period(record.body):
                count += hosts.instances(record.body["ResourceConfig"])[str(instance_type)]
        return count

    def _settle(self, record: Record, status: str, *, until: float | None = None, **more: str) -> None:
        end = self.engine.now() if until is None else until
        seconds = max(0, round(end - record.body["TrainingEndTime"]))
        record.body["WarmPoolStatus"] = {
            "Status": status,
            "ResourceRetainedBillableTimeInSeconds": seconds,
            **more,
        }
        self._save(record)

    def _save(self, record: Record) -> None:
        if "WarmPoolStatus" in record.body:
            record.summary["WarmPoolStatus"] = record.body["WarmPoolStatus"]
        self.engine.store.save(record)

    def _remove(self, record: Record) -> None:
        shutil.rmtree(self.engine.data_dir / FOLDER / _pool_id(record), ignore_errors=True)
