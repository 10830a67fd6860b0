"""What a hub says of faults, of answers that do not come and of what is denied, without giving up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_sm_ext.errors import AccessDeniedError, NotFoundError, SageMakerError, UnreachableError
from jupyter_sm_ext.watching import hub as hub_module
from jupyter_sm_ext.watching.hub import Hub

if TYPE_CHECKING:
    pass
from hub_help import JOB, WANT, FakeConnection, FakeService, hub_of, look_until, run, trial, until


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
        def read_json(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
            answer.wait()
            return super().read_json(operation, request)

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
