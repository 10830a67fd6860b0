"""One poller a thing, however many look; it ends when nobody does, and says what is wrong without giving up."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_sm_ext.connections.denied import DeniedOperations
from jupyter_sm_ext.errors import AccessDeniedError, NotFoundError, SageMakerError, UnreachableError, ValidationError
from jupyter_sm_ext.watching import hub as hub_module
from jupyter_sm_ext.watching.hub import Change, Hub

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

JOB = "HyperParameterTuningJobName"


@dataclass
class FakeConnection:
    id: str = "local"
    label: str = "Local engine"
    pace: tuple[float, float] = (0.005, 0.02)
    patience: float = 30.0
    generation: int = 0
    denied: DeniedOperations = field(default_factory=lambda: DeniedOperations(lambda: 0))
    renewed: bool = False
    asked_to_renew: int = 0

    def renew(self, generation: int) -> bool:
        self.asked_to_renew += 1
        return self.renewed


@dataclass
class FakeService:
    """A tuning job's side of the service, which counts what it is asked."""

    connection: FakeConnection = field(default_factory=FakeConnection)
    status: str = "InProgress"
    trials: list[dict[str, Any]] = field(default_factory=list)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failure: SageMakerError | None = None
    failures: dict[str, SageMakerError] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, operation: str, request: dict[str, Any]) -> bytes:
        with self.lock:
            self.calls[operation] += 1
            self.requests.append((operation, dict(request)))
        failure = self.failure or self.failures.get(operation)
        if failure is not None:
            raise failure
        return json.dumps(self.answer(operation, request)).encode()

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "DescribeHyperParameterTuningJob":
            open_ = sum(trial["TrainingJobStatus"] == "InProgress" for trial in self.trials)
            counters = {"Completed": len(self.trials) - open_, "InProgress": open_}
            return {
                JOB: request[JOB],
                "HyperParameterTuningJobStatus": self.status,
                "TrainingJobStatusCounters": counters,
            }
        if operation == "ListTrainingJobsForHyperParameterTuningJob":
            wanted = request.get("StatusEquals")
            newest_first = [trial for trial in self.trials[::-1] if wanted in (None, trial["TrainingJobStatus"])]
            start = int(request.get("NextToken", 0))
            page: dict[str, Any] = {"TrainingJobSummaries": newest_first[start : start + request["MaxResults"]]}
            if start + request["MaxResults"] < len(newest_first):
                page["NextToken"] = str(start + request["MaxResults"])
            return page
        member, items = next(iter(self.lists[operation].items())) if operation in self.lists else ("", [])
        return {member: items}


def trial(number: int, status: str) -> dict[str, Any]:
    return {"TrainingJobName": f"tune-{number:03}-0123abcd", "TrainingJobStatus": status}


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(scenario(), 20)

    asyncio.run(bounded())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the scenario has a deadline
        await asyncio.sleep(0.002)


