"""Measuring side by side: the contenders take turns in one run, so that a slow minute of the machine hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Times of one piece of work, ours and the peer's.

    Parameters
    ----------
    work : str
        What was done.
    ours, peer : list of float
        Seconds of each round.
    peer_name : str
        Whom we are compared with.
    bar : str
        What is to be reached.
    """

    work: str
    ours: list[float]
    peer: list[float]
    peer_name: str
    bar: str = ""

    def row(self) -> str:
        """One row of the table: medians and 95th percentiles, and ratio and difference of the medians."""
        ours, peer = statistics.median(self.ours), statistics.median(self.peer)
        cells = [self.work, _cell(self.ours), f"{self.peer_name}: {_cell(self.peer)}"]
        cells += [f"{ours / peer:.3f}", f"{(ours - peer) * 1000:+.1f} ms", self.bar]
        return f"| {' | '.join(cells)} |"


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


def _cell(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.2f} ms (p95 {p95(seconds) * 1000:.2f})"
