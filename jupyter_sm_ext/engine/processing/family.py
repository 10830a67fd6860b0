"""Processing jobs: CreateProcessingJob to DeleteProcessingJob."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import training_history
from jupyter_sm_ext.engine.family import Answer, Request
from jupyter_sm_ext.engine.plain_jobs import PlainJobs, Words
from jupyter_sm_ext.engine.processing import checks
from jupyter_sm_ext.engine.processing.running import spec
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.runner import Attempt

_KEPT = (
    *("ProcessingInputs", "ProcessingOutputConfig", "ProcessingResources", "AppSpecification", "Environment"),
    *("NetworkConfig", "RoleArn"),
)
_LISTED = ("CreationTime", "ProcessingEndTime", "LastModifiedTime", "FailureReason", "ExitMessage")

Json = dict[str, Any]


class ProcessingJobs(PlainJobs):
    """The family of processing jobs."""

    row = resource("ProcessingJob")
    words = Words(
        *("InProgress", "InProgress", "Stopping", "Stopped", "Completed", "Failed"),
        begun="ProcessingStartTime",
        ended="ProcessingEndTime",
    )
    called = "processing job"

    describe_processing_job = PlainJobs.describe
    list_processing_jobs = PlainJobs.page
    stop_processing_job = PlainJobs.stop
    delete_processing_job = PlainJobs.delete

    def create_processing_job(self, request: Request) -> Answer:
        """Start a job."""
        checks.check(self.engine, request)
        runtime = {"MaxRuntimeInSeconds": checks.DEFAULT_RUNTIME_SECONDS}
        kept: Json = {member: request[member] for member in _KEPT if member in request}
        return self.put(request, {"StoppingCondition": {**runtime, **request.get("StoppingCondition", {})}, **kept})

    def summarize(self, body: Json) -> Json:
        """The row of the list."""
        members = (self.row.key[0], self.row.arn, self.row.status, *_LISTED)
        return {name: body[name] for name in members if name in body}

    def spec(self, body: Json, directory: Path, *, seconds: float) -> Json:
        """What the supervisor is to do."""
        return spec(self.engine, body, directory, seconds=seconds)

    def ended(self, body: Json, attempt: Attempt, result: Json) -> tuple[str, str]:
        """By its exit code; what it wrote to ``output/message`` is its ExitMessage."""
        if result["failure"]:
            body["ExitMessage"] = result["failure"]
        if result["ended_by"] is not None:
            return self.words.stopped, ""
        if result["error"]:
            return self.words.failed, result["error"]
        if result["code"] == 0:
            return self.words.completed, ""
        return self.words.failed, training_history.failure({**result, "failure": ""}, [], is_script=False)

    def not_found(self, name: str) -> ValidationError:
        """In the service's words."""
        return ValidationError("Could not find requested job with name: " + name)
