"""Which hyperparameters the next trial of a tuning job gets: one module for each way to choose them.

Whatever a sampler proposes follows from the job's seed, the trial's number and what it was told before, so that one
that is built anew from the records goes on as if nothing had happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from jupyter_sm_ext.engine.samplers.grid import Grid
from jupyter_sm_ext.engine.samplers.model_based import ModelBased, warm_up
from jupyter_sm_ext.engine.samplers.ranges import Range, parse_ranges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STRATEGIES = ("Bayesian", "Random", "Hyperband", "Grid")

__all__ = ["STRATEGIES", "Inherited", "Range", "Sampler", "new_sampler", "parse_ranges", "warm_up"]


class Sampler(Protocol):
    """Proposes the trials of one search."""

    def add(self, number: int, tuned: Mapping[str, str]) -> None:
        """Take in a trial that was proposed before; `finish` tells how it ended."""

    def propose(self, number: int) -> dict[str, str]:
        """Choose the hyperparameters of a new trial, as the texts its job gets; numbers begin at 1."""

    def finish(self, number: int, objective: float | None) -> None:
        """Tell how a trial ended; None if it has no objective."""


class Inherited(NamedTuple):
    """What a search has from searches before it.

    Parameters
    ----------
    trials : sequence
        Hyperparameters and objectives of trials of the same task, all within the ranges.
    first : sequence
        Hyperparameters to try first, all within the ranges.
    """

    trials: Sequence[tuple[Mapping[str, str], float]] = ()
    first: Sequence[Mapping[str, str]] = ()


def new_sampler(
    ranges: Sequence[Range], strategy: str, *, maximize: bool, seed: int, inherited: Inherited | None = None
) -> Sampler:
    """Make the sampler of a strategy.

    Parameters
    ----------
    ranges : sequence of Range
        What to tune.
    strategy : str
        One of `STRATEGIES`.
    maximize : bool
        Whether a greater objective is better.
    seed : int
        Of the job.
    inherited : Inherited, optional
        Of a warm start; only for Bayesian and Random.
    """
    if strategy == "Grid":
        return Grid(ranges)
    if strategy == "Hyperband":
        strategy = "Random"  # it is about which trials go on, not about where they begin
    trials, first = inherited or Inherited()
    return ModelBased(ranges, strategy, maximize=maximize, seed=seed, trials=trials, first=first)
