"""A tuning job is rebuilt from the store alone: killed and started again, an engine proposes what it would have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tuning_help as tuning
from engine_process import EngineProcess, until

NewEngine = Callable[..., EngineProcess]
CELLS = {
    "CategoricalParameterRanges": [
        {"Name": "share", "Values": ["0.1", "0.5", "0.9"]},
        {"Name": "depth", "Values": ["2", "4"]},
        {"Name": "rate", "Values": ["1"]},
        {"Name": "method", "Values": ["adam", "sgd"]},
    ]
}
STRATEGIES: dict[str, dict[str, Any]] = {
    "Random": {"RandomSeed": 5},
    "Bayesian": {"RandomSeed": 5},
    "Grid": {"ParameterRanges": CELLS},
    "Hyperband": {"RandomSeed": 5, "StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 3}}},
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_killed_engine_goes_on_with_the_same_proposals(new_engine: NewEngine, strategy: str) -> None:
    engine = new_engine().start()
    config = {"Strategy": strategy, **STRATEGIES[strategy]}
    found = {}
    for name in ("whole", "torn"):
        tuning.start(engine, name, most=12, parallel=1, config=config)
        if name == "torn":
            # Among those that Bayesian spreads evenly, and past them.
            for made in (3, 11):
                until(lambda wanted=made: len(tuning.trials(engine, "torn")) >= wanted)
                engine.kill()
                engine.start()
        assert tuning.over(engine, name)["HyperParameterTuningJobStatus"] == "Completed"
        found[name] = [row["TunedHyperParameters"] for row in tuning.trials(engine, name)]
    assert len(found["whole"]) == 12
    assert found["torn"] == found["whole"]
