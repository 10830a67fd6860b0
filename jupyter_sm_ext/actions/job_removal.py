"""What goes with a job that is deleted, told before it is done."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_sm_ext.actions.removal import Consequences
from jupyter_sm_ext.errors import ConflictError
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio

_KEPT = {
    "training-jobs": "Its log and what it wrote to S3 are kept.",
    "tuning-jobs": "Its training jobs are kept, with their logs and what they wrote to S3.",
    "compilation-jobs": "Its log and the compiled model are kept.",
    "processing-jobs": "Its log and what it wrote to S3 are kept.",
}


def can_be_deleted(kind: str) -> bool:
    """Whether it is a kind of job."""
    return kind in _KEPT


def consequences_for_job(studio: Studio, kind: str, key: Sequence[str]) -> Consequences:
    """What a delete of a job would take with it.

    Raises
    ------
    ConflictError
        It still runs.
    SageMakerError
        It cannot be described.
    """
    row = resource(kind)
    described = studio.describe(kind, *key)
    status = str(described[row.status])
    if status in row.transitional:
        raise ConflictError(f"{key[0]} is {status}", hint="Stop it first: only a job that has ended can be deleted.")
    told = ["The service forgets it: its settings, times and results are lost, and its name is free again."]
    if kind == "tuning-jobs":
        told.append("No other tuning job can start warm from it any more.")
    return Consequences([*told, _KEPT[kind]], None)
