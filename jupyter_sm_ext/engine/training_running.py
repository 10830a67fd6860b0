"""What the engine holds in memory of a job that is not over; all of it can be had again from the disk."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine.metrics import Scanner, latest

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.runner import Attempt
    from jupyter_sm_ext.engine.training_waiting import Waiting

_METRICS_SECONDS = 1.0
"""How often a log is read for metrics, and how often their change alone is worth a write."""
_EVENTS_SECONDS = 0.1
"""So long what the supervisor told waits for what comes next: a trial that is over before is put on record once."""

Json = dict[str, Any]


class Running:
    """A job under way.

    Parameters
    ----------
    name : str
        The job's name.
    not_before : float
        On the monotonic clock: it is left alone until then.

    Attributes
    ----------
    attempt : Attempt or None
        Its attempt, once there is one.
    interruption : Path or None
        The file that asks for an interruption, if there can be one.
    waiting : Waiting or None
        What it waits for, if it does.
    events : list
        What the attempt told since the last time that all was put on record.
    lost : str or None
        Why the attempt will never end by itself.
    """

    def __init__(self, name: str, not_before: float = 0.0) -> None:
        self.name = name
        self.not_before = not_before
        self.attempt: Attempt | None = None
        self.interruption: Path | None = None
        self.waiting: Waiting | None = None
        self.events: list[Json] = []
        self.lost: str | None = None
        self._scanners: list[Scanner] = []
        self._known = self._told_before = 0
        self._since = time.monotonic()
        self._scan_at = self._tell_at = self._tell_events_at = 0.0
        self._told: list[Json] = []

    def follow(self, attempt: Attempt, definitions: Sequence[dict[str, str]], known: int) -> None:
        """Follow an attempt.

        Parameters
        ----------
        attempt : Attempt
            Started or taken up.
        definitions : sequence of dict
            The job's MetricDefinitions.
        known : int
            How many of its events are on record.
        """
        self.attempt = attempt
        self._known = self._told_before = known
        self._tell_events_at = time.monotonic() + _EVENTS_SECONDS
        self._scanners = [Scanner(definitions, *log) for log in attempt.logs]

    @property
    def over(self) -> bool:
        """Whether the attempt has ended or is lost."""
        return self.lost is not None or (self.attempt is not None and self.attempt.ended)

    @property
    def metrics(self) -> list[Json]:
        """FinalMetricDataList so far."""
        return latest(self._scanners)

    def look(self) -> bool:
        """See what is new; whether the log has to be read on before the job can be over."""
        assert self.attempt is not None
        if self.interruption is not None and self.interruption.exists():
            self.attempt.interrupt()
            self.interruption.unlink(missing_ok=True)
        self.take()
        if not self.over:
            self.lost = self.attempt.lost()
            if self.lost is not None:
                self.attempt.end_orphans()
                self.take()
        now, more = time.monotonic(), False
        if self.over or now >= self._scan_at:
            more = sum(scanner.scan() for scanner in self._scanners) > 0
            self._scan_at = now + (0.0 if more else _METRICS_SECONDS)
        return more

    def take(self) -> None:
        """See what the attempt has told since."""
        assert self.attempt is not None
        events = self.attempt.events()
        self.events += events[self._known :]
        self._known = max(0, self._known - len(events))

    def unrecorded(self, recorded: int) -> list[Json]:
        """The events that are not on record, where so many of all are."""
        return self.events[max(0, recorded - self._told_before) :]

    def worth_telling(self) -> bool:
        """Whether there is something to put on record now."""
        if self.over:
            return True
        now = time.monotonic()
        if self.events and now >= self._tell_events_at:
            return True
        return now >= self._tell_at and self.metrics != self._told

    def told(self) -> None:
        """All so far is on record."""
        self._told_before += len(self.events)
        self.events.clear()
        self._told = self.metrics
        now = time.monotonic()
        self._tell_at, self._tell_events_at = now + _METRICS_SECONDS, now + _EVENTS_SECONDS

    def pause(self, shortest: float) -> float:
        """Seconds until the next look: a job that has run for a minute needs fewer than one that may be a trial."""
        return max(shortest, min(0.5, (time.monotonic() - self._since) / 500))
