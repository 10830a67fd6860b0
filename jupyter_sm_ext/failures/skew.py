"""A clock that is wrong, as AWS tells of it when it refuses a signature: of which time, and by how much."""

from __future__ import annotations

import re
from datetime import datetime

HINT = "Set the clock of this machine (on Linux: `timedatectl set-ntp true`), and it goes on by itself."

# What was signed too long ago, or is not yet to be; S3 has a code of its own for both, and tells no time.
_CODES = ("RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture")
_REFUSED = re.compile(
    r"Signature (?P<word>expired|not yet current): (?P<signed>\d{8}T\d{6}Z) is "
    r"(?:now earlier|still later) than \d{8}T\d{6}Z \((?P<now>\d{8}T\d{6}Z) [+-]"
)


def skew_of(code: str, message: str) -> str | None:
    """What is wrong with the clock, if that is why a call was refused.

    Parameters
    ----------
    code, message : str
        Of the refusal.
    """
    found = _REFUSED.search(message)
    if found is not None:
        seconds = (_time(found["signed"]) - _time(found["now"])).total_seconds()
        word = "ahead of" if seconds > 0 else "behind"
        return f"The clock of this machine is {_span(abs(seconds))} {word} that of AWS, which takes no such calls."
    if code in _CODES or message.startswith(("Signature expired", "Signature not yet current")):
        return "The clock of this machine is not that of AWS, which takes no such calls."
    return None


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%S%z")


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
