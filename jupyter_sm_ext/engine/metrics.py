"""A job's metrics, read from its log by its own regular expressions."""

from __future__ import annotations

import logging
import math
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import regex

from jupyter_sm_ext.engine.timeline import Timeline
from jupyter_sm_ext.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOGGER = logging.getLogger(__name__)
_CHUNK = _LINE = 1 << 16
MOST_KEPT = 20_000
"""So many epochs a trial may have (API reference, HyperbandStrategyConfig)."""
_SECONDS = 0.05
"""A regex gets so long for a line. It runs in the engine's only thread."""


class Value(NamedTuple):
    """One value of a metric: a float32, as the service gives it, and when its line was written (epoch seconds)."""

    value: float
    time: float


def compiled(definitions: Sequence[dict[str, str]]) -> list[tuple[str, regex.Pattern[str]]]:
    """Name and regex of each metric definition.

    Raises
    ------
    ValidationError
        One of the regexes is none.
    """
    found = []
    for definition in definitions:
        try:
            found.append((definition["Name"], regex.compile(definition["Regex"])))
        except regex.error as error:
            raise ValidationError(
                f"The regular expression of the metric definition {definition['Name']} is not valid: {error}."
            ) from error
    return found


def single(text: str) -> float | None:
    """A number as a float32; None if the text is none, or one that JSON cannot carry."""
    try:
        value = float(text)
        value = struct.unpack("f", struct.pack("f", value))[0]
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


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
        self._patterns = compiled(definitions)
        self._log, self._index = log, index
        self._offset = 0
        self._values: dict[str, Value] = {}
        self._keep = keep
        self.sequence: list[float] = []

    def scan(self) -> bool:
        """Read complete lines that came since, at most 64 KiB of them; whether there may be more."""
        if not self._patterns:
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
            for name, value in self._found(line[:_LINE].decode("utf-8", "replace")):
                if timeline is None:
                    timeline = Timeline(self._log, self._index)
                self._values[name] = Value(value, timeline.at(position) / 1000)
                if name == self._keep and len(self.sequence) < MOST_KEPT:
                    self.sequence.append(value)

    def _found(self, line: str) -> Iterator[tuple[str, float]]:
        for name, pattern in list(self._patterns):
            try:
                for match in pattern.finditer(line, timeout=_SECONDS):
                    value = single(match[1] if pattern.groups else match[0])
                    if value is not None:
                        yield name, value
            except TimeoutError:
                # A regex that takes for ever on one line does so on the next.
                _LOGGER.warning("metric %s: its regular expression is too slow, and is not used any more", name)
                self._patterns.remove((name, pattern))
            except TypeError:  # the first group took no part in the match
                continue

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
