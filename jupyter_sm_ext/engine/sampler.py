"""Which hyperparameters the next trial gets: Optuna asked and told in memory, rebuilt from the stored trials.

Each proposal has a random generator of its own, seeded with the job's seed and the trial's number, so an engine that
was killed proposes what it would have proposed, and Random with a RandomSeed gives the same trials every time.
"""

from __future__ import annotations

import hashlib
import logging
import math
import random
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

STRATEGIES = ("Bayesian", "Random")
_WHOLE = re.compile(r"[+-]?\d+")
_EXACT = 2**53  # beyond it a float no longer holds every integer
_AUTO_LOG = 1000.0  # Auto: three orders of magnitude are searched by magnitude
_TRIES = 10


@dataclass(frozen=True)
class Range:
    """One hyperparameter to tune.

    Parameters
    ----------
    name : str
        Of the hyperparameter.
    kind : str
        Integer, Continuous or Categorical.
    low, high : float
        Bounds, both included; integers for an Integer.
    scaling : str
        Linear, Logarithmic or ReverseLogarithmic.
    values : tuple of str
        Of a Categorical.
    """

    name: str
    kind: str
    low: float = 0
    high: float = 0
    scaling: str = "Linear"
    values: tuple[str, ...] = ()

    @property
    def combinations(self) -> float:
        """How many values there are; infinite for a Continuous."""
        if self.kind == "Continuous":
            return math.inf
        return len(self.values) if self.kind == "Categorical" else self.high - self.low + 1

    def grid(self) -> Iterator[str]:
        """Every value of one that is not Continuous, as jobs get it."""
        if self.kind == "Categorical":
            return iter(self.values)
        return map(str, range(int(self.low), int(self.high) + 1))

    def distribution(self) -> BaseDistribution:
        """The same for Optuna."""
        from optuna import distributions as optuna

        if self.kind == "Categorical":
            return optuna.CategoricalDistribution(self.values)
        log = self.scaling == "Logarithmic"
        if self.kind == "Integer":
            return optuna.IntDistribution(int(self.low), int(self.high), log=log)
        if self.scaling == "ReverseLogarithmic":
            return optuna.FloatDistribution(math.log1p(-self.high), math.log1p(-self.low))
        return optuna.FloatDistribution(self.low, self.high, log=log)

    def to_job(self, value: Any) -> str:
        """Turn Optuna's value into the text a job gets."""
        if self.kind == "Categorical":
            return str(value)
        if self.kind == "Integer":
            return str(int(value))
        number = -math.expm1(value) if self.scaling == "ReverseLogarithmic" else float(value)
        return repr(min(max(number, self.low), self.high))

    def to_optuna(self, text: str) -> Any:
        """Turn a job's text back into Optuna's value."""
        if self.kind == "Categorical":
            return text
        if self.kind == "Integer":
            return int(text)
        number = float(text)
        if self.scaling != "ReverseLogarithmic":
            return number
        # Rounding may have carried it past a bound, and Optuna refuses a value outside.
        return min(max(math.log1p(-number), math.log1p(-self.high)), math.log1p(-self.low))


def parse_ranges(given: Mapping[str, Any], at: str) -> tuple[Range, ...]:
    """Read the ranges of a request.

    Parameters
    ----------
    given : mapping
        A ParameterRanges.
    at : str
        Where it is in the request, as messages write it: ``hyperParameterTuningJobConfig.parameterRanges``.

    Raises
    ------
    ValidationError
        There is none, one is empty or makes no sense, or two have one name.
    """
    found: list[Range] = []
    for kind in ("Integer", "Continuous", "Categorical"):
        for number, member in enumerate(given.get(f"{kind}ParameterRanges", ()), start=1):
            where = f"{at}.{kind.lower()}ParameterRanges.{number}.member"
            one = _categorical(member, where) if kind == "Categorical" else _numeric(kind, member, where)
            if any(one.name == other.name for other in found):
                raise _violation(one.name, f"{where}.name", "Member must be unique among the parameter ranges")
            found.append(one)
    if not found:
        raise _violation("{}", at, "Member must have at least one parameter range")
    return tuple(found)


def _categorical(member: Mapping[str, Any], where: str) -> Range:
    values = tuple(member["Values"])
    if len(set(values)) != len(values):
        raise _violation(f"[{', '.join(values)}]", f"{where}.values", "Member must not have duplicate values")
    return Range(member["Name"], "Categorical", values=values)


