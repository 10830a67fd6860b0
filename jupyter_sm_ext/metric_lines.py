"""Metrics in lines of a log, found by the regular expressions of a job's MetricDefinitions."""

from __future__ import annotations

import logging
import math
import struct
from collections.abc import Iterator, Mapping, Sequence

import regex

from jupyter_sm_ext.errors import ValidationError

_LOGGER = logging.getLogger(__name__)
_LINE = 1 << 16
_SECONDS = 0.05


class MetricLines:
    """Finds the values of metrics in lines.

    Parameters
    ----------
    definitions : sequence of mapping
        MetricDefinitions: Name and Regex, whose first group is the value.

    Raises
    ------
    ValidationError
        One of the regexes is none.

    Notes
    -----
    A regex gets 50 ms for a line, and only the first 64 KiB of a line are looked at: these are the user's own
    expressions, run in the threads of a server.
    """

    def __init__(self, definitions: Sequence[Mapping[str, str]]) -> None:
        self._patterns: list[tuple[str, regex.Pattern[str]]] = []
        for definition in definitions:
            try:
                self._patterns.append((definition["Name"], regex.compile(definition["Regex"])))
            except regex.error as error:
                raise ValidationError(
                    f"The regular expression of the metric definition {definition['Name']} is not valid: {error}."
                ) from error

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def find(self, line: str) -> Iterator[tuple[str, float]]:
        """Name and value of each metric in a line, as float32 (as the service gives them)."""
        line = line[:_LINE]
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


def single(text: str) -> float | None:
    """A number as a float32; None if the text is none, or one that JSON cannot carry."""
    try:
        value = float(text)
        value = struct.unpack("f", struct.pack("f", value))[0]
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None
