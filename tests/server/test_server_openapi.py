"""What openapi.json tells is what the server does, no more and no less."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from tornado.web import RequestHandler, StaticFileHandler
from tornado.websocket import WebSocketHandler

from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import resources
from jupyter_sm_ext.server.guard import GuardedHandler
from jupyter_sm_ext.server.openapi import document, text
from jupyter_sm_ext.shapes.endpoint import Endpoint

COMMITTED = Path(__file__).parents[2] / "labextension" / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")


def described(openapi: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method, path) for path, methods in openapi["paths"].items() for method in methods}


def all_rules(router: Any) -> Iterator[Any]:
    for rule in router.rules:
        inner = getattr(rule.target, "rules", None)
        if inner is None:
            yield rule
        else:
            yield from all_rules(rule.target)


def served(web_app: Any, base_url: str) -> set[tuple[str, str]]:
    """Methods that the handlers of the running server really have, by pattern."""
    found = set()
    for rule in all_rules(web_app.default_router):
        regex = getattr(rule.matcher, "regex", None)
        pattern = regex.pattern.removesuffix("$") if regex is not None else ""
        if not pattern.startswith(f"{base_url}jupyter-sm-ext/"):
            continue
        path = pattern.removeprefix(f"{base_url}jupyter-sm-ext")
        found |= {
            (method, path) for method in METHODS if getattr(rule.target, method) is not getattr(RequestHandler, method)
        }
    return found


async def test_nothing_of_ours_is_served_but_guarded_routes(api: Any, jp_web_app: Any, jp_base_url: str) -> None:
    """No websocket and no file: what the labextension loads is JupyterLab's to serve, and is in the wheel as it is."""
    assert (await api("GET", "/openapi.json")).status == 200
    ours = [
        rule for rule in all_rules(jp_web_app.default_router) if rule.target.__module__.startswith("jupyter_sm_ext")
    ]
    assert len(ours) > 50
    for rule in ours:
        assert rule.matcher.regex.pattern.startswith(f"{jp_base_url}jupyter-sm-ext"), rule
        assert issubclass(rule.target, GuardedHandler), rule
        assert not issubclass(rule.target, (StaticFileHandler, WebSocketHandler)), rule


async def test_every_route_is_described_and_every_description_is_a_route(
    api: Any, jp_web_app: Any, jp_base_url: str
) -> None:
    assert not served(jp_web_app, jp_base_url)  # they are made when one is asked for
    assert (await api("GET", "/openapi.json")).status == 200
    told = {(method, re.sub(r"\{\w+\}", "([^/]+)", path)) for method, path in described(document())}
    assert len(told) > 40
    assert served(jp_web_app, jp_base_url) == told


def test_every_verb_of_every_resource_has_its_route() -> None:
    operations = {method["operationId"] for methods in document()["paths"].values() for method in methods.values()}
    wanted = {row.operation(verb) for row in resources() for verb in row.verbs}
    assert wanted <= operations
    assert {"Search", "ListTrainingJobsForHyperParameterTuningJob", "getConnection", "lookAtWatches"} <= operations


def test_it_is_openapi_3_1() -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(document()).iter_errors()] == []


def test_it_is_the_same_each_time() -> None:
    assert text() == text()


def test_what_is_committed_for_typescript_is_fresh() -> None:
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert described(committed) == described(document())
    # Shapes come from botocore: another version of it may rightly say more.
    if committed["info"]["x-botocore"] == botocore.__version__:
        assert COMMITTED.read_text(encoding="utf-8") == text()


def test_a_list_takes_the_models_filters() -> None:
    parameters = document()["paths"]["/training-jobs"]["get"]["parameters"]
    shape = get_model().operation("ListTrainingJobs").input_shape
    assert shape is not None
    assert [parameter["name"] for parameter in parameters] == list(shape.members)
    assert all(parameter["in"] == "query" for parameter in parameters)


def test_a_change_takes_what_its_path_does_not_name() -> None:
    update = document()["paths"]["/spaces/{DomainId}/{SpaceName}"]["patch"]
    schema = update["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"SpaceSettings", "SpaceDisplayName"}
    assert [parameter["name"] for parameter in update["parameters"]] == ["DomainId", "SpaceName"]
    delete = document()["paths"]["/spaces/{DomainId}/{SpaceName}"]["delete"]
    assert "requestBody" not in delete
    assert list(delete["responses"]) == ["204", "default"]


def test_an_app_is_named_by_its_owner() -> None:
    path = "/apps/{DomainId}/{OwnerType}/{OwnerName}/{AppType}/{AppName}"
    describe = document()["paths"][path]["get"]
    owner = describe["parameters"][1]
    assert owner["schema"]["enum"] == ["space", "profile"]
    assert all(parameter["in"] == "path" for parameter in describe["parameters"])


def test_errors_have_one_shape() -> None:
    components = document()["components"]
    assert list(components["schemas"]["RequestError"]["properties"]) == list(SageMakerError("").as_dict())
    assert "502 Unreachable" in components["responses"]["Error"]["description"]
    for methods in document()["paths"].values():
        assert all("default" in method["responses"] for method in methods.values())


def test_names_must_not_clash() -> None:
    model = get_model()
    twice = [Endpoint("get", "/a", operation_id="one"), Endpoint("get", "/b", operation_id="one")]
    with pytest.raises(ValueError, match="two routes are called one"):
        model.openapi(twice)
    with pytest.raises(ValueError, match="the service has shapes of these names: DomainDetails"):
        model.openapi([Endpoint("get", "/a", operation="ListDomains")], components={"DomainDetails": {}})
    with pytest.raises(ValueError, match="needs an operation"):
        model.openapi([Endpoint("get", "/a")])


async def test_it_is_served_under_the_servers_base_url(api: Any, jp_base_url: str) -> None:
    reply = await api("GET", "/openapi.json")
    assert reply.status == 200
    assert reply.json["servers"] == [{"url": f"{jp_base_url}jupyter-sm-ext"}]
    assert described(reply.json) == described(document())


def test_the_server_starts_without_boto_and_model() -> None:
    code = (
        "import sys, jupyter_sm_ext.server.app, jupyter_sm_ext.server.routes as r; list(r.routes());"
        "heavy = {'boto3', 'botocore', 'jupyter_sm_ext.model', 'jupyter_sm_ext.shapes.openapi'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