async def look_until(hub: Hub, condition: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    while not condition((snapshots := await hub.look("me", [WANT]))[0]):  # noqa: ASYNC110 - the scenario has a deadline
        await asyncio.sleep(0.002)
    return snapshots


def hub_of(service: FakeService, changes: list[Change]) -> Hub:
    return Hub(lambda: service, changes.append)  # type: ignore[arg-type,return-value]


WANT = {"kind": "tuning-jobs", "key": ["tune"]}


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


def test_a_fault_is_told_once_with_the_last_picture_and_goes_away() -> None:
    async def scenario() -> None:
        service, changes = FakeService(trials=[trial(1, "InProgress")]), []
        hub = hub_of(service, changes)
        (before,) = await hub.look("me", [WANT])
        service.failure = UnreachableError("nobody answers")
        await until(lambda: len(changes) == 2)
        (during,) = await hub.look("me", [WANT])
        assert during["error"]["message"] == "nobody answers"
        assert during["training_jobs"] == before["training_jobs"]
        assert during["updated"] >= before["updated"]
        asked = service.calls["DescribeHyperParameterTuningJob"]
        await until(lambda: service.calls["DescribeHyperParameterTuningJob"] > asked + 2)
        assert len(changes) == 2
        service.failure = None
        await until(lambda: len(changes) == 3)
        (after,) = await hub.look("me", [WANT])
        assert after["error"] is None
        await hub.close()

    run(scenario)


def test_an_answer_that_does_not_come_is_told_of() -> None:
    async def scenario() -> None:
        service, changes = FakeService(FakeConnection(patience=0.01), trials=[trial(1, "InProgress")]), []
        hub = hub_of(service, changes)
        await hub.look("me", [WANT])
        with service.lock:  # the service keeps its next caller waiting
            (during,) = await look_until(hub, lambda snapshot: snapshot["error"] is not None)
            assert during["error"]["message"] == "Local engine has not answered yet"
            service.connection.patience = 30.0
        await look_until(hub, lambda snapshot: snapshot["error"] is None)
        await hub.close()

    run(scenario)


def test_a_page_that_failed_is_read_again_though_the_description_stays() -> None:
    async def scenario() -> None:
        service, changes = FakeService(trials=[trial(1, "Completed")], status="InProgress"), []
        listing = "ListTrainingJobsForHyperParameterTuningJob"
        service.failures[listing] = UnreachableError("cut")
        hub = hub_of(service, changes)
        (first,) = await hub.look("me", [WANT])
        assert first["error"] is not None
        del service.failures[listing]
        await until(lambda: len(changes) == 2)
        (second,) = await hub.look("me", [WANT])
        assert len(second["training_jobs"]) == 1
        await hub.close()

    run(scenario)


def test_a_job_that_is_not_there_is_not_polled() -> None:
    async def scenario() -> None:
        service = FakeService(failure=NotFoundError("can't find it"))
        hub = hub_of(service, [])
        (snapshot,) = await hub.look("me", [WANT])
        assert snapshot["error"]["code"] == "ResourceNotFound"
        assert service.calls.total() == 1
        assert hub.polling == 0
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


STOP = "StopHyperParameterTuningJob"


def denial() -> SageMakerError:
    return AccessDeniedError(f"User: me is not authorized to perform: sagemaker:{STOP} on resource: *", operation=STOP)


def test_what_is_denied_is_told_at_once_and_nobody_asked_for_it() -> None:
    async def scenario() -> None:
        # Nothing changes any more, and nobody polls: it is told all the same.
        service, changes = FakeService(status="Completed"), []
        hub = hub_of(service, changes)
        [before] = await hub.look("me", [WANT])
        assert before["denied"] == []
        calls = service.calls.total()
        service.connection.denied.note(STOP, {JOB: "tune"}, denial())
        hub.heed_denials()
        assert [change.seq > before["seq"] for change in changes[1:]] == [True]
        [after] = await hub.look("me", [{**WANT, "since": before["seq"]}])
        assert [(each["deed"], each["action"]) for each in after["denied"]] == [("stop", f"sagemaker:{STOP}")]
        # It is told once.
        hub.heed_denials()
        await hub.look("me", [WANT])
        assert len(changes) == 2
        assert after["updated"] == before["updated"]
        assert service.calls.total() == calls
        await hub.close()

    run(scenario)


def test_who_wants_to_try_again_is_not_held_to_a_denial() -> None:
    async def scenario() -> None:
        service, changes = FakeService(status="Completed"), []
        hub = hub_of(service, changes)
        service.connection.denied.note(STOP, {JOB: "tune"}, denial())
        [before] = await hub.look("me", [WANT])
        assert len(before["denied"]) == 1
        told = len(changes)
        [after] = await hub.look("me", [WANT], again=True)
        assert after["denied"] == []
        assert [change.seq for change in changes[told:]] == [after["seq"]]
        await hub.close()

    run(scenario)


def test_who_comes_back_to_a_connection_is_told_what_is_denied_there_now() -> None:
    async def scenario() -> None:
        services = [FakeService(status="Completed"), FakeService(status="Completed")]
        hub = Hub(lambda: services[0], lambda _: None)  # type: ignore[arg-type,return-value]
        await hub.look("me", [WANT])
        # The same connection, opened anew.
        del services[0]
        services[0].connection.denied.note(STOP, {JOB: "tune"}, denial())
        [after] = await hub.look("me", [WANT])
        assert [each["deed"] for each in after["denied"]] == ["stop"]
        await hub.close()

    run(scenario)


def test_a_first_look_that_takes_long_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "_FIRST", 0.0)
    answer = threading.Event()

    class Silent(FakeService):
        def read(self, operation: str, request: dict[str, Any]) -> bytes:
            answer.wait()
            return super().read(operation, request)

    async def scenario() -> None:
        service, changes = Silent(connection=FakeConnection(patience=0.0)), []
        hub = hub_of(service, changes)
        try:
            for _ in range(3):
                [told] = await hub.look("me", [WANT])
                assert (told["error"]["code"], told["updated"], told["status"]) == ("NoAnswerYet", 0.0, None)
            assert service.calls.total() == 0
        finally:
            answer.set()
        [seen] = await look_until(hub, lambda snapshot: snapshot["error"] is None)
        assert seen["status"] == "InProgress"
        await hub.close()

    run(scenario)
