"""Grid search: every combination of the values, once, in the order in which the request has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jupyter_sm_ext.engine.samplers.ranges import Range


class Grid:
    """Proposes the combinations of categorical ranges.

    A trial's number says which one is its: nothing has to be remembered.

    Parameters
    ----------
    ranges : sequence of Range
        Categorical ones; the last one changes fastest.
    """

    def __init__(self, ranges: Sequence[Range]) -> None:
        self._ranges = tuple(ranges)

    def add(self, number: int, tuned: Mapping[str, str]) -> None:
        """Take in a trial that was proposed before."""

    def propose(self, number: int) -> dict[str, str]:
        """Combination of a trial; numbers begin at 1."""
        left, tuned = number - 1, {}
        for one in reversed(self._ranges):
            left, place = divmod(left, len(one.values))
            tuned[one.name] = one.values[place]
        return {one.name: tuned[one.name] for one in self._ranges}

    def finish(self, number: int, objective: float | None) -> None:
        """Take note of nothing: what comes next does not depend on it."""
