"""A training job that waits for instances: its status Pending, and when it has waited long enough."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from jupyter_sm_ext.engine import hosts, training_history
from jupyter_sm_ext.engine.capacity import Wanted

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.store import Record

_LOOK_SECONDS = 1.0
_PREPARING = "Preparing the instances for training"

Json = dict[str, Any]


class Waiting(NamedTuple):
    """A job that waits.

    Parameters
    ----------
    wanted : Wanted
        For what.
    until : float
        In epoch seconds.
    """

    wanted: Wanted
    until: float

    def pause(self, now: float) -> float:
        """Seconds until the next look: others' ends are seen in the same round, the file's change is not."""
        return max(0.05, min(_LOOK_SECONDS, self.until - now))


def wanted(record: Record) -> Wanted:
    """The instances that a job needs."""
    return Wanted(record.arn, record.created, hosts.instances(record.body["ResourceConfig"]))


def until(body: Json, now: float) -> tuple[float, Json]:
    """When a job that waits from now on has waited long enough, in epoch seconds, and how it ends then.

    StoppingCondition.MaxPendingTimeInSeconds counts all the time it was Pending, MaxWaitTimeInSeconds all since its
    creation.
    """
    stopping = body["StoppingCondition"]
    longest = stopping.get("MaxPendingTimeInSeconds", math.inf)
    waited = sum(
        one.get("EndTime", now) - one["StartTime"]
        for one in body["SecondaryStatusTransitions"]
        if one["Status"] == "Pending"
    )
    pending, total = now + longest - waited, body["CreationTime"] + stopping.get("MaxWaitTimeInSeconds", math.inf)
    if pending <= total:
        return pending, {"message": training_history.PENDING_TOO_LONG}
    return total, {"secondary": training_history.LIMITS["max_wait"]}


def enter(body: Json, now: float) -> bool:
    """Make it Pending; False if it is already."""
    if body["SecondaryStatus"] == "Pending":
        return False
    training_history.enter(body, "Pending", now)
    return True


def leave(body: Json) -> bool:
    """Its instances are there; False if it never waited."""
    if body["SecondaryStatus"] != "Pending":
        return False
    # The service replaces the message; the status stays until the job downloads.
    body["SecondaryStatusTransitions"][-1]["StatusMessage"] = _PREPARING
    return True
