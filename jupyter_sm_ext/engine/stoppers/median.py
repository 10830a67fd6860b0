"""SageMaker's own rule of early stopping (developer guide, "Stop Training Jobs Early").

After each epoch the value of the objective is compared with the median of the running averages that the trials before
it had up to that epoch; if it is worse, the trial is stopped. Trials before it are those that are over and did not
fail; of them, those that have got as far count.
"""

from __future__ import annotations

from itertools import accumulate
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Median:
    """The rule.

    Parameters
    ----------
    maximize : bool
        Whether a greater objective is better.
    """

    def __init__(self, *, maximize: bool) -> None:
        self._maximize = maximize
        self._averages: dict[int, list[float]] = {}

    def stops(self, number: int, values: Sequence[float]) -> bool:
        """Whether a running trial is to be stopped, now that it has printed these values."""
        epoch = len(values)
        earlier = [averages[epoch - 1] for averages in self._averages.values() if len(averages) >= epoch > 0]
        if not earlier:
            return False
        mark = median(earlier)
        return values[-1] < mark if self._maximize else values[-1] > mark

    def finish(self, number: int, values: Sequence[float], *, succeeded: bool) -> None:
        """Take in what a trial that is over has printed; one that failed does not count."""
        if succeeded:
            self._averages[number] = [total / epoch for epoch, total in enumerate(accumulate(values), start=1)]

    def note(self, number: int) -> list[float]:
        """Its running averages, once it is over."""
        return self._averages.get(number, [])

    def resume(self, number: int, note: Sequence[float]) -> None:
        """Take in the running averages of one that is over."""
        if note:
            self._averages[number] = list(note)
