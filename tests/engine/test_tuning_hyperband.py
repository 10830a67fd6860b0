"""Hyperband: real trials are stopped at their rungs, and the rule is the one it says it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tuning_help as tuning
from botocore.exceptions import ClientError
from engine_process import EngineProcess, until

from jupyter_sm_ext.engine.stoppers.hyperband import INFERRED_FROM, Hyperband, resources
from jupyter_sm_ext.errors import ValidationError

NewEngine = Callable[..., EngineProcess]
SEED = 5
CONFIG = {
    "Strategy": "Hyperband",
    "RandomSeed": SEED,
    "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}},
}
# The later a trial, the worse. One that should be stopped waits for it.
EPOCHS = """
    import json, os, pathlib, time
    number = int(os.environ["TRAINING_JOB_NAME"].split("-")[-2])
    stops = json.loads(os.environ["STOPS"]).get(str(number), 9)
    home = os.environ.get("GO")
    if home and stops < 9:
        pathlib.Path(home, "waits").touch()
        while not pathlib.Path(home, "go").exists():
            time.sleep(0.01)
    for epoch in range(1, stops + 1):
        print(f"validation:score={epoch - number};", flush=True)
    if stops < 9:
        time.sleep(600)
"""


def wanted(most: int) -> dict[int, int]:
    """How many epochs each trial may make when they run one after the other, each worse than those before."""
    rule, boards, found = Hyperband(1, 9, maximize=True, seed=SEED), {}, {}
    for number in range(1, most + 1):
        found[number] = 9
        for rung in rule.rungs(number):
            at = (rule.bracket(number), rung)
            boards[at] = boards.get(at, 0) + 1
            if boards[at] >= 3 and boards[at] > boards[at] // 3:  # the worst so far, and too many for a third of them
                found[number] = rung
                break
    return found


def environment(most: int, **more: str) -> dict[str, Any]:
    return {"Environment": {"STOPS": json.dumps(wanted(most)), **more}}


def check(engine: EngineProcess, name: str, most: int) -> None:
    stopped = 0
    for (number, epochs), row in zip(wanted(most).items(), tuning.trials(engine, name), strict=True):
        assert row["TrainingJobStatus"] == ("Completed" if epochs == 9 else "Stopped")
        assert row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == epochs - number
        assert row["ObjectiveStatus"] == "Succeeded"
        stopped += epochs < 9
    assert stopped
    found = tuning.describe(engine, name)
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Stopped"] == stopped
    assert found["TrainingJobStatusCounters"]["Completed"] == most - stopped
    assert found["BestTrainingJob"]["TrainingJobName"].startswith(f"{name}-001-")


def test_trials_are_stopped_at_their_rungs(engine: EngineProcess) -> None:
    assert {*wanted(12).values()} >= {1, 9}
    tuning.start(engine, "rungs", EPOCHS, most=12, parallel=1, config=CONFIG, definition=environment(12))
    tuning.over(engine, "rungs")
    check(engine, "rungs", 12)


def test_a_killed_engine_goes_on_by_what_it_kept(new_engine: NewEngine, tmp_path: Path) -> None:
    most = next(number for number, epochs in wanted(50).items() if epochs < 9)
    engine = new_engine().start()
    definition = environment(most, GO=str(tmp_path))
    tuning.start(engine, "torn", EPOCHS, most=most, parallel=1, config=CONFIG, definition=definition)
    until((tmp_path / "waits").exists)
    ended = tuning.trials(engine, "torn", StatusEquals="Completed")
    assert len(ended) == most - 1
    engine.kill()
    for row in ended:
        shutil.rmtree(engine.data_dir / "logs" / row["TrainingJobName"])
    (tmp_path / "go").touch()
    engine.start()
    tuning.over(engine, "torn")
    check(engine, "torn", most)


def test_what_goes_on_past_the_last_epoch_is_stopped(engine: EngineProcess) -> None:
    script = """
        import time
        for _ in range(4):
            print("validation:score=1;", flush=True)
        time.sleep(600)
    """
    config = {**CONFIG, "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 3, "MaxResource": 3}}}
    tuning.start(engine, "endless", script, most=2, config=config)
    found = tuning.over(engine, "endless")
    assert found["TrainingJobStatusCounters"]["Stopped"] == 2
    assert found["ObjectiveStatusCounters"]["Succeeded"] == 2


@pytest.mark.parametrize("name", INFERRED_FROM)
def test_the_most_is_inferred_from_static_hyperparameters(name: str) -> None:
    assert resources({}, {name: "27", "other": "3"}) == (1, 27)
    assert resources({"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 2}}}, {name: '"4"'}) == (2, 4)
    with pytest.raises(ValidationError, match="Cannot infer MaxResource"):
        resources({}, {name: "many"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Cannot infer MaxResource"),
        (
            {"MaxResource": 20_001},
            "maxResource' failed to satisfy constraint: Member must have value less than or equal",
        ),
        ({"MinResource": 5, "MaxResource": 4}, "minResource' failed to satisfy constraint"),
    ],
)
def test_resources_that_make_no_sense_are_refused(engine: EngineProcess, given: dict[str, Any], said: str) -> None:
    config = {**CONFIG, "StrategyConfig": {"HyperbandStrategyConfig": given}}
    with pytest.raises(ClientError, match=said) as caught:
        tuning.start(engine, "refused", EPOCHS, config=config)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("sign", [1, -1])
def test_the_best_third_goes_on(sign: int) -> None:
    rule = Hyperband(1, 3, maximize=sign == 1, seed=1)
    mates = [number for number in range(1, 100) if rule.bracket(number) == 0][:7]
    assert rule.rungs(mates[0]) == [1]
    going = [
        not rule.stops(number, [sign * value]) for number, value in zip(mates, [5, 4, 3, 6, 5, 5.5, 5.5], strict=True)
    ]
    # The first two have too few to be compared with; of six or seven, two go on.
    assert going == [True, True, False, True, False, True, True]


def test_brackets_are_as_many_as_they_should_be() -> None:
    rule = Hyperband(1, 81, maximize=True, seed=3)
    counts = [0] * 5
    for number in range(1, 2001):
        counts[rule.bracket(number)] += 1
        assert rule.rungs(number) == [1, 3, 9, 27][rule.bracket(number) :]
    # 81, 34, 15, 8 and 5 of 143.
    for count, weight in zip(counts, [81, 34, 15, 8, 5], strict=True):
        assert count == pytest.approx(2000 * weight / 143, rel=0.35)


def test_it_is_built_anew_from_its_notes() -> None:
    whole, again = (Hyperband(1, 9, maximize=True, seed=1) for _ in range(2))
    for number in range(1, 20):
        whole.stops(number, [float(number % 5), 1.0, float(number % 7)])
        again.resume(number, whole.note(number))
    for number in range(20, 40):
        values = [float(number % 6), 0.0, 3.5]
        assert again.stops(number, values) == whole.stops(number, values)
        assert again.note(number) == whole.note(number)
