"""How many epochs Hyperband saves, and what it finds with those it spends: the engine's rule on learning curves.

Three ways are compared on the same trials: all of them to their last epoch; stopped by Hyperband; and as many of them
to their last epoch as Hyperband's epochs are good for.
"""

from __future__ import annotations

import heapq
import random
import statistics
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from objectives import digits_data

from jupyter_sm_ext.engine.samplers import Range, new_sampler
from jupyter_sm_ext.engine.stoppers import new_stopper

MOST = 27
TRIALS = 60
PARALLEL = 4
_CONFIG = {
    "Strategy": "Hyperband",
    "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": MOST}},
}

COUNTING = (
    *(Range(f"c{number}", "Categorical", values=("0", "1")) for number in range(4)),
    *(Range(f"p{number}", "Continuous", 0.0, 1.0) for number in range(4)),
)
NETWORK = (
    Range("learning_rate_init", "Continuous", 1e-4, 1.0, "Logarithmic"),
    Range("alpha", "Continuous", 1e-6, 1.0, "Logarithmic"),
    Range("momentum", "Continuous", 0.1, 0.99, "ReverseLogarithmic"),
    Range("hidden", "Integer", 4, 64, "Logarithmic"),
    Range("batch_size", "Categorical", values=("8", "32", "128")),
)


def counting_ones(tuned: Mapping[str, str], seed: int) -> Iterator[tuple[float, float]]:
    """What is seen of the share of zeros after each epoch, 27 draws of each number more, and what it really is."""
    generator = np.random.default_rng(seed)
    ones = sum(int(tuned[f"c{number}"]) for number in range(4))
    chances = np.array([float(tuned[f"p{number}"]) for number in range(4)])
    seen = np.zeros(4)
    for epoch in range(1, MOST + 1):
        seen += generator.binomial(27, chances)
        yield 1 - (ones + (seen / (27 * epoch)).sum()) / 8, 1 - (ones + chances.sum()) / 8


def network(tuned: Mapping[str, str], seed: int) -> Iterator[tuple[float, float]]:
    """Error of a small network on scikit-learn's digits after each epoch."""
    from sklearn.neural_network import MLPClassifier

    inputs, targets, held, wanted = digits_data()
    numbers = {name: float(tuned[name]) for name in ("learning_rate_init", "alpha", "momentum")}
    sizes = {"hidden_layer_sizes": (int(tuned["hidden"]),), "batch_size": int(tuned["batch_size"])}
    model = MLPClassifier(solver="sgd", random_state=seed, **numbers, **sizes)
    with np.errstate(all="ignore"):
        for _ in range(MOST):
            try:
                error = 1 - model.partial_fit(inputs, targets, classes=range(10)).score(held, wanted)
            except ValueError:  # the weights have overflowed
                error = 0.9
            yield error, error


CURVES: dict[str, tuple[tuple[Range, ...], Any]] = {
    "Counting Ones (4 numbers, 4 categories)": (COUNTING, counting_ones),
    "digits, a network (3 by magnitude, integer, category)": (NETWORK, network),
}


class Spent(NamedTuple):
    """Epochs, and what the trial that ended best is really worth."""

    epochs: int
    value: float


def compare(name: str, seed: int) -> tuple[Spent, Spent, Spent]:
    """All trials to the end, Hyperband, and Hyperband's epochs spent on whole trials."""
    ranges, curve_of = CURVES[name]
    sampler = new_sampler(ranges, "Hyperband", maximize=False, seed=seed)
    curves = [list(curve_of(sampler.propose(number), seed * TRIALS + number)) for number in range(1, TRIALS + 1)]
    hyperband = _stopped(curves, seed)
    return _whole(curves), hyperband, _whole(curves[: hyperband.epochs // MOST])


def _whole(curves: list[list[tuple[float, float]]]) -> Spent:
    return Spent(len(curves) * MOST, min(curve[-1] for curve in curves)[1])


def _stopped(curves: list[list[tuple[float, float]]], seed: int) -> Spent:
    """As the engine does it: each epoch is looked at when it comes, and each trial has a pace of its own."""
    stopper = new_stopper(_CONFIG, {}, maximize=False, seed=seed)
    assert stopper is not None
    clock = random.Random(f"{seed}:clock")
    waiting = list(range(1, TRIALS + 1))
    running: list[tuple[float, int, float]] = []
    printed: dict[int, list[float]] = {}
    now = 0.0
    while waiting or running:
        while waiting and len(running) < PARALLEL:
            pace = clock.uniform(0.5, 1.5)
            heapq.heappush(running, (now + pace, waiting.pop(0), pace))
        now, number, pace = heapq.heappop(running)
        values = printed.setdefault(number, [])
        values.append(curves[number - 1][len(values)][0])
        if stopper.stops(number, values) or len(values) == MOST:
            stopper.finish(number, values, succeeded=True)
        else:
            heapq.heappush(running, (now + pace, number, pace))
    best = min(printed, key=lambda number: printed[number][-1])
    return Spent(sum(map(len, printed.values())), curves[best - 1][len(printed[best]) - 1][1])


def rows(pool: Executor, seeds: int) -> Iterator[str]:
    """Lines of a Markdown table: medians of epochs and of what was found."""
    head = ("all to the end: epochs", "found", "Hyperband: epochs", "found", "as many epochs, whole trials: found")
    yield f"| learning curve | {' | '.join(head)} |"
    yield "|---|---|---|---|---|---|"
    for name in CURVES:
        found = list(pool.map(partial(compare, name), range(seeds)))
        (whole, hyperband, same) = (
            (statistics.median(one.epochs for one in way), statistics.median(one.value for one in way))
            for way in zip(*found, strict=True)
        )
        cells = f"{whole[0]:.0f} | {whole[1]:.3g} | {hyperband[0]:.0f} | {hyperband[1]:.3g} | {same[1]:.3g}"
        yield f"| {name} | {cells} |"
