"""Which hyperparameters the next trial gets: Optuna asked and told in memory, rebuilt from the stored trials.

Each proposal has a random generator of its own, seeded with the job's seed and the trial's number, so an engine that
was killed proposes what it would have proposed, and Random with a RandomSeed gives the same trials every time.
"""

from __future__ import annotations

import hashlib
import logging
import math
import random
import warnings
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine.samplers.ranges import Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optuna import Study
    from optuna.samplers import BaseSampler

_TRIES = 10
# A Gaussian process finds more with fewer trials, but its time grows with the third power of their number; from here on
# Optuna's tree-structured Parzen estimator knows enough (docs/optimisers.md).
_MOST_OF_A_PROCESS = 200
_NUMBER = "number"  # the user attribute of a trial that is run; none has what Optuna is asked for, and drops


class ModelBased:
    """Proposes the trials of one tuning job.

    Parameters
    ----------
    ranges : sequence of Range
        What to tune.
    strategy : str
        Bayesian or Random.
    maximize : bool
        Whether a greater objective is better.
    seed : int
        Of the job.
    trials : sequence, optional
        Hyperparameters and objectives of trials that were made before the job.
    first : sequence, optional
        Hyperparameters of its first trials.
    """

    def __init__(
        self,
        ranges: Sequence[Range],
        strategy: str,
        *,
        maximize: bool,
        seed: int,
        trials: Sequence[tuple[Mapping[str, str], float]] = (),
        first: Sequence[Mapping[str, str]] = (),
    ) -> None:
        import optuna
        from optuna.trial import create_trial

        self._ranges, self._strategy, self._seed = tuple(ranges), strategy, seed
        self._distributions = {one.name: one.distribution() for one in ranges}
        self._combinations = math.prod(one.combinations for one in ranges)
        self._at: dict[int, int] = {}  # Optuna's number of our trials
        self._seen: set[tuple[str, ...]] = set()
        with _quiet():
            self._study: Study = optuna.create_study(direction="maximize" if maximize else "minimize")
        self._first, self._inherited = first, len(trials)
        for tuned, objective in trials:
            params = self._params(tuned)
            self._study.add_trial(create_trial(params=params, distributions=self._distributions, value=objective))

    def add(self, number: int, tuned: Mapping[str, str]) -> None:
        """Take in a trial that was proposed before; `finish` tells how it ended."""
        from optuna.trial import TrialState, create_trial

        params = self._params(tuned)
        trial = create_trial(
            state=TrialState.RUNNING,
            params=params,
            distributions=self._distributions,
            user_attrs={_NUMBER: number},
        )
        self._study.add_trial(trial)
        self._at[number] = len(self._study.get_trials(deepcopy=False)) - 1

    def _params(self, tuned: Mapping[str, str]) -> dict[str, Any]:
        """Optuna's values of one that is seen herewith."""
        if math.isfinite(self._combinations):
            self._seen.add(tuple(tuned[one.name] for one in self._ranges))
        return {one.name: one.to_optuna(tuned[one.name]) for one in self._ranges}

    def propose(self, number: int) -> dict[str, str]:
        """Choose the hyperparameters of a new trial, as the texts its job gets."""
        from optuna.trial import TrialState

        if number <= len(self._first):
            chosen = dict(self._first[number - 1])
            self.add(number, chosen)
            return chosen
        for attempt in range(_TRIES):
            with _quiet():
                self._study.sampler = self._optuna(number, attempt)
                trial = self._study.ask(self._distributions)
                # What counts is the text the job gets, read back as after a restart: Optuna's own trial is dropped.
                self._study.tell(trial, state=TrialState.FAIL)
            tuned = {one.name: one.to_job(trial.params[one.name]) for one in self._ranges}
            if self._is_new(tuned):  # where values are few, one seen before teaches nothing
                break
        else:
            tuned = self._unseen(number)
        self.add(number, tuned)
        return tuned

    def finish(self, number: int, objective: float | None) -> None:
        """Tell how a trial ended; None if it has no objective."""
        from optuna.trial import TrialState

        at = self._at.pop(number)
        with _quiet():
            if objective is None or not math.isfinite(objective):
                self._study.tell(at, state=TrialState.FAIL)
            else:
                self._study.tell(at, objective)

    def _is_new(self, tuned: Mapping[str, str]) -> bool:
        # Only where all can be counted, and not once all were tried.
        if len(self._seen) >= self._combinations:
            return True
        return tuple(tuned[one.name] for one in self._ranges) not in self._seen

    def _unseen(self, number: int) -> dict[str, str]:
        """Draw one of the few that are left; so many tries failed that all can be listed."""
        left = [values for values in product(*(one.grid() for one in self._ranges)) if values not in self._seen]
        chosen = random.Random(self._generator(number, _TRIES)).choice(left)
        return {one.name: value for one, value in zip(self._ranges, chosen, strict=True)}

    def _generator(self, number: int, attempt: int) -> int:
        return int.from_bytes(hashlib.sha256(f"{self._seed}:{number}:{attempt}".encode()).digest()[:4], "big")

    def _optuna(self, number: int, attempt: int) -> BaseSampler:
        from optuna import samplers

        seed = self._generator(number, attempt)
        if self._strategy == "Random":
            return samplers.RandomSampler(seed)
        if number + self._inherited > _MOST_OF_A_PROCESS:
            # All ranges together, and trials that run count as bad ones: Optuna 5's defaults, experimental in Optuna 4.
            return samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)
        from jupyter_sm_ext.engine.samplers.gaussian_sampler import GaussianSampler

        start = self._generator(0, 0)
        return GaussianSampler(self._distributions, number=number, start=start, seed=seed, ours=_NUMBER)


def warm_up() -> None:
    """Import what the first proposals need, which takes most of a second; for a thread, so that the loop goes on."""
    ranges = (Range("a", "Continuous", 0.0, 1.0), Range("b", "Categorical", values=("x", "y")))
    sampler = ModelBased(ranges, "Bayesian", maximize=True, seed=0)
    for number in range(1, 13):
        sampler.propose(number)
        sampler.finish(number, float(number))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna's news of each study and trial, and its warnings of what is experimental, out of the log."""
    logger = logging.getLogger("optuna")
    level = logger.level
    with warnings.catch_warnings():
        from optuna.exceptions import ExperimentalWarning

        warnings.simplefilter("ignore", ExperimentalWarning)
        logger.setLevel(logging.WARNING)
        try:
            yield
        finally:
            logger.setLevel(level)
