"""A hub for tests: a service that counts what it is asked, and scenarios with a deadline."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.connections.denied import DeniedOperations
from jupyter_sm_ext.errors import SageMakerError
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

    def read_json(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.calls[operation] += 1
            self.requests.append((operation, dict(request)))
        failure = self.failure or self.failures.get(operation)
        if failure is not None:
            raise failure
        return self.answer(operation, request)

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
