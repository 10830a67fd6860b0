"""Proposals: inside their ranges, the same after a restart, better than chance."""

from __future__ import annotations

import json
import math
import random

import pytest

from jupyter_sm_ext.engine.samplers import Range, Sampler, new_sampler, parse_ranges, warm_up
from jupyter_sm_ext.errors import ValidationError

AT = "hyperParameterTuningJobConfig.parameterRanges"
RANGES = {
    "ContinuousParameterRanges": [
        {"Name": "lr", "MinValue": "1e-5", "MaxValue": "1e-1", "ScalingType": "Logarithmic"},
        {"Name": "momentum", "MinValue": "0.5", "MaxValue": "0.999", "ScalingType": "ReverseLogarithmic"},
        {"Name": "x", "MinValue": "-2", "MaxValue": "3", "ScalingType": "Linear"},
    ],
    "IntegerParameterRanges": [
        {"Name": "depth", "MinValue": "2", "MaxValue": "8"},
        {"Name": "width", "MinValue": "1", "MaxValue": "4096", "ScalingType": "Logarithmic"},
    ],
    "CategoricalParameterRanges": [{"Name": "opt", "Values": ["adam", "sgd", '"quoted"']}],
}


def sampler(strategy: str = "Bayesian", seed: int = 7, ranges: dict | None = None) -> Sampler:
    return new_sampler(parse_ranges(ranges or RANGES, AT), strategy, maximize=False, seed=seed)


def objective(tuned: dict[str, str]) -> float:
    return abs(math.log10(float(tuned["lr"])) + 3) + abs(float(tuned["x"]) - 1) + (tuned["opt"] != "sgd")


@pytest.mark.parametrize("strategy", ["Bayesian", "Random"])
def test_values_are_in_range_and_written_as_the_service_does(strategy: str) -> None:
    proposer = sampler(strategy)
    for number in range(1, 41):
        tuned = proposer.propose(number)
        proposer.finish(number, objective(tuned))
        assert set(tuned) == {"lr", "momentum", "x", "depth", "width", "opt"}
        assert 1e-5 <= float(tuned["lr"]) <= 1e-1
        assert 0.5 <= float(tuned["momentum"]) <= 0.999
        assert -2 <= float(tuned["x"]) <= 3
        assert tuned["depth"] in "2345678"
        assert 1 <= int(tuned["width"]) <= 4096
        assert tuned["opt"] in ("adam", "sgd", '"quoted"')
        assert all(repr(float(tuned[name])) == tuned[name] for name in ("lr", "momentum", "x"))


@pytest.mark.parametrize("strategy", ["Bayesian", "Random"])
def test_restart_continues_as_if_nothing_happened(strategy: str) -> None:
    whole, history = sampler(strategy), []
    for number in range(1, 31):
        tuned = whole.propose(number)
        value = None if number % 7 == 0 else objective(tuned)
        history.append((number, tuned, value))
        if number > 2:  # two run at a time
            whole.finish(number - 2, history[number - 3][2])
    for cut in (3, 12, 20, 29):
        again = sampler(strategy)
        for number, tuned, _ in json.loads(json.dumps(history[:cut])):
            again.add(number, tuned)
        for number, _, value in history[: cut - 2]:
            again.finish(number, value)
        for number, tuned, _ in history[cut:]:
            assert again.propose(number) == tuned
            again.finish(number - 2, history[number - 3][2])


def test_a_seed_decides() -> None:
    first, same, other = (sampler("Random", seed).propose(1) for seed in (1, 1, 2))
    assert first == same != other


def test_bayesian_is_better_than_random() -> None:
    def mean_of_last(strategy: str, seed: int) -> float:
        proposer, values = sampler(strategy, seed), []
        for number in range(1, 37):
            tuned = proposer.propose(number)
            values.append(objective(tuned))
            proposer.finish(number, values[-1])
        return sum(values[-12:]) / 12

    scores = {name: sum(mean_of_last(name, seed) for seed in range(2)) / 2 for name in ("Bayesian", "Random")}
    assert scores["Bayesian"] < 0.7 * scores["Random"]


