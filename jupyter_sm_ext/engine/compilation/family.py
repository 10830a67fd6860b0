"""Compilation jobs: CreateCompilationJob to DeleteCompilationJob, and the state machine between."""

from __future__ import annotations

import json
import logging
import math
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import lists
from jupyter_sm_ext.engine.compilation import checks, targets
from jupyter_sm_ext.engine.compilation.running import REPORT, CompilationRunner, artifact, spec
from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.lists import Listing
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.runner import Attempt

_LOGGER = logging.getLogger(__name__)
_ROW = resource("CompilationJob")
KIND, _NAME = _ROW.kind, _ROW.key[0]
_LISTING = Listing("ListCompilationJobs", KIND)
_KEPT = ("RoleArn", "InputConfig", "OutputConfig")
_SUMMARY = (
    _NAME,
    _ROW.arn,
    _ROW.status,
    "CreationTime",
    "CompilationStartTime",
    "CompilationEndTime",
    "LastModifiedTime",
)
_PATIENCE_SECONDS = 2.0
_REASON_CHARACTERS = 1024
_INTERNAL_ERROR = "InternalServerError: We encountered an internal error. Please try again."

Json = dict[str, Any]


@dataclass
class _Live:
    """A job that is not over, as the tick sees it."""

    attempt: Attempt | None = None
    begun: float | None = None
    not_before: float = 0.0


class CompilationJobs(Family):
    """The family of compilation jobs.

    Parameters
    ----------
    engine : Engine
        What it works with.
    at_once : int
        How many run at a time; a compiler holds a whole model in memory. The others wait in the order they came.
    """

    def __init__(self, engine: Engine, *, at_once: int = 2) -> None:
        super().__init__(engine)
        self._at_once = at_once
        self._live: dict[str, _Live] = {}
        self._runner: CompilationRunner | None = None
        self._adopted = False

    # Operations

    def create_compilation_job(self, request: Request) -> Answer:
        """Put a job on record; a tick starts it."""
        checks.check(self.engine, request)
        name, now = request[_NAME], self.engine.now()
        arn = self.engine.arn(_ROW, name)
        body: Json = {
            _NAME: name,
            _ROW.arn: arn,
            _ROW.status: "STARTING",
            "StoppingCondition": {
                "MaxRuntimeInSeconds": checks.DEFAULT_RUNTIME_SECONDS,
                **request["StoppingCondition"],
            },
            "CreationTime": now,
            "LastModifiedTime": now,
            # Both are there from the start, as with the service: where the artifact will be, and no reason yet.
            "FailureReason": "",
            "ModelArtifacts": {"S3ModelArtifacts": artifact(request)},
            **{member: request[member] for member in _KEPT},
        }
        record = Record(KIND, name, arn, now, now, "STARTING", body=body, state={"token": uuid.uuid4().hex})
        _summarize(record)
        with self.engine.store.transaction():
            if self.engine.store.body_text(KIND, name) is not None:
                raise ConflictError(
                    "Compilation job names must be unique within an AWS account and region, and a compilation job with "
                    f"this name already exists ({arn})"
                )
            self.engine.store.insert(record)
        self._live[name] = _Live()
        self.engine.wake()
        return {_ROW.arn: arn}

    def describe_compilation_job(self, request: Request) -> Answer:
        """Tell all about one."""
        text = self.engine.store.body_text(KIND, request[_NAME])
        if text is None:
            raise _not_found(request[_NAME])
        return text

    def list_compilation_jobs(self, request: Request) -> Answer:
        """List them, oldest first if not told otherwise."""
        return lists.page(self.engine, _LISTING, request)

    def stop_compilation_job(self, request: Request) -> Answer:
        """Ask for the end of one; once is enough."""
        record = self._get(request[_NAME])
        if record.status not in _ROW.transitional:
            raise _rejected(record.status)
        if record.status != "STOPPING":
            record.body[_ROW.status] = "STOPPING"
            self._save(record)
            live = self._live.get(record.key)
            if live is not None:
                live.not_before = 0.0
                if live.attempt is not None:
                    live.attempt.stop()
            self.engine.wake()
        return {}

    def delete_compilation_job(self, request: Request) -> Answer:
        """Forget one that is over; its name is free again, its artifact and its log stay."""
        record = self._get(request[_NAME])
        if record.status in _ROW.transitional:
            raise _rejected(record.status)
        self.engine.store.delete(KIND, record.key)
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
        if self._runner is not None and self._runner.tidy():
            wanted.append(1.0)
        return min((seconds for seconds in wanted if seconds is not None), default=None)

    @property
    def runner(self) -> CompilationRunner:
        """What runs them; made when first used."""
        if self._runner is None:
            self._runner = CompilationRunner(self.engine)
        return self._runner

    def _adopt(self) -> None:
        """Take up what an engine before this one left, in the order it came."""
        left = self.engine.store.find(KIND, statuses=_ROW.transitional)
        self._live = {record.key: self._live.get(record.key, _Live()) for record in left}
        if CompilationRunner.used(self.engine):
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
        record = self.engine.store.get(KIND, name)
        if record is None or record.status not in _ROW.transitional:
            del self._live[name]  # its transaction was taken back
            return None
        body, now = record.body, self.engine.now()
        directory = self.runner.directory(name, 1, record.state["token"])
        stopping = record.status == "STOPPING"
        if not self.runner.is_prepared(directory):
            if stopping:
                return self._over(record, "STOPPED", now)
            refusal = targets.refusal(body)
            if refusal is not None:
                return self._over(record, "FAILED", now, refusal)
            wait = self._wait(record, now)
            if wait is not None:
                live.not_before = time.monotonic() + wait
                return wait
            if self._room_is_late(record, now):
                return self._over(record, "STOPPED", now, "No room was free within MaxPendingTimeInSeconds.")
        seconds = _limit(body["StoppingCondition"], now - record.created)
        try:
            attempt = self.runner.start(directory, lambda: spec(self.engine, body, directory, seconds=seconds))
        except (OSError, SageMakerError) as error:
            _LOGGER.warning("%s cannot be started: %s", record.arn, error)
            return self._over(record, "FAILED", now, f"ClientError: the job cannot be started: {error}")
        if stopping:
            attempt.stop()
        live.attempt, live.begun = attempt, time.monotonic()
        return 0.0

    def _room_is_late(self, record: Record, now: float) -> bool:
        longest: float = record.body["StoppingCondition"].get("MaxPendingTimeInSeconds", math.inf)
        return now - record.created > longest

    def _wait(self, record: Record, now: float) -> float | None:
        """Seconds until a job that has to wait is looked at again; None if it need not."""
        if self._room_is_late(record, now) or self._running() < self._at_once:
            return None
        longest: float = record.body["StoppingCondition"].get("MaxPendingTimeInSeconds", math.inf)
        return max(0.05, min(1.0, record.created + longest - now))

    def _running(self) -> int:
        return sum(live.attempt is not None for live in self._live.values())

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
            record = self.engine.store.get(KIND, name)
            if record is None:
                raise NotFoundError(f"{name} is not on record")
            for event in events:
                if event["event"] == "Downloading":
                    _begin(record.body, event["time"])
            if attempt.ended:
                self._end(record, attempt.directory, attempt.result())
            elif lost is not None:
                _LOGGER.warning("%s is lost: %s", record.arn, lost)
                stopping = record.body[_ROW.status] == "STOPPING"
                reason = "" if stopping else f"{_INTERNAL_ERROR} ({lost})"
                _finish(record.body, "STOPPED" if stopping else "FAILED", self.engine.now(), reason)
            self._save(record)
        if not over:
            age = time.monotonic() - (live.begun or 0.0)
            return max(self.engine.settings.poll_seconds, min(0.5, age / 100))
        self.runner.retire(attempt)
        del self._live[name]
        for waiting in self._live.values():
            waiting.not_before = 0.0
        return 0.0

    def _end(self, record: Record, directory: Path, result: Json | None) -> None:
        """Enter the last status by what the supervisor and the program tell."""
        assert result is not None
        body, at, code = record.body, result["time"], result["code"]
        if result["ended_by"] == "stop" or body[_ROW.status] == "STOPPING":
            _finish(body, "STOPPED", at)
        elif result["ended_by"] is not None:
            condition = body["StoppingCondition"]
            _finish(
                body, "FAILED", at, f"ClientError: TimeOut: the job did not complete within its time ({condition})."
            )
        elif result["error"]:
            _finish(body, "FAILED", at, result["error"])
        elif code == 0:
            report = json.loads((directory / REPORT).read_text(encoding="utf-8"))
            body["ModelDigests"] = {"ArtifactDigest": report["digest"]}
            if "DataInputConfig" not in body["InputConfig"]:
                body["DerivedInformation"] = {"DerivedDataInputConfig": json.dumps(report["inputs"])}
            _finish(body, "COMPLETED", at)
        else:
            words = result["failure"] or f"InternalServerError: {result['last_words']}, exit code: {code}"
            _finish(body, "FAILED", at, words)

    def _over(self, record: Record, status: str, at: float, reason: str = "") -> float:
        _finish(record.body, status, at, reason)
        self._save(record)
        del self._live[record.key]
        return 0.0

    def _save(self, record: Record) -> None:
        _summarize(record)
        self.engine.store.save(record)

    def _get(self, name: str) -> Record:
        record = self.engine.store.get(KIND, name)
        if record is None:
            raise _not_found(name)
        return record


