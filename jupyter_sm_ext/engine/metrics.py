"""A job's metrics, read from its log by its own regular expressions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_sm_ext.engine.timeline import Timeline
from jupyter_sm_ext.metric_lines import MetricLines

_CHUNK = 1 << 16
MOST_KEPT = 20_000
"""So many epochs a trial may have (API reference, HyperbandStrategyConfig)."""


class Value(NamedTuple):
    """One value of a metric: a float32, as the service gives it, and when its line was written (epoch seconds)."""

    value: float
    time: float


class Scanner:
    """Reads one log on, as it grows, and keeps the last value of each metric.

    Parameters
    ----------
    definitions : sequence of dict
        MetricDefinitions of the job.
    log, index : Path
        Its log and the times of it.
    keep : str, optional
        A metric of which all values are kept.

    Attributes
    ----------
    sequence : list of float
        The values of that metric in the order in which they were printed, at most `MOST_KEPT` of them.
    """

    def __init__(
        self, definitions: Sequence[dict[str, str]], log: Path, index: Path, *, keep: str | None = None
    ) -> None:
        self._lines = MetricLines(definitions)
        self._log, self._index = log, index
        self._offset = 0
        self._values: dict[str, Value] = {}
        self._keep = keep
        self.sequence: list[float] = []

    def scan(self) -> bool:
        """Read complete lines that came since, at most 64 KiB of them; whether there may be more."""
        if not self._lines:
            return False
        try:
            with self._log.open("rb") as file:
                if os.fstat(file.fileno()).st_size <= self._offset:
                    return False
                file.seek(self._offset)
                data = file.read(_CHUNK)
        except FileNotFoundError:
            return False
        end = data.rfind(b"\n") + 1
        if not end and len(data) == _CHUNK:
            end = _CHUNK
        if not end:
            return False
        self._read(data[:end])
        self._offset += end
        return len(data) == _CHUNK

    def _read(self, data: bytes) -> None:
        timeline: Timeline | None = None
        position = self._offset
        for line in data.splitlines(keepends=True):
            position += len(line)
            for name, value in self._lines.find(line[:_CHUNK].decode("utf-8", "replace")):
                if timeline is None:
                    timeline = Timeline(self._log, self._index)
                self._values[name] = Value(value, timeline.at(position) / 1000)
                if name == self._keep and len(self.sequence) < MOST_KEPT:
                    self.sequence.append(value)

    def final(self) -> list[dict[str, Any]]:
        """FinalMetricDataList: the last value of each metric so far."""
        return latest([self])


def latest(scanners: Sequence[Scanner]) -> list[dict[str, Any]]:
    """FinalMetricDataList of several logs: the last value of each metric in any of them.

    Times are in whole seconds, as the service has them.
    """
    found: dict[str, Value] = {}
    for scanner in scanners:
        for name, value in scanner._values.items():
            if name not in found or value.time > found[name].time:
                found[name] = value
    return [
        {"MetricName": name, "Value": value.value, "Timestamp": float(int(value.time))} for name, value in found.items()
    ]
