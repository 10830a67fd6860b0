"""The engine killed in the middle of a tuning job: nothing is lost, nothing is run twice, no number comes twice."""

from __future__ import annotations

import gc
import json
import re
import sqlite3
import threading
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tuning_help as tuning
from engine_process import EngineProcess, until
from jobs_harness import Harness

from jupyter_sm_ext.engine.service import Service
from jupyter_sm_ext.engine.store import Store
from jupyter_sm_ext.engine.tuning import TuningJobs

NewEngine = Callable[..., EngineProcess]
RECORDS = """
    import os, pathlib, time, uuid
    runs = pathlib.Path(os.environ["RUNS"])
    name = os.environ["TRAINING_JOB_NAME"]
    (runs / f"{name}.{uuid.uuid4().hex}").write_text(os.environ["SM_HPS"])
    time.sleep(0.15)
    print(f"validation:score={os.environ['SM_HP_SHARE']};", flush=True)
"""


def run_files(runs: Path) -> Counter[str]:
    return Counter(path.name.partition(".")[0] for path in runs.iterdir())


@pytest.mark.slow
def test_killed_again_and_again(new_engine: NewEngine, tmp_path: Path) -> None:
    engine, runs = new_engine().start(), tmp_path / "runs"
    runs.mkdir()
    tuning.start(engine, "survivor", RECORDS, most=14, parallel=2, definition={"Environment": {"RUNS": str(runs)}})
    seen: dict[str, dict[str, Any]] = {}
    engine.kill()  # before the first trial, as likely as not
    # As soon as so many scripts have begun: while others run, end, are counted or launched.
    for begun in (1, 2, 3, 5, 8, 11):
        engine.start()
        until(lambda wanted=begun: len(run_files(runs)) >= wanted)
        for row in tuning.trials(engine, "survivor"):
            known = seen.setdefault(row["TrainingJobName"], row)
            assert row["TunedHyperParameters"] == known["TunedHyperParameters"]
            assert row["CreationTime"] == known["CreationTime"]
        engine.kill()
    # And at whatever instant, right after a start.
    for seconds in (0.0, 0.05, 0.15):
        engine.start()
        threading.Event().wait(seconds)
        engine.kill()
    engine.start()
    found = tuning.over(engine, "survivor")
    rows = tuning.trials(engine, "survivor")
    names = [row["TrainingJobName"] for row in rows]
    assert [int(re.sub(r"survivor-(\d+)-[0-9a-f]{8}", r"\1", name)) for name in names] == list(range(1, 15))
    assert set(seen) <= set(names)
    assert run_files(runs) == Counter(names)
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Completed"] == 14
    assert found["ObjectiveStatusCounters"]["Succeeded"] == 14
    for row in rows:
        (file,) = runs.glob(f"{row['TrainingJobName']}.*")
        assert json.loads(file.read_text())["share"] == float(row["TunedHyperParameters"]["share"])
        metric = row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        assert metric == pytest.approx(float(row["TunedHyperParameters"]["share"]), rel=1e-6)
        assert tuning.client(engine).describe_training_job(TrainingJobName=row["TrainingJobName"])["ModelArtifacts"]
    by_value = tuning.trials(engine, "survivor", SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    # Several may be as good as can be: at the end of the range.
    values = [row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in by_value]
    assert values == sorted(values, reverse=True)
    assert values[0] == found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert found["BestTrainingJob"] in by_value
    assert len(by_value) == 14


def test_killed_while_it_stops(new_engine: NewEngine, tmp_path: Path) -> None:
    engine = new_engine().start()
    tuning.start(engine, "stopping", "import time; time.sleep(600)", most=9, parallel=3)
    until(lambda: len(tuning.trials(engine, "stopping")) == 3)
    tuning.client(engine).stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopping")
    engine.kill()
    engine.start()
    found = tuning.over(engine, "stopping")
    assert found["HyperParameterTuningJobStatus"] == "Stopped"
    assert found["TrainingJobStatusCounters"]["Stopped"] == 3
    assert len(tuning.trials(engine, "stopping")) == 3


@pytest.mark.parametrize("write", range(1, 9))
def test_a_write_that_fails_is_taken_back_whole(
    write: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs_request: Callable[[Harness], dict[str, Any]]
) -> None:
    """Whichever write of the job's life fails, the next round goes on from what is on record."""
    harness = Harness(tmp_path / "data")
    service = Service(harness.engine, [harness.training, TuningJobs(harness.engine, harness.training)])
    harness.service = service
    harness.call("CreateHyperParameterTuningJob", **jobs_request(harness))
    real_save, real_insert = Store.save, Store.insert
    writes = 0

    def failing(real: Callable[[Store, Any], None]) -> Callable[[Store, Any], None]:
        def wrapped(store: Store, record: Any) -> None:
            nonlocal writes
            if record.kind == "tuning-jobs" or record.parent is not None:
                writes += 1
                if writes == write:
                    raise sqlite3.OperationalError("disk I/O error")
            real(store, record)

        return wrapped

    monkeypatch.setattr(Store, "save", failing(real_save))
    monkeypatch.setattr(Store, "insert", failing(real_insert))
    failures = 0

    def over() -> bool:
        nonlocal failures
        for family in service.families:
            try:
                family.tick()
            except sqlite3.OperationalError:
                failures += 1
                # As the engine does: a round that failed is not continued.
                break
        found = harness.call("DescribeHyperParameterTuningJob", HyperParameterTuningJobName="careful")
        return bool(found["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"))

    with warnings.catch_warnings():
        # A job that is taken up anew leaves its supervisor to itself.
        warnings.simplefilter("ignore", ResourceWarning)
        until(over)
        gc.collect()
    assert writes >= write
    monkeypatch.undo()
    found = harness.call("DescribeHyperParameterTuningJob", HyperParameterTuningJobName="careful")
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    children = harness.store.find("training-jobs", parent="careful", order_by="number")
    assert [child.number for child in children] == [1, 2, 3]
    assert found["TrainingJobStatusCounters"]["Completed"] == 3
    runs = run_files(tmp_path / "runs")
    assert runs == Counter(child.key for child in children)
    harness.close()


@pytest.fixture
def jobs_request(tmp_path: Path) -> Callable[[Harness], dict[str, Any]]:
    """A request for the harness: three trials, one at a time, that record their runs."""
    (tmp_path / "runs").mkdir()

    def make(harness: Harness) -> dict[str, Any]:
        child = harness.request(
            "unused",
            RECORDS,
            AlgorithmSpecification={
                "MetricDefinitions": [{"Name": "validation:score", "Regex": "validation:score=([-0-9.e]+);"}]
            },
            Environment={"RUNS": str(tmp_path / "runs")},
        )
        del child["TrainingJobName"]
        child["StaticHyperParameters"] = child.pop("HyperParameters")
        return {
            "HyperParameterTuningJobName": "careful",
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:score"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1},
                "ParameterRanges": tuning.RANGES,
            },
            "TrainingJobDefinition": child,
        }

    return make
