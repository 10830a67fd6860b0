"""What `jupyter sm doctor` finds: one thing that was looked at, how it is, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

OK, WARNING, BAD, SKIPPED = "ok", "warning", "bad", "skipped"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    topic : {"installation", "connection", "network", "calls", "permissions"}
        What it belongs to.
    name : str
        What it is: ``region``, or an AWS operation.
    state : {"ok", "warning", "bad", "skipped"}
        Bad: something that everybody needs does not work. Warning: some feature does not. Skipped: nobody knows, as
        something before it does not work.
    message : str
        For people, one line.
    fix : str, optional
        What can be done about it: a command, or a sentence.
    statement : str, optional
        The policy statement, or several as a list, that would help.
    """

    topic: str
    name: str
    state: str
    message: str
    fix: str | None = None
    statement: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        """For JSON."""
        return asdict(self)


def works(findings: Sequence[Finding]) -> bool:
    """Whether nothing that everybody needs is broken."""
    return all(each.state != BAD for each in findings)
