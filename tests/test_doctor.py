"""`jupyter sm doctor`: on the engine, on an AWS with faults, on moto, without credentials and without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_process import EngineProcess
from fake_services import FakeServices
from faulty_aws import Fault, FaultyAWS
from moto.server import ThreadedMotoServer
from policy_words import features_of, needs_policy
from recorded_calls import Recorded, record_calls

from jupyter_sm_ext import cli
from jupyter_sm_ext.checks.policies import FEATURES, WATCH
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.diagnosis.doctor import examine
from jupyter_sm_ext.diagnosis.findings import BAD, OK, SKIPPED, WARNING, Finding, works

READS = re.compile(r"(Get|List|Describe|Head|Search|Simulate)")
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "very-secret-key", "AWS_REGION": "us-east-1"}
KEYS["AWS_DEFAULT_REGION"] = KEYS["AWS_REGION"]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[Recorded]:
    return record_calls(monkeypatch)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServices]:
    with FakeServices().serving() as fake:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        yield fake


def found_by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {each.name: each for each in findings}


def on_aws(data_dir: Path) -> dict[str, Finding]:
    return found_by_name(examine(open_connection(Choice("aws"), data_dir)))


def only_read(recorded: list[Recorded]) -> bool:
    return bool(recorded) and all(READS.match(each.operation) for each in recorded)


def test_on_the_engine(engine_behind: EngineProcess, recorded: list[Recorded]) -> None:
    findings = examine(open_connection(Choice(), engine_behind.data_dir))
    assert [each for each in findings if each.topic == "calls" and each.state != OK] == []
    assert works(findings)
    names = {each.name for each in findings}
    assert names >= WATCH.operations - {"HeadObject"}
    assert names >= {
        "versions",
        "server extension",
        "labextension",
        "disk",
        "namespaces",
        "region",
        "endpoints",
        "bucket",
    }
    assert only_read(recorded)
    assert [each.operation for each in recorded].count("GetCallerIdentity") == 1
    # A running engine has tried it.
    engine = local_engine.find(engine_behind.data_dir)
    assert engine is not None
    assert engine.jobs.removeprefix("each") in found_by_name(findings)["namespaces"].message


def test_nothing_is_started_made_or_written(data_dir: Path, recorded: list[Recorded]) -> None:
    findings = examine(open_connection(Choice(), data_dir))
    assert works(findings)
    assert found_by_name(findings)["all"].fix == "jupyter sm engine start"
    assert local_engine.find(data_dir) is None
    assert not data_dir.exists()
    assert recorded == []


def test_an_aws_where_all_is_well(
    aws: FaultyAWS, services: FakeServices, data_dir: Path, recorded: list[Recorded]
) -> None:
    found = on_aws(data_dir)
    assert {name: each for name, each in found.items() if each.state == BAD} == {}
    assert found["credentials"].message == "They come from env."
    assert found["GetCallerIdentity"].message.startswith("arn:aws:iam::000000000000:")
    assert found["GetProducts"].state == OK
    assert {each.name for each in FEATURES} - {"watch"} <= found.keys()
    assert all(found[each.name].state == OK for each in FEATURES if each is not WATCH)
    assert aws.endpoint_url in found["endpoints"].message
    assert only_read(recorded)
    # All that reading needs is asked; HEAD comes with a download.
    asked = {each.operation for each in recorded}
    assert asked >= WATCH.operations - {"HeadObject"}
    assert asked >= {"ListServiceQuotas", "GetProducts", "SimulatePrincipalPolicy"}
    assert [name for name in asked if needs_policy(name) and not features_of(name)] == []


def test_what_is_denied_comes_with_its_statement(aws: FaultyAWS, services: FakeServices, data_dir: Path) -> None:
    aws.deny("ListSpaces")
    aws.deny("ListServiceQuotas")
    services.denied = {"sagemaker:CreateTrainingJob", "iam:PassRole"}
    found = on_aws(data_dir)
    assert found["ListSpaces"].state == BAD
    assert json.loads(found["ListSpaces"].statement or "") == {
        "Effect": "Allow",
        "Action": "sagemaker:ListSpaces",
        "Resource": "*",
    }
    # Quotas are checked before a start; nobody needs them to work.
    assert found["ListServiceQuotas"].state == WARNING
    assert found["ListApps"].state == OK
    jobs = found["jobs"]
    assert jobs.state == WARNING
    assert "sagemaker:CreateTrainingJob, iam:PassRole" in jobs.message
    training, roles = json.loads(jobs.statement or "")
    assert training["Action"] == "sagemaker:CreateTrainingJob"
    assert training["Resource"] == "arn:aws:sagemaker:us-east-1:000000000000:training-job/*"
    assert roles["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert found["spaces"].state == OK


def test_iam_that_may_not_be_asked_is_no_trouble(aws: FaultyAWS, services: FakeServices, data_dir: Path) -> None:
    services.refused = {"SimulatePrincipalPolicy"}
    found = on_aws(data_dir)["all"]
    assert (found.topic, found.state) == ("permissions", SKIPPED)
    assert json.loads(found.statement or "")["Action"] == "iam:SimulatePrincipalPolicy"


def test_faults_are_told_one_by_one(aws: FaultyAWS, services: FakeServices, data_dir: Path) -> None:
    aws.throttle("ListApps")
    aws.faults["ListDomains"] = Fault(dropped=True)
    aws.faults["GetLogEvents"] = Fault(500, "InternalFailure", "oops")
    found = on_aws(data_dir)
    assert found["ListApps"].state == WARNING
    assert found["ListDomains"].state == BAD
    assert found["GetLogEvents"].state == BAD
    assert found["ListSpaces"].state == OK
    assert found["domain"].state == WARNING


def test_a_call_that_is_never_answered_is_not_waited_for(
    aws: FaultyAWS, services: FakeServices, data_dir: Path
) -> None:
    aws.faults["Search"] = Fault(seconds=60)
    found = found_by_name(examine(open_connection(Choice("aws"), data_dir), seconds=6))
    assert found["Search"].message == "There was no answer within 6 seconds."
    assert found["ListApps"].state == OK


def test_expired_credentials(aws: FaultyAWS, data_dir: Path) -> None:
    aws.expired.add(aws.keys["access_key_id"])
    found = on_aws(data_dir)
    assert found["GetCallerIdentity"].state == BAD
    assert found["GetCallerIdentity"].fix
    assert found["all others"].state == SKIPPED
    assert "ListApps" not in found


def test_without_credentials_nothing_is_asked(
    data_dir: Path, recorded: list[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    found = on_aws(data_dir)
    assert found["credentials"].state == BAD
    assert "aws configure" in (found["credentials"].fix or "")
    assert found["region"].message == "eu-west-1 (partition aws)"
    assert recorded == []


def test_without_a_region(data_dir: Path, recorded: list[Recorded], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret-key")
    found = on_aws(data_dir)
    assert (found["region"].state, found["region"].fix) == (BAD, "jupyter sm connect aws --region NAME")
    assert recorded == []


def test_without_a_network(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}.items():
        monkeypatch.setenv(name, value)
    found = on_aws(data_dir)
    assert "127.0.0.1:9" in found["GetCallerIdentity"].message
    assert found["all others"].state == SKIPPED


def test_on_moto(data_dir: Path, monkeypatch: pytest.MonkeyPatch, recorded: list[Recorded]) -> None:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_MAX_ATTEMPTS": "1"}.items():
            monkeypatch.setenv(name, value)
        found = on_aws(data_dir)
    finally:
        server.stop()
    assert found["GetCallerIdentity"].state == OK
    assert found["ListTrainingJobs"].state == OK
    # Moto has no spaces; nobody has made the bucket; both are told, and the rest is looked at.
    assert found["ListSpaces"].state != OK
    assert found["ListObjectsV2"].message == "There is no bucket sagemaker-us-east-1-123456789012."
    assert (found["ListObjectsV2"].fix or "").startswith("aws s3 mb s3://sagemaker-us-east-1-123456789012")
    assert only_read(recorded)
    assert [each.operation for each in recorded].count("GetCallerIdentity") == 1


def test_settings_without_secrets(data_dir: Path, monkeypatch: pytest.MonkeyPatch, aws: FaultyAWS) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hunter2@proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/no/such/file.pem")
    found = on_aws(data_dir)
    assert found["proxies"].message == "https http://***@proxy.example:3128 (but for 127.0.0.1)"
    assert found["certificates"].state == BAD
    assert "/no/such/file.pem" in found["certificates"].message
    everything = json.dumps([each.as_dict() for each in found.values()])
    assert "hunter2" not in everything
    assert aws.keys["secret_access_key"] not in everything


def test_in_a_terminal(
    aws: FaultyAWS, services: FakeServices, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir.mkdir()
    (data_dir / "connection.json").write_text('{"kind": "aws"}')
    assert cli.main(["doctor"]) == 0
    written = capsys.readouterr()
    assert re.search(r"^calls: the rest +ok +\d+ work: ListDomains, ", written.out, re.MULTILINE)
    aws.deny("ListApps")
    assert cli.main(["doctor"]) == 1
    written = capsys.readouterr()
    assert '"Action": "sagemaker:ListApps"' in written.out
    assert written.err == "one thing that everybody needs does not work\n"
    assert cli.main(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["works"] is False
    assert {each["name"] for each in told["findings"] if each["state"] == BAD} == {"ListApps"}
