"""Published functions on which optimisers are compared, with their ranges as a tuning job has them; all are minimized.

Branin, Hartmann6, Ackley, Levy and Rosenbrock: S. Surjanovic, D. Bingham, "Virtual Library of Simulation Experiments".
Func2C: B. Ru et al., "Bayesian Optimisation over Multiple Continuous and Categorical Inputs" (2020). Counting Ones:
S. Falkner et al., "BOHB: Robust and Efficient Hyperparameter Optimization at Scale" (2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from jupyter_sm_ext.engine.samplers import Range

Tuned = Mapping[str, str]


@dataclass(frozen=True)
class Objective:
    """A function, where it is searched, its least value, and how many trials it gets."""

    name: str
    ranges: tuple[Range, ...]
    value: Callable[[Tuned], float]
    least: float
    trials: int


def continuous(count: int, low: float, high: float) -> tuple[Range, ...]:
    return tuple(Range(f"x{number}", "Continuous", low, high) for number in range(count))


def vector(tuned: Tuned) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([float(tuned[name]) for name in sorted(tuned) if name.startswith("x")])


def branin(tuned: Tuned) -> float:
    x, y = vector(tuned)
    part = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return float(part**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])
_A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann6(tuned: Tuned) -> float:
    return float(-_ALPHA @ np.exp(-(_A * (vector(tuned) - _P) ** 2).sum(axis=1)))


def ackley(tuned: Tuned) -> float:
    x = vector(tuned)
    waves = math.exp(np.cos(2 * math.pi * x).mean())
    return float(-20 * math.exp(-0.2 * math.sqrt((x**2).mean())) - waves + 20 + math.e)


def levy(tuned: Tuned) -> float:
    w = 1 + (vector(tuned) - 1) / 4
    inner = ((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(math.pi * w[:-1] + 1) ** 2)).sum()
    return float(np.sin(math.pi * w[0]) ** 2 + inner + (w[-1] - 1) ** 2 * (1 + np.sin(2 * math.pi * w[-1]) ** 2))


def rosenbrock(tuned: Tuned) -> float:
    x = vector(tuned)
    return float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (x[:-1] - 1) ** 2).sum())


def func2c(tuned: Tuned) -> float:
    """The sum of two functions, each of them a category, of two numbers in [-2, 2]."""
    x, y = vector(tuned)
    parts = {
        "rosenbrock": (100 * (y - x**2) ** 2 + (x - 1) ** 2) / 300,
        "six-hump": ((4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (-4 + 4 * y**2) * y**2) / 10,
        "beale": ((1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2) / 50,
    }
    # As published, the second has five values, and the last three are the same.
    return float(parts[tuned["first"]] + parts[tuned["second"].partition(" ")[0]])


FUNC2C = (
    *continuous(2, -2.0, 2.0),
    Range("first", "Categorical", values=("rosenbrock", "six-hump", "beale")),
    Range("second", "Categorical", values=("rosenbrock", "six-hump", "beale", "beale 2", "beale 3")),
)
DIGITS = (
    Range("C", "Continuous", 1e-3, 1e3, "Logarithmic"),
    Range("gamma", "Continuous", 1e-6, 1.0, "Logarithmic"),
    Range("components", "Integer", 2, 40),
    Range("kernel", "Categorical", values=("rbf", "sigmoid", "poly")),
)


def digits(tuned: Tuned) -> float:
    """Error of a support vector machine on scikit-learn's digits: two numbers by magnitude, an integer, a category."""
    from sklearn.decomposition import PCA
    from sklearn.svm import SVC

    inputs, targets, held, wanted = digits_data()
    reduced = PCA(int(tuned["components"]), svd_solver="full").fit(inputs)
    machine = SVC(C=float(tuned["C"]), gamma=float(tuned["gamma"]), kernel=tuned["kernel"], max_iter=2000)
    machine.fit(reduced.transform(inputs), targets)
    return 1 - float(machine.score(reduced.transform(held), wanted))


@cache
def digits_data() -> tuple[Any, Any, Any, Any]:
    """Inputs and targets to learn from, and others to judge by."""
    from sklearn.datasets import load_digits

    inputs, targets = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(targets))
    inputs, targets = inputs[order] / 16, targets[order]
    return inputs[:300], targets[:300], inputs[300:1300], targets[300:1300]


FUNCTIONS = (
    Objective(
        "Branin (2)",
        (Range("x0", "Continuous", -5.0, 10.0), Range("x1", "Continuous", 0.0, 15.0)),
        branin,
        0.397887,
        50,
    ),
    Objective("Hartmann (6)", continuous(6, 0.0, 1.0), hartmann6, -3.32237, 50),
    Objective("Ackley (5)", continuous(5, -32.768, 32.768), ackley, 0.0, 50),
    Objective("Levy (4)", continuous(4, -10.0, 10.0), levy, 0.0, 50),
    Objective("Rosenbrock (4)", continuous(4, -5.0, 10.0), rosenbrock, 0.0, 50),
    Objective("Func2C (2 and 2 categories)", FUNC2C, func2c, -0.206326, 50),
    Objective("digits (2 by magnitude, integer, category)", DIGITS, digits, 0.0, 40),
)
