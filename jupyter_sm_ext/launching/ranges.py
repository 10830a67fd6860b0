"""Hyperparameter ranges as people write them: ``lr=1e-4..1e-1:log``, ``depth=2..8``, ``opt=adam|sgd``."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_sm_ext.errors import ValidationError

FORMS = "name=1e-4..1e-1:log, name=0..0.5, name=2..8 or name=adam|sgd"
SCALES: Mapping[str, str] = {
    "auto": "Auto",
    "linear": "Linear",
    "log": "Logarithmic",
    "reverselog": "ReverseLogarithmic",
}
_WHOLE = re.compile(r"-?\d+")
# Limits of the API: entries in one list of ranges, values of one categorical range.
_MOST_RANGES = 30
_MOST_VALUES = 30

RangeSpec = str | Sequence[object]


@dataclass(frozen=True)
class Range:
    """One tunable hyperparameter.

    Parameters
    ----------
    name : str
        Of the hyperparameter.
    kind : {"Integer", "Continuous", "Categorical"}
        As in ``IntegerParameterRanges``.
    member : dict
        The member of that list, as AWS names its parts.
    """

    name: str
    kind: str
    member: dict[str, object]


def parse_range(text: str) -> Range:
    """Read ``name=low..high[:scale]`` or ``name=value|value``; two whole numbers make an integer range.

    Raises
    ------
    ValidationError
        It is no range, or an empty one; the message names it.
    """
    name, equals, spec = (part.strip() for part in text.partition("="))
    if not equals:
        raise ValidationError(f"{text!r} is not a range", hint=f"Write {FORMS}.")
    return make_range(name, spec)


def make_range(name: str, spec: RangeSpec) -> Range:
    """Make a range of a name and what is written after ``=``.

    Parameters
    ----------
    name : str
        Of the hyperparameter.
    spec : str, list or tuple
        ``"1e-4..1e-1:log"``; a list of categories; a tuple ``(low, high)`` or ``(low, high, scale)``.

    Raises
    ------
    ValidationError
        It is no range, or an empty one; the message names it.
    """
    if not name or re.search(r"\s", name):
        raise ValidationError(f"a hyperparameter cannot be called {name!r}", hint=f"Write {FORMS}.")
    if isinstance(spec, tuple):
        if not 2 <= len(spec) <= 3:
            raise ValidationError(f"range {name!r}: a tuple is (low, high) or (low, high, scale), not {spec!r}")
        return _numeric(name, str(spec[0]), str(spec[1]), str(spec[2]) if len(spec) == 3 else "auto")
    if not isinstance(spec, str):
        return _categorical(name, [str(value) for value in spec])
    if "|" in spec:
        return _categorical(name, [value.strip() for value in spec.split("|")])
    low, dots, rest = spec.partition("..")
    if not dots:
        hint = f"Write {FORMS}; a fixed value is given with --hp {name}={spec}."
        raise ValidationError(f"range {name!r}: {spec!r} is not a range", hint=hint)
    high, _, scale = rest.partition(":")
    return _numeric(name, low.strip(), high.strip(), scale.strip() or "auto")


def parameter_ranges(ranges: Iterable[Range]) -> dict[str, list[dict[str, object]]]:
    """The ``ParameterRanges`` of a tuning job.

    Raises
    ------
    ValidationError
        No range, too many, or a name given twice.
    """
    found: dict[str, list[dict[str, object]]] = {}
    names: set[str] = set()
    for each in ranges:
        if each.name in names:
            raise ValidationError(f"range {each.name!r} is given twice")
        names.add(each.name)
        members = found.setdefault(f"{each.kind}ParameterRanges", [])
        members.append(each.member)
        if len(members) > _MOST_RANGES:
            raise ValidationError(f"more than {_MOST_RANGES} {each.kind.lower()} ranges; SageMaker takes no more")
    if not names:
        raise ValidationError("there is nothing to tune: no range is given", hint=f"Write {FORMS}.")
    return found


def _numeric(name: str, low: str, high: str, scale: str) -> Range:
    low, high = low.removeprefix("+"), high.removeprefix("+")
    bounds = []
    for text in (low, high):
        try:
            bounds.append(float(text))
        except ValueError:
            raise ValidationError(f"range {name!r}: {text!r} is not a number", hint=f"Write {FORMS}.") from None
    if not all(map(math.isfinite, bounds)):
        raise ValidationError(f"range {name!r}: its ends must be finite numbers")
    if bounds[0] >= bounds[1]:
        hint = f"For a fixed value use --hp {name}={low}." if bounds[0] == bounds[1] else "Swap its ends."
        raise ValidationError(f"range {name!r} is empty: {low} is not less than {high}", hint=hint)
    if scale.lower() not in SCALES:
        near = difflib.get_close_matches(scale.lower(), SCALES, n=1, cutoff=0.3)
        raise ValidationError(
            f"range {name!r}: the scale {scale!r} is not one of {', '.join(SCALES)}",
            hint=f"Did you mean {near[0]!r}?" if near else None,
        )
    whole = bool(_WHOLE.fullmatch(low) and _WHOLE.fullmatch(high))
    scaling = SCALES[scale.lower()]
    if scaling == "Logarithmic" and bounds[0] <= 0:
        raise ValidationError(f"range {name!r}: a logarithmic range must lie above 0, not start at {low}")
    if scaling == "ReverseLogarithmic":
        if whole:
            raise ValidationError(
                f"range {name!r}: a reverse logarithmic range is continuous",
                hint=f"Write {name}={low}.0..{high}.0:reverselog for a continuous one.",
            )
        if bounds[0] < 0 or bounds[1] >= 1:
            raise ValidationError(f"range {name!r}: a reverse logarithmic range must lie in 0 <= x < 1")
    member: dict[str, object] = {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}
    return Range(name, "Integer" if whole else "Continuous", member)


def _categorical(name: str, values: list[str]) -> Range:
    if not all(values):
        raise ValidationError(f"range {name!r} has an empty category", hint=f"Write {name}=a|b.")
    twice = {value for value in values if values.count(value) > 1}
    if twice:
        raise ValidationError(f"range {name!r} has {min(twice)!r} twice")
    if len(values) < 2:
        hint = f"For a fixed value use --hp {name}={values[0]}." if values else f"Write {name}=a|b."
        raise ValidationError(f"range {name!r} has nothing to choose from", hint=hint)
    if len(values) > _MOST_VALUES:
        raise ValidationError(f"range {name!r} has {len(values)} categories; SageMaker takes {_MOST_VALUES}")
    return Range(name, "Categorical", {"Name": name, "Values": values})
