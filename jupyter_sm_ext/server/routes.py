"""Routes, derived: from the rows of `resources` and their verbs, and the few that are not a resource's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.resources import TRIALS, Resource, resource, resources
from jupyter_sm_ext.server import action_handlers, advice, forms, handlers, kernels, overview, searching, verbs
from jupyter_sm_ext.server.base import SageMakerHandler
from jupyter_sm_ext.server.job_routes import job_routes
from jupyter_sm_ext.server.route import Route, own, path_of, single
from jupyter_sm_ext.shapes.endpoint import Endpoint
from jupyter_sm_ext.watching.studio_rows import STUDIO_KINDS

if TYPE_CHECKING:
    from jupyter_sm_ext.server.app import SageMakerExtension


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


def routes() -> Iterator[Route]:
    """Every route there is."""
    yield single(
        handlers.ConnectionHandler,
        own("get", "/connection", "getConnection", "The connection in use and its state.", answer="ConnectionState"),
        own(
            *("put", "/connection", "chooseConnection", "Choose the connection, for this server and its kernels."),
            body="ConnectionChoice",
            answer="ConnectionState",
        ),
        own(
            *("post", "/connection", "enterCode", "Give the one-time code that the connection wants; it is not kept."),
            body="OneTimeCode",
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
            path = (path_of(row) if verb.own else f"/{row.kind}") + verb.path
            by_path.setdefault(path, []).append((name, verb))
    for path, found in by_path.items():
        members: dict[str, Any] = {verb.method: verb.call for _, verb in found}
        handler = type(f"{row.noun}Handler", (SageMakerHandler,), {"row": row, "__doc__": row.noun, **members})
        yield Route(path, handler, tuple(_endpoint(row, name, verb, path) for name, verb in found))


def _endpoint(row: Resource, name: str, verb: _Verb, path: str) -> Endpoint:
    choices = {"OwnerType": tuple(row.owners)} if row.owners and verb.own else {}
    return Endpoint(verb.method, path, operation=row.operation(name), tag=row.kind, choices=choices, status=verb.status)


def _special() -> Iterator[Route]:
    tuning, training = resource("HyperParameterTuningJob"), resource("TrainingJob")
    trials = type("TrialsHandler", (handlers.TrialsHandler,), {"row": tuning})
    yield single(trials, Endpoint("get", f"{path_of(tuning)}/{training.kind}", operation=TRIALS, tag=tuning.kind))
    for noun in ("UserProfile", "Space"):
        row = resource(noun)
        opens = type(f"{noun}UrlHandler", (handlers.UrlHandler,), {"row": row})
        yield single(
            opens,
            Endpoint(
                *("post", f"{path_of(row)}/url"),
                operation=handlers.URL,
                operation_id=f"{handlers.URL}Of{noun}",
                tag=row.kind,
            ),
        )
    yield single(handlers.SearchHandler, Endpoint("post", "/search", operation="Search", tag="search"))
    yield from _searches()
    yield single(
        handlers.WatchesHandler,
        own(
            *("post", "/watches", "lookAtWatches", "Renew a viewer's leases and get what changed."),
            body="WatchesWanted",
            answer="WatchSnapshots",
        ),
    )
    yield from job_routes()
    yield from _pictures()
    yield _overview()
    yield from _advice()
    yield from _actions()
    yield from _kernels()
    yield single(
        handlers.QuickstartHandler,
        own("get", "/quickstart", "getQuickstart", "The packaged quickstart notebook.", answer="Notebook"),
    )
    yield single(
        handlers.SchemaHandler,
        own("get", "/schemas/{Operation}", "getSchema", "JSON Schema of an AWS request.", answer="AnyObject"),
    )
    yield from _forms()
    yield single(
        handlers.OpenAPIHandler,
        own("get", "/openapi.json", "getOpenAPI", "What you are reading.", answer="AnyObject"),
    )


def _searches() -> Iterator[Route]:
    yield single(
        searching.JobSearchHandler,
        own(
            *("post", "/job-search", "searchJobs", "Search for jobs by a text, as `%sm search` does."),
            body="JobSearchWanted",
            answer="FoundJobs",
        ),
    )
    summary = "What such a text can be made of."
    yield single(
        searching.SearchWordsHandler,
        own("get", "/job-search/{kind}", "getSearchWords", summary, answer="SearchWords"),
    )


def _forms() -> Iterator[Route]:
    yield single(
        forms.FormHandler,
        own("get", "/forms/{Operation}", "getForm", "What draws the form of a Create or Update.", answer="Form"),
    )
    asked: dict[str, Any] = {"body": "AnyObject"}
    summary = "What the model has against a request; nothing is called."
    yield single(
        forms.ChecksHandler,
        own("post", "/checks/{Operation}", "checkRequest", summary, answer="Violations", **asked),
    )
    summary = "A request as boto3 and as an AWS command line."
    yield single(
        forms.CodeHandler, own("post", "/code/{Operation}", "codeOfRequest", summary, answer="RequestCode", **asked)
    )


def _overview() -> Route:
    words = "What runs, what it costs and what has ended; starts nothing and leases nothing."
    query = {
        "best": "true: the best trial of each running tuning job too.",
        "fresh": "true: look again, even if somebody has just looked.",
    }
    endpoint = own("get", "/overview", "getOverview", words, answer="Overview", query=query)
    return single(overview.OverviewHandler, endpoint)


def _actions() -> Iterator[Route]:
    yield single(
        action_handlers.ActionsHandler,
        own("get", "/actions", "listActions", "Actions of the connection, newest first.", answer="ActionList"),
        own(
            *("post", "/actions", "beginAction", "Begin an action of several steps; it goes on by itself."),
            body="ActionWanted",
            answer="Action",
            status=202,
        ),
    )
    yield single(
        action_handlers.ActionHandler,
        own("get", "/actions/{id}", "getAction", "How far an action is.", answer="Action"),
        own("delete", "/actions/{id}", "forgetAction", "Forget an action that is over.", status=204),
    )
    for count in sorted({len(resource(kind).path_parameters()) for kind in STUDIO_KINDS}):
        keys = "/{kind}" + "".join(f"/{{key{number}}}" for number in range(1, count + 1))
        yield single(
            action_handlers.ConsequencesHandler,
            own(
                *("get", f"/consequences{keys}", f"getConsequences{count}", "What a delete would take with it."),
                answer="Consequences",
            ),
        )
        yield single(
            action_handlers.OpenHandler,
            own(
                *("get", f"/open{keys}", f"goTo{count}", "Lead a browser to a space, a profile or an app."),
                query={"UserProfileName": "Who opens a space."},
                status=302,
            ),
            own(
                *("post", f"/open{keys}", f"open{count}", "A link that opens a space, a profile or an app."),
                body="OpenWanted",
                answer="OpenUrl",
            ),
        )


def _kernels() -> Iterator[Route]:
    yield single(
        kernels.KernelsHandler,
        own("get", "/kernels", "listKernels", "Kernels on apps that this Jupyter has.", answer="RemoteKernels"),
        own(
            *("post", "/kernels", "addKernels", "Begin to bring an app's kernels into this Jupyter."),
            body="KernelsWanted",
            answer="Action",
            status=202,
        ),
    )
    summary = "Take a kernel out of this Jupyter; its app goes on."
    yield single(kernels.KernelHandler, own("delete", "/kernels/{name}", "removeKernel", summary, status=204))


def _pictures() -> Iterator[Route]:
    """One path for each number of parts that a key can have."""
    for count in sorted({len(row.path_parameters()) for row in resources()}):
        keys = "".join(f"/{{key{number}}}" for number in range(1, count + 1))
        parts = "one part" if count == 1 else f"{count} parts"
        summary = f"Static HTML of what is named by a key of {parts}."
        path, name = f"/pictures/{{kind}}{keys}", f"getPicture{count}"
        yield single(handlers.PictureHandler, own("get", path, name, summary, answer="Picture"))


def _advice() -> Iterator[Route]:
    use = {
        "use": "Enum of instance types in SageMaker's model: AppInstanceType (if not given), TrainingInstanceType ..."
    }
    yield single(
        advice.InstanceTypesHandler,
        own(
            *("get", "/instance-types", "listInstanceTypes", "Every instance type of a use, and what it has."),
            query={**use, "app_type": "For AppInstanceType: only those that this type of app can run on."},
            answer="InstanceTypes",
        ),
    )
    yield single(
        advice.PricesHandler,
        own(
            *("get", "/prices", "listPrices", "What an instance costs an hour, by AWS's Price List."),
            query={**use, "app_type": "For AppInstanceType: what it runs; JupyterLab if not given."},
            answer="Prices",
        ),
    )
    yield single(
        advice.PreflightHandler,
        own(
            *("post", "/preflight", "preflight", "What would go wrong with a request, as far as one can tell."),
            body="PreflightWanted",
            answer="Checks",
        ),
    )


def tornado_handlers(
    extension: SageMakerExtension, root: str
) -> list[tuple[str, type[SageMakerHandler], dict[str, Any]]]:
    """The routes as tornado adds them.

    Parameters
    ----------
    extension : SageMakerExtension
        What their handlers work with.
    root : str
        Pattern of the path that all of theirs begin with.
    """
    given = {"extension": extension}
    found = [(root + route.pattern, route.handler, {**given, "endpoints": route.endpoints}) for route in routes()]
    return [*found, (f"{root}(?:/.*)?", handlers.NothingHandler, given)]
