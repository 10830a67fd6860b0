"""The ranges as a cube: a number lies between 0 and 1 on its own scale, a category is its place among the values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from optuna.distributions import BaseDistribution

    Rows = NDArray[np.float64]

_OTHER_CATEGORY = 0.2  # the share of moves on which a category changes


class _Axis(NamedTuple):
    """One range: its ends on the scale that is searched; what its values are, and between which bounds."""

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    whole: bool = False
    bounds: tuple[float, float] = (0.0, 0.0)
    choices: tuple[Any, ...] = ()

    def place(self, value: Any) -> float:
        if self.choices:
            return float(self.choices.index(value))
        scaled = math.log(value) if self.log else float(value)
        return (scaled - self.low) / (self.high - self.low or 1.0)

    def values(self, places: Rows) -> Rows:
        """Numbers at some places of an axis of numbers."""
        scaled = self.low + places * (self.high - self.low)
        values = np.exp(scaled) if self.log else scaled
        return np.clip(np.rint(values) if self.whole else values, *self.bounds)


class Cube:
    """Where trials are, as rows of an array.

    Parameters
    ----------
    distributions : mapping
        Optuna's, by name.
    """

    def __init__(self, distributions: Mapping[str, BaseDistribution]) -> None:
        self._axes = [_axis(name, one) for name, one in distributions.items()]
        self._sizes = np.array([len(one.choices) for one in self._axes])
        self.categories: NDArray[np.bool_] = self._sizes > 0
        self.countable = all(one.choices or one.whole for one in self._axes)

    @property
    def dimensions(self) -> int:
        """How many ranges there are."""
        return len(self._axes)

    def row(self, params: Mapping[str, Any]) -> list[float]:
        """Where a trial is."""
        return [one.place(params[one.name]) for one in self._axes]

    def params(self, row: Rows) -> dict[str, Any]:
        """Optuna's values of a row."""
        found: dict[str, Any] = {}
        for one, place in zip(self._axes, row, strict=True):
            if one.choices:
                found[one.name] = one.choices[int(place)]
            else:
                found[one.name] = (int if one.whole else float)(one.values(place))
        return found

    def spread(self, points: Rows) -> Rows:
        """Rows at points of which each coordinate is drawn between 0 and 1."""
        return self._whole(np.where(self.categories, np.floor(points * self._sizes), points))

    def near(self, rows: Rows, scale: float, generator: np.random.Generator) -> Rows:
        """Move each row by about a scale along some of its axes."""
        moving = generator.random(rows.shape) < max(0.4, 1 / self.dimensions)
        length = scale * generator.choice([0.3, 1.0], size=(len(rows), 1))
        moved = np.abs(rows + np.where(moving, generator.normal(size=rows.shape) * length, 0.0))
        moved = np.clip(1 - np.abs(1 - moved), 0, 1)  # the walls of the cube throw back
        other = np.floor(generator.random(rows.shape) * self._sizes)
        changes = generator.random(rows.shape) < _OTHER_CATEGORY
        return self._whole(np.where(self.categories, np.where(changes, other, rows), moved))

    def _whole(self, rows: Rows) -> Rows:
        """Put what stands for an integer where the integer is: that is what the trial will be told."""
        for column, one in enumerate(self._axes):
            if one.whole:
                values = one.values(rows[:, column])
                scaled = np.log(values) if one.log else values
                rows[:, column] = (scaled - one.low) / (one.high - one.low)
        return rows


def _axis(name: str, given: BaseDistribution) -> _Axis:
    if isinstance(given, CategoricalDistribution):
        return _Axis(name, choices=tuple(given.choices))
    if not isinstance(given, IntDistribution | FloatDistribution):
        raise TypeError(f"{name}: {given!r} is no range of a tuning job")
    whole = isinstance(given, IntDistribution)
    # Half a step more at either end, so that the first and the last integer get as much room as the others.
    ends = (given.low - 0.5, given.high + 0.5) if whole else (given.low, given.high)
    low, high = (math.log(end) if given.log else float(end) for end in ends)
    return _Axis(name, low, high, log=given.log, whole=whole, bounds=(given.low, given.high))
