"""Several definitions of training jobs in one tuning job: each has its turn, its ranges and its objective."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import tuning_help as tuning
from botocore.exceptions import ClientError
from engine_process import EngineProcess

SCRIPT = """
    import json, os
    given = json.loads(os.environ["SM_HPS"])
    print(f"validation:score={given['x']};" if "x" in given else f"accuracy={10 + given['depth']};")
"""
X = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]}
DEPTHS = {"CategoricalParameterRanges": [{"Name": "depth", "Values": ["1", "2"]}]}


def request(engine: EngineProcess, name: str, *, most: int | None = 6, **config: Any) -> dict[str, Any]:
    made = tuning.request(engine, name, SCRIPT, most=most, parallel=1, config={"RandomSeed": 1, **config})
    definition = made.pop("TrainingJobDefinition")
    objective = made["HyperParameterTuningJobConfig"].pop("HyperParameterTuningJobObjective")
    del made["HyperParameterTuningJobConfig"]["ParameterRanges"]
    tree = copy.deepcopy(definition)
    metric = {"Name": "accuracy", "Regex": "accuracy=([0-9.]+);"}
    tree["AlgorithmSpecification"]["MetricDefinitions"] = [metric]
    made["TrainingJobDefinitions"] = [
        {**definition, "DefinitionName": "line", "TuningObjective": objective, "HyperParameterRanges": X},
        {
            **tree,
            "DefinitionName": "tree",
            "TuningObjective": {"Type": "Maximize", "MetricName": "accuracy"},
            "HyperParameterRanges": DEPTHS,
        },
    ]
    return made


@pytest.mark.parametrize("strategy", ["Bayesian", "Random"])
def test_each_has_its_turn(engine: EngineProcess, strategy: str) -> None:
    name = f"several-{strategy}"
    made = request(engine, name, Strategy=strategy)
    tuning.client(engine).create_hyper_parameter_tuning_job(**made)
    found = tuning.over(engine, name)
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert "TrainingJobDefinition" not in found
    for given, shown in zip(made["TrainingJobDefinitions"], found["TrainingJobDefinitions"], strict=True):
        static = {
            **given["StaticHyperParameters"],
            "_tuning_objective_metric": given["TuningObjective"]["MetricName"],
        }
        assert shown == {**given, "StaticHyperParameters": static}
    rows = tuning.trials(engine, name)
    # The tree has but two combinations: then the line goes on alone.
    assert [row["TrainingJobDefinitionName"] for row in rows] == ["line", "tree", "line", "tree", "line", "line"]
    for row in rows:
        metric = row["FinalHyperParameterTuningJobObjectiveMetric"]
        (tuned,) = row["TunedHyperParameters"].values()
        if row["TrainingJobDefinitionName"] == "line":
            assert metric["MetricName"] == "validation:score"
            assert metric["Value"] == pytest.approx(float(tuned), rel=1e-6)
        else:
            assert metric == {"Type": "Maximize", "MetricName": "accuracy", "Value": 10 + int(tuned)}
    best = found["BestTrainingJob"]
    assert best["TrainingJobDefinitionName"] == "tree"
    assert best["TunedHyperParameters"] == {"depth": "2"}
    assert found["ObjectiveStatusCounters"]["Succeeded"] == 6


def test_a_grid_has_the_cells_of_all(engine: EngineProcess) -> None:
    made = request(engine, "cells", most=None, Strategy="Grid")
    made["TrainingJobDefinitions"][0]["HyperParameterRanges"] = {
        "CategoricalParameterRanges": [{"Name": "x", "Values": ["0.1", "0.2", "0.3"]}]
    }
    tuning.client(engine).create_hyper_parameter_tuning_job(**made)
    assert tuning.over(engine, "cells")["TrainingJobStatusCounters"]["Completed"] == 5
    tried = [next(iter(row["TunedHyperParameters"].items())) for row in tuning.trials(engine, "cells")]
    assert tried == [("x", "0.1"), ("depth", "1"), ("x", "0.2"), ("depth", "2"), ("x", "0.3")]


def _same_name(made: dict[str, Any]) -> None:
    made["TrainingJobDefinitions"][1]["DefinitionName"] = "line"


def _no_ranges(made: dict[str, Any]) -> None:
    del made["TrainingJobDefinitions"][1]["HyperParameterRanges"]


def _other_type(made: dict[str, Any]) -> None:
    made["TrainingJobDefinitions"][1]["TuningObjective"]["Type"] = "Minimize"


def _no_metric(made: dict[str, Any]) -> None:
    made["TrainingJobDefinitions"][1]["TuningObjective"]["MetricName"] = "loss"


def _one_more(made: dict[str, Any]) -> None:
    made["TrainingJobDefinition"] = copy.deepcopy(made["TrainingJobDefinitions"][0])


def _two_objectives(made: dict[str, Any]) -> None:
    objective = made["TrainingJobDefinitions"][0]["TuningObjective"]
    made["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"] = objective


def _auto(made: dict[str, Any]) -> None:
    made["TrainingJobDefinitions"][1]["HyperParameterRanges"] = {
        **DEPTHS,
        "AutoParameters": [{"Name": "rate", "ValueHint": "1"}],
    }


def _empty_range(made: dict[str, Any]) -> None:
    made["TrainingJobDefinitions"][1]["HyperParameterRanges"] = {
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "1"}]
    }


def _variables(made: dict[str, Any]) -> None:
    for definition in made["TrainingJobDefinitions"]:
        definition["Environment"] = {f"V{number}": "1" for number in range(25)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_same_name, "must have a DefinitionName of its own"),
        (_no_ranges, "HyperParameterRanges is required in each of TrainingJobDefinitions"),
        (_other_type, "TuningObjective.Type must be the same"),
        (_no_metric, "A metric is required for this hyperparameter tuning job objective"),
        (_one_more, "Exactly one of TrainingJobDefinition and TrainingJobDefinitions is required"),
        (_two_objectives, "HyperParameterTuningJobObjective is only supported with TrainingJobDefinition"),
        (_auto, "AutoParameters are only supported when Autotune is enabled"),
        (
            _empty_range,
            r"trainingJobDefinitions.2.member.hyperParameterRanges.integerParameterRanges.1.member.minValue",
        ),
        (_variables, "At most 48 environment variables"),
    ],
)
def test_what_makes_no_sense_is_refused(engine: EngineProcess, change: Any, said: str) -> None:
    made = request(engine, "refused")
    change(made)
    with pytest.raises(ClientError, match=said) as caught:
        tuning.client(engine).create_hyper_parameter_tuning_job(**made)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="can't find a tuning job"):
        tuning.describe(engine, "refused")
