"""How a job can be followed by another one, by what it is and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_sm_ext.resources import resource

CLONE = "clone"
RETRY = "retry"
WARM_START = "warm-start"
PROMOTE = "promote"
#: How an algorithm can be followed: by a training job.
TRAIN = "train"
WAYS = (CLONE, RETRY, WARM_START, PROMOTE)


def ways(kind: str, described: Mapping[str, Any]) -> list[str]:
    """How a job can be followed now, in the order in which they are offered.

    Parameters
    ----------
    kind : str
        Of the job.
    described : mapping
        What Describe says of it, or its summary in a list.
    """
    row = resource(kind)
    status = str(described[row.status])
    over = status not in row.transitional
    found = [CLONE]
    if over and (status in row.failed or status.lower() == "stopped"):
        found.append(RETRY)
    if row.noun == "HyperParameterTuningJob":
        if over:
            found.append(WARM_START)
        if described.get("BestTrainingJob") or (described.get("ObjectiveStatusCounters") or {}).get("Succeeded"):
            found.append(PROMOTE)
    return found
