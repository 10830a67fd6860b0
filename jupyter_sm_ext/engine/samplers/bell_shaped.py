"""Objectives as a Gaussian process likes them: about as many small ones as great ones, none of them far off."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_POWERS = np.linspace(-2, 2, 21)


def bell_shaped(values: Floats) -> Floats:
    """Values to be minimized, in the same order, with mean 0 and deviation 1.

    A loss that has run away would hide all others: what is further above the median than the best is below it counts by
    magnitude. Then the Yeo-Johnson transformation under which they look most like a normal distribution bends them. All
    are 0 if they are equal.
    """
    values = values / max(float(np.abs(values).max()), 1e-300)  # so that differences of huge ones are numbers
    middle = float(np.median(values))
    reach = middle - float(values.min())
    if reach > 0:
        above = (values - middle) / reach
        values = np.where(above > 1, 1 + np.log(np.maximum(above, 1)), above)
    values = _standard(values)
    signs, logs = np.sign(values), np.log1p(np.abs(values))
    best, found = -math.inf, values
    for power in _POWERS:
        bent = np.where(values >= 0, _bent(logs, power), -_bent(logs, 2 - power))
        variance = float(bent.var())
        if variance > 0:
            likelihood = (power - 1) * float((signs * logs).sum()) - len(values) / 2 * math.log(variance)
            if likelihood > best:
                best, found = likelihood, bent
    return _standard(found)


def _bent(logs: Floats, power: float) -> Floats:
    return logs if abs(power) < 1e-9 else np.expm1(power * logs) / power


def _standard(values: Floats) -> Floats:
    if values.min() == values.max():
        return np.zeros_like(values)
    values = values - values.mean()
    values /= np.abs(values).max()
    standard: Floats = values / values.std()
    return standard