def _limit(condition: Json, waited: float) -> float:
    """Seconds a job may run: its runtime, and what waiting has left of the time for both."""
    runtime: float = condition["MaxRuntimeInSeconds"]
    both: float = condition.get("MaxWaitTimeInSeconds", math.inf)
    return max(0.0, min(runtime, both - waited))


def _begin(body: Json, at: float) -> None:
    if body[_ROW.status] == "STARTING":
        body[_ROW.status] = "INPROGRESS"
    body.setdefault("CompilationStartTime", max(round(at, 3), body["CreationTime"]))


def _finish(body: Json, status: str, at: float, reason: str = "") -> None:
    body[_ROW.status] = status
    begun: float = body.get("CompilationStartTime") or body["CreationTime"]
    body["CompilationEndTime"] = max(round(at, 3), begun)
    body["FailureReason"] = reason[:_REASON_CHARACTERS]


def _summarize(record: Record) -> None:
    """Make the row of the list anew."""
    body, output = record.body, record.body["OutputConfig"]
    record.status = body[_ROW.status]
    record.summary = {name: body[name] for name in _SUMMARY if name in body}
    if "TargetDevice" in output:
        record.summary["CompilationTargetDevice"] = output["TargetDevice"]
    for member, value in output.get("TargetPlatform", {}).items():
        record.summary[f"CompilationTargetPlatform{member}"] = value


def _not_found(name: str) -> NotFoundError:
    return NotFoundError(f"Could not find requested compilation job with name: {name}")


def _rejected(status: str) -> ValidationError:
    return ValidationError(f"The request was rejected because the compilation job is in status {status}.")
