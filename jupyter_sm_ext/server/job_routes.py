"""Routes of jobs besides their verbs: logs, what is worked out of them, what they stored, what can follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_sm_ext.resources import Resource, resource, resources
from jupyter_sm_ext.server import artifact_handlers, insights, successions
from jupyter_sm_ext.server.base import SageMakerHandler
from jupyter_sm_ext.server.route import Route, path_of, single
from jupyter_sm_ext.shapes.endpoint import Endpoint
from jupyter_sm_ext.watching.job_ways import TRAIN, WAYS

_THERE = {"connection": "Id of the connection on which the job was seen; refused if another one is in use."}


def job_routes() -> Iterator[Route]:
    """Every route that is a job's own, but its verbs."""
    yield from _insights()
    yield from _costs()
    yield from _stored()
    yield from _successions()


def _insights() -> Iterator[Route]:
    for row in resources():
        if row.logs is not None:
            yield from _logs(row)
    training = resource("TrainingJob")
    yield single(
        insights.ImportancesHandler,
        Endpoint(
            *("get", f"{path_of(resource('HyperParameterTuningJob'))}/importances"),
            operation_id="getImportances",
            summary="Which hyperparameters matter for the objective, by the trials so far.",
            tag="tuning-jobs",
            answer="Importances",
        ),
    )
    yield single(
        insights.CurvesHandler,
        Endpoint(
            *("get", f"{path_of(training)}/curves"),
            operation_id="getCurves",
            summary="Every value of every metric that a training job has logged.",
            tag=training.kind,
            query={"after": "Token of the page before: only what is new."},
            answer="CurvePage",
        ),
    )


def _logs(row: Resource) -> Iterator[Route]:
    query = {"after": "Token of the page before: only what is new.", **_THERE}
    if row.noun == "TrainingJob":
        query["metrics"] = "`true`: the values of its metrics in these lines, too."
    summary = "What it has logged, oldest first."
    yield _get(row, "Logs", "logs", insights.LogsHandler, summary, query=query, answer="LogPage")
    yield _get(
        row, "LogFile", "log.txt", insights.LogFileHandler, "All that it has logged, as a text file.", query=_THERE
    )


def _costs() -> Iterator[Route]:
    summary = "What it costs by on-demand prices, so far and in the end."
    for row in (resource("TrainingJob"), resource("HyperParameterTuningJob")):
        yield _get(row, "Cost", "cost", insights.CostHandler, summary, query=_THERE, answer="JobCost")


def _stored() -> Iterator[Route]:
    listed, file = artifact_handlers.ArtifactsHandler, artifact_handlers.ArtifactHandler
    query = {
        "path": "As the list of its objects has it.",
        "check": "`true`: only whether it can be read, for a download does not tell why it could not.",
        **_THERE,
    }
    for row in (resource("TrainingJob"), resource("CompilationJob")):
        summary = "The objects that it has stored on S3."
        yield _get(row, "Artifacts", "artifacts", listed, summary, query=_THERE, answer="JobArtifacts")
        yield _get(row, "Artifact", "artifact", file, "One of its objects as a file.", query=query)


def _successions() -> Iterator[Route]:
    """What follows from a job: of every kind that can be stopped."""
    follows, code = successions.SuccessorHandler, successions.JobCodeHandler
    for row in resources():
        if "stop" in row.verbs:
            summary = "A request that follows from a job; nothing is created."
            path, choices = "successors/{way}", {"way": WAYS}
            yield _get(row, "Successor", path, follows, summary, choices=choices, answer="Successor")
            yield _get(row, "Code", "code", code, "A job as the code that creates it.", answer="RequestCode")
    summary = "The request of a training job with it; nothing is created."
    only: dict[str, tuple[str, ...]] = {"way": (TRAIN,)}
    trains = successions.AlgorithmSuccessorHandler
    yield _get(
        resource("Algorithm"), "Successor", "successors/{way}", trains, summary, choices=only, answer="Successor"
    )
    tuning, training = resource("HyperParameterTuningJob"), resource("TrainingJob")
    summary = "Its training jobs, best first, as CSV."
    yield _get(tuning, "File", "trials.csv", successions.TrialsFileHandler, summary)
    yield _get(training, "File", "curves.csv", successions.CurvesFileHandler, "Every value of every metric as CSV.")


def _get(row: Resource, name: str, path: str, handler: type[SageMakerHandler], summary: str, **more: Any) -> Route:
    """The route of something that can be had of one thing of a kind."""
    return single(
        type(f"{row.noun}{name}Handler", (handler,), {"row": row}),
        Endpoint(
            *("get", f"{path_of(row)}/{path}"),
            operation_id=f"get{row.noun}{name}",
            summary=summary,
            tag=row.kind,
            **more,
        ),
    )
