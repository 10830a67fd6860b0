"""What is proposed and stopped is worth it: no worse than chance, and for fewer epochs; all by fixed seeds."""

from __future__ import annotations

import statistics

import pytest
from epochs import CURVES, MOST, TRIALS, compare
from objectives import Objective, continuous, vector
from optimisers import CONTENDERS, regret

BOWL = Objective("bowl", continuous(2, -1.0, 1.0), lambda tuned: float(((vector(tuned) - 0.3) ** 2).sum()), 0.0, 16)
COUNTING = next(iter(CURVES))


@pytest.mark.parametrize("parallel", [1, 4])
def test_bayesian_finds_more_than_optuna_and_chance(parallel: int) -> None:
    found = {way: statistics.median(regret(BOWL, way, parallel, seed) for seed in range(3)) for way in CONTENDERS}
    assert found["Bayesian"] < found["Optuna's TPE"] / 10
    assert found["Optuna's TPE"] < found["Random"]


def test_hyperband_finds_as_much_for_a_fraction_of_the_epochs() -> None:
    for seed in range(3):
        whole, hyperband, same = compare(COUNTING, seed)
        assert whole.epochs == MOST * TRIALS
        assert hyperband.epochs < whole.epochs / 2
        assert hyperband.value <= same.value
