"""Bayesian search with a Gaussian process, as a sampler of Optuna's: it proposes where most improvement is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection
from optuna.trial import TrialState
from threadpoolctl import threadpool_limits

from jupyter_sm_ext.engine.samplers.bell_shaped import bell_shaped
from jupyter_sm_ext.engine.samplers.cube import Cube
from jupyter_sm_ext.engine.samplers.gaussian_process import GaussianProcess, log_improvement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

    Floats = NDArray[np.float64]

# Trials that lie about evenly before the model is asked: two for each range and two more, within these bounds. Of how
# many it must know the end.
_FEWEST_FIRST, _MOST_FIRST, _FEWEST_KNOWN = 5, 10, 3
_ANYWHERE = 500
# From the best of those and of the trials the climb to the most promising place begins, with ever smaller moves.
_BEGINNINGS, _MOVES, _SCALES = 5, 20, (0.1, 0.035, 0.012, 0.004)
# The shape of the function is learnt from so many: the time that takes grows with the third power.
_TELLING = 64
_THE_SAME = 1e-12


class GaussianSampler(BaseSampler):
    """Proposes one trial of a study.

    What it proposes follows from the study and from what it is made with.

    Parameters
    ----------
    distributions : mapping
        What is searched, by name.
    number : int
        Of the trial: which of the evenly spread points is its, while little is known.
    start : int
        Seed of where those points begin.
    seed : int
        Of all else that is drawn.
    ours : str
        The user attribute by which a failed trial that has been run is known.
    """

    def __init__(
        self, distributions: Mapping[str, BaseDistribution], *, number: int, start: int, seed: int, ours: str
    ) -> None:
        self._distributions, self._cube = dict(distributions), Cube(distributions)
        self._number, self._start, self._ours = number, start, ours
        self._generator = np.random.default_rng(seed)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """All ranges are searched together."""
        return self._distributions

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Choose the values of a trial."""
        # Matrices are small, and the processors are busy with trials: threads would only wait for each other. Nor must
        # a proposal depend on how many there are.
        with threadpool_limits(limits=1, user_api="blas"):
            return self._cube.params(self._choose(study))

    def _choose(self, study: Study) -> Floats:
        over: list[FrozenTrial] = []
        running: list[FrozenTrial] = []
        failed: list[FrozenTrial] = []
        for one in study.get_trials(deepcopy=False):
            if one.state == TrialState.COMPLETE:
                over.append(one)
            elif self._ours in one.user_attrs:
                (failed if one.state == TrialState.FAIL else running).append(one)
        rows, ahead, bad = (self._rows(some) for some in (over, running, failed))
        taken = np.vstack([rows, ahead, bad])
        first = min(max(2 * self._cube.dimensions + 2, _FEWEST_FIRST), _MOST_FIRST)
        if len(over) < _FEWEST_KNOWN or len(over) + len(running) < first:
            return self._evenly(taken)
        values = np.array([one.value for one in over], dtype=float)
        values = bell_shaped(-values if study.direction == StudyDirection.MAXIMIZE else values)
        model = GaussianProcess(*_telling(rows, values), self._cube.categories)
        model.condition(rows, values)
        believed = model.predict(rows)[0]
        # One that runs is believed to end as expected, so that the next looks elsewhere; one that failed is no better
        # than most, whatever is expected there.
        guesses = [model.predict(ahead)[0], np.maximum(model.predict(bad)[0], 0.0)]
        model.condition(taken, np.concatenate([values, *guesses]))
        best = min(believed.min(), guesses[0].min(initial=np.inf))

        def promise(some: Floats) -> Floats:
            return self._untaken(some, taken, log_improvement(*model.predict(some), best))

        return self._climb(promise, rows[np.argsort(believed, kind="stable")[:_BEGINNINGS]])

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Choose one value by itself, of a range that was not told of: anywhere."""
        cube = Cube({param_name: param_distribution})
        return cube.params(cube.spread(self._generator.random((1, 1)))[0])[param_name]

    def _rows(self, trials: list[FrozenTrial]) -> Floats:
        found = [self._cube.row(one.params) for one in trials]
        return np.array(found, dtype=float).reshape(-1, self._cube.dimensions)

    def _evenly(self, taken: Floats) -> Floats:
        """Take the trial's point of a sequence that fills the cube evenly; where that is taken, any."""
        ratio = 2.0  # by M. Roberts (2018): the golden ratio, for more dimensions than one
        for _ in range(50):
            ratio = (1 + ratio) ** (1 / (self._cube.dimensions + 1))
        strides = ratio ** -np.arange(1.0, self._cube.dimensions + 1)
        beginning = np.random.default_rng(self._start).random(self._cube.dimensions)
        point = (beginning + self._number * strides) % 1
        rows = self._cube.spread(np.vstack([point, self._generator.random((_ANYWHERE, self._cube.dimensions))]))
        best: Floats = rows[np.argmax(self._untaken(rows, taken, np.zeros(len(rows))))]
        return best

    def _untaken(self, rows: Floats, taken: Floats, worth: Floats) -> Floats:
        """Where values are few, one that was tried teaches nothing."""
        if self._cube.countable and len(taken):
            apart = np.abs(rows[:, None, :] - taken).max(axis=2).min(axis=1)
            worth[apart < _THE_SAME] = -np.inf
        return worth

    def _climb(self, promise: Callable[[Floats], Floats], known: Floats) -> Floats:
        """Find the most promising place: the best of many anywhere, and then ever nearer around the best of all."""
        anywhere = self._cube.spread(self._generator.random((_ANYWHERE, self._cube.dimensions)))
        chosen = np.argsort(-promise(anywhere), kind="stable")[:_BEGINNINGS]
        places = np.vstack([anywhere[chosen], known])
        worth = promise(places)
        everyone = np.arange(len(places))
        for scale in _SCALES:
            moved = self._cube.near(np.repeat(places, _MOVES, axis=0), scale, self._generator)
            tries = np.concatenate([places[:, None, :], moved.reshape(len(places), _MOVES, -1)], axis=1)
            promised = np.concatenate([worth[:, None], promise(moved).reshape(len(places), _MOVES)], axis=1)
            better = promised.argmax(axis=1)
            places, worth = tries[everyone, better], promised[everyone, better]
        best: Floats = places[worth.argmax()]
        return best


def _telling(rows: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Those few trials that tell most of a function's shape: the best, and an even share of the others."""
    if len(values) <= _TELLING:
        return rows, values
    order, half = np.argsort(values, kind="stable"), _TELLING // 2
    others = order[np.linspace(half, len(order) - 1, half).astype(int)]
    chosen = np.sort(np.concatenate([order[:half], others]))
    return rows[chosen], values[chosen]