def _numeric(kind: str, member: Mapping[str, Any], where: str) -> Range:
    low, high = (
        _bound(kind, member[name], f"{where}.{name[0].lower()}{name[1:]}") for name in ("MinValue", "MaxValue")
    )
    shown, place = member["MinValue"], f"{where}.minValue"
    if low >= high:
        raise _violation(shown, place, f"Member must be less than maxValue, which is {member['MaxValue']}")
    scaling = member.get("ScalingType", "Auto")
    if scaling == "Auto":
        scaling = "Logarithmic" if low > 0 and high / low >= _AUTO_LOG else "Linear"
    if scaling == "Logarithmic" and low <= 0:
        raise _violation(shown, place, "Member must be greater than 0 for scaling type Logarithmic")
    if scaling == "ReverseLogarithmic":
        if kind == "Integer":
            raise _violation(scaling, f"{where}.scalingType", "ReverseLogarithmic is only for continuous ranges")
        if low < 0 or high >= 1:
            place = place if low < 0 else f"{where}.maxValue"
            shown = shown if low < 0 else member["MaxValue"]
            raise _violation(shown, place, "Member must be at least 0 and less than 1 for ReverseLogarithmic")
    return Range(member["Name"], kind, low, high, scaling)


def _bound(kind: str, text: str, where: str) -> float:
    """Read a bound, which arrives as text."""
    text = text.strip()
    if kind == "Integer":
        if not _WHOLE.fullmatch(text) or abs(int(text)) > _EXACT:
            raise _violation(text, where, "Member must be an integer")
        return int(text)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or abs(number) > 1e300 or "_" in text:
        raise _violation(text, where, "Member must be a number")
    return number


def _violation(value: str, where: str, constraint: str) -> ValidationError:
    return ValidationError(
        f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: {constraint}"
    )


class Sampler:
    """Proposes the trials of one tuning job.

    Parameters
    ----------
    ranges : sequence of Range
        What to tune.
    strategy : str
        One of `STRATEGIES`.
    maximize : bool
        Whether a greater objective is better.
    seed : int
        Of the job.
    """

    def __init__(self, ranges: Sequence[Range], strategy: str, *, maximize: bool, seed: int) -> None:
        import optuna

        self._ranges, self._strategy, self._seed = tuple(ranges), strategy, seed
        self._distributions = {one.name: one.distribution() for one in ranges}
        self._combinations = math.prod(one.combinations for one in ranges)
        self._at: dict[int, int] = {}  # Optuna's number of our trials
        self._seen: set[tuple[str, ...]] = set()
        with _quiet():
            self._study: Study = optuna.create_study(direction="maximize" if maximize else "minimize")

    def add(self, number: int, tuned: Mapping[str, str]) -> None:
        """Take in a trial that was proposed before; `finish` tells how it ended."""
        from optuna.trial import TrialState, create_trial

        values = {one.name: one.to_optuna(tuned[one.name]) for one in self._ranges}
        trial = create_trial(state=TrialState.RUNNING, params=values, distributions=self._distributions)
        self._study.add_trial(trial)
        self._at[number] = len(self._study.get_trials(deepcopy=False)) - 1
        if math.isfinite(self._combinations):
            self._seen.add(tuple(tuned[one.name] for one in self._ranges))

    def propose(self, number: int) -> dict[str, str]:
        """Choose the hyperparameters of a new trial, as the texts its job gets."""
        from optuna.trial import TrialState

        for attempt in range(_TRIES):
            with _quiet():
                self._study.sampler = self._optuna(self._generator(number, attempt))
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

    def _optuna(self, seed: int) -> BaseSampler:
        from optuna import samplers

        if self._strategy == "Random":
            return samplers.RandomSampler(seed)
        # All ranges together, and trials that run count as bad ones: Optuna 5's defaults, experimental in Optuna 4.
        return samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)


def warm_up() -> None:
    """Import what the first proposals need, which takes most of a second; for a thread, so that the loop goes on."""
    ranges = (Range("a", "Continuous", 0.0, 1.0), Range("b", "Categorical", values=("x", "y")))
    sampler = Sampler(ranges, "Bayesian", maximize=True, seed=0)
    for number in range(12):
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
