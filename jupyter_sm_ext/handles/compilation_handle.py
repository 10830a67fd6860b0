"""Compile a model, in Python: ``sm.compile(...)``, and the handle that it gives back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, overload

from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import NotFoundError
from jupyter_sm_ext.handles.handles import Best, Job, LogText, TrainingJob, TuningJob
from jupyter_sm_ext.launching.compilation_plan import CompilationOptions, CompilationPlan, plan_compilation
from jupyter_sm_ext.launching.model_files import download_model
from jupyter_sm_ext.studio import Studio

Model = str | os.PathLike[str] | TrainingJob | TuningJob | Best


class CompilationJob(Job):
    """A compilation job."""

    kind = "compilation-jobs"

    def logs(self) -> LogText:
        """What the compiler has written so far."""
        return LogText("\n".join(event["message"] for event in self.studio.whole_log(self.name, self.kind)))

    @property
    def model_uri(self) -> str | None:
        """S3 URI of the compiled model; None until it is there."""
        described = self.describe()
        # The service tells where it will be from the start.
        if described["CompilationJobStatus"] != "COMPLETED":
            return None
        return str(described["ModelArtifacts"]["S3ModelArtifacts"])

    def artifact(self, path: str | os.PathLike[str] = ".") -> Path:
        """Download the compiled model; see `Job.artifact`."""
        return download_model(self.studio.connection, self.model_uri, path, repr(self))

    def _failure_hint(self) -> str:
        return f"Its log tells more: %sm logs {self.name}"


@overload
def compile(  # noqa: A001 - as `sm.compile`, beside `sm.train` and `sm.tune`
    model: Model, *, dry_run: Literal[True], studio: Studio | None = ..., **options: Any
) -> CompilationPlan: ...
@overload
def compile(  # noqa: A001
    model: Model, *, studio: Studio | None = ..., **options: Any
) -> CompilationJob: ...
def compile(  # noqa: A001
    model: Model,
    *,
    dry_run: bool = False,
    studio: Studio | None = None,
    **options: Any,
) -> CompilationJob | CompilationPlan:
    """Start a compilation job and return at once.

    Parameters
    ----------
    model : str, path or job
        A job that made it (of a tuning job the best one's), the name of one, an ``s3://`` URI, or a file or folder.
    dry_run : bool
        Start nothing; what comes back shows the request and its boto3 code.
    studio : Studio, optional
        Where; the job's, or that of the current connection if not given.
    **options
        Those of `compilation_plan.CompilationOptions`; ``target`` is required, and ``shape`` mostly:
        ``sm.compile(job, target="ml_c5", shape={"input": [1, 64]})``.

    Raises
    ------
    SageMakerError
        Something is wrong with the request, or with the connection.
    """
    place = studio or _studio_of(model) or Studio(current())
    plan = plan_compilation(place, _text_of(model), CompilationOptions(**options))
    if dry_run:
        return plan
    plan.start(place)
    return CompilationJob(plan.name, studio=place, request=plan.request)


def _studio_of(model: Model) -> Studio | None:
    if isinstance(model, Best):
        return model.job.studio
    return model.studio if isinstance(model, Job) else None


def _text_of(model: Model) -> str:
    if isinstance(model, TuningJob):
        return model.name
    if isinstance(model, (TrainingJob, Best)):
        uri = model.model_uri
        if uri is None:
            raise NotFoundError(f"the model: {model.name} has made none (yet)")
        return uri
    return os.fspath(model)
