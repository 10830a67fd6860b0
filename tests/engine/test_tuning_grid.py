"""Grid search: each combination once, and nothing else."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import tuning_help as tuning
from botocore.exceptions import ClientError
from engine_process import EngineProcess

from jupyter_sm_ext.engine.samplers import new_sampler, parse_ranges

CELLS: dict[str, Any] = {
    "CategoricalParameterRanges": [
        {"Name": "method", "Values": ["adam", "sgd"]},
        {"Name": "depth", "Values": ["2", "4", "8"]},
    ]
}
SCRIPT = "import os; print(f\"validation:score={os.environ['SM_HP_DEPTH']};\")"


@pytest.mark.parametrize("limits", [{}, {"MaxNumberOfTrainingJobs": 6}])
def test_each_combination_is_tried_once(engine: EngineProcess, limits: dict[str, int]) -> None:
    name = f"grid-{len(limits)}"
    config = {
        "Strategy": "Grid",
        "ParameterRanges": CELLS,
        "ResourceLimits": {"MaxParallelTrainingJobs": 3, **limits},
    }
    tuning.start(engine, name, SCRIPT, config=config)
    found = tuning.over(engine, name)
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Completed"] == 6
    tried = [row["TunedHyperParameters"] for row in tuning.trials(engine, name)]
    assert tried == [{"method": m, "depth": d} for m, d in product(["adam", "sgd"], ["2", "4", "8"])]
    assert found["BestTrainingJob"]["TunedHyperParameters"] == {"method": "adam", "depth": "8"}


MANY = {"CategoricalParameterRanges": [{"Name": n, "Values": [*map(str, range(28))]} for n in "ab"]}
WHOLE = {"IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "3"}]}


@pytest.mark.parametrize(
    ("ranges", "most", "said"),
    [
        (
            tuning.RANGES,
            None,
            "Only categorical parameter ranges are supported when Strategy is Grid: depth, rate, share",
        ),
        (WHOLE, None, "Only categorical parameter ranges are supported when Strategy is Grid: depth"),
        (CELLS, 5, r"\[6\] must be equal to the value of MaxNumberOfJobs, \[5\], when Strategy is Grid"),
        (CELLS, 7, r"\[6\] must be equal to the value of MaxNumberOfJobs, \[7\], when Strategy is Grid"),
        (MANY, None, r"\[784\] must be equal or less than \[750\] when Strategy is Grid"),
    ],
)
def test_what_is_no_grid_is_refused(engine: EngineProcess, ranges: dict[str, Any], most: int | None, said: str) -> None:
    config = {"Strategy": "Grid", "ParameterRanges": ranges}
    with pytest.raises(ClientError, match=said) as caught:
        tuning.start(engine, "no-grid", SCRIPT, most=most, config=config)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="can't find a tuning job"):
        tuning.describe(engine, "no-grid")


def test_a_trial_is_known_by_its_number() -> None:
    ranges = parse_ranges(CELLS, "parameterRanges")
    whole, later = (new_sampler(ranges, "Grid", maximize=True, seed=seed) for seed in (1, 2))
    cells = [whole.propose(number) for number in range(1, 7)]
    assert len({tuple(cell.values()) for cell in cells}) == 6
    assert [later.propose(number) for number in (6, 3)] == [cells[5], cells[2]]
