"""Warm pools: who gets the instances that a job leaves, for how long, and what is told of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jobs_harness import FOREVER, Harness, up

from jupyter_sm_ext.engine.context import Clock
from jupyter_sm_ext.errors import LimitError, ValidationError

Json = dict[str, Any]
CONFIG = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
WARM = {**CONFIG, "KeepAlivePeriodInSeconds": 600}


class _Clock(Clock):
    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def harness(tmp_path: Path, clock: _Clock) -> Iterator[Harness]:
    made = Harness(tmp_path / "data")
    made.engine.clock = clock
    yield made
    made.close()


def pool(harness: Harness, name: str) -> Json:
    found: Json = harness.describe(name).get("WarmPoolStatus", {})
    return found


def test_a_job_like_the_one_before_takes_its_instances(harness: Harness, clock: _Clock, tmp_path: Path) -> None:
    harness.create("first", up(tmp_path / "up") + FOREVER, ResourceConfig=WARM)
    harness.until((tmp_path / "up").exists)
    assert pool(harness, "first") == {"Status": "InUse"}
    harness.call("StopTrainingJob", TrainingJobName="first")
    harness.over("first")
    assert pool(harness, "first") == {"Status": "Available"}
    clock.ahead = 90
    harness.created_and_over("second", "", ResourceConfig=WARM)
    found = pool(harness, "first")
    assert found.pop("ResourceRetainedBillableTimeInSeconds") >= 90
    assert found == {"Status": "Reused", "ReusedByJob": "second"}
    assert pool(harness, "second") == {"Status": "Available"}


def test_it_goes_to_the_last_job_that_keeps_nothing(harness: Harness) -> None:
    harness.created_and_over("first", "raise SystemExit(1)", ResourceConfig=WARM)
    assert pool(harness, "first") == {"Status": "Available"}
    harness.created_and_over("second", "")
    assert pool(harness, "first")["Status"] == "Reused"
    assert pool(harness, "second") == {}
    harness.created_and_over("third", "", ResourceConfig=WARM)
    assert pool(harness, "first")["ReusedByJob"] == "second"


@pytest.mark.parametrize(
    "members",
    [
        {"RoleArn": "arn:aws:iam::000000000000:role/Another"},
        {"ResourceConfig": {**WARM, "InstanceCount": 2}},
        {"ResourceConfig": {**WARM, "InstanceType": "ml.m5.xlarge"}},
        {"ResourceConfig": {**WARM, "VolumeSizeInGB": 2}},
        {"EnableInterContainerTrafficEncryption": True},
    ],
    ids=lambda members: next(iter(members)),
)
def test_another_kind_of_job_does_not(harness: Harness, members: Json) -> None:
    harness.created_and_over("first", "", ResourceConfig=WARM)
    harness.created_and_over("second", "", **{"ResourceConfig": WARM, **members})
    assert pool(harness, "first") == pool(harness, "second") == {"Status": "Available"}


def test_it_ends_when_its_period_is_over_also_between_two_engines(
    harness: Harness, clock: _Clock, tmp_path: Path
) -> None:
    harness.created_and_over("first", "", ResourceConfig=WARM)
    harness.created_and_over(
        "other", "", ResourceConfig={**WARM, "VolumeSizeInGB": 2, "KeepAlivePeriodInSeconds": 6000}
    )
    clock.ahead = 599
    harness.tick()
    assert pool(harness, "first") == {"Status": "Available"}
    harness.leave()
    harness.__init__(tmp_path / "data")  # type: ignore[misc]
    harness.engine.clock = clock
    harness.tick()
    assert pool(harness, "first") == {"Status": "Available"}
    clock.ahead = 1200
    harness.tick()
    assert pool(harness, "first") == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 600}
    assert pool(harness, "other") == {"Status": "Available"}
    for status, names in (("Available", ["other"]), ("Terminated", ["first"]), ("InUse", [])):
        listed = harness.call("ListTrainingJobs", WarmPoolStatusEquals=status)["TrainingJobSummaries"]
        assert [job["TrainingJobName"] for job in listed] == names


def test_the_period_can_be_changed(harness: Harness, clock: _Clock) -> None:
    harness.created_and_over("first", "", ResourceConfig=WARM)

    def keep(seconds: int) -> None:
        change = {"KeepAlivePeriodInSeconds": seconds}
        arn = harness.call("UpdateTrainingJob", TrainingJobName="first", ResourceConfig=change)["TrainingJobArn"]
        assert arn == harness.describe("first")["TrainingJobArn"]
        harness.tick()

    keep(1000)
    assert harness.describe("first")["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 1000
    clock.ahead = 700
    harness.tick()
    with pytest.raises(ValidationError, match="retains an Available warm pool"):
        harness.call("DeleteTrainingJob", TrainingJobName="first")
    keep(0)
    found = pool(harness, "first")
    assert found["Status"] == "Terminated"
    assert found["ResourceRetainedBillableTimeInSeconds"] >= 700
    with pytest.raises(ValidationError, match=r"has no warm pool .*: it is Terminated"):
        keep(60)
    with pytest.raises(ValidationError, match="RemoteDebugConfig: the local engine cannot change"):
        harness.call("UpdateTrainingJob", TrainingJobName="first", RemoteDebugConfig={"EnableRemoteDebug": True})
    with pytest.raises(ValidationError, match="not found"):
        harness.call("UpdateTrainingJob", TrainingJobName="none")
    harness.call("DeleteTrainingJob", TrainingJobName="first")


def test_the_cache_is_found_as_the_job_before_left_it(harness: Harness, clock: _Clock) -> None:
    script = """
        import os
        place = os.environ["SAGEMAKER_BASE_DIR"] + "/sagemaker/warmpoolcache"
        print(sorted(os.listdir(place)))
        open(f"{place}/{os.environ['TRAINING_JOB_NAME']}", "w").close()
    """
    told = []
    for name in ("a", "b", "c"):
        harness.created_and_over(name, script, ResourceConfig=WARM)
        told.append(harness.log(name).strip())
    assert told == ["[]", "['a']", "['a', 'b']"]
    harness.created_and_over("other", script, ResourceConfig={**WARM, "VolumeSizeInGB": 2})
    assert harness.log("other").strip() == "[]"
    clock.ahead = 601
    harness.tick()
    assert not list((harness.engine.data_dir / "pools").iterdir())


def test_its_instances_are_not_for_others_while_it_is_kept(harness: Harness) -> None:
    (harness.engine.data_dir / "capacity.json").write_text('{"ml.m5.large": 1}')
    harness.created_and_over("first", "", ResourceConfig=WARM)
    harness.create("other", "", ResourceConfig={**CONFIG, "VolumeSizeInGB": 2})
    harness.until(lambda: harness.describe("other")["SecondaryStatus"] == "Pending")
    harness.created_and_over("second", "", ResourceConfig=CONFIG)
    assert pool(harness, "first")["ReusedByJob"] == "second"
    assert harness.over("other")["TrainingJobStatus"] == "Completed"


def test_the_quota_of_warm_pools(harness: Harness) -> None:
    line = "ml.m5.large for training warm pool usage"
    (harness.engine.data_dir / "quotas.json").write_text(json.dumps({line: 1}))
    harness.created_and_over("first", "", ResourceConfig=WARM)
    with pytest.raises(LimitError, match=f"'{line}' is 1 Instances, with current utilization of 1"):
        harness.create("other", "", ResourceConfig={**WARM, "VolumeSizeInGB": 2})
    harness.created_and_over("second", "", ResourceConfig=WARM)
    assert pool(harness, "first")["ReusedByJob"] == "second"


@pytest.mark.parametrize(
    ("members", "named"),
    [
        (
            {
                "ResourceConfig": WARM,
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
            },
            "EnableManagedSpotTraining",
        ),
        (
            {
                "ResourceConfig": {
                    "InstanceGroups": [
                        {"InstanceGroupName": "a", "InstanceType": "ml.m5.large", "InstanceCount": 1},
                    ],
                    "VolumeSizeInGB": 1,
                    "KeepAlivePeriodInSeconds": 60,
                }
            },
            "InstanceGroups",
        ),
    ],
)
def test_jobs_that_can_have_none(harness: Harness, members: Json, named: str) -> None:
    with pytest.raises(ValidationError, match=f"KeepAlivePeriodInSeconds cannot be given with .*{named}"):
        harness.create("one", "", **members)


def test_a_job_that_never_had_instances_leaves_none(harness: Harness) -> None:
    (harness.engine.data_dir / "capacity.json").write_text('{"ml.m5.large": 0}')
    harness.create("one", "", ResourceConfig=WARM)
    harness.until(lambda: harness.describe("one")["SecondaryStatus"] == "Pending")
    harness.call("StopTrainingJob", TrainingJobName="one")
    harness.over("one")
    assert pool(harness, "one") == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 0}
