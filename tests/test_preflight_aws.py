"""Checks on an AWS that answers, denies, is slow or is not there: what is not known is told so, with the reason."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sample_requests
from engine_process import EngineProcess
from fake_services import FakeServices, product
from faulty_aws import Fault, FaultyAWS

from jupyter_sm_ext.checks import account_quotas, in_use, kept_answers
from jupyter_sm_ext.checks.account_quotas import AccountQuotas
from jupyter_sm_ext.checks.preflight import Check, preflight
from jupyter_sm_ext.connections.connection import Choice, Connection, open_connection
from jupyter_sm_ext.engine.quotas import catalog
from jupyter_sm_ext.errors import ThrottledError
from jupyter_sm_ext.offers.quota_lines import Line, app_line, usage
from jupyter_sm_ext.studio import Studio

Json = dict[str, Any]
TRN1 = "ml.trn1.2xlarge"
LAB = f"Studio JupyterLab Apps running on {TRN1} instances"
CODES = "quotas-aws-us-east-1"
CONSOLE = "https://us-east-1.console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas"


@pytest.fixture
def services(aws: FaultyAWS, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServices]:
    with FakeServices().serving() as services:
        for name, value in services.environment.items():
            monkeypatch.setenv(name, value)
        services.products = [product(TRN1, "1.6100000000"), product("ml.t3.medium", "0.05")]
        yield services


@pytest.fixture
def fresh(services: FakeServices, data_dir: Path) -> Connection:
    """A connection that has asked nothing yet."""
    return open_connection(Choice("aws"), data_dir)


@pytest.fixture
def connection(fresh: Connection) -> Connection:
    """One that knows the codes of the lines, which takes a while to learn."""
    codes = {account_quotas._plain(quota.name): (quota.name, quota.code) for quota in catalog().values()}
    kept_answers.KeptAnswer(fresh.data_dir, CODES).write(codes)
    return fresh


@pytest.fixture
def request_(engine_behind: EngineProcess) -> Json:
    domain = engine_behind.client("sagemaker").list_domains()["Domains"][0]["DomainId"]
    spec = {"InstanceType": TRN1}
    return {"DomainId": domain, "SpaceName": "s", "AppType": "JupyterLab", "AppName": "default", "ResourceSpec": spec}


def one(checks: list[Check], name: str) -> Check:
    [found] = [check for check in checks if check.check == name]
    return found


def states(checks: list[Check]) -> dict[str, str]:
    return {check.check: check.state for check in checks}


def test_all_is_well(fresh: Connection, services: FakeServices, request_: Json) -> None:
    checks = preflight(fresh, "CreateApp", request_)
    assert states(checks) == dict.fromkeys(("constraints", "quota", "region", "price", "permission"), "ok")
    quota = one(checks, "quota")
    assert quota.message == f"Quota '{LAB}' is 10,000: 0 in use, 1 more wanted."
    assert quota.link == f"{CONSOLE}/{quota.link.rpartition('/')[2] if quota.link else ''}"
    assert one(checks, "region").message == (
        f"us-east-1 has {TRN1} for JupyterLab apps: there is a quota and a price for it."
    )
    assert one(checks, "price").message == f"$1.61 an hour for {TRN1} (AWS's Price List, on demand)."
    arn = f"arn:aws:sagemaker:us-east-1:000000000000:app/{request_['DomainId']}/s/JupyterLab/default"
    assert one(checks, "permission").message == f"sagemaker:CreateApp on {arn}: user/local may do it."
    [asked] = services.called("SimulatePrincipalPolicy")
    assert asked["PolicySourceArn"] == "arn:aws:iam::000000000000:user/local"
    told = {asked[f"ContextEntries.member.{n}.ContextKeyName"]: n for n in (1, 2)}
    assert list(told) == ["aws:RequestedRegion", "sagemaker:InstanceTypes"]
    assert asked["ContextEntries.member.2.ContextKeyValues.member.1"] == TRN1


def test_a_quota_of_0_blocks_and_links_to_its_page(
    connection: Connection, engine_behind: EngineProcess, request_: Json
) -> None:
    file = engine_behind.data_dir / "quotas.json"
    file.write_text(json.dumps({LAB: 0}))
    try:
        check = one(preflight(connection, "CreateApp", request_), "quota")
    finally:
        file.unlink()
    client = engine_behind.client("service-quotas")
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    [code] = [quota["QuotaCode"] for page in pages for quota in page["Quotas"] if quota["QuotaName"] == LAB]
    assert check == Check(
        "quota", "blocked", f"It would be refused: quota '{LAB}' is 0: 0 in use, 1 more wanted.", f"{CONSOLE}/{code}"
    )


def test_codes_are_read_once_and_values_each_time(aws: FaultyAWS, fresh: Connection) -> None:
    quotas = AccountQuotas.of(fresh)
    assert quotas is AccountQuotas.of(fresh)
    pages = aws.calls["ListServiceQuotas"]
    assert pages == 0
    threads = [threading.Thread(target=quotas.find, args=(LAB,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pages = aws.calls["ListServiceQuotas"]
    assert pages > 5
    assert aws.calls["GetServiceQuota"] == 3
    # Another process finds them on the disk; other spellings of AWS's are the same line.
    again = AccountQuotas(open_connection(Choice("aws"), fresh.data_dir))
    found = again.find(f"JupyterLab Apps running on {TRN1} instance")
    assert found is not None
    assert (found.name, found.value) == (LAB, 10_000)
    assert again.find("Number of teapots") is None
    assert again.has(LAB)
    assert aws.calls["ListServiceQuotas"] == pages


def test_a_line_that_is_not_there_is_looked_for_again_after_a_day(
    aws: FaultyAWS, fresh: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas = AccountQuotas.of(fresh)
    assert not quotas.has("Number of teapots")
    pages = aws.calls["ListServiceQuotas"]
    now = time.time()
    monkeypatch.setattr(kept_answers.time, "time", lambda: now + 90_000)
    assert quotas.has(LAB)
    assert aws.calls["ListServiceQuotas"] == pages
    assert not quotas.has("Number of teapots")
    assert aws.calls["ListServiceQuotas"] == 2 * pages
    file = kept_answers.KeptAnswer(fresh.data_dir, CODES).path
    file.write_text("[]")
    assert quotas.has(LAB)
    assert aws.calls["ListServiceQuotas"] == 3 * pages


def test_a_line_that_nobody_changed_has_its_default(aws: FaultyAWS, connection: Connection) -> None:
    aws.faults["GetServiceQuota"] = Fault(
        400, "NoSuchResourceException", "The request failed because it does not exist."
    )
    found = AccountQuotas.of(connection).find(LAB)
    assert found is not None
    assert found.value == 10_000
    assert aws.calls["GetAWSDefaultServiceQuota"] == 1


def test_throttling_while_the_lines_are_read_is_waited_out(
    aws: FaultyAWS, fresh: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_quotas, "_PAUSES", (0.01, 0.01, 0.01))
    aws.throttle("ListServiceQuotas", times=3)
    assert AccountQuotas.of(fresh).has(LAB)
    file = kept_answers.KeptAnswer(fresh.data_dir, CODES).path
    file.unlink()
    aws.throttle("ListServiceQuotas")
    with pytest.raises(ThrottledError, match="Rate exceeded"):
        AccountQuotas.of(fresh).has(LAB)


def training(instance_type: str, **more: Any) -> Json:
    config = {"InstanceType": instance_type, "InstanceCount": 2, "VolumeSizeInGB": 10}
    return sample_requests.training(**{"ResourceConfig": config, **more})


def test_without_permissions_each_check_says_what_it_may_not_ask(
    aws: FaultyAWS, fresh: Connection, services: FakeServices, request_: Json
) -> None:
    for operation in ("ListServiceQuotas", "ListApps"):
        aws.deny(operation)
    services.refused = {"GetProducts", "SimulatePrincipalPolicy"}
    checks = preflight(fresh, "CreateApp", request_)
    wanted = dict.fromkeys(("quota", "region", "price", "permission"), "unknown")
    assert states(checks) == {"constraints": "ok", **wanted}
    assert "is not authorized to perform: sagemaker:ListServiceQuotas" in one(checks, "quota").message
    assert "is not authorized to perform: x:GetProducts" in one(checks, "price").message
    assert "is not authorized to perform: x:SimulatePrincipalPolicy" in one(checks, "permission").message
    del aws.faults["ListServiceQuotas"]
    check = one(preflight(fresh, "CreateApp", request_), "quota")
    assert check.state == "unknown"
    assert check.message.startswith(f"Quota '{LAB}' is 10,000: how many are in use is not known (User: ")
    assert check.link is not None


def test_what_is_certain_without_the_count_is_told(
    aws: FaultyAWS, connection: Connection, engine_behind: EngineProcess, request_: Json
) -> None:
    aws.deny("ListApps")
    file = engine_behind.data_dir / "quotas.json"
    file.write_text(json.dumps({LAB: 0}))
    try:
        assert one(preflight(connection, "CreateApp", request_), "quota").state == "blocked"
    finally:
        file.unlink()


def test_a_slow_service_holds_nobody_up(
    aws: FaultyAWS, connection: Connection, services: FakeServices, request_: Json
) -> None:
    aws.faults["GetServiceQuota"] = Fault(seconds=30)
    services.products = []
    checks = preflight(connection, "CreateApp", request_, seconds=4)
    assert states(checks)["quota"] == "unknown"
    assert one(checks, "quota").message == "Whether a quota has room is not known: no answer within 4 seconds."
    assert states(checks)["permission"] == "ok"


def test_a_service_that_is_not_there_is_no_obstacle(
    fresh: Connection, request_: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in ("PRICING", "IAM", "SERVICE_QUOTAS"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", "http://127.0.0.1:9")
    checks = preflight(fresh, "CreateApp", request_)
    wanted = dict.fromkeys(("quota", "region", "price", "permission"), "unknown")
    assert states(checks) == {"constraints": "ok", **wanted}
    assert "Could not connect" in one(checks, "permission").message


def test_the_region_is_judged_by_quota_and_price(
    connection: Connection, services: FakeServices, request_: Json
) -> None:
    request = {**request_, "AppType": "RSessionGateway"}
    check = one(preflight(connection, "CreateApp", request), "region")
    # The Price List is not asked for these, and the engine has no lines for them.
    assert check.state == "unknown"
    services.products = [product("ml.t3.medium", "0.05", use="studio-codeeditor")]
    check = one(preflight(connection, "CreateApp", {**request_, "AppType": "CodeEditor"}), "region")
    assert (check.state, check.message) == (
        "ok",
        f"us-east-1 has {TRN1} for CodeEditor apps: there is a quota for it.",
    )
    kept = kept_answers.KeptAnswer(connection.data_dir, CODES)
    codes, _ = kept.read()
    assert codes is not None
    kept.write({name: code for name, code in codes.items() if TRN1 not in name})
    checks = preflight(connection, "CreateApp", {**request_, "AppType": "CodeEditor"})
    assert one(checks, "region").state == "warning"
    assert one(checks, "region").message == (
        f"us-east-1 probably does not have {TRN1} for CodeEditor apps: AWS lists neither a quota nor a price for it."
    )
    line = f"Studio CodeEditor Apps running on {TRN1} instances"
    assert one(checks, "quota") == Check(
        "quota", "unknown", f"Service Quotas has no line '{line}' in us-east-1.", CONSOLE
    )


def test_what_runs_at_once_is_priced_together(connection: Connection, services: FakeServices) -> None:
    services.products = [product(TRN1, "1.5", use="Training"), product("ml.m5.large", "0.0464", use="Training")]
    groups = [
        {"InstanceGroupName": "a", "InstanceType": TRN1, "InstanceCount": 3},
        {"InstanceGroupName": "b", "InstanceType": "ml.m5.large", "InstanceCount": 1},
    ]
    request = training(TRN1, ResourceConfig={"InstanceGroups": groups, "VolumeSizeInGB": 10})
    check = one(preflight(connection, "CreateTrainingJob", request), "price")
    assert check.message == f"$4.55 an hour for 3 × {TRN1} and ml.m5.large (AWS's Price List, on demand)."
    spot = preflight(connection, "CreateTrainingJob", training("ml.m5.large", EnableManagedSpotTraining=True))
    assert one(spot, "price").message == (
        "$0.0928 an hour for 2 × ml.m5.large (AWS's Price List, on demand); spot costs less, how much AWS tells"
        " afterwards only."
    )
    unknown = one(preflight(connection, "CreateTrainingJob", training("ml.p5.48xlarge")), "price")
    message = "No price is known. AWS's Price List for us-east-1 has no ml.p5.48xlarge."
    assert (unknown.state, unknown.message) == ("unknown", message)


def test_definitions_of_a_tuning_job_are_priced_one_by_one(connection: Connection, services: FakeServices) -> None:
    services.products = [product(TRN1, "1.5", use="Training"), product("ml.m5.large", "0.1", use="Training")]
    definitions = []
    for instance_type in (TRN1, "ml.m5.large"):
        definition = training(instance_type)
        del definition["TrainingJobName"], definition["HyperParameters"]
        objective = {"Type": "Maximize", "MetricName": "score"}
        definitions.append({**definition, "DefinitionName": instance_type[3:5], "TuningObjective": objective})
    limits = {"MaxParallelTrainingJobs": 2, "MaxNumberOfTrainingJobs": 4}
    request = {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobConfig": {"Strategy": "Random", "ResourceLimits": limits},
        "TrainingJobDefinitions": definitions,
    }
    checks = preflight(connection, "CreateHyperParameterTuningJob", request)
    assert [check.message for check in checks if check.check == "price"] == [
        f"$6.00 an hour for 4 × {TRN1} (AWS's Price List, on demand).",
        "$0.40 an hour for 4 × ml.m5.large (AWS's Price List, on demand).",
    ]
    assert len(set(checks)) == len(checks)


def test_settings_are_priced_by_what_they_will_start(connection: Connection, request_: Json) -> None:
    settings = {"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": TRN1}}}
    request = {"DomainId": request_["DomainId"], "SpaceName": "new", "SpaceSettings": settings}
    checks = preflight(connection, "CreateSpace", request)
    message = f"$1.61 an hour while it runs for {TRN1} (AWS's Price List, on demand)."
    assert one(checks, "price").message == message


@pytest.mark.parametrize(
    ("attribute", "state", "words"),
    [
        ("denied", "blocked", "no policy allows it to user/local"),
        ("missing", "unknown", "ask for what is known at the call only: aws:RequestTag/team"),
        ("forbidden_by_organization", "blocked", "a service control policy of the organization forbids it"),
    ],
)
def test_permissions(
    connection: Connection, services: FakeServices, request_: Json, attribute: str, state: str, words: str
) -> None:
    setattr(services, attribute, {"sagemaker:CreateApp"})
    check = one(preflight(connection, "CreateApp", request_), "permission")
    assert check.state == state
    assert words in check.message


def test_the_roles_of_a_request_must_be_handed_over(connection: Connection, services: FakeServices) -> None:
    services.denied = {"iam:PassRole"}
    checks = preflight(connection, "CreateTrainingJob", training(TRN1))
    found = [(check.state, check.message) for check in checks if check.check == "permission"]
    job = "arn:aws:sagemaker:us-east-1:000000000000:training-job/digits-1"
    assert found == [
        ("ok", f"sagemaker:CreateTrainingJob on {job}: user/local may do it."),
        ("blocked", f"iam:PassRole on {sample_requests.ROLE}: no policy allows it to user/local."),
    ]
    asked = services.called("SimulatePrincipalPolicy")[1]
    assert asked["ContextEntries.member.1.ContextKeyName"] == "iam:PassedToService"
    assert asked["ContextEntries.member.1.ContextKeyValues.member.1"] == "sagemaker.amazonaws.com"


@pytest.mark.parametrize(
    ("caller", "role", "principal"),
    [
        ("assumed-role/analyst/me", None, "arn:aws:iam::000000000000:role/analyst"),
        (
            "assumed-role/analyst/me",
            "arn:aws:iam::000000000000:role/team/analyst",
            "arn:aws:iam::000000000000:role/team/analyst",
        ),
    ],
)
def test_a_session_is_judged_by_its_role(
    aws: FaultyAWS,
    connection: Connection,
    services: FakeServices,
    request_: Json,
    caller: str,
    role: str | None,
    principal: str,
) -> None:
    services.role = role
    identify(connection, f"arn:aws:sts::000000000000:{caller}")
    assert states(preflight(connection, "CreateApp", request_))["permission"] == "ok"
    [asked] = services.called("SimulatePrincipalPolicy")
    assert asked["PolicySourceArn"] == principal


def test_the_root_user_is_not_simulated(connection: Connection, services: FakeServices, request_: Json) -> None:
    identify(connection, "arn:aws:iam::000000000000:root")
    assert states(preflight(connection, "CreateApp", request_))["permission"] == "ok"
    assert services.called("SimulatePrincipalPolicy") == []


def identify(connection: Connection, arn: str) -> None:
    """Let STS tell another caller; the engine has one only."""

    def tell(parsed: Json, **_: object) -> None:
        parsed["Arn"] = arn

    connection.client("sts").meta.events.register("after-call.sts.GetCallerIdentity", tell)


@pytest.mark.parametrize(
    ("region", "link"),
    [
        ("eu-west-1", "https://eu-west-1.console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas/L-1"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/servicequotas/home/services/sagemaker/quotas/L-1"),
        (
            "us-gov-west-1",
            "https://us-gov-west-1.console.amazonaws-us-gov.com/servicequotas/home/services/sagemaker/quotas/L-1",
        ),
        ("us-iso-east-1", None),
    ],
)
def test_the_console_is_that_of_the_partition(data_dir: Path, region: str, link: str | None) -> None:
    assert AccountQuotas(open_connection(Choice("aws", region=region), data_dir)).link("L-1") == link


def test_many_running_jobs_are_counted_as_far_as_it_goes(
    connection: Connection, engine_behind: EngineProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(connection)
    names = [{"TrainingJobName": f"job-{number}"} for number in range(3)]

    def of_status(kind: str, **filters: Any) -> Iterator[Json]:
        yield from names if filters["StatusEquals"] == "InProgress" else []

    def described(kind: str, name: str) -> Json:
        return {"TrainingJobStatus": "InProgress", "ResourceConfig": {"InstanceType": TRN1, "InstanceCount": 2}}

    monkeypatch.setattr(studio, "list", of_status)
    monkeypatch.setattr(studio, "describe", described)
    line = Line(usage(TRN1, spot=False), "Instances", 1, "training-jobs", TRN1)
    assert str(in_use.InUse(studio).of(line)) == "6"
    monkeypatch.setattr(in_use, "MOST_JOBS", 2)
    assert str(in_use.InUse(studio).of(line)) == "at least 4"


def test_apps_of_an_older_service_are_asked_for_one_by_one(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(connection)
    app = {"DomainId": "d-1", "SpaceName": "s", "AppType": "JupyterLab", "AppName": "default", "Status": "InService"}
    asked: list[Json] = []

    def call(operation: str, request: Json) -> Json:
        asked.append(request)
        return {"ResourceSpec": {"InstanceType": TRN1}}

    monkeypatch.setattr(studio, "list", lambda kind: iter([app, {**app, "Status": "Deleted"}]))
    monkeypatch.setattr(studio, "call", call)
    assert in_use.InUse(studio).of(app_line("JupyterLab", TRN1)).count == 1
    assert asked == [{"DomainId": "d-1", "AppType": "JupyterLab", "AppName": "default", "SpaceName": "s"}]
