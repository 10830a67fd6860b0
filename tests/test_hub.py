"""One poller a thing, however many look; it ends when nobody does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_sm_ext.errors import AccessDeniedError, ValidationError
from jupyter_sm_ext.watching.hub import Change

if TYPE_CHECKING:
    pass
from hub_help import WANT, FakeConnection, FakeService, hub_of, run, trial, until


def test_twenty_viewers_cost_as_many_calls_as_one() -> None:
    async def scenario() -> None:
        service, changes = FakeService(trials=[trial(1, "InProgress")]), []
        hub = hub_of(service, changes)
        snapshots = await asyncio.gather(*(hub.look(f"viewer {n}", [WANT]) for n in range(20)))
        assert all(len(snapshot[0]["training_jobs"]) == 1 for snapshot in snapshots)
        # The first look is shared by all twenty: one describe and one page.
        assert service.calls["ListTrainingJobsForHyperParameterTuningJob"] == 1
        await until(lambda: service.calls["DescribeHyperParameterTuningJob"] > 10)
        assert service.calls["ListTrainingJobsForHyperParameterTuningJob"] == 1
        assert [change.kind for change in changes] == ["tuning-jobs"]
        await hub.close()

    run(scenario)


def test_only_what_changed_since_is_given() -> None:
    async def scenario() -> None:
        service, changes = FakeService(trials=[trial(1, "Completed"), trial(2, "InProgress")]), []
        hub = hub_of(service, changes)
        (first,) = await hub.look("me", [WANT])
        assert first["since"] is None
        service.trials[1:] = [trial(2, "Completed"), trial(3, "InProgress")]
        await until(lambda: len(changes) == 2)
        (second,) = await hub.look("me", [{**WANT, "since": first["seq"]}])
        assert second["since"] == first["seq"]
        assert {each["TrainingJobName"][5:8] for each in second["training_jobs"]} == {"002", "003"}
        # A number that was never given out, as from before a restart, gets everything.
        (all_,) = await hub.look("me", [{**WANT, "since": 17}])
        assert all_["since"] is None
        assert len(all_["training_jobs"]) == 3
        await hub.close()

    run(scenario)


def test_a_long_job_is_listed_by_its_changed_pages_only() -> None:
    async def scenario() -> None:
        service = FakeService(trials=[trial(n, "Completed") for n in range(1, 451)] + [trial(451, "InProgress")])
        changes: list[Change] = []
        hub = hub_of(service, changes)
        await hub.look("me", [WANT])
        assert service.calls["ListTrainingJobsForHyperParameterTuningJob"] == 5
        service.trials[-1:] = [trial(451, "Completed"), trial(452, "InProgress")]
        await until(lambda: len(changes) == 2)
        assert service.calls["ListTrainingJobsForHyperParameterTuningJob"] == 6
        (snapshot,) = await hub.look("me", [WANT])
        assert len(snapshot["training_jobs"]) == 452
        await hub.close()

    run(scenario)


def test_nobody_looks_then_nothing_is_asked() -> None:
    async def scenario() -> None:
        service = FakeService()
        hub = hub_of(service, [])
        await hub.look("me", [WANT])
        await until(lambda: service.calls["DescribeHyperParameterTuningJob"] > 3)
        await hub.look("me", [])
        await until(lambda: hub.polling == 0)
        asked = service.calls.total()
        await asyncio.sleep(0.1)
        assert service.calls.total() == asked
        await hub.close()

    run(scenario)


def test_who_comes_back_is_not_given_an_old_picture() -> None:
    async def scenario() -> None:
        service = FakeService()
        hub = hub_of(service, [])
        await hub.look("me", [WANT])
        await hub.look("me", [])
        await until(lambda: hub.polling == 0)
        service.status = "Completed"
        await asyncio.sleep(0.05)  # longer than a picture is believed
        (snapshot,) = await hub.look("me", [WANT])
        assert snapshot["status"] == "Completed"
        await hub.close()

    run(scenario)


def test_a_picture_from_before_something_was_done_is_not_believed() -> None:
    async def scenario() -> None:
        service = FakeService(connection=FakeConnection(pace=(60.0, 3600.0)))
        hub = hub_of(service, [])
        await hub.look("me", [WANT], 0)
        service.status = "Completed"
        (snapshot,) = await hub.look("me", [WANT], 0)
        assert snapshot["status"] == "InProgress"
        hub.hasten()
        (snapshot,) = await hub.look("me", [WANT], 0)
        assert snapshot["status"] == "Completed"
        await hub.close()

    run(scenario)


def test_a_terminal_job_is_not_polled_but_told_of() -> None:
    async def scenario() -> None:
        service, changes = FakeService(), []
        hub = hub_of(service, changes)
        await hub.look("me", [WANT])
        service.status = "Completed"
        await until(lambda: changes[-1].status == "Completed")
        await until(lambda: hub.polling == 0)
        (snapshot,) = await hub.look("me", [WANT])
        assert snapshot["terminal"] is True
        await hub.close()

    run(scenario)


def summary(noun: str, name: str, created: float, modified: float, status: str = "InProgress") -> dict[str, Any]:
    return {f"{noun}Name": name, f"{noun}Status": status, "CreationTime": created, "LastModifiedTime": modified}


def test_the_list_of_jobs_leaves_out_trials_and_then_asks_only_for_what_changed() -> None:
    async def scenario() -> None:
        tuning = [summary("HyperParameterTuningJob", "tune", 10, 20)]
        training = [summary("TrainingJob", "tune-001-0123abcd", 11, 12), summary("TrainingJob", "alone", 15, 16)]
        service, changes = FakeService(), []
        service.lists = {
            "ListHyperParameterTuningJobs": {"HyperParameterTuningJobSummaries": tuning},
            "ListTrainingJobs": {"TrainingJobSummaries": training},
            "ListCompilationJobs": {"CompilationJobSummaries": []},
        }
        service.failures["ListCompilationJobs"] = AccessDeniedError("no sagemaker:ListCompilationJobs")
        hub = hub_of(service, changes)
        (snapshot,) = await hub.look("me", [{"kind": "jobs", "key": []}])
        assert [item["name"] for item in snapshot["items"]] == ["alone", "tune"]
        assert snapshot["error"] is None
        assert snapshot["missing"] == {"compilation-jobs": "no sagemaker:ListCompilationJobs"}
        tuning[0] = summary("HyperParameterTuningJob", "tune", 10, 30, "Completed")
        await until(lambda: len(changes) == 2)
        last = [request for name, request in service.requests if name == "ListHyperParameterTuningJobs"][-1]
        assert last["LastModifiedTimeAfter"] in (19, 29)
        await hub.close()

    run(scenario)


@pytest.mark.parametrize(
    "wanted",
    [
        {"kind": "castles", "key": ["x"]},
        {"kind": "tuning-jobs", "key": ["a", "b"]},
        {"kind": "jobs", "key": ["a"]},
        {"kind": "apps", "key": ["d", "castle", "o", "JupyterLab", "default"]},
    ],
)
def test_what_cannot_be_watched_is_refused(wanted: dict[str, Any]) -> None:
    async def scenario() -> None:
        hub = hub_of(FakeService(), [])
        with pytest.raises(ValidationError):
            await hub.look("me", [wanted])
        await hub.close()

    run(scenario)
