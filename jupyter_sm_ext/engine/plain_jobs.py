"""What jobs have in common that are one attempt each: on record, started when there is room, looked at, over."""

from __future__ import annotations

import logging
import math
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from jupyter_sm_ext.engine import lists
from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.lists import Listing
from jupyter_sm_ext.engine.runner import Runner
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.resources import Resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.runner import Attempt

_LOGGER = logging.getLogger(__name__)
_PATIENCE_SECONDS = 2.0
_REASON_CHARACTERS = 1024
_INTERNAL_ERROR = "InternalServerError: We encountered an internal error. Please try again."

Json = dict[str, Any]


class Words(NamedTuple):
    """The statuses of a kind of job, and the members that hold when it began and ended."""

    new: str
    running: str
    stopping: str
    stopped: str
    completed: str
    failed: str
    begun: str
    ended: str


def folder_of(row: Resource) -> str:
    """Where the attempts and logs of one kind of job are, below the data directory: apart from others' of its name."""
    return row.kind.removesuffix("-jobs")


@dataclass
class _Live:
    """A job that is not over, as the tick sees it."""

    attempt: Attempt | None = None
    begun: float | None = None
    not_before: float = 0.0


class PlainJobs(Family):
    """Base of the families of such jobs. One of them says what is in the methods and variables that follow.

    Parameters
    ----------
    engine : Engine
        What it works with.
    """

    row: ClassVar[Resource]
    words: ClassVar[Words]
    runner_type: ClassVar[type[Runner]] = Runner
    called: ClassVar[str]
    """The service's words for one of them."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._live: dict[str, _Live] = {}
        self._runner: Runner | None = None
        self._adopted = False

    # What a kind of job says of itself

    def summarize(self, body: Json) -> Json:
        """The row of the list."""
        raise NotImplementedError

    def spec(self, body: Json, directory: Path, *, seconds: float) -> Json:
        """What the supervisor of an attempt is to do (see `supervisor`).

        Parameters
        ----------
        body : dict
            The job as Describe has it.
        directory : Path
            Where the attempt will live.
        seconds : float
            How long it may run.

        Raises
        ------
        SageMakerError
            What the job names is not there any more.
        """
        raise NotImplementedError

    def ended(self, body: Json, attempt: Attempt, result: Json) -> tuple[str, str]:
        """The last status of one that nobody stopped, and the reason; what else is to be told goes into the body."""
        raise NotImplementedError

    def not_found(self, name: str) -> SageMakerError:
        """What an operation on one that is not there raises."""
        raise NotImplementedError

    def refusal(self, body: Json) -> str | None:
        """Why a job fails before anything is run; None if it can run."""
        return None

    def wait(self, record: Record, now: float) -> float | None:
        """Seconds until a job that has to wait for room is looked at again; None if it need not wait."""
        return None

    def late(self, record: Record, now: float) -> str | None:
        """Why a job that waited so long stops; None if it goes on."""
        return None

    # Operations, for the methods that have their names

    def put(self, request: Request, more: Json) -> Answer:
        """Put a job on record; a tick starts it.

        Parameters
        ----------
        request : dict
            Create's members, checked.
        more : dict
            Further members of Describe.

        Raises
        ------
        ConflictError
            The name is taken.
        """
        name, now = request[self.row.key[0]], self.engine.now()
        arn = self.engine.arn(self.row, name)
        body: Json = {
            self.row.key[0]: name,
            self.row.arn: arn,
            self.row.status: self.words.new,
            "CreationTime": now,
            "LastModifiedTime": now,
            **more,
        }
        record = Record(self.row.kind, name, arn, now, now, self.words.new, body=body)
        record.state = {"token": uuid.uuid4().hex}
        self._summarize(record)
        with self.engine.store.transaction():
            if self.engine.store.body_text(self.row.kind, name) is not None:
                raise ConflictError(
                    f"{self.called[0].upper()}{self.called[1:]} names must be unique within an AWS account and region, "
                    f"and a {self.called} with this name already exists ({arn})"
                )
            self.engine.store.insert(record)
        self._live[name] = _Live()
        self.engine.wake()
        return {self.row.arn: arn}

    def describe(self, request: Request) -> Answer:
        """Tell all about one."""
        name = request[self.row.key[0]]
        text = self.engine.store.body_text(self.row.kind, name)
        if text is None:
            raise self.not_found(name)
        return text

    def page(self, request: Request) -> Answer:
        """List them, oldest first if not told otherwise."""
        return lists.page(self.engine, Listing(self.row.operation("list"), self.row.kind), request)

    def stop(self, request: Request) -> Answer:
        """Ask for the end of one; once is enough."""
        record = self._get(request)
        if record.status not in self.row.transitional:
            raise self._rejected(record.status)
        if record.status != self.words.stopping:
            record.body[self.row.status] = self.words.stopping
            self._save(record)
            live = self._live.get(record.key)
            if live is not None:
                live.not_before = 0.0
                if live.attempt is not None:
                    live.attempt.stop()
            self.engine.wake()
        return {}

    def delete(self, request: Request) -> Answer:
        """Forget one that is over; its name is free again, what it stored and its log stay."""
        record = self._get(request)
        if record.status in self.row.transitional:
            raise self._rejected(record.status)
        self.engine.store.delete(self.row.kind, record.key)
        return {}

    # The state machine

    def active(self) -> bool:
        """Whether a job is under way."""
        return bool(self._live)

    def tick(self) -> float | None:
        """Start what there is room for, look at what runs, and put on record what is over."""
        if not self._adopted:
            self._adopt()
        wanted = [self._look_safely(name) for name in list(self._live)]
        if self._runner is not None and self._runner.tidy(busy=self.active()):
            wanted.append(1.0)
        return min((seconds for seconds in wanted if seconds is not None), default=None)

    @property
    def _home(self) -> Path:
        return self.engine.data_dir / folder_of(self.row)

    @property
    def runner(self) -> Runner:
        """What runs them; made when first used."""
        if self._runner is None:
            self._runner = self.runner_type(self.engine, home=self._home)
        return self._runner

    def running(self) -> int:
        """How many run."""
        return sum(live.attempt is not None for live in self._live.values())

    def _adopt(self) -> None:
        """Take up what an engine before this one left, in the order it came."""
        left = self.engine.store.find(self.row.kind, statuses=self.row.transitional)
        self._live = {record.key: self._live.get(record.key, _Live()) for record in left}
        # One that never had such a job has no directory for them.
        if self._home.is_dir():
            self.runner.sweep(lambda job: job in self._live)
        self._adopted = True

    def _look_safely(self, name: str) -> float | None:
        """Look at one job. If that fails, nothing is lost: it is taken up anew from what is on record."""
        live = self._live[name]
        left = live.not_before - time.monotonic()
        if left > 0:
            return left
        try:
            return self._start(name, live) if live.attempt is None else self._look(name, live, live.attempt)
        except Exception:
            _LOGGER.exception("%s: cannot go on; again in %g s", name, _PATIENCE_SECONDS)
            self._live[name] = _Live(not_before=time.monotonic() + _PATIENCE_SECONDS)
            return _PATIENCE_SECONDS

    def _start(self, name: str, live: _Live) -> float | None:
        """Start or take up a job, or let it wait for room; seconds until the next look, None if it is over."""
        record = self.engine.store.get(self.row.kind, name)
        if record is None or record.status not in self.row.transitional:
            del self._live[name]  # its transaction was taken back
            return None
        body, now = record.body, self.engine.now()
        directory = self.runner.directory(name, 1, record.state["token"])
        stopping = record.status == self.words.stopping
        if not self.runner.is_prepared(directory):
            if stopping:
                return self._over(record, self.words.stopped, now)
            refusal = self.refusal(body)
            if refusal is not None:
                return self._over(record, self.words.failed, now, refusal)
            late = self.late(record, now)
            if late is not None:
                return self._over(record, self.words.stopped, now, late)
            wait = self.wait(record, now)
            if wait is not None:
                live.not_before = time.monotonic() + wait
                return wait
        seconds = _limit(body["StoppingCondition"], now - record.created)
        try:
            attempt = self.runner.start(directory, lambda: self.spec(body, directory, seconds=seconds))
        except (OSError, SageMakerError) as error:
            _LOGGER.warning("%s cannot be started: %s", record.arn, error)
            reason = f"ClientError: the job cannot be started: {error}"
            return self._over(record, self.words.failed, now, reason)
        if stopping:
            attempt.stop()
        live.attempt, live.begun = attempt, time.monotonic()
        return 0.0

    def _look(self, name: str, live: _Live, attempt: Attempt) -> float | None:
        events = attempt.events()
        lost = None
        if not attempt.ended:
            lost = attempt.lost()
            if lost is not None:
                attempt.end_orphans()
                events += attempt.events()
        over = attempt.ended or lost is not None
        if events or over:
            record = self.engine.store.get(self.row.kind, name)
            if record is None:
                raise NotFoundError(f"{name} is not on record")
            for event in events:
                if event["event"] == "Downloading":
                    self._begin(record.body, event["time"])
            if attempt.ended:
                self._end(record, attempt)
            elif lost is not None:
                _LOGGER.warning("%s is lost: %s", record.arn, lost)
                stopping = record.body[self.row.status] == self.words.stopping
                status = self.words.stopped if stopping else self.words.failed
                self._finish(record.body, status, self.engine.now(), "" if stopping else f"{_INTERNAL_ERROR} ({lost})")
            self._save(record)
        if not over:
            age = time.monotonic() - (live.begun or 0.0)
            return max(self.engine.settings.poll_seconds, min(0.5, age / 100))
        self.runner.retire(attempt)
        del self._live[name]
        for waiting in self._live.values():
            waiting.not_before = 0.0
        return 0.0

    def _end(self, record: Record, attempt: Attempt) -> None:
        """Enter the last status by what the supervisor and the program tell."""
        result = attempt.result()
        assert result is not None
        if result["ended_by"] == "stop" or record.body[self.row.status] == self.words.stopping:
            status, reason = self.words.stopped, ""
        else:
            status, reason = self.ended(record.body, attempt, result)
        self._finish(record.body, status, result["time"], reason)

    def _begin(self, body: Json, at: float) -> None:
        if body[self.row.status] == self.words.new:
            body[self.row.status] = self.words.running
        body.setdefault(self.words.begun, max(round(at, 3), body["CreationTime"]))

    def _finish(self, body: Json, status: str, at: float, reason: str) -> None:
        body[self.row.status] = status
        begun: float = body.get(self.words.begun) or body["CreationTime"]
        body[self.words.ended] = max(round(at, 3), begun)
        if reason or "FailureReason" in body:
            body["FailureReason"] = reason[:_REASON_CHARACTERS]

    def _over(self, record: Record, status: str, at: float, reason: str = "") -> float:
        self._finish(record.body, status, at, reason)
        self._save(record)
        del self._live[record.key]
        return 0.0

    def _save(self, record: Record) -> None:
        self._summarize(record)
        self.engine.store.save(record)

    def _summarize(self, record: Record) -> None:
        record.status = record.body[self.row.status]
        record.summary = self.summarize(record.body)

    def _get(self, request: Request) -> Record:
        name = request[self.row.key[0]]
        record = self.engine.store.get(self.row.kind, name)
        if record is None:
            raise self.not_found(name)
        return record

    def _rejected(self, status: str) -> ValidationError:
        return ValidationError(f"The request was rejected because the {self.called} is in status {status}.")


def _limit(condition: Json, waited: float) -> float:
    """Seconds a job may run: its runtime, and what waiting has left of the time for both."""
    runtime: float = condition["MaxRuntimeInSeconds"]
    both: float = condition.get("MaxWaitTimeInSeconds", math.inf)
    return max(0.0, min(runtime, both - waited))
