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
# SageMaker's logs have a tab as #011, and the expressions for what XGBoost prints go by that.
_WRITTEN_OUT = regex.compile(r"#0[0-3][0-7]")
_CONTROL = regex.compile(r"[\x00-\x1f]")


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

        self._written_out = {name for name, pattern in self._patterns if _WRITTEN_OUT.search(pattern.pattern)}

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def find(self, line: str) -> Iterator[tuple[str, float]]:
        """Name and value of each metric in a line, as float32 (as the service gives them)."""
        line = line[:_LINE]
        for name, pattern in list(self._patterns):
            try:
                text = _written_out(line) if name in self._written_out else line
                for match in pattern.finditer(text, timeout=_SECONDS):
                    value = single(match[1] if pattern.groups else match[0])
                    if value is not None:
                        yield name, value
            except TimeoutError:
                # A regex that takes for ever on one line does so on the next.
                _LOGGER.warning("metric %s: its regular expression is too slow, and is not used any more", name)
                self._patterns.remove((name, pattern))
            except TypeError:  # the first group took no part in the match
                continue


def _written_out(line: str) -> str:
    line = line.rstrip("\r\n")
    return _CONTROL.sub(lambda found: f"#{ord(found[0]):03o}", line)


def single(text: str) -> float | None:
    """A number as a float32; None if the text is none, or one that JSON cannot carry."""
    try:
        value = float(text)
        value = struct.unpack("f", struct.pack("f", value))[0]
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None
