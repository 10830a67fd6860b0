"""Hyperband: many trials begin, and few are let go on to the end.

Trials are stopped at rungs: after MinResource epochs, three times as many, nine times... up to MaxResource. One that
comes to a rung goes on if it is in the best third of those of its bracket that have come to this rung so far: it is
successive halving without waiting (L. Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2018). A
bracket says which rung is the first one that counts, so that what begins slowly has its chance; how many trials go to
which is as in "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization" (2018). Hyperparameters are
drawn at random.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine.metrics import MOST_KEPT
from jupyter_sm_ext.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

INFERRED_FROM = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
"""Static hyperparameters that tell MaxResource (API reference, HyperbandStrategyConfig)."""
_KEEP = 3  # one of so many goes on
_CONFIG = "hyperParameterTuningJobConfig.strategyConfig.hyperbandStrategyConfig"


def resources(config: Mapping[str, Any], static: Mapping[str, str]) -> tuple[int, int]:
    """MinResource and MaxResource, in epochs.

    Parameters
    ----------
    config : mapping
        HyperParameterTuningJobConfig.
    static : mapping
        StaticHyperParameters.

    Raises
    ------
    ValidationError
        There is no MaxResource and nothing to infer it from, or they make no sense.
    """
    given = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
    least, most = given.get("MinResource", 1), given.get("MaxResource")
    if most is None:
        most = next((_epochs(static[name]) for name in INFERRED_FROM if name in static), None)
    if most is None:
        raise ValidationError(
            f"Cannot infer MaxResource of the Hyperband strategy. Give it in {_CONFIG}.maxResource, or give a positive "
            f"integer as one of the static hyperparameters {', '.join(INFERRED_FROM)}."
        )
    if most > MOST_KEPT:
        raise ValidationError(
            f"1 validation error detected: Value '{most}' at '{_CONFIG}.maxResource' failed to satisfy constraint: "
            f"Member must have value less than or equal to {MOST_KEPT}"
        )
    if least > most:
        raise ValidationError(
            f"1 validation error detected: Value '{least}' at '{_CONFIG}.minResource' failed to satisfy constraint: "
            f"Member must have value less than or equal to maxResource, which is {most}"
        )
    return least, most


def _epochs(text: str) -> int | None:
    try:
        found = int(text.strip().strip('"'))
    except ValueError:
        return None
    return found if found > 0 else None


class Hyperband:
    """The rule.

    Parameters
    ----------
    least, most : int
        Epochs: before that no trial is stopped, and beyond that none goes on.
    maximize : bool
        Whether a greater objective is better.
    seed : int
        Of the job; decides with a trial's number on its bracket.
    """

    def __init__(self, least: int, most: int, *, maximize: bool, seed: int) -> None:
        self._most, self._maximize, self._seed = most, maximize, seed
        self._rungs: list[int] = []
        while least < most:
            self._rungs.append(least)
            least *= _KEEP
        # Of a bracket in which trials meet n rungs; the last one lets all go on to the end.
        count = len(self._rungs)
        self._weights = [
            math.ceil((count + 1) / (count - skipped + 1) * _KEEP ** (count - skipped)) for skipped in range(count + 1)
        ]
        self._reached: dict[int, list[float]] = {}
        self._boards: dict[tuple[int, int], list[float]] = {}

    def bracket(self, number: int) -> int:
        """How many of the rungs do not count for a trial."""
        generator = random.Random(f"{self._seed}:{number}:bracket")
        return generator.choices(range(len(self._weights)), self._weights)[0]

    def rungs(self, number: int) -> list[int]:
        """Epochs at which a trial may be stopped, besides the last."""
        return self._rungs[self.bracket(number) :]

    def stops(self, number: int, values: Sequence[float]) -> bool:
        """Whether a running trial is to be stopped, now that it has printed these values."""
        # Not when it has printed the last one: its script may be about to store the model, and to end by itself.
        stops = len(values) > self._most
        for _ in self._climb(number, values):
            stops = stops or not self._goes_on(number)
        return stops

    def finish(self, number: int, values: Sequence[float], *, succeeded: bool) -> None:
        """Take in what a trial that is over has printed, be it that it failed later."""
        for _ in self._climb(number, values):
            continue

    def note(self, number: int) -> list[float]:
        """Its values at the rungs it has come to."""
        return list(self._reached.get(number, ()))

    def resume(self, number: int, note: Sequence[float]) -> None:
        """Take in its values at the rungs it has come to."""
        for value in note:
            self._enter(number, value)

    def _climb(self, number: int, values: Sequence[float]) -> Iterator[None]:
        """Enter a trial at each rung that it has come to since."""
        for epoch in self.rungs(number)[len(self._reached.get(number, ())) :]:
            if epoch > len(values):
                return
            self._enter(number, values[epoch - 1])
            yield

    def _enter(self, number: int, value: float) -> None:
        reached = self._reached.setdefault(number, [])
        self._boards.setdefault((self.bracket(number), len(reached)), []).append(value)
        reached.append(value)

    def _goes_on(self, number: int) -> bool:
        """Whether a trial is good enough at the rung it was entered at last."""
        reached = self._reached[number]
        value, board = reached[-1], self._boards[self.bracket(number), len(reached) - 1]
        better = sum(other > value if self._maximize else other < value for other in board)
        return len(board) < _KEEP or better < len(board) // _KEEP
