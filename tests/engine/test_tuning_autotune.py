"""Autotune: what is left open is chosen once, told by Describe, and really tried."""

from __future__ import annotations

from typing import Any

import pytest
import tuning_help as tuning
from engine_process import EngineProcess

from jupyter_sm_ext.engine.samplers import parse_ranges
from jupyter_sm_ext.engine.tuning_autotune import range_of


@pytest.mark.parametrize(
    ("hint", "kind", "low", "high", "scaling"),
    [
        ("8", "Integer", 2, 32, "Linear"),
        ("1", "Integer", 1, 4, "Linear"),
        ("128", "Integer", 32, 512, "Logarithmic"),
        ("0", "Integer", -1, 1, "Linear"),
        ("-4", "Integer", -17, 2, "Linear"),
        ("0.001", "Continuous", 1e-5, 0.1, "Logarithmic"),
        ("0.5", "Continuous", 0.005, 1, "Logarithmic"),
        ("2.5", "Continuous", 0.025, 250, "Logarithmic"),
        ("0.0", "Continuous", -1, 1, "Linear"),
        ("-0.5", "Continuous", -6, 1.05, "Linear"),
    ],
)
def test_a_range_lies_around_its_example(hint: str, kind: str, low: float, high: float, scaling: str) -> None:
    found = range_of(hint)
    assert found is not None
    (parsed,) = parse_ranges({found[0]: [{"Name": "x", **found[1]}]}, "here")
    assert (parsed.kind, parsed.low, parsed.high, parsed.scaling) == (
        kind,
        pytest.approx(low),
        pytest.approx(high),
        scaling,
    )
    assert parsed.holds(hint)


def test_a_truth_value_is_tried_both_ways_and_other_text_is_not_eligible() -> None:
    assert range_of("true") == ("CategoricalParameterRanges", {"Values": ["true", "false"]})
    assert range_of("False") == ("CategoricalParameterRanges", {"Values": ["False", "True"]})
    assert [range_of(text) for text in ("adam", "", "nan", "inf", "1,5")] == [None] * 5


HINTS = {"rate": "0.1", "share": "0.5", "depth": "8", "method": "adam"}


def autotuned(engine: EngineProcess, name: str, **config: Any) -> dict[str, Any]:
    made = tuning.request(
        engine,
        name,
        tuning.SCORES,
        most=None,
        config={
            "ParameterRanges": {"AutoParameters": [{"Name": name, "ValueHint": hint} for name, hint in HINTS.items()]},
            **config,
        },
    )
    return {**made, "Autotune": {"Mode": "Enabled"}}


def test_what_is_left_open_is_chosen_and_told(engine: EngineProcess) -> None:
    client = tuning.client(engine)
    client.create_hyper_parameter_tuning_job(**autotuned(engine, "chosen"))
    told = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="chosen")
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="chosen")
    config, definition = told["HyperParameterTuningJobConfig"], told["TrainingJobDefinition"]
    assert told["Autotune"] == {"Mode": "Enabled"}
    assert [one["Name"] for one in config["ParameterRanges"]["AutoParameters"]] == list(HINTS)
    assert [one["Name"] for one in config["ParameterRanges"]["IntegerParameterRanges"]] == ["depth"]
    rate, _ = config["ParameterRanges"]["ContinuousParameterRanges"]
    assert (rate["Name"], float(rate["MinValue"]), float(rate["MaxValue"])) == ("rate", pytest.approx(0.001), 1.0)
    assert definition["StaticHyperParameters"]["method"] == "adam"
    assert definition["RetryStrategy"] == {"MaximumRetryAttempts": 3}
    assert config["TrainingJobEarlyStoppingType"] == "Auto"
    assert config["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 60
    assert config["TuningJobCompletionCriteria"] == {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}


def test_what_is_given_stays_and_the_chosen_range_is_tried(engine: EngineProcess) -> None:
    client = tuning.client(engine)
    request = autotuned(engine, "given", TrainingJobEarlyStoppingType="Off")
    request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] = 3
    client.create_hyper_parameter_tuning_job(**request)
    told = tuning.over(engine, "given")
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert told["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == "Off"
    rates = [float(trial["TunedHyperParameters"]["rate"]) for trial in tuning.trials(engine, "given")]
    assert len(rates) == 3
    assert all(0.001 <= rate <= 1 for rate in rates)
