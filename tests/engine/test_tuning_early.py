"""Early stopping: trials that do worse than the median of those before them are stopped, and count as the service's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tuning_help as tuning
from botocore.exceptions import ClientError
from engine_process import EngineProcess, until

from jupyter_sm_ext.engine.stoppers import Stopper, new_stopper

NewEngine = Callable[..., EngineProcess]
AUTO = {"TrainingJobEarlyStoppingType": "Auto", "Strategy": "Random"}
# What each trial prints; one that ends with None then waits to be stopped.
CURVES = """
    import os, pathlib, time
    number = int(os.environ["TRAINING_JOB_NAME"].split("-")[-2])
    curves = {1: [1, 3, 5], 2: [1, 4, 7, 9], 3: [2, 2.25, 6, 9], 4: [0.5, None], 5: [4, 2, None]}
    home = os.environ.get("GO")
    if home and number == 4:
        pathlib.Path(home, "waits").touch()
        while not pathlib.Path(home, "go").exists():
            time.sleep(0.01)
    for value in curves[number]:
        if value is None:
            time.sleep(600)
        print(f"validation:score={value};", flush=True)
"""


def expected(found: dict[str, Any], rows: list[dict[str, Any]], made: int) -> None:
    statuses = [row["TrainingJobStatus"] for row in rows]
    assert statuses == ["Completed", "Completed", "Completed", "Stopped", "Stopped"][:made]
    values = [row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in rows]
    assert values == [5, 9, 9, 0.5, 2][:made]
    assert {row["ObjectiveStatus"] for row in rows} == {"Succeeded"}
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    counters = {"Completed": 3, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": made - 3}
    assert found["TrainingJobStatusCounters"] == counters
    assert found["ObjectiveStatusCounters"] == {"Succeeded": made, "Pending": 0, "Failed": 0}
    assert found["BestTrainingJob"]["TrainingJobName"] == rows[1]["TrainingJobName"]


def test_trials_below_the_median_are_stopped(engine: EngineProcess) -> None:
    tuning.start(engine, "early", CURVES, most=5, parallel=1, config=AUTO)
    found = tuning.over(engine, "early")
    expected(found, tuning.trials(engine, "early"), 5)
    assert found["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == "Auto"


def test_off_stops_nothing(engine: EngineProcess) -> None:
    script = CURVES.replace("time.sleep(600)", "break")
    config = {"TrainingJobEarlyStoppingType": "Off", "Strategy": "Random"}
    tuning.start(engine, "late", script, most=5, parallel=1, config=config)
    assert tuning.over(engine, "late")["TrainingJobStatusCounters"]["Completed"] == 5


def test_a_killed_engine_goes_on_by_what_it_kept(new_engine: NewEngine, tmp_path: Path) -> None:
    engine = new_engine().start()
    definition = {"Environment": {"GO": str(tmp_path)}}
    tuning.start(engine, "early", CURVES, most=4, parallel=1, config=AUTO, definition=definition)
    until((tmp_path / "waits").exists)
    ended = [row["TrainingJobName"] for row in tuning.trials(engine, "early", StatusEquals="Completed")]
    assert len(ended) == 3
    engine.kill()
    for name in ended:
        shutil.rmtree(engine.data_dir / "logs" / name)
    (tmp_path / "go").touch()
    engine.start()
    expected(tuning.over(engine, "early"), tuning.trials(engine, "early"), 4)


def test_hyperband_has_its_own(engine: EngineProcess) -> None:
    with pytest.raises(ClientError, match="must be Off when Strategy is Hyperband"):
        tuning.start(engine, "both", CURVES, config={**AUTO, "Strategy": "Hyperband"})


def rule(maximize: bool = True) -> Stopper:
    made = new_stopper(AUTO, {}, maximize=maximize, seed=1)
    assert made is not None
    return made


@pytest.mark.parametrize("sign", [1, -1])
def test_the_rule_is_the_median_of_running_averages(sign: int) -> None:
    stopper = rule(maximize=sign == 1)
    assert not stopper.stops(1, [-99.0 * sign])  # nothing to compare with
    for number, values in enumerate([[1.0, 3.0], [2.0, 4.0], [6.0, 8.0]], start=1):
        stopper.finish(number, [sign * value for value in values], succeeded=True)
    stopper.finish(4, [sign * 100.0] * 3, succeeded=False)  # failed: does not count
    # Averages: 1, 2, 6 at the first epoch, 2, 3, 7 at the second; nobody has come to a third.
    assert not stopper.stops(5, [sign * 2.0])
    assert stopper.stops(5, [sign * 1.99])
    assert stopper.stops(5, [sign * 50.0, sign * 2.99])
    assert not stopper.stops(5, [0.0, sign * 3.0])
    assert not stopper.stops(5, [0.0, 0.0, sign * -9.0])


def test_the_rule_is_built_anew_from_its_notes() -> None:
    whole, again = rule(), rule()
    for number, values in enumerate([[1.0, 3.0], [2.0, 4.0], [6.0, 8.0]], start=1):
        whole.finish(number, values, succeeded=True)
        again.resume(number, whole.note(number))
    for values in ([1.0], [2.0], [9.0, 2.5], [9.0, 3.5]):
        assert again.stops(7, values) == whole.stops(7, values)
