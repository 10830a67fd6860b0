"""Names of new jobs: short, of the letters that SageMaker takes, and never twice the same."""

from __future__ import annotations

import re
import secrets
import time

_TAIL = re.compile(r"-\d{6}-\d{6}-[0-9a-f]{4}$")


def fresh_name(stem: str, longest: int) -> str:
    """A name that begins like another one and that nothing has yet.

    Parameters
    ----------
    stem : str
        What it is about: a script, or the job that it follows.
    longest : int
        Letters that the service takes.
    """
    # A clone of a clone is not named after both times.
    words = re.sub(r"[^a-zA-Z0-9]+", "-", _TAIL.sub("", stem)).strip("-") or "job"
    # Two in one second must not meet.
    tail = time.strftime("-%y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(2)
    return words[: longest - len(tail)].rstrip("-") + tail
