"""The Gaussian process of Bayesian search: what it believes, and what is proposed on the strength of it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import optuna
import pytest

from jupyter_sm_ext.engine.samplers import Range, Sampler, new_sampler
from jupyter_sm_ext.engine.samplers.bell_shaped import bell_shaped
from jupyter_sm_ext.engine.samplers.cube import Cube
from jupyter_sm_ext.engine.samplers.gaussian_process import GaussianProcess, _likelihood, log_improvement
from jupyter_sm_ext.engine.samplers.gaussian_sampler import GaussianSampler

X, Y = Range("x", "Continuous", -1.0, 1.0), Range("y", "Continuous", -1.0, 1.0)
CATEGORY = Range("c", "Categorical", values=("a", "b", "c", "d"))


def bayesian(*ranges: Range, maximize: bool = False, seed: int = 5) -> Sampler:
    return new_sampler(ranges, "Bayesian", maximize=maximize, seed=seed)


def run(sampler: Sampler, trials: int, value: Callable[[dict[str, str]], float | None]) -> list[dict[str, str]]:
    made = []
    for number in range(1, trials + 1):
        made.append(sampler.propose(number))
        sampler.finish(number, value(made[-1]))
    return made


def bowl(tuned: dict[str, str]) -> float:
    return sum((float(tuned[name]) - 0.3) ** 2 for name in ("x", "y"))


def test_rows_are_read_and_written_back() -> None:
    cube = Cube(
        {
            "lr": optuna.distributions.FloatDistribution(1e-5, 1e-1, log=True),
            "x": optuna.distributions.FloatDistribution(-3.0, 5.0),
            "n": optuna.distributions.IntDistribution(2, 9),
            "w": optuna.distributions.IntDistribution(1, 4096, log=True),
            "c": optuna.distributions.CategoricalDistribution(("a", "b", "c")),
        }
    )
    assert cube.categories.tolist() == [False, False, False, False, True]
    assert not cube.countable
    generator = np.random.default_rng(0)
    rows = cube.near(cube.spread(generator.random((200, 5))), 0.3, generator)
    for row in rows:
        params = cube.params(row)
        assert 1e-5 <= params["lr"] <= 1e-1
        assert params["n"] in range(2, 10)
        assert 1 <= params["w"] <= 4096
        # An integer is where it is, not where the draw was.
        assert cube.row(params) == pytest.approx(row.tolist(), abs=1e-12)
    assert {cube.params(row)["n"] for row in rows} == set(range(2, 10))
    assert cube.params(np.array([0.0, 1.0, 0.0, 1.0, 2.0])) == {"lr": 1e-5, "x": 5.0, "n": 2, "w": 4096, "c": "c"}


def test_believes_what_it_saw_and_doubts_what_it_did_not() -> None:
    rows = np.linspace(0, 0.6, 13)[:, None]
    model = GaussianProcess(rows, np.sin(6 * rows[:, 0]), np.array([False]))
    mean, deviation = model.predict(np.array([[0.3], [0.325], [1.0]]))
    assert mean[:2] == pytest.approx([math.sin(1.8), math.sin(1.95)], abs=0.05)
    assert deviation[:2].max() < 0.05 < deviation[2]


def test_the_slope_that_is_climbed_is_that_of_the_likelihood() -> None:
    generator = np.random.default_rng(1)
    rows, values = generator.random((12, 3)), generator.normal(size=12)
    pairs = ((rows[:, None] - rows[None]) ** 2).reshape(-1, 3)
    at = np.array([-0.5, 0.2, -1.0, 0.4, -3.0])
    slope = _likelihood(at, pairs, values)[1]
    for place in range(5):
        step = np.zeros(5)
        step[place] = 1e-5
        rise = _likelihood(at + step, pairs, values)[0] - _likelihood(at - step, pairs, values)[0]
        assert slope[place] == pytest.approx(rise / 2e-5, rel=1e-4)


def test_improvement_is_what_draws_improve() -> None:
    draws = np.random.default_rng(2).normal(size=1_000_000)
    means = np.array([-1.0, 0.0, 1.5])
    expected = [np.maximum(0.2 - (mean + 0.5 * draws), 0).mean() for mean in means]
    assert np.exp(log_improvement(means, np.full(3, 0.5), 0.2)) == pytest.approx(expected, rel=0.03)
    far = log_improvement(np.linspace(0, 40, 400), np.ones(400), 0.0)
    assert (np.diff(far) < 0).all()


@pytest.mark.parametrize(
    "values",
    [[3.0, 3.0, 3.0], [1.0, 2.0, 1e300], [-1e300, 0.0, 1e300], [0.0, 1e-310, 2e-310], [1.0, 2.0, 2.0, 2.0, 2.0]],
)
def test_any_objectives_become_small_numbers_in_their_order(values: list[float]) -> None:
    found = bell_shaped(np.array(values))
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 10
    assert (np.diff(found) >= 0).all()


def test_a_maximum_is_sought_as_the_minimum_of_the_opposite() -> None:
    least = run(bayesian(X, Y), 12, bowl)
    assert run(bayesian(X, Y, maximize=True), 12, lambda tuned: -bowl(tuned)) == least


def test_finds_the_bottom_of_a_bowl() -> None:
    assert min(map(bowl, run(bayesian(X, Y), 16, bowl))) < 1e-3


def test_those_that_run_at_a_time_are_apart() -> None:
    sampler = bayesian(X, Y)
    run(sampler, 7, bowl)
    made = [sampler.propose(number) for number in range(8, 12)]
    places = np.array([[float(one["x"]), float(one["y"])] for one in made])
    apart = np.abs(places[:, None] - places[None]).max(axis=2)[np.triu_indices(4, 1)]
    assert apart.min() > 0.02


def test_a_single_range_is_enough() -> None:
    made = run(bayesian(X), 15, lambda tuned: abs(float(tuned["x"]) + 0.7))
    assert min(abs(float(one["x"]) + 0.7) for one in made) < 0.01


def test_categories_alone_are_each_tried_once() -> None:
    ranges = [CATEGORY, Range("d", "Categorical", values=("1", "2", "3", "4", "5"))]
    made = run(bayesian(*ranges), 20, lambda tuned: ord(tuned["c"]) + float(tuned["d"]))
    assert len({tuple(one.values()) for one in made}) == 20
    best = made.index({"c": "a", "d": "1"})
    assert best < 12  # by chance it would be any


@pytest.mark.parametrize("ended", [None, math.nan, math.inf])
def test_goes_on_when_all_trials_fail(ended: float | None) -> None:
    made = run(bayesian(X, CATEGORY), 15, lambda tuned: ended)
    assert len({one["x"] for one in made}) == 15
    assert {one["c"] for one in made} == set("abcd")


def test_keeps_away_from_where_trials_fail() -> None:
    # The better, the nearer to the edge behind which all fail.
    made = run(bayesian(X, Y), 25, lambda tuned: None if float(tuned["x"]) > 0.2 else -float(tuned["x"]))
    behind = [float(one["x"]) > 0.2 for one in made]
    assert sum(behind[-10:]) <= 5
    assert max(float(one["x"]) for one, failed in zip(made, behind, strict=True) if not failed) > 0.1


def test_a_loss_that_runs_away_hides_nothing() -> None:
    made = run(bayesian(X, Y), 20, lambda tuned: 1e30 if float(tuned["y"]) < -0.5 else bowl(tuned))
    assert min(map(bowl, made)) < 1e-3


def test_a_long_history_is_gone_on_with_and_a_restart_makes_no_difference() -> None:
    dice = random.Random(3)
    history = [{"x": repr(dice.uniform(-1, 1)), "y": repr(dice.uniform(-1, 1))} for _ in range(1000)]
    proposed = []
    # The first of them with the Gaussian process, the second without.
    for length in (199, 199, 999):
        sampler = bayesian(X, Y)
        for number, tuned in enumerate(history[:length], start=1):
            sampler.add(number, tuned)
            sampler.finish(number, bowl(tuned))
        proposed.append([sampler.propose(length + 1), sampler.propose(length + 2)])
        # One is better than most of those there were.
        ranks = [sum(bowl(old) < bowl(new) for old in history[:length]) for new in proposed[-1]]
        assert min(ranks) < length / 10
    assert proposed[0] == proposed[1]


def test_serves_any_study_of_optuna() -> None:
    space = {"x": optuna.distributions.FloatDistribution(0, 1), "n": optuna.distributions.IntDistribution(1, 4)}
    study = optuna.create_study()
    for number in range(8):
        study.sampler = GaussianSampler(space, number=number, start=1, seed=number, ours="number")
        trial = study.ask(space)
        trial.suggest_float("aside", 2.0, 3.0)  # one that it was not told of
        study.tell(trial, trial.params["x"] * trial.params["n"])
    assert study.best_value < 0.1
