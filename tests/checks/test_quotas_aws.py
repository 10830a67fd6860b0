"""Quotas of an account on AWS: their lines, their values, and how much of them is in use."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from checks_help import CODES, CONSOLE, LAB, TRN1, Json, one
from engine_process import EngineProcess
from faulty_aws import Fault, FaultyAWS

from jupyter_sm_ext.checks import account_quotas, in_use, kept_answers
from jupyter_sm_ext.checks.account_quotas import AccountQuotas
from jupyter_sm_ext.checks.preflight import Check, preflight
from jupyter_sm_ext.connections.connection import Choice, Connection, open_connection
from jupyter_sm_ext.errors import ThrottledError
from jupyter_sm_ext.offers.quota_lines import Line, app_line, usage
from jupyter_sm_ext.studio import Studio


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
