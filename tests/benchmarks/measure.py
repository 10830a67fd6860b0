"""Measuring side by side: the contenders take turns in one run, so that a slow minute of the machine hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """What one piece of work costs us and the peer.

    Parameters
    ----------
    work : str
        What was done.
    ours, peer : list of float
        Seconds of each round, or as many of the unit; no peer, no rounds of it.
    peer_name : str
        Whom we are compared with.
    bar : str
        What is to be reached.
    unit : str
        In which it is shown: ``ms`` of seconds.
    """

    work: str
    ours: list[float]
    peer: list[float] = field(default_factory=list)
    peer_name: str = ""
    bar: str = ""
    unit: str = "ms"

    def row(self) -> str:
        """One row of the table: medians and 95th percentiles, and ratio and difference of the medians."""
        cells = [self.work, self._cell(self.ours)]
        if self.peer:
            ours, peer = statistics.median(self.ours), statistics.median(self.peer)
            cells += [f"{self.peer_name}: {self._cell(self.peer)}", f"{ours / peer:.3f}"]
            cells.append(f"{(ours - peer) * self._scale:+,.{self._places}f} {self.unit}")
        else:
            cells += ["–"] * 3
        return f"| {' | '.join([*cells, self.bar])} |"

    @property
    def _scale(self) -> int:
        return 1000 if self.unit == "ms" else 1

    @property
    def _places(self) -> int:
        """What is counted is whole; a time or a size that is whole by chance is not."""
        return 0 if all(isinstance(value, int) for value in [*self.ours, *self.peer]) else 2

    def _cell(self, values: list[float]) -> str:
        told = f"{statistics.median(values) * self._scale:,.{self._places}f} {self.unit}"
        return f"{told} (p95 {p95(values) * self._scale:,.{self._places}f})" if len(values) > 1 else told


HEAD = "| work | ours | peer or floor | ours / peer | ours - peer | to reach |\n|---|---|---|---|---|---|"


def interleave(contenders: Sequence[Callable[[], float | None]], rounds: int, *, warm_up: int = 1) -> list[list[float]]:
    """Let the contenders take turns; one that returns seconds has measured itself."""
    times: list[list[float]] = [[] for _ in contenders]
    for turn in range(warm_up + rounds):
        for contender, kept in zip(contenders, times, strict=True):
            begin = time.perf_counter()
            told = contender()
            seconds = time.perf_counter() - begin if told is None else told
            if turn >= warm_up:
                kept.append(seconds)
    return times


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[round(0.95 * (len(values) - 1))]
