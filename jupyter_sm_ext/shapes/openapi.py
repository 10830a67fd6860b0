"""OpenAPI 3.1 of REST routes whose bodies are an AWS service's, from botocore's model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.resources import resources
from jupyter_sm_ext.shapes.endpoint import Endpoint
from jupyter_sm_ext.shapes.schema import Schemas, first_sentence, plain_text

if TYPE_CHECKING:
    from botocore.model import StructureShape

    from jupyter_sm_ext.model import Model

_COMPONENTS = "#/components/schemas/"
ERROR = "RequestError"


def openapi(
    model: Model,
    routes: Iterable[Endpoint],
    *,
    components: Mapping[str, dict[str, Any]] | None = None,
    title: str = "REST API",
    version: str = "1",
    url: str = "/",
) -> dict[str, Any]:
    """OpenAPI 3.1 document of exactly these routes.

    Parameters
    ----------
    model : Model
        The service's model.
    routes : iterable of Endpoint
        The routes.
    components : mapping of str to dict, optional
        Schemas that are not the service's own, by name.
    title, version, url : str
        Of the document, and the address under which the routes are.

    Returns
    -------
    dict
        The same for the same routes and the same model; descriptions are cut to their first sentence.

    Raises
    ------
    ValueError
        Two routes have one name, or a component has the name of one of the service's shapes.
    """
    own = {ERROR: error_schema(), **(components or {})}
    schemas = Schemas(_COMPONENTS, closed=False, brief=True)
    paths: dict[str, dict[str, Any]] = {}
    names: set[str] = set()
    for route in routes:
        if route.name in names:
            raise ValueError(f"two routes are called {route.name}")
        names.add(route.name)
        paths.setdefault(route.path, {})[route.method] = _operation(model, schemas, route)
    clash = own.keys() & schemas.defs.keys()
    if clash:
        raise ValueError(f"the service has shapes of these names: {', '.join(sorted(clash))}")
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**schemas.defs, **own}.items())),
            "responses": {"Error": {"description": _error_description(), **_json({"$ref": _COMPONENTS + ERROR})}},
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
    }


def error_schema() -> dict[str, Any]:
    """Schema of the body of every error."""
    nothing: dict[str, Any] = {"type": ["string", "null"]}
    names = SageMakerError("").as_dict()
    words = {"message": {"type": "string"}, "code": {"type": "string"}}
    return {"type": "object", "properties": {name: words.get(name, nothing) for name in names}, "required": [*names]}


def _error_description() -> str:
    kinds = sorted({(kind.status, kind.default_code) for kind in _family(SageMakerError)})
    return "; ".join(f"{status} {code}" for status, code in kinds)


def _family(kind: type[SageMakerError]) -> list[type[SageMakerError]]:
    # Only the hierarchy itself: a surface's own error is known or not by what has been imported.
    children = [child for child in kind.__subclasses__() if child.__module__ == SageMakerError.__module__]
    return [kind, *(each for child in children for each in _family(child))]


def _operation(model: Model, schemas: Schemas, route: Endpoint) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": route.name, "tags": [route.tag]}
    given = frozenset(route.parameters)
    shape: StructureShape | None = None
    answer: dict[str, Any] | None = {"$ref": _COMPONENTS + route.answer} if route.answer else None
    if route.operation is not None:
        operation = model.operation(route.operation)
        described["summary"] = first_sentence(plain_text(operation.documentation))
        shape = operation.input_shape
        if operation.output_shape is not None:
            answer = schemas.of(operation.output_shape)
    if route.summary:
        described["summary"] = route.summary
    parameters = [_in_path(schemas, shape, name, route.choices.get(name)) for name in route.parameters]
    parameters += [_in_query(name, {"type": "string"}, words) for name, words in route.query.items()]
    owners = _owners(route)
    if route.method == "get" and shape is not None:
        parameters += [
            _in_query(name, schemas.member(shape, name), None, name in shape.required_members)
            for name in shape.members
            if name not in given | owners
        ]
    if parameters:
        described["parameters"] = parameters
    body = _body(schemas, route, shape, given | owners)
    if body is not None:
        described["requestBody"] = body
    told = {"description": "It worked.", **(_json(answer) if answer is not None else {})}
    described["responses"] = {str(route.status): told, "default": {"$ref": "#/components/responses/Error"}}
    return described


def _owners(route: Endpoint) -> frozenset[str]:
    """Request members that the path's owner stands for."""
    if "OwnerType" not in route.parameters:
        return frozenset()
    return frozenset(member for row in resources() for member in (row.owners or {}).values())


def _in_path(
    schemas: Schemas, shape: StructureShape | None, name: str, choices: tuple[str, ...] | None
) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if choices:
        schema["enum"] = list(choices)
    elif shape is not None and name in shape.members:
        schema = schemas.of(shape.members[name])
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(name: str, schema: dict[str, Any], words: str | None, required: bool = False) -> dict[str, Any]:
    schema = dict(schema)
    described = schema.pop("description", None) or words
    parameter: dict[str, Any] = {"name": name, "in": "query", "schema": schema}
    if required:
        parameter["required"] = True
    return {**parameter, "description": described} if described else parameter


def _body(
    schemas: Schemas, route: Endpoint, shape: StructureShape | None, without: frozenset[str]
) -> dict[str, Any] | None:
    if route.body is not None:
        return {"required": True, **_json({"$ref": _COMPONENTS + route.body})}
    if route.method == "get" or shape is None or not set(shape.members) - without:
        return None
    if not without:
        return {"required": True, **_json(schemas.of(shape))}
    inner = schemas.structure(shape, without)
    return {"required": bool(inner.get("required")), **_json(inner)}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}
