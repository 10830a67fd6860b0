"""A create whose answer was lost is not made twice, and is no failure; nor is a stop or a delete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.retries import standard
from contract_backend import FOREVER, Backend, new_name
from fault_proxy import Fault, FaultProxy

from jupyter_sm_ext.connections import connection_base
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ThrottledError, TroubleError, UnreachableError
from jupyter_sm_ext.resources import Resource, resource, resources
from jupyter_sm_ext.studio import Studio

Json = dict[str, Any]
CREATED = [row for row in resources() if "create" in row.verbs]
# The others are not in moto at all.
IN_MOTO = {"Domain", "TrainingJob", "HyperParameterTuningJob", "CompilationJob"}
LOST = {
    "cut": Fault(dropped=True, taken=True, times=1),
    "silent": Fault(silent=True, taken=True, times=1),
    "broken off": Fault(halved=True, taken=True, times=1),
    "500": Fault(500, "InternalFailure", "oops", taken=True, times=1),
    "504": Fault(504, "GatewayTimeout", "<html>", taken=True, times=1),
}


@pytest.fixture(scope="module")
def studios() -> dict[str, Studio]:
    """By where they lead: clients read a large model when they are made."""
    return {}


@pytest.fixture
def studio(proxy: FaultProxy, data_dir: Path, studios: dict[str, Studio], monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    monkeypatch.setattr(connection_base, "READ_SECONDS", 2)
    monkeypatch.setattr(standard.ExponentialBackoff, "delay_amount", lambda *_: 0.0)
    return studios.setdefault(proxy.endpoint_url, Studio(AwsConnection(Choice("aws"), data_dir)))


def request_of(row: Resource, service: Backend) -> Json:
    """What creates one, of a new name; a row without one fails."""
    if row.kind == "domains":
        return service.domain_request()
    if row.kind == "algorithms":
        return service.algorithm_request()
    if row.kind == "compilation-jobs":
        return service.compilation_request(f"s3://{service.bucket}/model.tar.gz")
    name = {f"{row.noun}Name": new_name("x")}
    if row.kind == "training-jobs":
        return {**name, **service.definition(), "HyperParameters": service.script(FOREVER)}
    if row.kind == "tuning-jobs":
        definition = {**service.definition(), "StaticHyperParameters": service.script(FOREVER)}
        return {
            **name,
            "HyperParameterTuningJobConfig": service.tuning_config(),
            "TrainingJobDefinition": definition,
        }
    if row.kind == "processing-jobs":
        return {**name, **service.processing_definition()}
    owner: Json = {"DomainId": service.domain_id}
    if row.kind == "apps":
        owner |= {"AppType": "JupyterServer", "UserProfileName": service.profile()}
    return {**owner, **name}


def count(studio: Studio, row: Resource, request: Json) -> int:
    name = f"{row.noun}Name"
    return sum(each[name] == request[name] for each in studio.list(row.kind))


def tidy(studio: Studio, row: Resource, request: Json) -> None:
    if "stop" in row.verbs and row.kind != "compilation-jobs":
        studio.stop(row.kind, *row.key_parts(request))


@pytest.mark.parametrize("row", CREATED, ids=lambda row: row.noun)
def test_a_create_whose_answer_was_lost_is_not_made_twice(
    row: Resource, service: Backend, proxy: FaultProxy, studio: Studio
) -> None:
    if service.name == "moto" and row.noun not in IN_MOTO:
        pytest.skip("moto has none")
    request, operation = request_of(row, service), row.operation("create")
    proxy.faults[operation] = Fault(dropped=True, taken=True, times=1)
    answer = studio.create(row.kind, request)
    assert request[f"{row.noun}Name"] in answer[row.arn] or row.names_itself
    assert count(studio, row, request) == 1
    assert proxy.calls[operation] == (1 if row.names_itself else 2)
    tidy(studio, row, request)


@pytest.mark.parametrize("how", LOST)
def test_however_it_is_lost(how: str, service: Backend, proxy: FaultProxy, studio: Studio) -> None:
    row = resource("domains")
    request = request_of(row, service)
    proxy.faults["CreateDomain"] = Fault(**vars(LOST[how]))
    answer = studio.create("domains", request)
    [found] = [each for each in studio.list("domains") if each["DomainName"] == request["DomainName"]]
    assert answer["DomainArn"] == found["DomainArn"]


@pytest.mark.parametrize("how", sorted(LOST.keys() - {"silent"}))
def test_what_was_not_taken_failed(how: str, service: Backend, proxy: FaultProxy, studio: Studio) -> None:
    row = resource("domains")
    request = request_of(row, service)
    fault = Fault(**vars(LOST[how]))
    fault.taken = fault.halved = False
    fault.dropped |= how == "broken off"
    proxy.faults["CreateDomain"] = fault
    with pytest.raises(UnreachableError):
        studio.create("domains", request)
    assert count(studio, row, request) == 0
    studio.create("domains", request)
    assert count(studio, row, request) == 1


def test_a_throttled_create_is_made_once(service: Backend, proxy: FaultProxy, studio: Studio) -> None:
    row = resource("domains")
    request = request_of(row, service)
    proxy.throttle("CreateDomain")
    with pytest.raises(ThrottledError):
        studio.create("domains", request)
    assert (proxy.calls["CreateDomain"], count(studio, row, request)) == (3, 0)
    proxy.throttle("CreateDomain", times=2)
    studio.create("domains", request)
    assert count(studio, row, request) == 1


def test_what_was_there_before_is_not_ours(service: Backend, proxy: FaultProxy, studio: Studio) -> None:
    if service.name == "moto":
        pytest.skip("there a second of a name takes the place of the first")
    row = resource("training-jobs")
    request = request_of(row, service)
    studio.create("training-jobs", request)
    other = {**request, "HyperParameters": {**request["HyperParameters"], "epochs": "5"}}
    proxy.faults["CreateTrainingJob"] = Fault(500, "InternalFailure", "oops", times=1)
    with pytest.raises(ConflictError):
        studio.create("training-jobs", other)
    with pytest.raises(ConflictError):
        studio.create("training-jobs", request)
    tidy(studio, row, request)


def test_where_it_cannot_be_found_out_that_is_told(service: Backend, proxy: FaultProxy, studio: Studio) -> None:
    row = resource("domains")
    request = request_of(row, service)
    proxy.faults["CreateDomain"] = Fault(dropped=True, taken=True, times=1)
    proxy.faults["ListDomains"] = Fault(dropped=True)
    with pytest.raises(UnreachableError) as caught:
        studio.create("domains", request)
    assert caught.value.hint is not None
    assert "see whether the Domain is there first" in caught.value.hint
    del proxy.faults["ListDomains"]
    assert count(studio, row, request) == 1


def test_a_stop_and_a_delete_whose_answer_was_lost(service: Backend, proxy: FaultProxy, studio: Studio) -> None:
    if service.name == "moto":
        pytest.skip("no job ever runs there")
    jobs = resource("training-jobs")
    request = request_of(jobs, service)
    studio.create("training-jobs", request)
    key = jobs.key_parts(request)
    proxy.faults["StopTrainingJob"] = Fault(dropped=True, taken=True, times=1)
    studio.stop("training-jobs", *key)
    assert studio.wait("training-jobs", *key, timeout=60)["TrainingJobStatus"] == "Stopped"
    proxy.faults["DeleteTrainingJob"] = Fault(dropped=True, taken=True, times=1)
    studio.delete("training-jobs", *key)
    with pytest.raises(NotFoundError):
        studio.describe("training-jobs", *key)
    with pytest.raises(NotFoundError):
        studio.delete("training-jobs", *key)


def test_what_was_there_long_before_is_not_ours(
    service: Backend, proxy: FaultProxy, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the request is the same; how long ago it was is told by the service's own clock."""
    row = resource("domains")
    request = request_of(row, service)
    studio.create("domains", request)
    asked = Studio._ask

    def much_later(self: Studio, operation: str, request: Json) -> tuple[Json, str | None]:
        answer, date = asked(self, operation, request)
        assert date is not None
        return answer, "Fri, 01 Jan 2100 00:00:00 GMT"

    monkeypatch.setattr(Studio, "_ask", much_later)
    proxy.faults["CreateDomain"] = Fault(500, "InternalFailure", "oops", times=1)
    with pytest.raises(TroubleError):
        studio.create("domains", request)
