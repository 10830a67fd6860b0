"""What watching costs: calls of AWS in the number of trials, viewers and jobs, and nothing that grows for days."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tuning_aws import DESCRIBE, LIST, TuningAWS, TuningJob
from watched_aws import JOB

import jupyter_sm_ext
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.errors import ThrottledError
from jupyter_sm_ext.pacing import Pace
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.hub import Change, Hub
from jupyter_sm_ext.watching.looks import JOBS, look_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


@pytest.fixture
def studio(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Real boto3 at a connection to AWS that looks a hundred times as often as usual."""
    monkeypatch.setattr(AwsConnection, "pace", (0.01, 0.05))
    return Studio(AwsConnection(Choice("aws"), data_dir))


def job_of(ended: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[TuningJob]:
    with TuningAWS(TuningJob(ended)).serving() as aws:
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        yield aws.job


@pytest.fixture
def job(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[TuningJob]:
    """A tuning job at which boto3's default chain leads; 500 trials have ended if nothing else is asked for."""
    yield from job_of(getattr(request, "param", 500), monkeypatch)


def run(scenario: Callable[[], Awaitable[None]], seconds: float = 120) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(scenario(), seconds)

    asyncio.run(bounded())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the scenario has a deadline
        await asyncio.sleep(0.002)


async def watch(hub: Hub, changes: list[Change], viewers: int, looks: int, job: TuningJob) -> list[dict[str, Any]]:
    """Have viewers read each change, until the job was described so often; returns what each has seen in the end."""
    seen: list[dict[str, Any]] = [{} for _ in range(viewers)]
    last: list[int | None] = [None] * viewers

    async def read(viewer: int) -> None:
        [snapshot] = await hub.look(f"viewer {viewer}", [{**JOB, "since": last[viewer]}])
        last[viewer] = snapshot["seq"]
        seen[viewer].update({each["TrainingJobName"]: each for each in snapshot["training_jobs"]})

    await asyncio.gather(*map(read, range(viewers)))
    while job.calls[DESCRIBE] < looks:
        changes.clear()
        await until(lambda: bool(changes))
        await asyncio.gather(*map(read, range(viewers)))
    job.moving = False
    # Nothing moves any more: all have seen all when two looks have found nothing new.
    described = job.calls[DESCRIBE]
    await until(lambda: job.calls[DESCRIBE] > described + 2)
    await asyncio.gather(*map(read, range(viewers)))
    return seen


def test_sixty_looks_at_five_hundred_trials_cost_as_much_for_one_viewer_as_for_twenty(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[int] = []
    for viewers in (1, 20):
        for job in job_of(500, monkeypatch):
            at_sixty: Counter[str] = Counter()
            answer = job.answer

            def counted(operation: str, request: dict[str, Any]) -> dict[str, Any]:
                if operation == DESCRIBE and job.calls[DESCRIBE] == 60:  # noqa: B023 - used within the round
                    at_sixty.update(job.calls)  # noqa: B023
                return answer(operation, request)  # noqa: B023

            monkeypatch.setattr(job, "answer", counted)

            async def scenario() -> None:
                changes: list[Change] = []
                aws = Studio(AwsConnection(Choice("aws"), studio.connection.data_dir))
                hub = Hub(lambda: aws, changes.append)
                seen = await watch(hub, changes, viewers, 61, job)  # noqa: B023
                expected = {each["TrainingJobName"]: each for each in job.trials}  # noqa: B023
                assert all(each == expected for each in seen)
                await hub.close()

            run(scenario)
            # Six pages at first; then each look finds a trial that has ended, and reads one page.
            assert at_sixty == {DESCRIBE: 60, LIST: 65}
            costs.append(at_sixty.total())
    assert costs == [125, 125]


@pytest.mark.parametrize("job", [10, 500, 2000], indirect=True)
def test_each_look_costs_two_calls_however_many_trials_have_ended(job: TuningJob, studio: Studio) -> None:
    async def scenario() -> None:
        changes: list[Change] = []
        hub = Hub(lambda: studio, changes.append)
        await hub.look("me", [JOB])
        pages = job.calls[LIST]
        assert pages == -(-len(job.trials) // 100)
        await until(lambda: len(changes) > 20)
        await hub.look("me", [])
        await until(lambda: hub.polling == 0)
        assert job.calls[LIST] - pages == job.calls[DESCRIBE] - 1
        await hub.close()

    run(scenario)


def test_a_trial_that_runs_since_long_ago_costs_nothing_until_it_ends(job: TuningJob, studio: Studio) -> None:
    old = job.trials[500]["TrainingJobName"]
    job.lasting = {old}

    async def scenario() -> None:
        changes: list[Change] = []
        hub = Hub(lambda: studio, changes.append)
        await hub.look("me", [JOB])
        # It is on the third page by then, and at most one call more is made while it is.
        await until(lambda: len(changes) > 250)
        pages, looks = job.calls[LIST], job.calls[DESCRIBE]
        await until(lambda: job.calls[DESCRIBE] > looks + 20)
        assert job.calls[LIST] - pages <= job.calls[DESCRIBE] - looks + 1
        job.lasting = set()

        async def ended() -> bool:
            [snapshot] = await hub.look("me", [JOB])
            statuses = {each["TrainingJobName"]: each["TrainingJobStatus"] for each in snapshot["training_jobs"]}
            return statuses[old] != "InProgress"

        while not await ended():  # noqa: ASYNC110 - the scenario has a deadline
            await asyncio.sleep(0.01)
        await hub.close()

    run(scenario)


def test_pages_that_could_not_be_read_at_first_are_not_forgotten(job: TuningJob, studio: Studio) -> None:
    job.moving = False
    answer = job.answer
    refused = threading.Event()

    def broken(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if request.get("NextToken") == "300" and not refused.is_set():
            refused.set()
            raise ConnectionError("cut")
        return answer(operation, request)

    job.answer = broken  # type: ignore[method-assign]

    async def scenario() -> None:
        changes: list[Change] = []
        hub = Hub(lambda: studio, changes.append)
        [first] = await hub.look("me", [JOB])
        assert first["error"] is not None
        assert len(first["training_jobs"]) == 300
        await until(lambda: len(changes) > 1)
        [second] = await hub.look("me", [JOB])
        assert second["error"] is None
        assert len(second["training_jobs"]) == 510
        await hub.close()

    run(scenario)


class ManyJobs:
    """Lists of hundreds of jobs, in pages, that take LastModifiedTimeAfter as the service does."""

    def __init__(self, count: int) -> None:
        self.now = 1_000_000.0
        self.calls: Counter[str] = Counter()
        self.told = 0
        self.jobs: dict[str, list[dict[str, Any]]] = {}
        for kind in ("training-jobs", "tuning-jobs", "compilation-jobs"):
            row = resource(kind)
            operation = row.operation("list")
            self.jobs[operation] = [
                {
                    row.key[0]: f"job-{number}",
                    row.status: "InProgress",
                    "CreationTime": float(number),
                    "LastModifiedTime": float(number),
                }
                for number in range(count)
            ]

    def read_json(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        self.calls[operation] += 1
        member = next(row.summaries for row in map(resource, ("training-jobs", "tuning-jobs", "compilation-jobs"))
                      if row.operation("list") == operation)  # fmt: skip
        after = request.get("LastModifiedTimeAfter", -1)
        found = [each for each in self.jobs[operation] if each["LastModifiedTime"] > after]
        found.sort(key=lambda each: -each["CreationTime"])
        start = int(request.get("NextToken", 0))
        page: dict[str, Any] = {member: found[start : start + request["MaxResults"]]}
        self.told += len(page[member])
        if start + request["MaxResults"] < len(found):
            page["NextToken"] = str(start + request["MaxResults"])
        return page


@pytest.mark.parametrize("count", [20, 400])
def test_the_list_of_jobs_costs_one_call_a_kind_and_brings_only_what_was_modified(count: int) -> None:
    service, look = ManyJobs(count), look_for(JOBS, ())
    look.refresh(service)  # type: ignore[arg-type]
    assert service.calls.total() == 3
    for tick in range(30):
        changed = service.jobs["ListTrainingJobs"][tick % count]
        changed["LastModifiedTime"] = service.now + 10 * tick
        before, told = service.calls.total(), service.told
        look.refresh(service)  # type: ignore[arg-type]
        assert service.calls.total() - before == 3
        # What was modified, and within the second of overlap what was the last to be before.
        assert service.told - told <= 2 * 3
    assert len(look.contents(None)["items"]) == min(100, 3 * count)


def test_of_more_jobs_than_a_look_reads_none_is_missed() -> None:
    service, look = ManyJobs(1300), look_for(JOBS, ())
    look.refresh(service)  # type: ignore[arg-type]
    jobs = service.jobs["ListTrainingJobs"]
    # Trials of a tuning job, newer than the jobs that are shown, change with these: what is shown is on the last pages.
    shown = {item["name"] for item in look.contents(None)["items"] if item["kind"] == "training-jobs"}
    new = [
        {**jobs[0], "TrainingJobName": f"big-{number:03d}-0123abcd", "CreationTime": 5000.0 + number}
        for number in range(1200)
    ]
    jobs += new
    for each in jobs:
        if each["TrainingJobName"] in shown or each in new:
            each.update(LastModifiedTime=service.now, TrainingJobStatus="Completed")
    service.jobs["ListHyperParameterTuningJobs"].append(
        {
            "HyperParameterTuningJobName": "big",
            "HyperParameterTuningJobStatus": "InProgress",
            "CreationTime": 4000.0,
            "LastModifiedTime": service.now,
        }
    )
    for looks in range(1, 4):
        before = service.calls["ListTrainingJobs"]
        look.refresh(service)  # type: ignore[arg-type]
        assert service.calls["ListTrainingJobs"] - before <= 5
        found = {
            item["name"]: item["status"] for item in look.contents(None)["items"] if item["kind"] == "training-jobs"
        }
        statuses = {found[name] for name in shown if name in found}
        assert statuses == ({"InProgress"} if looks < 3 else {"Completed"})


def test_a_pace_that_fails_for_days_stays_what_it_is() -> None:
    pace = Pace(5.0, 30.0)
    pauses = []
    for _ in range(5000):
        pace.failed()
        pauses.append(pace.pause)
    for number, most in enumerate((10, 20, 40, 60, 60)):
        assert 0.8 * most <= pauses[number] <= 1.2 * most
    assert all(48 <= pause <= 72 for pause in pauses[3:])
    # The pollers of many users do not ask in step.
    assert len({round(pause, 3) for pause in pauses[3:]}) > 1000
    pace.moved()
    assert 4 <= pace.pause <= 6
    for _ in range(20):
        pace.rested()
    assert 24 <= pace.pause <= 36


def test_who_looks_while_the_service_throttles_does_not_make_it_worse(job: TuningJob, studio: Studio) -> None:
    studio.connection.pace = (60.0, 60.0)  # type: ignore[misc]
    answer = job.answer
    throttling = threading.Event()

    def throttled(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if throttling.is_set():
            job.calls["throttled"] += 1
            raise ThrottledError("Rate exceeded")
        return answer(operation, request)

    look = studio.read_json
    studio.read_json = lambda operation, request=None: (  # type: ignore[method-assign]
        throttled(operation, request or {}) if throttling.is_set() else look(operation, request)
    )

    async def scenario() -> None:
        changes: list[Change] = []
        hub = Hub(lambda: studio, changes.append)
        [before] = await hub.look("me", [JOB])
        throttling.set()
        hub.hasten()
        await until(lambda: hub.error("aws:default:us-east-1", "tuning-jobs", ("large",)) is not None)
        [during] = await hub.look("me", [JOB])
        assert (during["error"]["code"], during["error"]["message"]) == ("ThrottlingException", "Rate exceeded")
        assert during["error"]["hint"].endswith("it is asked less often until it answers.")
        assert len(during["training_jobs"]) >= len(before["training_jobs"])
        asked = job.calls["throttled"]
        for viewer in range(200):
            await hub.look(f"viewer {viewer}", [JOB])
        assert job.calls["throttled"] == asked
        # How old the picture is can be told: it is the time of the last look that worked.
        [still] = await hub.look("me", [JOB])
        updated = during["updated"]
        assert still["updated"] == updated
        throttling.clear()
        hub.hasten()
        await until(lambda: hub.error("aws:default:us-east-1", "tuning-jobs", ("large",)) is None)
        [after] = await hub.look("me", [JOB])
        assert after["updated"] > updated
        await hub.close()

    run(scenario)


@pytest.mark.parametrize("job", [20], indirect=True)
def test_a_thousand_looks_leave_nothing_behind(job: TuningJob, studio: Studio) -> None:
    job.moving = False
    studio.connection.pace = (0.0005, 0.001)  # type: ignore[misc]

    # Servers of earlier tests may still be closing their connections.
    others = set(threading.enumerate())

    async def scenario() -> None:
        own = len(asyncio.all_tasks())
        changes: Counter[str] = Counter()
        # One thread, which is there from the first call on: a pool of more may start another one at any time.
        hub = Hub(lambda: studio, lambda change: changes.update([change.kind]), ThreadPoolExecutor(1))
        viewers = iter(range(10**9))

        async def looks(count: int) -> None:
            """Let the hub look so often while tabs are opened and closed and the last trial changes again and again."""
            until_then = job.calls[DESCRIBE] + count
            while job.calls[DESCRIBE] < until_then:
                viewer = f"tab {next(viewers)}"
                [snapshot] = await hub.look(viewer, [{**JOB, "since": None}], 30)
                job.trials[-1] = {**job.trials[-1], "TrainingEndTime": float(next(viewers))}
                job.maximum += 1
                await hub.look(viewer, [{**JOB, "since": snapshot["seq"]}], 30)
                await hub.look("stays", [JOB], 30)
                await hub.look(viewer, [], 0)
                await asyncio.sleep(0.002)
            await until(lambda: len(asyncio.all_tasks()) == own + 1)

        def held() -> int:
            """Bytes that are held by what we and what we wait with have made; caches of boto3 come and go."""
            gc.collect()
            makers = [jupyter_sm_ext.__file__, asyncio.__file__, json.__file__]
            only = [tracemalloc.Filter(True, str(Path(maker).parent / "*")) for maker in makers]
            found = tracemalloc.take_snapshot().filter_traces(only)
            return sum(each.size for each in found.statistics("filename"))

        def standing() -> tuple[int, int, int]:
            [watch] = hub._watches.values()
            return len(asyncio.all_tasks()), len(set(threading.enumerate()) - others), len(watch._leases)

        await looks(200)
        before = standing()
        tracemalloc.start()
        try:
            await looks(100)
            first = held()
            await looks(700)
            last = held()
        finally:
            tracemalloc.stop()
        assert standing() == before
        # A number kept from each look would be more.
        assert last - first < 15_000
        assert changes["tuning-jobs"] > 100
        await hub.close()
        assert len(asyncio.all_tasks()) == own

    run(scenario, 250)
