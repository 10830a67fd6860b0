"""Compilation jobs: CreateCompilationJob to DeleteCompilationJob."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine.compilation import checks, targets
from jupyter_sm_ext.engine.compilation.running import REPORT, CompilationRunner, artifact, spec
from jupyter_sm_ext.engine.family import Answer, Request
from jupyter_sm_ext.engine.plain_jobs import PlainJobs, Words
from jupyter_sm_ext.errors import NotFoundError
from jupyter_sm_ext.resources import resource

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.runner import Attempt
    from jupyter_sm_ext.engine.store import Record

_KEPT = ("RoleArn", "InputConfig", "OutputConfig")
_TIMES = ("CreationTime", "CompilationStartTime", "CompilationEndTime", "LastModifiedTime")

Json = dict[str, Any]


class CompilationJobs(PlainJobs):
    """The family of compilation jobs.

    Parameters
    ----------
    engine : Engine
        What it works with.
    at_once : int
        How many run at a time; a compiler holds a whole model in memory. The others wait in the order they came.
    """

    row = resource("CompilationJob")
    words = Words(
        *("STARTING", "INPROGRESS", "STOPPING", "STOPPED", "COMPLETED", "FAILED"),
        begun="CompilationStartTime",
        ended="CompilationEndTime",
    )
    runner_type = CompilationRunner
    called = "compilation job"

    describe_compilation_job = PlainJobs.describe
    list_compilation_jobs = PlainJobs.page
    stop_compilation_job = PlainJobs.stop
    delete_compilation_job = PlainJobs.delete

    def __init__(self, engine: Engine, *, at_once: int = 2) -> None:
        super().__init__(engine)
        self._at_once = at_once

    def create_compilation_job(self, request: Request) -> Answer:
        """Start a job."""
        checks.check(self.engine, request)
        runtime = {"MaxRuntimeInSeconds": checks.DEFAULT_RUNTIME_SECONDS}
        more: Json = {
            "StoppingCondition": {**runtime, **request["StoppingCondition"]},
            # Both are there from the start, as with the service: where the artifact will be, and no reason yet.
            "FailureReason": "",
            "ModelArtifacts": {"S3ModelArtifacts": artifact(request)},
            **{member: request[member] for member in _KEPT},
        }
        return self.put(request, more)

    def summarize(self, body: Json) -> Json:
        """The row of the list."""
        output = body["OutputConfig"]
        members = (self.row.key[0], self.row.arn, self.row.status, *_TIMES)
        found = {name: body[name] for name in members if name in body}
        if "TargetDevice" in output:
            found["CompilationTargetDevice"] = output["TargetDevice"]
        for member, value in output.get("TargetPlatform", {}).items():
            found[f"CompilationTargetPlatform{member}"] = value
        return found

    def spec(self, body: Json, directory: Path, *, seconds: float) -> Json:
        """What the supervisor is to do."""
        return spec(self.engine, body, directory, seconds=seconds)

    def ended(self, body: Json, attempt: Attempt, result: Json) -> tuple[str, str]:
        """What the program tells."""
        code = result["code"]
        if result["ended_by"] is not None:
            time = f"the job did not complete within its time ({body['StoppingCondition']})."
            return self.words.failed, f"ClientError: TimeOut: {time}"
        if result["error"]:
            return self.words.failed, result["error"]
        if code != 0:
            words = f"InternalServerError: {result['last_words']}, exit code: {code}"
            return self.words.failed, result["failure"] or words
        report = json.loads((attempt.directory / REPORT).read_text(encoding="utf-8"))
        body["ModelDigests"] = {"ArtifactDigest": report["digest"]}
        if "DataInputConfig" not in body["InputConfig"]:
            body["DerivedInformation"] = {"DerivedDataInputConfig": json.dumps(report["inputs"])}
        return self.words.completed, ""

    def not_found(self, name: str) -> NotFoundError:
        """In the service's words."""
        return NotFoundError(f"Could not find requested compilation job with name: {name}")

    def refusal(self, body: Json) -> str | None:
        """The compiler that is missing."""
        return targets.refusal(body)

    def wait(self, record: Record, now: float) -> float | None:
        """So many at a time."""
        if self.running() < self._at_once:
            return None
        return max(0.05, min(1.0, record.created + _longest(record) - now))

    def late(self, record: Record, now: float) -> str | None:
        """Whether it was Pending too long."""
        return "No room was free within MaxPendingTimeInSeconds." if now - record.created > _longest(record) else None


def _longest(record: Record) -> float:
    longest: float = record.body["StoppingCondition"].get("MaxPendingTimeInSeconds", math.inf)
    return longest
