"""Managed spot training: how long a job may take, and how it goes on when it is interrupted.

Nothing takes instances of this machine away, so an interruption is asked for: by a file with the job's name in the
folder ``interruptions`` of the data directory. It is gone once it is passed on. The script gets SIGTERM, and SIGKILL
when the grace of a stop is over; its checkpoints are stored, its model is not, and the job starts again as soon as
there is room for it (see `capacity`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import training_history

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.store import Record

FOLDER = "interruptions"

Json = dict[str, Any]


def request(engine: Engine, record: Record) -> Path | None:
    """The file that asks for an interruption of a job; None if it has no spot instances."""
    return engine.data_dir / FOLDER / record.key if record.body["EnableManagedSpotTraining"] else None


def limit(record: Record, now: float) -> tuple[float, str]:
    """How long a job's next attempt may run, and by which of its limits.

    MaxRuntimeInSeconds is for all attempts together; MaxWaitTimeInSeconds is that and all waiting, from its creation.

    Returns
    -------
    tuple
        Seconds; ``max_runtime`` or ``max_wait``.
    """
    stopping = record.body["StoppingCondition"]
    run = stopping["MaxRuntimeInSeconds"] - record.state["ran"]
    wait = record.created + stopping.get("MaxWaitTimeInSeconds", math.inf) - now
    return (run, "max_runtime") if run <= wait else (wait, "max_wait")


def resume(record: Record, result: Json, now: float) -> bool:
    """Have an interrupted job start again; False if its attempt ended otherwise.

    Parameters
    ----------
    record : Record
        The job's.
    result : dict
        The attempt's ``exit.json``.
    now : float
        Epoch seconds.
    """
    body, state = record.body, record.state
    if result["ended_by"] != "interrupt" or result["error"] or body["TrainingJobStatus"] == "Stopping":
        return False
    state["ran"] += max(0.0, result["time"] - state.pop("begun", result["time"]))
    state["interruptions"] = state.get("interruptions", 0) + 1
    state |= {"attempt": state["attempt"] + 1, "events": 0}
    training_history.enter(body, "Interrupted", result["time"])
    training_history.enter(body, "Starting", now)
    return True
