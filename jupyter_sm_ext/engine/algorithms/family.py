"""Algorithms: CreateAlgorithm to DeleteAlgorithm, and the validation between."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import lists
from jupyter_sm_ext.engine.algorithms import checks, use
from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.lists import Listing
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.engine.training import KIND as TRAINING
from jupyter_sm_ext.errors import ConflictError, SageMakerError, ValidationError
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.training import TrainingJobs

_ROW = resource("Algorithm")
KIND, _NAME = _ROW.kind, _ROW.key[0]
_LISTING = Listing("ListAlgorithms", KIND)
_UNDER_WAY = ("Pending", "InProgress")
_JOB_UNDER_WAY = resource("TrainingJob").transitional
_KEPT = ("AlgorithmDescription", "TrainingSpecification", "InferenceSpecification", "ValidationSpecification")
_SUMMARY = (_NAME, _ROW.arn, "AlgorithmDescription", "CreationTime", _ROW.status)
_LONGEST_NAME = 63
_PAUSE_SECONDS = 0.5

Json = dict[str, Any]


class Algorithms(Family):
    """The family of algorithms.

    Parameters
    ----------
    engine : Engine
        What it works with.
    training : TrainingJobs
        Runs the validation profiles; its tick comes before this one's.
    """

    def __init__(self, engine: Engine, training: TrainingJobs) -> None:
        super().__init__(engine)
        self._training = training
        self._live: set[str] = set()
        self._adopted = False

    # Operations

    def create_algorithm(self, request: Request) -> Answer:
        """Put an algorithm on record; ticks validate it."""
        name, now = request[_NAME], self.engine.now()
        arn = self.engine.arn(_ROW, name)
        checks.check(self.engine, request, arn)
        body: Json = {
            _NAME: name,
            _ROW.arn: arn,
            "CreationTime": now,
            **{member: request[member] for member in _KEPT if member in request},
            _ROW.status: "Pending",
            "AlgorithmStatusDetails": {
                "ValidationStatuses": [
                    {"Name": profile["ProfileName"], "Status": "NotStarted"} for profile in _profiles(request)
                ],
                # No image is pulled, so none is scanned.
                "ImageScanStatuses": [],
            },
            "CertifyForMarketplace": False,
        }
        record = Record(KIND, name, arn, now, now, "Pending", body=body, state={"jobs": {}})
        _summarize(record)
        with self.engine.store.transaction():
            if self.engine.store.body_text(KIND, name) is not None:
                raise ConflictError(
                    f"An algorithm with the name {name} already exists ({arn}).", code="ValidationException"
                )
            self.engine.store.insert(record)
        self._live.add(name)
        return {_ROW.arn: arn}

    def describe_algorithm(self, request: Request) -> Answer:
        """Tell all about one, by its name or its ARN."""
        return dict(self._get(request[_NAME]).body)

    def list_algorithms(self, request: Request) -> Answer:
        """List them, oldest first if not told otherwise."""
        return lists.page(self.engine, _LISTING, request)

    def delete_algorithm(self, request: Request) -> Answer:
        """Forget one that is not being validated; jobs that were made by it go on, with what it brought them."""
        record = self._get(request[_NAME])
        if record.status in _UNDER_WAY:
            raise ValidationError(f"Cannot delete Algorithm in {record.status} status")
        self.engine.store.delete(KIND, record.key)
        return {}

    # The state machine

    def active(self) -> bool:
        """Whether one is being validated."""
        return bool(self._live)

    def tick(self) -> float | None:
        """Start validations, and put on record what is over."""
        if not self._adopted:
            self._live |= {record.key for record in self.engine.store.find(KIND, statuses=_UNDER_WAY)}
            self._adopted = True
        for name in sorted(self._live):
            record = self.engine.store.get(KIND, name)
            if record is None or record.status not in _UNDER_WAY:
                self._live.discard(name)  # its transaction was taken back
            elif record.status == "Pending":
                self._begin(record)
            else:
                self._look(record)
        return _PAUSE_SECONDS if self._live else None

    def _begin(self, record: Record) -> None:
        """Launch a job for each profile; all of them are on record together with what they belong to, or none is."""
        body, statuses = record.body, _statuses(record)
        with self.engine.store.transaction():
            for profile in _profiles(body):
                status = statuses[profile["ProfileName"]]
                name = _job_name(record.key, profile["ProfileName"])
                try:
                    self._training.launch(checks.validation_job(body, profile, record.arn, name))
                except SageMakerError as error:
                    status |= {"Status": "Failed", "FailureReason": f"ClientError: {error.message}"}
                    continue
                status["Status"] = "InProgress"
                record.state["jobs"][profile["ProfileName"]] = name
            body[_ROW.status] = "InProgress"
            self._save(record)
        self.engine.wake()

    def _look(self, record: Record) -> None:
        """See what became of the profiles' jobs."""
        statuses, changed = _statuses(record), False
        for profile, name in record.state["jobs"].items():
            status = statuses[profile]
            job = self.engine.store.get(TRAINING, name)
            if status["Status"] != "InProgress" or (job is not None and job.status in _JOB_UNDER_WAY):
                continue
            changed = True
            if job is not None and job.status == "Completed":
                status["Status"] = "Completed"
                continue
            status["Status"] = "Failed"
            became = "was deleted" if job is None else f"is in status {job.status}"
            reason = job.body.get("FailureReason") if job is not None else None
            status["FailureReason"] = reason or f"ClientError: the training job {name} {became}."
        ends = {status["Status"] for status in statuses.values()}
        if "InProgress" not in ends:
            record.body[_ROW.status] = "Failed" if "Failed" in ends else "Completed"
            self._live.discard(record.key)
        if changed or "InProgress" not in ends:
            self._save(record)

    def _save(self, record: Record) -> None:
        _summarize(record)
        self.engine.store.save(record)

    def _get(self, name: str) -> Record:
        arn = use.arn_of(self.engine, name)
        record = self.engine.store.get(KIND, arn.rpartition("/")[2])
        if record is None or record.arn != arn:
            raise use.missing(arn)
        return record


def _profiles(described: Json) -> list[Json]:
    found: list[Json] = described.get("ValidationSpecification", {}).get("ValidationProfiles", [])
    return found


def _statuses(record: Record) -> dict[str, Json]:
    """Status of each profile, by its name: the parts of the body themselves."""
    return {status["Name"]: status for status in record.body["AlgorithmStatusDetails"]["ValidationStatuses"]}


def _job_name(algorithm: str, profile: str) -> str:
    mark = f"-{secrets.token_hex(4)}"
    return f"{algorithm}-{profile}"[: _LONGEST_NAME - len(mark)].rstrip("-") + mark


def _summarize(record: Record) -> None:
    record.status = record.body[_ROW.status]
    record.summary = {name: record.body[name] for name in _SUMMARY if name in record.body}
