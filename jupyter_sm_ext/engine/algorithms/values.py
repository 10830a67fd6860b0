"""Whether values and ranges are those that an algorithm's HyperParameterSpecification allows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from jupyter_sm_ext.errors import ValidationError

Json = dict[str, Any]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_RANGES = {
    "Integer": "IntegerParameterRangeSpecification",
    "Continuous": "ContinuousParameterRangeSpecification",
    "Categorical": "CategoricalParameterRangeSpecification",
}
# What a tuning job may do with a hyperparameter of each type.
_TUNED_AS = {
    "Integer": "IntegerParameterRanges",
    "Continuous": "ContinuousParameterRanges",
    "Categorical": "CategoricalParameterRanges",
    "FreeText": "CategoricalParameterRanges",
}
_AUTO = "AutoParameters"


def _number(kind: str, text: str) -> float | None:
    """A value as a number; None if it is none of its type."""
    if kind == "Integer":
        return int(text) if _INTEGER.fullmatch(text) else None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def problem(specification: Mapping[str, Any], text: str) -> str | None:
    """Why a value is not one of a hyperparameter's; None if it is.

    Parameters
    ----------
    specification : mapping
        A HyperParameterSpecification.
    text : str
        The value.
    """
    kind = specification["Type"]
    allowed = specification.get("Range", {}).get(_RANGES.get(kind))
    if kind == "Categorical":
        if allowed is None or text in allowed["Values"]:
            return None
        return f"it must be one of [{', '.join(allowed['Values'])}]"
    if kind == "FreeText":
        return None
    value = _number(kind, text)
    if value is None:
        return "it must be an integer" if kind == "Integer" else "it must be a number"
    if allowed is None or float(allowed["MinValue"]) <= value <= float(allowed["MaxValue"]):
        return None
    return f"it must be between {allowed['MinValue']} and {allowed['MaxValue']}"


def check_specifications(specifications: list[Json], at: str) -> None:
    """Check SupportedHyperParameters.

    Parameters
    ----------
    specifications : list of dict
        HyperParameterSpecifications that keep the model's constraints.
    at : str
        The member that holds them, for messages.

    Raises
    ------
    ValidationError
        The first that contradicts itself, or has the name of another.
    """
    seen: set[str] = set()
    for one in specifications:
        name, kind = one["Name"], one["Type"]
        if name in seen:
            raise ValidationError(f"{at}: the hyperparameter name {name} must be unique.")
        seen.add(name)
        given = sorted(one.get("Range", {}))
        if given and given != [_RANGES.get(kind)]:
            raise ValidationError(
                f"{at}: the Range of the hyperparameter {name} must be "
                f"{_RANGES.get(kind, 'absent')}, as its Type is {kind}."
            )
        if given and kind != "Categorical":
            _check_bounds(one["Range"][given[0]], kind, f"{at}: the Range of the hyperparameter {name}")
        wrong = problem(one, one["DefaultValue"]) if "DefaultValue" in one else None
        if wrong is not None:
            raise ValidationError(
                f"{at}: the DefaultValue {one['DefaultValue']!r} of the hyperparameter {name} is not valid: {wrong}."
            )


def _check_bounds(allowed: Json, kind: str, what: str) -> None:
    low, high = (_number(kind, allowed[member]) for member in ("MinValue", "MaxValue"))
    if low is None or high is None:
        raise ValidationError(f"{what} must have {'integers' if kind == 'Integer' else 'numbers'} as its bounds.")
    if low > high:
        raise ValidationError(f"{what} must have a MinValue that is not greater than its MaxValue.")


def check_given(
    specifications: list[Json], given: Mapping[str, str], tuned: set[str], arn: str, at: str
) -> dict[str, str]:
    """Check a job's hyperparameters; gives them with the algorithm's defaults for those that are not given.

    Parameters
    ----------
    specifications : list of dict
        SupportedHyperParameters; if there are none, the algorithm takes any.
    given : mapping
        The job's hyperparameters that are not tuned.
    tuned : set of str
        Names of those that are.
    arn : str
        The algorithm's.
    at : str
        The member that holds them, for messages.

    Raises
    ------
    ValidationError
        One is unknown, missing, of another type or out of its range.
    """
    if not specifications:
        return dict(given)
    known = {one["Name"]: one for one in specifications}
    for name, text in given.items():
        if name not in known:
            raise ValidationError(
                f"{at}: the hyperparameter {name} is not supported by the algorithm {arn}. It supports: "
                f"{', '.join(known)}."
            )
        wrong = problem(known[name], text)
        if wrong is not None:
            raise ValidationError(
                f"{at}: the value {text!r} of the hyperparameter {name} is not valid for the algorithm {arn}: {wrong}."
            )
    found = dict(given)
    for name, one in known.items():
        if name in found or name in tuned:
            continue
        if "DefaultValue" in one:
            found[name] = one["DefaultValue"]
        elif one.get("IsRequired"):
            raise ValidationError(f"{at}: the hyperparameter {name} is required by the algorithm {arn}.")
    return found


def check_tuned(specifications: list[Json], ranges: Mapping[str, list[Json]], arn: str) -> set[str]:
    """Check a tuning job's ParameterRanges; gives the names in it.

    Raises
    ------
    ValidationError
        One is unknown, not tunable, of another type or wider than the algorithm's own range.
    """
    known = {one["Name"]: one for one in specifications}
    names: set[str] = set()
    for member, listed in ranges.items():
        for one in listed:
            name = one["Name"]
            names.add(name)
            if specifications:
                _check_tuned(known.get(name), member, one, arn)
    return names


def _check_tuned(specification: Json | None, member: str, one: Json, arn: str) -> None:
    name = one["Name"]
    if specification is None or not specification.get("IsTunable"):
        raise ValidationError(f"ParameterRanges: the hyperparameter {name} is not tunable with the algorithm {arn}.")
    fitting = _TUNED_AS[specification["Type"]]
    if member not in (fitting, _AUTO):
        raise ValidationError(
            f"ParameterRanges: the hyperparameter {name} of the algorithm {arn} is {specification['Type']}: its range "
            f"must be in {fitting}, not in {member}."
        )
    values = one["Values"] if "Values" in one else [one[end] for end in ("MinValue", "MaxValue") if end in one]
    for text in values:
        wrong = problem(specification, text)
        if wrong is not None:
            raise ValidationError(
                f"ParameterRanges: the range of the hyperparameter {name} is not valid for the algorithm {arn}: {text} "
                f"is in it, and {wrong}."
            )
