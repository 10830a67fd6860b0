"""Routes, derived: from the rows of `resources` and their verbs, and the few that are not a resource's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.endpoint import Endpoint
from jupyter_sm_ext.job_ways import WAYS
from jupyter_sm_ext.resources import Resource, resource, resources
from jupyter_sm_ext.server import (
    action_handlers,
    advice,
    forms,
    handlers,
    insights,
    kernels,
    overview,
    successions,
    verbs,
)
from jupyter_sm_ext.server.base import SageMakerHandler
from jupyter_sm_ext.studio_rows import STUDIO_KINDS

if TYPE_CHECKING:
    from jupyter_sm_ext.server.app import SageMakerExtension

ROOT = "/jupyter-sm-ext"


@dataclass(frozen=True)
class _Verb:
    method: str
    call: Any
    status: int = 200
    own: bool = True
    path: str = ""


_VERBS = {
    "list": _Verb("get", verbs.list_page, own=False),
    "create": _Verb("post", verbs.create, 201, own=False),
    "describe": _Verb("get", verbs.describe),
    "update": _Verb("patch", verbs.update),
    "delete": _Verb("delete", verbs.delete, 204),
    "stop": _Verb("post", verbs.stop, 204, path="/stop"),
}


@dataclass(frozen=True)
class Route:
    """One path, its handler, and what is said of its methods."""

    path: str
    handler: type[SageMakerHandler]
    endpoints: tuple[Endpoint, ...]

    @property
    def pattern(self) -> str:
        """As tornado matches it."""
        return re.sub(r"\{\w+\}", "([^/]+)", self.path)


def routes() -> Iterator[Route]:
    """Every route there is."""
    yield _single(
        handlers.ConnectionHandler,
        _own("get", "/connection", "getConnection", "The connection in use and its state.", answer="ConnectionState"),
        _own(
            *("put", "/connection", "chooseConnection", "Choose the connection, for this server and its kernels."),
            body="ConnectionChoice",
            answer="ConnectionState",
        ),
    )
    for row in resources():
        yield from _of_resource(row)
    yield from _special()


def _of_resource(row: Resource) -> Iterator[Route]:
    by_path: dict[str, list[tuple[str, _Verb]]] = {}
    for name, verb in _VERBS.items():
        if name in row.verbs:
            path = (_path(row) if verb.own else f"/{row.kind}") + verb.path
            by_path.setdefault(path, []).append((name, verb))
    for path, found in by_path.items():
        members: dict[str, Any] = {verb.method: verb.call for _, verb in found}
        handler = type(f"{row.noun}Handler", (SageMakerHandler,), {"row": row, "__doc__": row.noun, **members})
        yield Route(path, handler, tuple(_endpoint(row, name, verb, path) for name, verb in found))


def _endpoint(row: Resource, name: str, verb: _Verb, path: str) -> Endpoint:
    choices = {"OwnerType": tuple(row.owners)} if row.owners and verb.own else {}
    return Endpoint(verb.method, path, operation=row.operation(name), tag=row.kind, choices=choices, status=verb.status)


def _path(row: Resource) -> str:
    return f"/{row.kind}/" + "/".join(f"{{{name}}}" for name in row.path_parameters())


def _special() -> Iterator[Route]:
    tuning, training = resource("HyperParameterTuningJob"), resource("TrainingJob")
    trials = type("TrialsHandler", (handlers.TrialsHandler,), {"row": tuning})
    yield _single(
        trials, Endpoint("get", f"{_path(tuning)}/{training.kind}", operation=handlers.TRIALS, tag=tuning.kind)
    )
    for noun in ("UserProfile", "Space"):
        row = resource(noun)
        opens = type(f"{noun}UrlHandler", (handlers.UrlHandler,), {"row": row})
        yield _single(
            opens,
            Endpoint(
                *("post", f"{_path(row)}/url"),
                operation=handlers.URL,
                operation_id=f"{handlers.URL}Of{noun}",
                tag=row.kind,
            ),
        )
    yield _single(handlers.SearchHandler, Endpoint("post", "/search", operation="Search", tag="search"))
    yield _single(
        handlers.WatchesHandler,
        _own(
            *("post", "/watches", "lookAtWatches", "Renew a viewer's leases and get what changed."),
            body="WatchesWanted",
            answer="WatchSnapshots",
        ),
    )
    yield from _insights()
    yield from _successions()
    yield from _pictures()
    yield _overview()
    yield from _advice()
    yield from _actions()
    yield from _kernels()
    yield _single(
        handlers.QuickstartHandler,
        _own("get", "/quickstart", "getQuickstart", "The packaged quickstart notebook.", answer="Notebook"),
    )
    yield _single(
        handlers.SchemaHandler,
        _own("get", "/schemas/{Operation}", "getSchema", "JSON Schema of an AWS request.", answer="AnyObject"),
    )
    yield from _forms()
    yield _single(
        handlers.OpenAPIHandler,
        _own("get", "/openapi.json", "getOpenAPI", "What you are reading.", answer="AnyObject"),
    )


def _forms() -> Iterator[Route]:
    yield _single(
        forms.FormHandler,
        _own("get", "/forms/{Operation}", "getForm", "What draws the form of a Create or Update.", answer="Form"),
    )
    asked: dict[str, Any] = {"body": "AnyObject"}
    summary = "What the model has against a request; nothing is called."
    yield _single(
        forms.ChecksHandler,
        _own("post", "/checks/{Operation}", "checkRequest", summary, answer="Violations", **asked),
    )
    summary = "A request as boto3 and as an AWS command line."
    yield _single(
        forms.CodeHandler, _own("post", "/code/{Operation}", "codeOfRequest", summary, answer="RequestCode", **asked)
    )


def _overview() -> Route:
    words = "What runs, what it costs and what has ended; starts nothing and leases nothing."
    query = {
        "best": "true: the best trial of each running tuning job too.",
        "fresh": "true: look again, even if somebody has just looked.",
    }
    endpoint = _own("get", "/overview", "getOverview", words, answer="Overview", query=query)
    return _single(overview.OverviewHandler, endpoint)


def _insights() -> Iterator[Route]:
    for row in resources():
        if row.logs is not None:
            yield from _logs(row)
    training = resource("TrainingJob")
    yield _single(
        insights.ImportancesHandler,
        Endpoint(
            *("get", f"{_path(resource('HyperParameterTuningJob'))}/importances"),
            operation_id="getImportances",
            summary="Which hyperparameters matter for the objective, by the trials so far.",
            tag="tuning-jobs",
            answer="Importances",
        ),
    )
    yield _single(
        insights.CurvesHandler,
        Endpoint(
            *("get", f"{_path(training)}/curves"),
            operation_id="getCurves",
            summary="Every value of every metric that a training job has logged.",
            tag=training.kind,
            query={"after": "Token of the page before: only what is new."},
            answer="CurvePage",
        ),
    )


def _successions() -> Iterator[Route]:
    """What follows from a job: of every kind that can be stopped."""
    for row in resources():
        if "stop" not in row.verbs:
            continue
        yield _single(
            type(f"{row.noun}SuccessorHandler", (successions.SuccessorHandler,), {"row": row}),
            Endpoint(
                *("get", f"{_path(row)}/successors/{{way}}"),
                operation_id=f"get{row.noun}Successor",
                summary="A request that follows from a job; nothing is created.",
                tag=row.kind,
                choices={"way": WAYS},
                answer="Successor",
            ),
        )
        yield _single(
            type(f"{row.noun}CodeHandler", (successions.JobCodeHandler,), {"row": row}),
            Endpoint(
                *("get", f"{_path(row)}/code"),
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
        yield _single(
            type(f"{noun}FileHandler", (handler,), {"row": row}),
            Endpoint(
                *("get", f"{_path(row)}/{name}.csv"),
                operation_id=f"get{noun}File",
                summary=what,
                tag=row.kind,
            ),
        )


def _actions() -> Iterator[Route]:
    yield _single(
        action_handlers.ActionsHandler,
        _own("get", "/actions", "listActions", "Actions of the connection, newest first.", answer="ActionList"),
        _own(
            *("post", "/actions", "beginAction", "Begin an action of several steps; it goes on by itself."),
            body="ActionWanted",
            answer="Action",
            status=202,
        ),
    )
    yield _single(
        action_handlers.ActionHandler,
        _own("get", "/actions/{id}", "getAction", "How far an action is.", answer="Action"),
        _own("delete", "/actions/{id}", "forgetAction", "Forget an action that is over.", status=204),
    )
    for count in sorted({len(resource(kind).path_parameters()) for kind in STUDIO_KINDS}):
        keys = "/{kind}" + "".join(f"/{{key{number}}}" for number in range(1, count + 1))
        yield _single(
            action_handlers.ConsequencesHandler,
            _own(
                *("get", f"/consequences{keys}", f"getConsequences{count}", "What a delete would take with it."),
                answer="Consequences",
            ),
        )
        yield _single(
            action_handlers.OpenHandler,
            _own(
                *("get", f"/open{keys}", f"goTo{count}", "Lead a browser to a space, a profile or an app."),
                query={"UserProfileName": "Who opens a space."},
                status=302,
            ),
            _own(
                *("post", f"/open{keys}", f"open{count}", "A link that opens a space, a profile or an app."),
                body="OpenWanted",
                answer="OpenUrl",
            ),
        )


def _kernels() -> Iterator[Route]:
    yield _single(
        kernels.KernelsHandler,
        _own("get", "/kernels", "listKernels", "Kernels on apps that this Jupyter has.", answer="RemoteKernels"),
        _own(
            *("post", "/kernels", "addKernels", "Begin to bring an app's kernels into this Jupyter."),
            body="KernelsWanted",
            answer="Action",
            status=202,
        ),
    )
    summary = "Take a kernel out of this Jupyter; its app goes on."
    yield _single(kernels.KernelHandler, _own("delete", "/kernels/{name}", "removeKernel", summary, status=204))


def _logs(row: Resource) -> Iterator[Route]:
    query = {"after": "Token of the page before: only what is new."}
    if row.noun == "TrainingJob":
        query["metrics"] = "`true`: the values of its metrics in these lines, too."
    yield _single(
        type(f"{row.noun}LogsHandler", (insights.LogsHandler,), {"row": row}),
        Endpoint(
            *("get", f"{_path(row)}/logs"),
            operation_id=f"get{row.noun}Logs",
            summary="What it has logged, oldest first.",
            tag=row.kind,
            query=query,
            answer="LogPage",
        ),
    )
    yield _single(
        type(f"{row.noun}LogFileHandler", (insights.LogFileHandler,), {"row": row}),
        Endpoint(
            *("get", f"{_path(row)}/log.txt"),
            operation_id=f"get{row.noun}LogFile",
            summary="All that it has logged, as a text file.",
            tag=row.kind,
        ),
    )


def _pictures() -> Iterator[Route]:
    """One path for each number of parts that a key can have."""
    for count in sorted({len(row.path_parameters()) for row in resources()}):
        keys = "".join(f"/{{key{number}}}" for number in range(1, count + 1))
        parts = "one part" if count == 1 else f"{count} parts"
        summary = f"Static HTML of what is named by a key of {parts}."
        path, name = f"/pictures/{{kind}}{keys}", f"getPicture{count}"
        yield _single(handlers.PictureHandler, _own("get", path, name, summary, answer="Picture"))


def _advice() -> Iterator[Route]:
    use = {
        "use": "Enum of instance types in SageMaker's model: AppInstanceType (if not given), TrainingInstanceType ..."
    }
    yield _single(
        advice.InstanceTypesHandler,
        _own(
            *("get", "/instance-types", "listInstanceTypes", "Every instance type of a use, and what it has."),
            query={**use, "app_type": "For AppInstanceType: only those that this type of app can run on."},
            answer="InstanceTypes",
        ),
    )
    yield _single(
        advice.PricesHandler,
        _own(
            *("get", "/prices", "listPrices", "What an instance costs an hour, by AWS's Price List."),
            query={**use, "app_type": "For AppInstanceType: what it runs; JupyterLab if not given."},
            answer="Prices",
        ),
    )
    yield _single(
        advice.PreflightHandler,
        _own(
            *("post", "/preflight", "preflight", "What would go wrong with a request, as far as one can tell."),
            body="PreflightWanted",
            answer="Checks",
        ),
    )


def _own(method: str, path: str, operation_id: str, summary: str, **more: Any) -> Endpoint:
    tag = path.split("/")[1]
    return Endpoint(method, path, operation_id=operation_id, summary=summary, tag=tag, **more)


def _single(handler: type[SageMakerHandler], *endpoints: Endpoint) -> Route:
    return Route(endpoints[0].path, handler, endpoints)


def tornado_handlers(extension: SageMakerExtension) -> list[tuple[str, type[SageMakerHandler], dict[str, Any]]]:
    """The routes as Jupyter Server adds them, under its base URL."""
    given = {"extension": extension}
    found = [(ROOT + route.pattern, route.handler, given) for route in routes()]
    return [*found, (f"{ROOT}(?:/.*)?", handlers.NothingHandler, given)]
