"""Tuning jobs against the clock, on an engine in this process whose time the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tuning_help as tuning
from jobs_harness import Harness

from jupyter_sm_ext.engine.context import Clock
from jupyter_sm_ext.engine.service import Service
from jupyter_sm_ext.engine.tuning import TuningJobs

NAME = "timed"


class Ahead(Clock):
    """The real time, and what the test adds."""

    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path / "data")
    made.engine.clock = Ahead()
    made.service = Service(made.engine, [made.training, TuningJobs(made.engine, made.training)])
    yield made
    made.close()


def request(harness: Harness, script: str, **limits: int) -> dict[str, Any]:
    child = harness.request(
        "unused",
        script,
        AlgorithmSpecification={"MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+)"}]},
    )
    del child["TrainingJobName"]
    child["StaticHyperParameters"] = child.pop("HyperParameters")
    return {
        "HyperParameterTuningJobName": NAME,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ResourceLimits": {"MaxParallelTrainingJobs": 2, **limits},
            "ParameterRanges": tuning.RANGES,
        },
        "TrainingJobDefinition": child,
    }


def described(harness: Harness) -> dict[str, Any]:
    return harness.call("DescribeHyperParameterTuningJob", HyperParameterTuningJobName=NAME)


def test_its_time_is_over(harness: Harness) -> None:
    script = """
        import time
        print("score=1", flush=True)
        time.sleep(600)
    """
    harness.call("CreateHyperParameterTuningJob", **request(harness, script, MaxRuntimeInSeconds=120))
    children = harness.until(lambda: harness.store.find("training-jobs", parent=NAME, statuses=("InProgress",)))
    harness.until(lambda: all("score=1" in harness.log(child.key) for child in children))
    assert len(children) == 2
    harness.engine.clock.ahead = 119.0  # type: ignore[attr-defined]
    wanted = [seconds for family in harness.service.families if (seconds := family.tick()) is not None]
    assert described(harness)["HyperParameterTuningJobStatus"] == "InProgress"
    assert max(wanted) <= 1.0  # it asks to be looked at when its time is over
    harness.engine.clock.ahead = 121.0  # type: ignore[attr-defined]
    harness.until(lambda: described(harness)["HyperParameterTuningJobStatus"] != "InProgress")
    found = described(harness)
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Stopped"] == 2
    # What was printed before the end counts.
    assert found["ObjectiveStatusCounters"]["Succeeded"] == 2
    assert found["ConsumedResources"]["RuntimeInSeconds"] >= 121
    assert harness.store.count("training-jobs", parent=NAME) == 2


def test_one_that_is_deleted_in_mid_job_is_not_replaced(harness: Harness) -> None:
    script = """
        import os, time
        time.sleep(600 if "-002-" in os.environ["TRAINING_JOB_NAME"] else 0)
        print("score=1")
    """
    harness.call("CreateHyperParameterTuningJob", **request(harness, script, MaxNumberOfTrainingJobs=3))
    names = harness.until(
        lambda: [child.key for child in harness.store.find("training-jobs", parent=NAME, statuses=("Completed",))]
    )
    harness.call("DeleteTrainingJob", TrainingJobName=names[0])
    second = next(
        child.key for child in harness.store.find("training-jobs", parent=NAME) if child.key.startswith(f"{NAME}-002-")
    )
    harness.call("StopTrainingJob", TrainingJobName=second)
    harness.until(lambda: described(harness)["HyperParameterTuningJobStatus"] != "InProgress")
    assert described(harness)["HyperParameterTuningJobStatus"] == "Completed"
    numbers = [child.number for child in harness.store.find("training-jobs", parent=NAME, order_by="number")]
    assert len(numbers) == 2
    assert set(numbers) < {1, 2, 3}
