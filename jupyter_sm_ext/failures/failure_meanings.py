"""What the failure of a job means, in plain words, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from jupyter_sm_ext.failures.failure_causes import CAUSES


class Meaning(TypedDict):
    """What a failure means, and what to do."""

    text: str
    advice: str


def meaning_of(kind: str, described: Mapping[str, Any]) -> Meaning | None:
    """What the end of a job means; None if it went well, was wished for, or nobody knows.

    Parameters
    ----------
    kind : str
        Of the job, as in ``training-jobs``.
    described : mapping
        Its Describe response.
    """
    reason = " ".join(_reason(kind, described).split())
    for cause in CAUSES if reason else ():
        found = cause.words.search(reason) if kind in cause.kinds else None
        if found is not None:
            said = {name: value or "" for name, value in found.groupdict().items()}
            return Meaning(text=cause.text.format(**said).strip(), advice=cause.advice.format(**said))
    return None


def _reason(kind: str, described: Mapping[str, Any]) -> str:
    """The words by which a cause is known: of a job that a limit has ended, the status that tells which."""
    reason = str(described.get("FailureReason") or "")
    if reason or kind != "training-jobs" or described.get("TrainingJobStatus") != "Stopped":
        return reason
    last = (described.get("SecondaryStatusTransitions") or [{}])[-1]
    return f"{described.get('SecondaryStatus')}: {last.get('StatusMessage', '')}"
