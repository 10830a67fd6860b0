"""How good the trials are that the engine proposes, and how many epochs Hyperband saves.

What the engine runs is run here, on functions instead of jobs: its samplers are asked and told as a tuning job does it,
its stoppers see each epoch. Trials of several at a time end in an order that a seed decides. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import math
import platform
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import version
from typing import Any, NamedTuple

from epochs import rows
from objectives import FUNCTIONS, Objective, continuous

from jupyter_sm_ext.engine.samplers import Range, Sampler, new_sampler

Contender = Callable[[Sequence[Range], int], Sampler]


class Plain:
    """Optuna's own sampler as its documentation uses it, in the place of ours."""

    def __init__(self, ranges: Sequence[Range], seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._ranges = ranges
        self._study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        self._trials: dict[int, Any] = {}

    def add(self, number: int, tuned: Any) -> None:
        raise NotImplementedError

    def propose(self, number: int) -> dict[str, str]:
        trial = self._study.ask({one.name: one.distribution() for one in self._ranges})
        self._trials[number] = trial
        return {one.name: one.to_job(trial.params[one.name]) for one in self._ranges}

    def finish(self, number: int, objective: float | None) -> None:
        self._study.tell(self._trials.pop(number), objective)


def ours(strategy: str) -> Contender:
    return lambda ranges, seed: new_sampler(ranges, strategy, maximize=False, seed=seed)


CONTENDERS: dict[str, Contender] = {"Bayesian": ours("Bayesian"), "Optuna's TPE": Plain, "Random": ours("Random")}


def regret(objective: Objective, contender: str, parallel: int, seed: int) -> float:
    """How far the best of a tuning job's trials is from the least value."""
    sampler = CONTENDERS[contender](objective.ranges, seed)
    clock = random.Random(f"{seed}:clock")
    running: list[tuple[float, int, float]] = []
    best, now = math.inf, 0.0
    for number in range(1, objective.trials + 1):
        if len(running) == parallel:
            now, over, value = running.pop(running.index(min(running)))
            sampler.finish(over, value)
        value = objective.value(sampler.propose(number))
        best = min(best, value)
        running.append((now + clock.uniform(0.5, 1.5), number, value))
    return best - objective.least


class Figures(NamedTuple):
    """Of one function: the regrets of each contender at each number of parallel jobs."""

    objective: Objective
    regrets: dict[tuple[str, int], list[float]]

    def row(self) -> str:
        cells = [f"{statistics.median(found):.3g}" for found in self.regrets.values()]
        return f"| {self.objective.name} | {self.objective.trials} | {' | '.join(cells)} |"


def proposal_times() -> Iterator[str]:
    """Lines of a Markdown table: processor time that a proposal of six numbers takes, after so many trials."""
    ranges, dice = continuous(6, 0.0, 1.0), random.Random(0)
    made = [{one.name: repr(dice.random()) for one in ranges} for _ in range(1000)]
    yield "| trials before | processor, ms |"
    yield "|---|---|"
    for before in (10, 50, 100, 199, 500, 1000):
        sampler = ours("Bayesian")(ranges, 0)
        for number, tuned in enumerate(made[:before], start=1):
            sampler.add(number, tuned)
            sampler.finish(number, sum(map(float, tuned.values())))
        found = []
        for _ in range(9):
            again = time.process_time()
            sampler.propose(before + 1)
            found.append(time.process_time() - again)
            sampler.finish(before + 1, None)
        yield f"| {before} | {1000 * statistics.median(found):.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--only", default="", help="functions whose name has this")
    parser.add_argument("--epochs", action="store_true", help="only how many epochs Hyperband saves")
    parser.add_argument("--times", action="store_true", help="only how long a proposal takes")
    options = parser.parse_args()
    if options.times:
        print("\n".join(proposal_times()))
        return
    # For Random it is all the same how many run at a time.
    columns = [(name, parallel) for parallel in (1, 4) for name in CONTENDERS if (name, parallel) != ("Random", 4)]
    packages = ", ".join(f"{name} {version(name)}" for name in ("optuna", "numpy", "scikit-learn"))
    print(f"Python {platform.python_version()}, {packages}; medians of {options.seeds} seeds\n", flush=True)
    print(f"| function | trials | {' | '.join(f'{name}, {parallel} at a time' for name, parallel in columns)} |")
    print(f"|{'---|' * (len(columns) + 2)}", flush=True)
    with ProcessPoolExecutor(options.workers) as pool:
        for objective in (one for one in FUNCTIONS if options.only in one.name and not options.epochs):
            found = {
                column: list(pool.map(partial(_run, FUNCTIONS.index(objective), *column), range(options.seeds)))
                for column in columns
            }
            print(Figures(objective, found).row(), flush=True)
        if not options.only or options.epochs:
            print()
            for line in rows(pool, options.seeds):
                print(line, flush=True)


def _run(function: int, contender: str, parallel: int, seed: int) -> float:
    return regret(FUNCTIONS[function], contender, parallel, seed)


if __name__ == "__main__":
    main()
