"""Ranges as people write them."""

from __future__ import annotations

import re

import pytest

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.ranges import make_range, parameter_ranges, parse_range


@pytest.mark.parametrize(
    ("text", "kind", "member"),
    [
        ("lr=1e-4..1e-1:log", "Continuous", {"MinValue": "1e-4", "MaxValue": "1e-1", "ScalingType": "Logarithmic"}),
        ("x=0..0.5", "Continuous", {"MinValue": "0", "MaxValue": "0.5", "ScalingType": "Auto"}),
        ("x=-3..+8", "Integer", {"MinValue": "-3", "MaxValue": "8", "ScalingType": "Auto"}),
        ("x= 1.0 .. 10 : Linear", "Continuous", {"MinValue": "1.0", "MaxValue": "10", "ScalingType": "Linear"}),
        (
            "x=0.5..0.999:reverselog",
            "Continuous",
            {"MinValue": "0.5", "MaxValue": "0.999", "ScalingType": "ReverseLogarithmic"},
        ),
        ("x=16..256:log", "Integer", {"MinValue": "16", "MaxValue": "256", "ScalingType": "Logarithmic"}),
        ("opt=adam|sgd", "Categorical", {"Values": ["adam", "sgd"]}),
        ("path=a..b | c=d", "Categorical", {"Values": ["a..b", "c=d"]}),
    ],
)
def test_forms(text: str, kind: str, member: dict[str, object]) -> None:
    found = parse_range(text)
    assert found.kind == kind
    assert found.member == {"Name": found.name, **member}


def test_python_values() -> None:
    assert make_range("x", (1, 8)) == parse_range("x=1..8")
    assert make_range("x", (0.1, 0.5, "log")) == parse_range("x=0.1..0.5:log")
    assert make_range("x", ["a", "b"]) == parse_range("x=a|b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lr", "'lr' is not a range"),
        ("=1..2", "cannot be called ''"),
        ("a b=1..2", "cannot be called 'a b'"),
        ("lr=3", "'3' is not a range"),
        ("lr=1..x", "'x' is not a number"),
        ("lr=..2", "'' is not a number"),
        ("lr=0..inf", "finite"),
        ("lr=nan..1", "finite"),
        ("lr=2..1", "range 'lr' is empty: 2 is not less than 1"),
        ("lr=1..1", "range 'lr' is empty"),
        ("lr=0..1:log", "above 0"),
        ("lr=1..2:logg", "the scale 'logg' is not one of"),
        ("lr=0..1:reverselog", "is continuous"),
        ("lr=0.0..1.0:reverselog", "0 <= x < 1"),
        ("opt=a|", "empty category"),
        ("opt=a|b|a", "'a' twice"),
        ("opt=" + "|".join(map(str, range(31))), "31 categories"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        parse_range(text)


def test_refused_python_values() -> None:
    with pytest.raises(ValidationError, match="nothing to choose from"):
        make_range("x", ["a"])
    with pytest.raises(ValidationError, match="a tuple is"):
        make_range("x", (1, 2, "log", 4))


def test_a_set_of_ranges() -> None:
    with pytest.raises(ValidationError, match="'x' is given twice"):
        parameter_ranges([parse_range("x=1..2"), parse_range("x=a|b")])
    with pytest.raises(ValidationError, match="more than 30 integer ranges"):
        parameter_ranges(parse_range(f"x{number}=1..2") for number in range(31))