def test_reverse_logarithmic_spends_most_near_one() -> None:
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "m", "MinValue": "0", "MaxValue": "0.9999", "ScalingType": "ReverseLogarithmic"}
        ]
    }
    proposer = sampler("Random", ranges=ranges)
    values = [float(proposer.propose(number)["m"]) for number in range(1, 201)]
    assert 0 <= min(values) <= max(values) <= 0.9999
    # u = log(1 - x) is uniform, so half lie above x = 1 - sqrt(1e-4) = 0.99.
    assert 70 < sum(value > 0.99 for value in values) < 130


@pytest.mark.parametrize("strategy", ["Bayesian", "Random"])
def test_few_values_are_each_tried_once(strategy: str) -> None:
    ranges = {
        "IntegerParameterRanges": [{"Name": "n", "MinValue": "-1", "MaxValue": "3"}],
        "CategoricalParameterRanges": [{"Name": "c", "Values": ["a", "b", "c"]}],
    }
    proposer, seen = sampler(strategy, ranges=ranges), set()
    for number in range(1, 16):
        tuned = proposer.propose(number)
        seen.add((tuned["n"], tuned["c"]))
        proposer.finish(number, random.Random(number).random())
    assert len(seen) == 15
    assert set(proposer.propose(16)) == {"n", "c"}  # all were tried: one comes again


@pytest.mark.parametrize(
    ("low", "high", "scaling"),
    [("1e-4", "1e-1", "Logarithmic"), ("0.1", "0.5", "Linear"), ("0", "1000", "Linear"), ("-5", "5", "Linear")],
)
def test_auto_scaling_goes_by_magnitude(low: str, high: str, scaling: str) -> None:
    given = {"ContinuousParameterRanges": [{"Name": "a", "MinValue": low, "MaxValue": high, "ScalingType": "Auto"}]}
    assert parse_ranges(given, AT) == (Range("a", "Continuous", float(low), float(high), scaling),)


def _numeric(kind: str, low: str, high: str, scaling: str = "Auto") -> dict:
    return {f"{kind}ParameterRanges": [{"Name": "a", "MinValue": low, "MaxValue": high, "ScalingType": scaling}]}


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (_numeric("Continuous", "1", "0.5"), "continuousParameterRanges.1.member.minValue"),
        (_numeric("Integer", "3", "3"), "integerParameterRanges.1.member.minValue"),
        (_numeric("Integer", "1.5", "3"), "integerParameterRanges.1.member.minValue"),
        (_numeric("Integer", "1", "9" * 20), "integerParameterRanges.1.member.maxValue"),
        (_numeric("Continuous", "nan", "3"), "continuousParameterRanges.1.member.minValue"),
        (_numeric("Continuous", "0", "inf"), "continuousParameterRanges.1.member.maxValue"),
        (_numeric("Continuous", "0", "ten"), "continuousParameterRanges.1.member.maxValue"),
        (_numeric("Continuous", "0", "1", "Logarithmic"), "continuousParameterRanges.1.member.minValue"),
        (_numeric("Continuous", "0", "1", "ReverseLogarithmic"), "continuousParameterRanges.1.member.maxValue"),
        (_numeric("Continuous", "-1", "0.9", "ReverseLogarithmic"), "continuousParameterRanges.1.member.minValue"),
        (_numeric("Integer", "1", "9", "ReverseLogarithmic"), "integerParameterRanges.1.member.scalingType"),
        ({"CategoricalParameterRanges": [{"Name": "a", "Values": ["x", "x"]}]}, "1.member.values"),
        (
            {**_numeric("Integer", "1", "2"), **_numeric("Continuous", "1", "2")},
            "continuousParameterRanges.1.member.name",
        ),
        ({}, AT),
    ],
)
def test_a_range_that_makes_no_sense_is_named(given: dict, where: str) -> None:
    with pytest.raises(ValidationError, match="1 validation error detected: Value") as caught:
        parse_ranges(given, AT)
    assert f"{where}'" in caught.value.message


def test_it_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    warm_up()
    assert capfd.readouterr() == ("", "")
