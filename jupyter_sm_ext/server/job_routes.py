"""Routes of jobs besides their verbs: logs, what is worked out of them, what they stored, what can follow."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_sm_ext.endpoint import Endpoint
from jupyter_sm_ext.job_ways import WAYS
from jupyter_sm_ext.resources import Resource, resource, resources
from jupyter_sm_ext.server import artifact_handlers, insights, successions
from jupyter_sm_ext.server.route import Route, path_of, single

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
    query = {"after": "Token of the page before: only what is new."}
    if row.noun == "TrainingJob":
        query["metrics"] = "`true`: the values of its metrics in these lines, too."
    yield single(
        type(f"{row.noun}LogsHandler", (insights.LogsHandler,), {"row": row}),
        Endpoint(
            *("get", f"{path_of(row)}/logs"),
            operation_id=f"get{row.noun}Logs",
            summary="What it has logged, oldest first.",
            tag=row.kind,
            query=query,
            answer="LogPage",
        ),
    )
    yield single(
        type(f"{row.noun}LogFileHandler", (insights.LogFileHandler,), {"row": row}),
        Endpoint(
            *("get", f"{path_of(row)}/log.txt"),
            operation_id=f"get{row.noun}LogFile",
            summary="All that it has logged, as a text file.",
            tag=row.kind,
        ),
    )


def _costs() -> Iterator[Route]:
    for row in (resource("TrainingJob"), resource("HyperParameterTuningJob")):
        yield single(
            type(f"{row.noun}CostHandler", (insights.CostHandler,), {"row": row}),
            Endpoint(
                *("get", f"{path_of(row)}/cost"),
                operation_id=f"get{row.noun}Cost",
                summary="What it costs by on-demand prices, so far and in the end.",
                tag=row.kind,
                query=_THERE,
                answer="JobCost",
            ),
        )


def _stored() -> Iterator[Route]:
    for row in (resource("TrainingJob"), resource("CompilationJob")):
        yield single(
            type(f"{row.noun}ArtifactsHandler", (artifact_handlers.ArtifactsHandler,), {"row": row}),
            Endpoint(
                *("get", f"{path_of(row)}/artifacts"),
                operation_id=f"get{row.noun}Artifacts",
                summary="The objects that it has stored on S3.",
                tag=row.kind,
                query=_THERE,
                answer="JobArtifacts",
            ),
        )
        yield single(
            type(f"{row.noun}ArtifactHandler", (artifact_handlers.ArtifactHandler,), {"row": row}),
            Endpoint(
                *("get", f"{path_of(row)}/artifact"),
                operation_id=f"get{row.noun}Artifact",
                summary="One of its objects as a file.",
                tag=row.kind,
                query={
                    "path": "As the list of its objects has it.",
                    "check": "`true`: only whether it can be read, for a download does not tell why it could not.",
                    **_THERE,
                },
            ),
        )


def _successions() -> Iterator[Route]:
    """What follows from a job: of every kind that can be stopped."""
    for row in resources():
        if "stop" not in row.verbs:
            continue
        yield single(
            type(f"{row.noun}SuccessorHandler", (successions.SuccessorHandler,), {"row": row}),
            Endpoint(
                *("get", f"{path_of(row)}/successors/{{way}}"),
                operation_id=f"get{row.noun}Successor",
                summary="A request that follows from a job; nothing is created.",
                tag=row.kind,
                choices={"way": WAYS},
                answer="Successor",
            ),
        )
        yield single(
            type(f"{row.noun}CodeHandler", (successions.JobCodeHandler,), {"row": row}),
            Endpoint(
                *("get", f"{path_of(row)}/code"),
                operation_id=f"get{row.noun}Code",
                summary="A job as the code that creates it.",
                tag=row.kind,
                answer="RequestCode",
            ),
        )
    for noun, handler, name, what in (
        ("HyperParameterTuningJob", successions.TrialsFileHandler, "trials", "Its training jobs, best first, as CSV."),
        ("TrainingJob", successions.CurvesFileHandler, "curves", "Every value of every metric as CSV."),
    ):
        row = resource(noun)
        yield single(
            type(f"{noun}FileHandler", (handler,), {"row": row}),
            Endpoint(
                *("get", f"{path_of(row)}/{name}.csv"),
                operation_id=f"get{noun}File",
                summary=what,
                tag=row.kind,
            ),
        )
