"""Training jobs: CreateTrainingJob to DeleteTrainingJob, and the state machine between."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_sm_ext.engine import container, lists, training_checks, training_history, training_spot, training_waiting
from jupyter_sm_ext.engine.algorithms import use as algorithms_use
from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.lists import Listing
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.engine.training_running import Running
from jupyter_sm_ext.engine.warm_pools import WarmPools
from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from botocore.model import ListShape, StructureShape

    from jupyter_sm_ext.engine.context import Engine

_LOGGER = logging.getLogger(__name__)
_ROW = resource("TrainingJob")
KIND = _ROW.kind
_LISTING = Listing("ListTrainingJobs", KIND, filters_after=True)
_PATIENCE_SECONDS = 2.0

Json = dict[str, Any]


@cache
def _described() -> frozenset[str]:
    return frozenset(_shape("DescribeTrainingJob").members)


@cache
def _listed() -> frozenset[str]:
    rows = cast("ListShape", _shape("ListTrainingJobs").members[_ROW.summaries])
    return frozenset(cast("StructureShape", rows.member).members)


def _shape(operation: str) -> StructureShape:
    return cast("StructureShape", get_model("sagemaker").operation(operation).output_shape)


class TrainingJobs(Family):
    """The family of training jobs.

    A job is a record until its tick starts it. Whatever a tick does is on record in one write, and can be done again:
    the engine may be killed before or after any of them.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.pools = WarmPools(engine)
        self._running: dict[str, Running] = {}
        self._fresh: set[str] = set()
        self._adopted = False

    # Operations

    def create_training_job(self, request: Request) -> Answer:
        """Start a job."""
        request = algorithms_use.training(self.engine, request)
        training_checks.check(self.engine, request)
        self.engine.quotas.check_request("CreateTrainingJob", request, pools=self.pools)
        self.engine.capacity.check()
        with self.engine.store.transaction():
            record = self.launch(request)
        return {_ROW.arn: record.arn}

    def describe_training_job(self, request: Request) -> Answer:
        """Tell all about one."""
        text = self.engine.store.body_text(KIND, request["TrainingJobName"])
        if text is None:
            raise _not_found()
        return text

    def list_training_jobs(self, request: Request) -> Answer:
        """List them, oldest first if not told otherwise."""
        return lists.page(self.engine, _LISTING, request)

    def stop_training_job(self, request: Request) -> Answer:
        """Ask for the end of one."""
        self.stop(request["TrainingJobName"])
        return {}

    def delete_training_job(self, request: Request) -> Answer:
        """Forget one that is over; its name is free again, its artifacts and its log stay."""
        record = self._get(request["TrainingJobName"])
        if record.status in _ROW.transitional:
            raise _rejected(record.status)
        self.pools.check_deletion(record)
        self.engine.store.delete(KIND, record.key)
        return {}

    # For tuning jobs

    def launch(
        self,
        request: Request,
        *,
        tuning_job_arn: str | None = None,
        parent: str | None = None,
        number: int | None = None,
        tuned: Mapping[str, str] | None = None,
    ) -> Record:
        """Put a job on record, to be started by the next tick. The request was checked (`training_checks.check`).

        Parameters
        ----------
        request : dict
            CreateTrainingJob's members.
        tuning_job_arn, parent, number : optional
            The tuning job it belongs to, by ARN and by name, and its number there.
        tuned : mapping, optional
            Hyperparameters that come on top of the request's; kept in ``state["tuned"]``.

        Raises
        ------
        ConflictError
            The name is taken.
        """
        name, now = request["TrainingJobName"], self.engine.now()
        arn = self.engine.arn(_ROW, name)
        if self.engine.store.body_text(KIND, name) is not None:
            raise ConflictError(
                "Training job names must be unique within an AWS account and region, and a training job with this name "
                f"already exists ({arn})",
                code="ResourceInUse",
            )
        body: Json = {"TrainingJobName": name, _ROW.arn: arn}
        if tuning_job_arn is not None:
            body["TuningJobArn"] = tuning_job_arn
        training_history.begin(body, now)
        body |= {member: value for member, value in request.items() if member in _described()}
        if tuned or "HyperParameters" in body:
            body["HyperParameters"] = {**body.get("HyperParameters", {}), **(tuned or {})}
        body["OutputDataConfig"] = {"KmsKeyId": "", "CompressionType": "GZIP", **body["OutputDataConfig"]}
        if "InstanceGroups" not in body["ResourceConfig"]:
            body["ResourceConfig"] = {"InstanceCount": 1, **body["ResourceConfig"]}
        body["StoppingCondition"] = {
            "MaxRuntimeInSeconds": training_checks.DEFAULT_RUNTIME_SECONDS,
            **body.get("StoppingCondition", {}),
        }
        for flag in ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"):
            body.setdefault(flag, False)
        if "ProfilerConfig" in body:
            body["ProfilingStatus"] = "Disabled"
        self.pools.begin(body)
        body |= {"CreationTime": now, "LastModifiedTime": now}
        state = {"token": uuid.uuid4().hex, "attempt": 1, "events": 0, "ran": 0.0}
        if tuned is not None:
            state["tuned"] = dict(tuned)
        record = Record(KIND, name, arn, now, now, body["TrainingJobStatus"], parent, number, None, {}, body, state)
        _summarize(record)
        self.engine.store.insert(record)
        self._fresh.add(name)
        self.engine.wake()
        return record

    def stop(self, name: str) -> None:
        """Ask for the end of a job; once is enough.

        Raises
        ------
        ValidationError
            There is no such job, or it is over.
        """
        record = self._get(name)
        if record.status not in _ROW.transitional:
            raise _rejected(record.status)
        if record.status == "Stopping":
            return
        running = self._running.get(name)
        if running is not None and running.attempt is not None:
            # What it told before comes first in its history.
            running.take()
            self._advance(record, running)
        training_history.enter(record.body, "Stopping", self.engine.now())
        self._save(record)
        if running is not None:
            running.waiting = None
            if running.attempt is not None:
                running.attempt.stop()
        self.engine.wake()

    # The state machine

    def active(self) -> bool:
        """Whether a job is under way."""
        return bool(self._running or self._fresh)

    def tick(self) -> float | None:
        """Start what is new, look at what runs, and put on record what is over."""
        if not self._adopted:
            self._adopt()
        for name in self._fresh:
            self._running.setdefault(name, Running(name))
        self._fresh.clear()
        wanted = [self._look_safely(running) for running in list(self._running.values())]
        if self._fresh:
            wanted.append(0.0)
        if self.engine.runner.tidy(busy=self.active()):
            wanted.append(1.0)
        return min((seconds for seconds in wanted if seconds is not None), default=None)

    def _look_safely(self, running: Running) -> float | None:
        """Look at one job. If that fails, nothing is lost: it is taken up anew from what is on record."""
        left = running.not_before - time.monotonic()
        if left > 0:
            return left
        try:
            return self._look(running)
        except Exception:
            _LOGGER.exception("%s: cannot go on; again in %g s", running.name, _PATIENCE_SECONDS)
            self._running[running.name] = Running(running.name, time.monotonic() + _PATIENCE_SECONDS)
            return _PATIENCE_SECONDS

    def _adopt(self) -> None:
        """Take up what an engine before this one left."""
        self.pools.adopt()
        for record in self.engine.store.find(KIND, statuses=_ROW.transitional):
            self._running.setdefault(record.key, Running(record.key))
            if self.engine.runner.is_prepared(self._directory(record)):
                # Before any that waits is asked: what runs has its instances.
                self.engine.capacity.hold(training_waiting.wanted(record))
        unfinished = self._running.keys() | self._fresh
        self.engine.runner.sweep(lambda job: job in unfinished)
        self._adopted = True

    def _look(self, running: Running) -> float | None:
        waiting, now = running.waiting, self.engine.now()
        if waiting is not None and now < waiting.until and not self.pools.have_room(running.name, waiting.wanted):
            return waiting.pause(now)
        if running.attempt is None and not self._start(running):
            return running.waiting.pause(now) if running.waiting is not None else None
        attempt = running.attempt
        assert attempt is not None
        unread = running.look()
        if running.over and unread:
            return 0.0
        if running.worth_telling():
            record = self.engine.store.get(KIND, running.name)
            if record is None:
                raise NotFoundError(f"{running.name} is not on record")
            self._advance(record, running)
            if attempt.ended:
                result = attempt.result()
                assert result is not None
                if not training_spot.resume(record, result, self.engine.now()):
                    training_history.end_as(record.body, result, attempt.command)
            elif running.lost is not None:
                self._lose(record, running.lost)
            self._settle(record) if running.over else self._save(record)
            running.told()
            if running.over:
                self.engine.runner.retire(attempt)
                del self._running[running.name]
                if record.status in _ROW.transitional:
                    self._fresh.add(record.key)
                return None
        return running.pause(self.engine.settings.poll_seconds)

    def _start(self, running: Running) -> bool:
        """Start or take up a job's attempt; False if it is over before that, has to wait, or was never on record."""
        record = self.engine.store.get(KIND, running.name)
        if record is None or record.status not in _ROW.transitional:
            # Its transaction was taken back.
            self._running.pop(running.name, None)
            return False
        body, state, runner = record.body, record.state, self.engine.runner
        directory = self._directory(record)
        prepared = runner.is_prepared(directory)
        stopping = body["TrainingJobStatus"] == "Stopping"
        if stopping and not prepared:
            return self._over(record, "Stopped")
        refusal = container.refusal(body)
        if refusal is not None:
            return self._over(record, "Failed", reason=f"ClientError: {refusal}")
        seconds, limit = training_spot.limit(record, self.engine.now())
        if not prepared:
            if seconds <= 0:
                return self._over(record, "Stopped", secondary=training_history.LIMITS[limit])
            self.pools.take(record)
            if not self._has_room(record, running):
                return False
        running.interruption = training_spot.request(self.engine, record)
        warm = {"warm": self.pools.directory(record)}
        try:
            attempt = runner.start(
                directory, lambda: container.spec(self.engine, body, directory, seconds=seconds, limit=limit) | warm
            )
        except (OSError, SageMakerError) as error:
            _LOGGER.warning("%s cannot be started: %s", record.arn, error)
            return self._over(record, "Failed", reason=f"ClientError: the job cannot be started: {error}")
        if stopping:
            attempt.stop()
        definitions = body["AlgorithmSpecification"].get("MetricDefinitions", [])
        running.follow(attempt, definitions, state["events"])
        return True

    def _has_room(self, record: Record, running: Running) -> bool:
        """Whether there are instances for a job; if not, it waits, or has waited long enough."""
        body, now = record.body, self.engine.now()
        wanted, (until, end) = training_waiting.wanted(record), training_waiting.until(body, now)
        running.waiting = None
        if self.engine.capacity.take(wanted):
            if training_waiting.leave(body):
                self._save(record)
            return True
        if now >= until:
            return self._over(record, "Stopped", **end)
        if training_waiting.enter(body, now):
            self._save(record)
        running.waiting = training_waiting.Waiting(wanted, until)
        return False

    def _directory(self, record: Record) -> Path:
        return self.engine.runner.directory(record.key, record.state["attempt"], record.state["token"])

    def _over(self, record: Record, status: str, **more: str) -> bool:
        training_history.end(record.body, status, self.engine.now(), **more)
        self._settle(record)
        self._running.pop(record.key, None)
        return False

    def _settle(self, record: Record) -> None:
        """Put on record what is over, or starts anew; its instances are given back, or kept for a job like it."""
        kept = record.body["TrainingJobStatus"] not in _ROW.transitional and self.pools.leave(record)
        self._save(record)
        if kept:
            self.pools.kept(record)
        else:
            self.engine.capacity.give_back(record.arn)

    def _advance(self, record: Record, running: Running) -> None:
        """Put on record what the supervisor told, and the metrics so far."""
        body = record.body
        events = running.unrecorded(record.state["events"])
        record.state["events"] += len(events)
        for event in events:
            name, at = event["event"], event["time"]
            # It may have lived on while a clock was set back that this engine has started with.
            self.engine.clock.keep_up_with(at)
            stopping = body["TrainingJobStatus"] == "Stopping"
            if name == "Downloading":
                record.state["begun"] = at
            # A job that is stopping says so until it uploads.
            if name == "Uploading" or (name in ("Downloading", "Training", "Stopping") and not stopping):
                at = training_history.enter(body, name, at)
            if name == "Downloading":
                body.setdefault("TrainingStartTime", max(round(at, 3), record.created))
        if running.metrics:
            body["FinalMetricDataList"] = running.metrics

    def _lose(self, record: Record, reason: str) -> None:
        """The supervisor is dead: try again if the job's RetryStrategy says so."""
        body, state, now = record.body, record.state, self.engine.now()
        _LOGGER.warning("%s: attempt %d is lost: %s", record.arn, state["attempt"], reason)
        state["ran"] += max(0.0, now - state.pop("begun", now))
        left, _ = training_spot.limit(record, now)
        tried = state["attempt"] - state.get("interruptions", 0)
        if body["TrainingJobStatus"] == "Stopping":
            training_history.end(body, "Stopped", now)
        elif left > 0 and tried <= body.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0):
            state |= {"attempt": state["attempt"] + 1, "events": 0}
            training_history.enter(body, "Starting", now)
        else:
            training_history.end(body, "Failed", now, reason=f"{training_history.INTERNAL_ERROR} ({reason})")

    def _save(self, record: Record) -> None:
        _summarize(record)
        self.engine.store.save(record)

    def _get(self, name: str) -> Record:
        record = self.engine.store.get(KIND, name)
        if record is None:
            raise _not_found()
        return record


def _summarize(record: Record) -> None:
    record.status = record.body["TrainingJobStatus"]
    record.summary = {member: value for member, value in record.body.items() if member in _listed()}


def _not_found() -> ValidationError:
    return ValidationError("Requested resource not found.")


def _rejected(status: str) -> ValidationError:
    return ValidationError(f"The request was rejected because the training job is in status {status}.")
