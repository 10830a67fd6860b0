"""The ranges of hyperparameters: how a request writes them, what Optuna makes of them, what jobs get."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optuna.distributions import BaseDistribution

_WHOLE = re.compile(r"[+-]?\d+")
_EXACT = 2**53  # beyond it a float no longer holds every integer
_AUTO_LOG = 1000.0  # Auto: three orders of magnitude are searched by magnitude


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

    def holds(self, text: str) -> bool:
        """Whether a text, from wherever, is one of its values."""
        if self.kind == "Categorical":
            return text in self.values
        if self.kind == "Integer":
            return _WHOLE.fullmatch(text) is not None and self.low <= int(text) <= self.high
        try:
            return self.low <= float(text) <= self.high
        except ValueError:
            return False

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
