"""Quotas: as Service Quotas tells them, as the file sets them, and that jobs, apps and domains keep to them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess
from jobs_harness import FOREVER, Harness
from local_engine_parts import START, Parts

from jupyter_sm_ext.engine import quotas
from jupyter_sm_ext.engine.service_quotas import ServiceQuotas
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.engine.tuning import TuningJobs
from jupyter_sm_ext.errors import LimitError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.model import get_model

Json = dict[str, Any]
TAIL = (
    " Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, "
    "contact AWS support to request an increase for this quota."
)
TRN1 = "ml.trn1.32xlarge for training job usage"


def ask(parts: Parts, operation: str, **request: Any) -> Json:
    found: Json = json.loads(parts.service.call("service-quotas", operation, {"ServiceCode": "sagemaker", **request}))
    return found


def set_quotas(data_dir: Path, **values: float) -> None:
    (data_dir / quotas.FILE).write_text(json.dumps(values))


def every(parts: Parts, operation: str = "ListServiceQuotas", **request: Any) -> dict[str, Json]:
    found: dict[str, Json] = {}
    while True:
        page = ask(parts, operation, **request)
        assert len(page["Quotas"]) <= request.get("MaxResults", 100)
        found |= {quota["QuotaName"]: quota for quota in page["Quotas"]}
        if "NextToken" not in page:
            return found
        request["NextToken"] = page["NextToken"]
        assert re.fullmatch(r"[a-zA-Z0-9/+]*={0,2}", page["NextToken"])


def test_there_is_one_for_every_instance_type(parts: Parts) -> None:
    found = every(parts)
    model = get_model()
    for instance_type in model.enum("TrainingInstanceType"):
        assert f"{instance_type} for training job usage" in found
        assert f"{instance_type} for spot training job usage" in found
    for instance_type in set(model.enum("AppInstanceType")) - {"system"}:
        assert f"Studio JupyterLab Apps running on {instance_type} instances" in found
        assert f"Studio CodeEditor Apps running on {instance_type} instances" in found
        assert f"Studio KernelGateway Apps running on {instance_type} instance" in found
    codes = [quota["QuotaCode"] for quota in found.values()]
    assert len(set(codes)) == len(codes) == len(quotas.catalog())
    assert all(re.fullmatch(r"L-[0-9A-F]{8}", code) for code in codes)
    members: Any = get_model("service-quotas").service.shape_for("ServiceQuota")
    assert all(set(quota) <= set(members.members) for quota in found.values())
    assert found["Number of instances across all training jobs"]["QuotaCode"] == "L-00C91CB5"


def test_codes_are_the_same_for_ever(parts: Parts) -> None:
    assert every(parts)[TRN1]["QuotaCode"] == quotas.Quota(TRN1, "Instances").code == "L-9C1F08F1"


def test_what_one_quota_says(parts: Parts) -> None:
    code = every(parts)[TRN1]["QuotaCode"]
    set_quotas(parts.engine.data_dir, **{TRN1: 2})
    assert ask(parts, "GetServiceQuota", QuotaCode=code)["Quota"] == {
        "ServiceCode": "sagemaker",
        "ServiceName": "Amazon SageMaker",
        "QuotaArn": f"arn:aws:servicequotas:us-east-1:000000000000:sagemaker/{code}",
        "QuotaCode": code,
        "QuotaName": TRN1,
        "Value": 2.0,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }
    standard = ask(parts, "GetAWSDefaultServiceQuota", QuotaCode=code)["Quota"]
    assert (standard["Value"], standard["QuotaArn"]) == (
        quotas.DEFAULT,
        f"arn:aws:servicequotas:us-east-1::sagemaker/{code}",
    )
    assert every(parts, "ListAWSDefaultServiceQuotas")[TRN1] == standard
    assert ask(parts, "ListServiceQuotas", QuotaCode=code)["Quotas"][0]["Value"] == 2.0
    assert ask(parts, "ListServiceQuotas", QuotaAppliedAtLevel="RESOURCE") == {"Quotas": []}
    assert len(every(parts, QuotaAppliedAtLevel="ALL", MaxResults=99)) == len(quotas.catalog())


@pytest.mark.parametrize(
    ("operation", "request_", "error", "code"),
    [
        ("ListServiceQuotas", {"ServiceCode": "ec2"}, NotFoundError, "NoSuchResourceException"),
        ("GetServiceQuota", {"ServiceCode": "ec2", "QuotaCode": "L-1"}, NotFoundError, "NoSuchResourceException"),
        ("GetServiceQuota", {"QuotaCode": "L-NOTHERE1"}, NotFoundError, "NoSuchResourceException"),
        ("GetAWSDefaultServiceQuota", {"QuotaCode": "L-NOTHERE1"}, NotFoundError, "NoSuchResourceException"),
        ("GetServiceQuota", {"QuotaCode": "L-00C91CB5", "ContextId": "x"}, NotFoundError, "NoSuchResourceException"),
        ("ListServiceQuotas", {"NextToken": "AAAA"}, ValidationError, "InvalidPaginationTokenException"),
        ("ListServiceQuotas", {"MaxResults": 101}, ValidationError, "ValidationException"),
        ("GetServiceQuota", {}, ValidationError, "ValidationException"),
        ("RequestServiceQuotaIncrease", {}, ValidationError, "UnknownOperationException"),
    ],
)
def test_what_is_refused(parts: Parts, operation: str, request_: Json, error: type[SageMakerError], code: str) -> None:
    with pytest.raises(error) as caught:
        ask(parts, operation, **request_)
    assert caught.value.code == code


def test_a_token_is_for_its_own_list(parts: Parts) -> None:
    token = ask(parts, "ListServiceQuotas")["NextToken"]
    with pytest.raises(ValidationError, match="Invalid NextToken"):
        ask(parts, "ListAWSDefaultServiceQuotas", NextToken=token)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "Expecting"),
        ("[]", "must be an object"),
        ('{"ml.nothing for training job usage": 1}', "no quota 'ml.nothing for training job usage'"),
        (f'{{"{TRN1}": -1}}', "0 or more"),
        (f'{{"{TRN1}": "1"}}', "0 or more"),
        (f'{{"{TRN1}": NaN}}', "0 or more"),
        (f'{{"{TRN1}": true}}', "0 or more"),
        ("\udcff", "quotas.json"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(parts: Parts, text: str, words: str) -> None:
    path = parts.engine.data_dir / quotas.FILE
    path.write_text(text, errors="surrogateescape")
    for _ in range(2):
        with pytest.raises(ValidationError, match=re.escape(words)) as caught:
            ask(parts, "ListServiceQuotas")
        assert "quotas.json in the engine's data directory cannot be used" in caught.value.message
    path.unlink()
    assert ask(parts, "ListServiceQuotas")["Quotas"][0]["Value"] == quotas.DEFAULT


@pytest.fixture
def harness(tmp_path: Path) -> Any:
    made = Harness(tmp_path / "engine", ServiceQuotas, grace=0.2)
    tuning = TuningJobs(made.engine, made.training)
    made.service = type(made.service)(made.engine, [*made.service.families, tuning])
    yield made
    made.close()


def test_training_jobs_keep_to_them(harness: Harness) -> None:
    name = "ml.m5.large for training job usage"
    set_quotas(harness.engine.data_dir, **{name: 1})
    harness.create("first", FOREVER)
    with pytest.raises(LimitError) as caught:
        harness.create("second", FOREVER)
    assert caught.value.code == "ResourceLimitExceeded"
    assert caught.value.message == (
        f"The account-level service limit '{name}' is 1 Instances, with current utilization of 1 Instances and a "
        f"request delta of 1 Instances.{TAIL}"
    )
    assert [row.key for row in harness.store.rows("training-jobs")] == ["first"]
    other = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}
    harness.create("third", "", ResourceConfig=other)
    # It counts until it is over.
    harness.call("StopTrainingJob", TrainingJobName="first")
    with pytest.raises(LimitError):
        harness.create("second", "")
    harness.over("first")
    assert harness.created_and_over("second", "")["TrainingJobStatus"] == "Completed"
    set_quotas(harness.engine.data_dir, **{"L-00C91CB5": 0})
    with pytest.raises(LimitError, match="'Number of instances across all training jobs' is 0 Instances"):
        harness.create("fourth", "")
    set_quotas(harness.engine.data_dir, **{"Maximum number of instances per training job": 0})
    with pytest.raises(LimitError, match="'Maximum number of instances per training job' is 0 Instances"):
        harness.create("fourth", "")


def tuning_request(harness: Harness, name: str, parallel: int) -> Json:
    definition = harness.request(name, "")
    definition["StaticHyperParameters"] = definition.pop("HyperParameters")
    del definition["TrainingJobName"]
    definition["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "score", "Regex": "score=(.*)"}]
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ResourceLimits": {"MaxParallelTrainingJobs": parallel, "MaxNumberOfTrainingJobs": 8},
            "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]},
        },
        "TrainingJobDefinition": definition,
    }


def test_a_tuning_job_asks_for_all_its_trials_at_once(harness: Harness) -> None:
    name = "ml.m5.large for training job usage"
    set_quotas(harness.engine.data_dir, **{name: 3})
    with pytest.raises(LimitError) as caught:
        harness.call("CreateHyperParameterTuningJob", **tuning_request(harness, "tune", 4))
    assert caught.value.message == (
        f"The account-level service limit '{name}' is 3 Instances, with current utilization of 0 Instances and a "
        f"request delta of 4 Instances.{TAIL}"
    )
    assert harness.store.rows("tuning-jobs") == []
    put_job(harness.engine, "busy", "ml.m5.large", 2)
    with pytest.raises(LimitError, match="current utilization of 2 Instances and a request delta of 2 Instances"):
        harness.call("CreateHyperParameterTuningJob", **tuning_request(harness, "tune", 2))
    harness.call("CreateHyperParameterTuningJob", **tuning_request(harness, "tune", 1))
    harness.call("StopHyperParameterTuningJob", HyperParameterTuningJobName="tune")
    harness.store.delete("training-jobs", "busy")


def put_job(engine: Any, name: str, instance_type: str, count: int, **body: Any) -> None:
    config = {"InstanceType": instance_type, "InstanceCount": count}
    body = {"TrainingJobStatus": "InProgress", "ResourceConfig": config, **body}
    arn = engine.arn("TrainingJob", name)
    engine.store.insert(Record("training-jobs", name, arn, START, START, "InProgress", body=body))


def test_instances_are_counted_by_type_and_by_market(parts: Parts) -> None:
    engine = parts.engine
    put_job(engine, "one", "ml.p5.48xlarge", 3)
    put_job(engine, "two", "ml.p5.48xlarge", 4, EnableManagedSpotTraining=True)
    groups = [
        {"InstanceGroupName": "a", "InstanceType": "ml.p5.48xlarge", "InstanceCount": 2},
        {"InstanceGroupName": "b", "InstanceType": "ml.trn1.32xlarge", "InstanceCount": 1},
    ]
    put_job(engine, "three", "", 0, ResourceConfig={"InstanceGroups": groups})
    set_quotas(
        engine.data_dir,
        **{
            "ml.p5.48xlarge for training job usage": 5,
            "ml.p5.48xlarge for spot training job usage": 4,
            "Number of instances across all training jobs": 6,
        },
    )

    def refusal(**request: Any) -> str:
        with pytest.raises(LimitError) as caught:
            engine.quotas.check_request("CreateTrainingJob", request)
        return caught.value.message.removesuffix(TAIL)

    p5 = {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1}
    end = "Instances and a request delta of 1 Instances."
    assert refusal(ResourceConfig=p5).endswith(f"is 5 Instances, with current utilization of 5 {end}")
    assert refusal(ResourceConfig=p5, EnableManagedSpotTraining=True).endswith(f"current utilization of 4 {end}")
    assert "'Number of instances across all training jobs' is 6" in refusal(
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1}
    )
    assert "delta of 2 Instances" in refusal(ResourceConfig={"InstanceGroups": groups})


def test_apps_and_domains_keep_to_them(parts: Parts) -> None:
    engine = parts.engine
    lab = "Studio JupyterLab Apps running on ml.p3.2xlarge instances"
    gateway = "Studio KernelGateway Apps running on ml.g5.48xlarge instance"
    set_quotas(engine.data_dir, **{lab: 1, gateway: 0, "Total domains": 1})

    def check_app(app_type: str, instance_type: str) -> None:
        engine.quotas.check_request("CreateApp", {"AppType": app_type}, instance_type)

    check_app("JupyterLab", "ml.p3.2xlarge")
    body = {"AppType": "JupyterLab", "ResourceSpec": {"InstanceType": "ml.p3.2xlarge"}}
    engine.store.insert(Record("apps", "a", "arn:a", START, START, "InService", body=body))
    engine.store.insert(Record("apps", "b", "arn:b", START, START, "Deleted", body=body))
    with pytest.raises(LimitError) as caught:
        check_app("JupyterLab", "ml.p3.2xlarge")
    words = "is 1 Apps, with current utilization of 1 Apps and a request delta of 1 Apps."
    assert caught.value.message == f"The account-level service limit '{lab}' {words}{TAIL}"
    with pytest.raises(LimitError, match=f"'{gateway}' is 0 Apps"):
        check_app("KernelGateway", "ml.g5.48xlarge")
    check_app("JupyterServer", "system")
    check_app("CodeEditor", "ml.p3.2xlarge")
    with pytest.raises(LimitError, match="'Total domains' is 1 Domains, with current utilization of 1 Domains"):
        parts.call("CreateDomain", DomainName="two", AuthMode="IAM", DefaultUserSettings={"ExecutionRole": ROLE})
    assert len(parts.call("ListDomains")["Domains"]) == 1


@pytest.mark.parametrize(
    ("operation", "member", "name"),
    [
        ("CreateSpace", "SpaceName", "Maximum number of Studio spaces allowed per account"),
        ("CreateUserProfile", "UserProfileName", "Maximum number of Studio user profiles allowed per account"),
    ],
)
def test_spaces_and_profiles_keep_to_them(parts: Parts, operation: str, member: str, name: str) -> None:
    domain = parts.call("ListDomains")["Domains"][0]["DomainId"]
    have = {"CreateSpace": 0, "CreateUserProfile": 1}[operation]
    set_quotas(parts.engine.data_dir, **{name: have + 1})
    parts.call(operation, DomainId=domain, **{member: "one"})
    with pytest.raises(LimitError, match=f"'{name}' is {have + 1} "):
        parts.call(operation, DomainId=domain, **{member: "two"})


ROLE = "arn:aws:iam::000000000000:role/SageMakerLocalRole"


def test_a_created_app_is_held_against_its_quota(parts: Parts) -> None:
    domain = parts.call("ListDomains")["Domains"][0]["DomainId"]
    set_quotas(parts.engine.data_dir, **{"Studio KernelGateway Apps running on ml.g5.48xlarge instance": 0})
    with pytest.raises(LimitError, match=r"KernelGateway Apps running on ml\.g5\.48xlarge instance' is 0 Apps"):
        parts.call(
            "CreateApp",
            DomainId=domain,
            UserProfileName="default",
            AppType="KernelGateway",
            AppName="big",
            ResourceSpec={"InstanceType": "ml.g5.48xlarge"},
        )
    assert parts.call("ListApps") == {"Apps": []}


def test_clients_read_them(engine: EngineProcess) -> None:
    client = engine.client("service-quotas")
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    assert len([quota for page in pages for quota in page["Quotas"]]) == len(quotas.catalog())
    with pytest.raises(client.exceptions.NoSuchResourceException):
        client.get_service_quota(ServiceCode="sagemaker", QuotaCode="L-00000000")
    sagemaker = engine.client("sagemaker")
    set_quotas(engine.data_dir, **{"Total domains": 0})
    try:
        with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded, match="'Total domains' is 0 Domains"):
            sagemaker.create_domain(
                DomainName="x",
                AuthMode="IAM",
                DefaultUserSettings={"ExecutionRole": ROLE},
                SubnetIds=["subnet-1"],
                VpcId="vpc-1",
            )
    finally:
        (engine.data_dir / quotas.FILE).unlink()
