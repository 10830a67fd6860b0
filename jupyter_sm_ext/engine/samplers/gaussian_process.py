"""A Gaussian process: what the objective may be where no trial was, from the trials there were.

Its kernel is Matérn 5/2 with a length for each range; two categories are as far apart as any two. Lengths, height and
noise are the likeliest of all under broad priors, found by a plain climb: so small a problem needs no more.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROOT5 = math.sqrt(5)
# Logarithms. Points of a cube of many dimensions are far from each other, so that lengths grow with its diagonal.
_LENGTH, _LENGTH_SPREAD, _LENGTHS = math.log(0.5), 1.0, (math.log(0.02), math.log(50.0))
# What is bad with one category must not put off too much from another.
_CATEGORY = math.log(0.5)
_HEIGHT, _HEIGHT_SPREAD, _HEIGHTS = 0.0, 1.0, (-3.0, 4.0)
_NOISE, _NOISE_SPREAD, _NOISES = math.log(1e-4), 2.0, (math.log(1e-6), 0.0)
_CLIMB = 30
_FIRST_STEP, _LEAST_STEP, _MOST_STEP = 0.2, 1e-3, 0.8
_AT_REST = 0.01


class GaussianProcess:
    """What is believed of a function.

    Parameters
    ----------
    rows : array
        Where it was seen, a row each.
    values : array
        What was seen there; their mean is about 0 and their deviation about 1.
    categories : array of bool
        Which columns are categories; all others are between 0 and 1.
    """

    def __init__(self, rows: Floats, values: Floats, categories: NDArray[np.bool_]) -> None:
        self._categories = categories
        hyper = _likeliest(rows, values, categories)
        self._weights = np.exp(-2 * hyper[:-2])
        self._height, self._noise = math.exp(hyper[-2]), math.exp(hyper[-1])
        self.condition(rows, values)

    def condition(self, rows: Floats, values: Floats) -> None:
        """Believe in these instead; what was learnt of the function's shape stays."""
        self._rows = rows
        covariance = self._kernel(rows, rows)
        covariance[np.diag_indices_from(covariance)] += self._noise
        self._whitening = np.linalg.inv(np.linalg.cholesky(covariance))
        self._pull = self._whitening.T @ (self._whitening @ values)

    def predict(self, rows: Floats) -> tuple[Floats, Floats]:
        """Mean and deviation of what is believed, without the noise."""
        across = self._kernel(rows, self._rows)
        known = ((across @ self._whitening.T) ** 2).sum(axis=1)
        return across @ self._pull, np.sqrt(np.maximum(self._height - known, 1e-12))

    def _kernel(self, some: Floats, others: Floats) -> Floats:
        scales = np.sqrt(self._weights[~self._categories])
        left, right = some[:, ~self._categories] * scales, others[:, ~self._categories] * scales
        squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * left @ right.T
        for column in np.flatnonzero(self._categories):
            squares += self._weights[column] * (some[:, column, None] != others[:, column])
        return self._height * _matern(np.maximum(squares, 0.0))[0]


def _matern(squares: Floats) -> tuple[Floats, Floats]:
    """Of squared distances; and that from which its derivatives follow."""
    distances = _ROOT5 * np.sqrt(squares)
    fading = np.exp(-distances)
    slope = (1 + distances) * fading
    return slope + distances**2 / 3 * fading, slope


def _likeliest(rows: Floats, values: Floats, categories: NDArray[np.bool_]) -> Floats:
    """Logarithms of the lengths, the height and the noise that explain best what was seen.

    The climb is Rprop's: each of them has a step of its own, longer while the slope keeps its sign.
    """
    apart = (rows[:, None, :] - rows[None, :, :]) ** 2
    apart[:, :, categories] = apart[:, :, categories] > 0
    pairs = apart.reshape(-1, rows.shape[1])
    lengths = np.where(categories, _CATEGORY, _LENGTH + math.log(rows.shape[1]) / 2)
    centre = np.array([*lengths, _HEIGHT, _NOISE])
    spread = np.array([*[_LENGTH_SPREAD] * len(lengths), _HEIGHT_SPREAD, _NOISE_SPREAD])
    low, high = np.array([*[_LENGTHS] * len(lengths), _HEIGHTS, _NOISES]).T
    found = at = centre
    steps, before, best = np.full(len(centre), _FIRST_STEP), np.zeros(len(centre)), -math.inf
    for _ in range(_CLIMB):
        likelihood, slope = _likelihood(at, pairs, values)
        height = likelihood - (((at - centre) / spread) ** 2).sum() / 2
        if height > best:
            best, found = height, at
        slope -= (at - centre) / spread**2
        turned = slope * before
        steps = np.where(turned > 0, steps * 1.3, np.where(turned < 0, steps / 2, steps))
        steps = np.clip(steps, _LEAST_STEP, _MOST_STEP)
        if steps.max() < _AT_REST:
            break
        before = np.where(turned < 0, 0.0, slope)
        at = np.clip(at + np.sign(before) * steps, low, high)
    return found


def _likelihood(hyper: Floats, pairs: Floats, values: Floats) -> tuple[float, Floats]:
    """Logarithm of the likelihood, but for a constant, and its slope."""
    count = len(values)
    weights, height, noise = np.exp(-2 * hyper[:-2]), math.exp(hyper[-2]), math.exp(hyper[-1])
    kernel, slope = _matern(pairs @ weights)
    covariance = (height * kernel).reshape(count, count) + noise * np.eye(count)
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:  # so smooth and so quiet that rounding is too coarse: only the priors lead out
        return -math.inf, np.zeros(len(hyper))
    whitening = np.linalg.inv(root)
    precision = whitening.T @ whitening
    pull = precision @ values
    likelihood = -values @ pull / 2 - np.log(np.diag(root)).sum()
    change = (np.outer(pull, pull) - precision).ravel() / 2
    lengths = (change * slope * (height * 5 / 3)) @ pairs * weights
    return float(likelihood), np.array([*lengths, height * (change @ kernel), noise * change[:: count + 1].sum()])


def log_improvement(mean: Floats, deviation: Floats, best: float) -> Floats:
    """Logarithm of the improvement that is expected, on what is to be minimized."""
    ahead = (best - mean) / deviation
    density = np.exp(-(ahead**2) / 2) / math.sqrt(2 * math.pi)
    below = np.array(list(map(math.erfc, (-ahead / math.sqrt(2)).tolist()))) / 2
    # Far below, the difference of two tiny numbers is all rounding: there its asymptote is.
    far = -(ahead**2) / 2 - math.log(math.sqrt(2 * math.pi)) - np.log(ahead**2 + 3)
    near = np.log(np.maximum(density + ahead * below, 1e-300))
    return np.where(ahead > -4, near, far) + np.log(deviation)
