"""Training jobs that wait for instances: Pending until there is room, or until they have waited long enough."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tuning_help as tuning
from jobs_harness import FOREVER, Harness, statuses, up
from local_engine_parts import START, Parts

from jupyter_sm_ext.engine import capacity
from jupyter_sm_ext.engine.capacity import Wanted
from jupyter_sm_ext.engine.tuning import TuningJobs
from jupyter_sm_ext.errors import ValidationError

Json = dict[str, Any]
KIND = "ml.trn1.2xlarge"


def set_capacity(data_dir: Path, **instances: int) -> None:
    fresh = data_dir / "capacity.part"
    fresh.write_text(json.dumps(instances))
    fresh.rename(data_dir / capacity.FILE)


def resources(count: int = 1, kind: str = KIND) -> Json:
    return {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 1}


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path / "data", grace=0.2)
    made.service = type(made.service)(made.engine, [made.training, TuningJobs(made.engine, made.training)])
    yield made
    made.close()


# Against the clock


def request(parts: Parts, name: str, **stopping: int) -> Json:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": "local/python",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["true"],
        },
        "RoleArn": parts.engine.role_arn,
        "OutputDataConfig": {"S3OutputPath": f"s3://{parts.engine.bucket}/out"},
        "ResourceConfig": resources(),
        "StoppingCondition": {"MaxRuntimeInSeconds": 60, **stopping},
    }


def test_pending_ends_when_its_time_is_over(parts: Parts) -> None:
    set_capacity(parts.engine.data_dir, **{KIND: 0})
    parts.call("CreateTrainingJob", **request(parts, "waits", MaxPendingTimeInSeconds=7200))
    parts.call("CreateTrainingJob", **request(parts, "patient"))
    parts.pass_time(10)
    found = parts.call("DescribeTrainingJob", TrainingJobName="waits")
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("InProgress", "Pending")
    assert found["SecondaryStatusTransitions"][1] == {
        "Status": "Pending",
        "StartTime": START + 10,
        "StatusMessage": "Training job waiting for capacity",
    }
    parts.pass_time(7199)
    assert parts.call("DescribeTrainingJob", TrainingJobName="waits")["TrainingJobStatus"] == "InProgress"
    parts.pass_time(1)
    found = parts.call("DescribeTrainingJob", TrainingJobName="waits")
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert found["SecondaryStatusTransitions"][-1]["StatusMessage"] == (
        "Training job pending time exceeded MaxPendingTimeInSeconds provided"
    )
    assert found["TrainingEndTime"] == START + 7210
    assert not {"TrainingStartTime", "TrainingTimeInSeconds", "FailureReason"} & found.keys()
    assert statuses(parts.call("DescribeTrainingJob", TrainingJobName="patient")) == ["Starting", "Pending"]
    # An engine that starts again counts on.
    parts.call("StopTrainingJob", TrainingJobName="patient")
    parts.pass_time(0)
    found = parts.call("DescribeTrainingJob", TrainingJobName="patient")
    assert statuses(found) == ["Starting", "Pending", "Stopping", "Stopped"]
    assert not any(family.active() for family in parts.service.families)


def test_the_time_is_counted_across_engines(tmp_path: Path) -> None:
    first = Parts(tmp_path / "data")
    set_capacity(first.engine.data_dir, **{KIND: 0})
    first.call("CreateTrainingJob", **request(first, "waits", MaxPendingTimeInSeconds=7200))
    first.pass_time(0)
    first.close()
    second = Parts(tmp_path / "data")
    for seconds, status in ((7199, "InProgress"), (1, "Stopped")):
        second.pass_time(seconds)
        assert second.call("DescribeTrainingJob", TrainingJobName="waits")["TrainingJobStatus"] == status
    second.close()


# With real jobs


def test_the_oldest_starts_when_room_appears(harness: Harness, tmp_path: Path) -> None:
    set_capacity(harness.engine.data_dir, **{KIND: 1})
    runs = tmp_path / "runs"
    wait = f"import os, time\nwhile not os.path.exists({str(tmp_path / 'on')!r}):\n    time.sleep(0.01)\n"
    for name in ("one", "two", "three"):
        note = f"open({str(runs)!r}, 'a').write({name!r} + ' ')\n"
        harness.create(name, note + (wait if name == "one" else ""), ResourceConfig=resources())
    harness.create("other", "", ResourceConfig=resources(kind="ml.m5.large"))
    assert harness.over("other")["TrainingJobStatus"] == "Completed"
    harness.until(runs.exists)
    assert [harness.describe(name)["SecondaryStatus"] for name in ("two", "three")] == ["Pending", "Pending"]
    (tmp_path / "on").touch()
    for name in ("three", "two"):
        found = harness.over(name)
        assert statuses(found) == ["Starting", "Pending", "Downloading", "Training", "Uploading", "Completed"]
        assert found["SecondaryStatusTransitions"][1]["StatusMessage"] == "Preparing the instances for training"
    assert runs.read_text() == "one two three "


def test_what_runs_has_its_instances_after_a_restart(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "data", grace=0.2)
    set_capacity(harness.engine.data_dir, **{KIND: 1})
    harness.create("runs", up(tmp_path / "up") + FOREVER, ResourceConfig=resources())
    harness.until((tmp_path / "up").exists)
    harness.create("waits", "", ResourceConfig=resources())
    # The one that waits is asked first.
    harness.store.database.execute("UPDATE records SET created=created-9 WHERE key='waits'")
    harness.leave()
    harness = Harness(tmp_path / "data", grace=0.2)
    for _ in range(3):
        harness.tick()
    assert harness.describe("waits")["SecondaryStatus"] == "Pending"
    harness.call("StopTrainingJob", TrainingJobName="runs")
    assert harness.over("waits")["TrainingJobStatus"] == "Completed"
    harness.close()


def test_a_file_that_appears_or_goes_counts_at_once(harness: Harness) -> None:
    set_capacity(harness.engine.data_dir, **{KIND: 0})
    harness.create("waits", "", ResourceConfig=resources())
    harness.until(lambda: harness.describe("waits")["SecondaryStatus"] == "Pending")
    (harness.engine.data_dir / capacity.FILE).write_text("{")
    for _ in range(2):
        harness.tick()
    assert harness.describe("waits")["SecondaryStatus"] == "Pending"
    (harness.engine.data_dir / capacity.FILE).unlink()
    assert harness.over("waits")["TrainingJobStatus"] == "Completed"


def test_trials_of_a_tuning_job_wait_too(harness: Harness) -> None:
    set_capacity(harness.engine.data_dir, **{KIND: 0})
    child = harness.request(
        "unused",
        "print('score=1')",
        AlgorithmSpecification={"MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+)"}]},
        ResourceConfig=resources(),
        StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxPendingTimeInSeconds": 7200},
    )
    del child["TrainingJobName"]
    child["StaticHyperParameters"] = child.pop("HyperParameters")
    harness.call(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ResourceLimits": {"MaxParallelTrainingJobs": 2, "MaxNumberOfTrainingJobs": 2},
            "ParameterRanges": tuning.RANGES,
        },
        TrainingJobDefinition=child,
    )

    def trials() -> list[str]:
        return [one.body["SecondaryStatus"] for one in harness.store.find("training-jobs", parent="tune")]

    harness.until(lambda: trials() == ["Pending", "Pending"])
    set_capacity(harness.engine.data_dir, **{KIND: 1})
    harness.until(lambda: trials() == ["Completed", "Completed"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "Expecting"),
        ("[]", "must be an object"),
        ('{"ml.nothing": 1}', "no instance type 'ml.nothing'"),
        (f'{{"{KIND}": -1}}', "0 or more"),
        (f'{{"{KIND}": 1.5}}', "whole number"),
        (f'{{"{KIND}": true}}', "whole number"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(harness: Harness, text: str, words: str) -> None:
    (harness.engine.data_dir / capacity.FILE).write_text(text)
    for _ in range(2):
        with pytest.raises(ValidationError, match=re.escape(words)) as caught:
            harness.create("no", "")
        assert "capacity.json in the engine's data directory cannot be used" in caught.value.message
    assert harness.store.rows("training-jobs") == []


# Who gets what


def test_nobody_is_overtaken_and_nobody_blocks_for_ever(harness: Harness) -> None:
    room = harness.engine.capacity
    set_capacity(harness.engine.data_dir, **{"ml.m5.large": 2, KIND: 1})

    def wanted(owner: str, since: float, **instances: int) -> Wanted:
        return Wanted(owner, since, Counter(instances))

    assert room.take(wanted("a", 1, **{"ml.m5.large": 1}))
    assert room.take(wanted("a", 1, **{"ml.m5.large": 1}))
    assert not room.take(wanted("b", 2, **{"ml.m5.large": 2}))
    assert not room.take(wanted("c", 3, **{"ml.m5.large": 1}))  # there is room, and b has waited longer
    assert room.take(wanted("d", 4, **{KIND: 1}))
    assert room.take(wanted("e", 5, **{"ml.m5.xlarge": 100}))
    room.give_back("b")
    assert room.take(wanted("c", 3, **{"ml.m5.large": 1}))
    room.give_back("nobody")
    for owner in ("a", "c"):
        room.give_back(owner)
    assert not room.take(wanted("never", 6, **{"ml.m5.large": 3}))
    assert room.take(wanted("f", 7, **{"ml.m5.large": 2}))
