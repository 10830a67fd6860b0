"""AWS's partitions and kinds of endpoints: where each client asks, by botocore's own rules, and what it signs for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import EndpointConnectionError
from one_loader import one_loader

from jupyter_sm_ext.checks.account_quotas import AccountQuotas
from jupyter_sm_ext.checks.prices import Prices, asked_in
from jupyter_sm_ext.commands.commands import complete
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.aws_endpoints import fips_regions, regions
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.connections.connection_rules import RULES_VARIABLE, Rules
from jupyter_sm_ext.connections.quick_reads import QuickReads
from jupyter_sm_ext.errors import SageMakerError, UnreachableError, ValidationError
from jupyter_sm_ext.offers.training_images import training_image
from jupyter_sm_ext.studio import Studio

ONE_OF_EACH: dict[str, tuple[str, dict[str, Any]]] = {
    "sagemaker": ("list_domains", {}),
    "logs": ("describe_log_streams", {"logGroupName": "group"}),
    "s3": ("list_objects_v2", {"Bucket": "data"}),
    "sts": ("get_caller_identity", {}),
    "iam": ("get_role", {"RoleName": "jobs"}),
    "service-quotas": ("list_service_quotas", {"ServiceCode": "sagemaker"}),
    "pricing": ("get_products", {"ServiceCode": "AmazonSageMaker"}),
}
PROFILES = """\
[profile plain]
aws_access_key_id = AKIDKEYS
aws_secret_access_key = secret
region = eu-west-1
[profile vpc]
aws_access_key_id = AKIDKEYS
aws_secret_access_key = secret
region = eu-west-1
services = inside
[profile fips]
aws_access_key_id = AKIDKEYS
aws_secret_access_key = secret
region = us-gov-west-1
use_fips_endpoint = true
[profile china]
aws_access_key_id = AKIDKEYS
aws_secret_access_key = secret
region = cn-north-1
[profile keys]
aws_access_key_id = AKIDKEYS
aws_secret_access_key = secret
[profile role]
role_arn = arn:aws-us-gov:iam::123456789012:role/analyst
source_profile = keys
[services inside]
sagemaker =
  endpoint_url = https://vpce-1.api.sagemaker.eu-west-1.vpce.amazonaws.com
s3 =
  endpoint_url = https://bucket.vpce-2.s3.eu-west-1.vpce.amazonaws.com
"""


class NotSentError(Exception):
    """Stops a request that was made."""


@pytest.fixture(scope="module", autouse=True)
def models() -> Iterator[None]:
    with one_loader():
        yield


@pytest.fixture(autouse=True)
def aws_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's AWS configuration, and keys that nobody gets to see."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "aws-config"
    path.write_text(PROFILES)
    for name, value in {
        "AWS_CONFIG_FILE": str(path),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    return path


def connect(tmp_path: Path, **choice: Any) -> AwsConnection:
    return AwsConnection(Choice("aws", **choice), tmp_path)


def asked(connection: AwsConnection, service: str, **how: Any) -> tuple[str, str]:
    """Host and scope of the signature of a request that is made, and not sent."""
    client = connection.client(service, **how)
    seen: list[Any] = []

    def stop(request: Any, **_: Any) -> None:
        seen.append(request)
        raise NotSentError

    client.meta.events.register("before-send", stop)
    method, request = ONE_OF_EACH[service]
    with pytest.raises(NotSentError):
        getattr(client, method)(**request)
    scope = re.search(r"Credential=\w+/\d+/([\w-]+/[\w-]+)/", seen[0].headers["Authorization"].decode())
    assert scope is not None
    return str(urlsplit(seen[0].url).hostname), scope[1]


@pytest.mark.parametrize(
    ("region", "partition", "hosts"),
    [
        (
            "eu-west-1",
            "aws",
            {
                "sagemaker": "api.sagemaker.eu-west-1.amazonaws.com",
                "logs": "logs.eu-west-1.amazonaws.com",
                "s3": "data.s3.eu-west-1.amazonaws.com",
                "sts": "sts.eu-west-1.amazonaws.com",
                "iam": "iam.amazonaws.com",
                "service-quotas": "servicequotas.eu-west-1.amazonaws.com",
                "pricing": "api.pricing.us-east-1.amazonaws.com",
            },
        ),
        (
            "cn-north-1",
            "aws-cn",
            {
                "sagemaker": "api.sagemaker.cn-north-1.amazonaws.com.cn",
                "logs": "logs.cn-north-1.amazonaws.com.cn",
                "s3": "data.s3.cn-north-1.amazonaws.com.cn",
                "sts": "sts.cn-north-1.amazonaws.com.cn",
                "iam": "iam.cn-north-1.amazonaws.com.cn",
                "service-quotas": "servicequotas.cn-north-1.amazonaws.com.cn",
                "pricing": "api.pricing.cn-northwest-1.amazonaws.com.cn",
            },
        ),
        (
            "us-gov-west-1",
            "aws-us-gov",
            {
                "sagemaker": "api.sagemaker.us-gov-west-1.amazonaws.com",
                "logs": "logs.us-gov-west-1.amazonaws.com",
                "s3": "data.s3.us-gov-west-1.amazonaws.com",
                "sts": "sts.us-gov-west-1.amazonaws.com",
                "iam": "iam.us-gov.amazonaws.com",
                "service-quotas": "servicequotas.us-gov-west-1.amazonaws.com",
            },
        ),
    ],
)
def test_each_service_is_asked_in_the_partition_of_the_region(
    tmp_path: Path, region: str, partition: str, hosts: dict[str, str]
) -> None:
    connection = connect(tmp_path, region=region)
    assert connection.partition == partition
    where = asked_in(partition)
    assert (where is None) == ("pricing" not in hosts)
    found = {service: asked(connection, service, region=where if service == "pricing" else None) for service in hosts}
    assert {service: host for service, (host, _) in found.items()} == hosts
    # What is global is signed for a region of its partition, too: a signature for another one is refused.
    assert {scope.split("/")[0] for _, scope in found.values()} <= {*regions()[partition]}
    assert found["sagemaker"][1] == f"{region}/sagemaker"


@pytest.mark.parametrize(
    ("region", "fips", "dualstack", "sagemaker", "s3", "sts"),
    [
        (
            *("us-east-1", True, None, "api-fips.sagemaker.us-east-1.amazonaws.com"),
            *("data.s3-fips.us-east-1.amazonaws.com", "sts-fips.us-east-1.amazonaws.com"),
        ),
        (
            *("eu-west-1", None, True, "api.sagemaker.eu-west-1.api.aws"),
            *("data.s3.dualstack.eu-west-1.amazonaws.com", "sts.eu-west-1.api.aws"),
        ),
        (
            *("us-west-2", True, True, "api.sagemaker-fips.us-west-2.api.aws"),
            *("data.s3-fips.dualstack.us-west-2.amazonaws.com", "sts-fips.us-west-2.api.aws"),
        ),
        # GovCloud's STS is one of FIPS 140 as it is.
        (
            *("us-gov-west-1", True, None, "api-fips.sagemaker.us-gov-west-1.amazonaws.com"),
            *("data.s3-fips.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com"),
        ),
        (
            *("cn-north-1", None, True, "api.sagemaker.cn-north-1.api.amazonwebservices.com.cn"),
            *("data.s3.dualstack.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.api.amazonwebservices.com.cn"),
        ),
    ],
)
def test_the_chosen_kind_of_endpoints_is_asked_by_every_client(
    tmp_path: Path, region: str, fips: bool | None, dualstack: bool | None, sagemaker: str, s3: str, sts: str
) -> None:
    connection = connect(tmp_path, region=region, fips=fips, dualstack=dualstack)
    assert [asked(connection, each)[0] for each in ("sagemaker", "s3", "sts")] == [sagemaker, s3, sts]
    assert asked(connection, "sagemaker", raw=True)[0] == sagemaker
    assert QuickReads(connection, 1)._url == f"https://{sagemaker}/"


def test_what_the_configuration_says_holds_where_nothing_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_profile = connect(tmp_path, profile="fips")
    assert asked(by_profile, "sagemaker")[0] == "api-fips.sagemaker.us-gov-west-1.amazonaws.com"
    assert "AWS_USE_FIPS_ENDPOINT" not in by_profile.environment()
    unchosen = connect(tmp_path, profile="fips", fips=False)
    assert asked(unchosen, "sagemaker")[0] == "api.sagemaker.us-gov-west-1.amazonaws.com"
    assert unchosen.environment()["AWS_USE_FIPS_ENDPOINT"] == "false"
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
    assert asked(connect(tmp_path, profile="plain"), "logs")[0] == "logs.eu-west-1.api.aws"


def test_roles_are_taken_where_everything_else_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    seen: list[str] = []

    def stop(_: Any, request: Any) -> None:
        seen.append(str(urlsplit(request.url).hostname))
        raise EndpointConnectionError(endpoint_url=request.url)

    monkeypatch.setattr("botocore.endpoint.Endpoint._send", stop)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for choice, host in (
        ({"fips": True}, "sts-fips.us-west-2.amazonaws.com"),
        ({"dualstack": True}, "sts.us-west-2.api.aws"),
        ({}, "sts.us-west-2.amazonaws.com"),
    ):
        seen.clear()
        with pytest.raises(UnreachableError):
            Studio(connect(tmp_path, profile="role", region="us-west-2", **choice)).call("ListDomains")
        assert seen == [host]
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/analyst")
    (tmp_path / "token").write_text("token")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    seen.clear()
    with pytest.raises(UnreachableError):
        Studio(connect(tmp_path, region="us-gov-east-1", fips=True)).call("ListDomains")
    assert seen == ["sts.us-gov-east-1.amazonaws.com"]
    seen.clear()
    with pytest.raises(UnreachableError):
        Studio(connect(tmp_path, region="us-east-2", fips=True)).call("ListDomains")
    assert seen == ["sts-fips.us-east-2.amazonaws.com"]


def test_addresses_of_vpc_endpoints_are_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = connect(tmp_path, profile="vpc")
    host = "vpce-1.api.sagemaker.eu-west-1.vpce.amazonaws.com"
    for raw in (False, True):
        assert asked(inside, "sagemaker", raw=raw) == (host, "eu-west-1/sagemaker")
    assert QuickReads(inside, 1)._url == f"https://{host}/"
    assert asked(inside, "s3")[0] == "bucket.vpce-2.s3.eu-west-1.vpce.amazonaws.com"
    assert asked(inside, "logs")[0] == "logs.eu-west-1.amazonaws.com"
    # Somebody has written the address: that is one of FIPS 140 if it is said to be one, and nobody can tell better.
    assert asked(connect(tmp_path, profile="vpc", fips=True), "sagemaker")[0] == host
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "https://vpce-9.example")
    assert asked(connect(tmp_path, profile="vpc"), "sagemaker")[0] == "vpce-9.example"
    # `%sm env` leaves them where they are.
    assert not {"AWS_ENDPOINT_URL_SAGEMAKER"} & {*connect(tmp_path, profile="vpc").shadowing}
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert asked(connect(tmp_path, profile="vpc"), "sagemaker")[0] == "api.sagemaker.eu-west-1.amazonaws.com"


def test_an_address_that_is_none_is_told_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "vpce-1.api.sagemaker")
    with pytest.raises(ValidationError, match="has no address for sagemaker: Invalid endpoint: vpce-1") as caught:
        Studio(connect(tmp_path, region="eu-west-1")).call("ListDomains")
    assert "AWS_ENDPOINT_URL_*" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("region", "choice", "words"),
    [
        ("eu-west-1", {"fips": True}, "SageMaker's for FIPS 140 are in ca-central-1, "),
        ("eu-west-1", {"dualstack": True}, "This connection asks endpoints for IPv6, "),
        ("eu-west-1", {}, "see to the network"),
    ],
)
def test_an_endpoint_that_aws_does_not_have_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, region: str, choice: dict[str, bool], words: str
) -> None:
    def nobody(_: Any, request: Any) -> None:
        raise EndpointConnectionError(endpoint_url=request.url)

    monkeypatch.setattr("botocore.endpoint.Endpoint._send", nobody)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(UnreachableError) as caught:
        Studio(connect(tmp_path, region=region, **choice)).call("ListDomains")
    assert words in (caught.value.hint or "")
    assert (caught.value.hint or "").count("This connection asks") == len(choice)


def test_china_has_no_s3_of_fips_140(tmp_path: Path) -> None:
    connection = connect(tmp_path, region="cn-north-1", fips=True)
    with pytest.raises(SageMakerError, match="Partition does not support FIPS") as caught, connection.translated():
        connection.client("s3").list_objects_v2(Bucket="data")
    assert "aws-cn has no FIPS 140" in (caught.value.hint or "")


def test_regions_are_those_that_botocore_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"aws", "aws-cn", "aws-us-gov"} <= {*regions()}
    assert regions()["aws-cn"] == ["cn-north-1", "cn-northwest-1"]
    assert {*fips_regions()["aws-us-gov"]} == {"us-gov-east-1", "us-gov-west-1"}
    assert "us-east-1" in fips_regions()["aws"]
    assert "eu-west-1" not in fips_regions()["aws"]
    told = connect(tmp_path, profile="china").as_dict(refusal=SageMakerError("not asked"))
    assert told["regions"] == regions()
    monkeypatch.setenv(RULES_VARIABLE, Rules(regions=("us-gov-*", "eu-central-1")).as_json())
    told = connect(tmp_path, profile="china").as_dict(refusal=SageMakerError("not asked"))
    assert told["regions"] == {"aws": ["eu-central-1"], "aws-us-gov": regions()["aws-us-gov"]}


@pytest.mark.parametrize(
    ("region", "console", "registry"),
    [
        ("eu-west-1", "https://eu-west-1.console.aws.amazon.com/", ".dkr.ecr.eu-west-1.amazonaws.com/"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/", ".dkr.ecr.cn-north-1.amazonaws.com.cn/"),
        (
            *("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
            ".dkr.ecr.us-gov-west-1.amazonaws.com/",
        ),
    ],
)
def test_links_and_images_are_those_of_the_partition(tmp_path: Path, region: str, console: str, registry: str) -> None:
    assert (AccountQuotas(connect(tmp_path, region=region)).link("L-1") or "").startswith(console)
    for instance_type in ("ml.m5.large", "ml.g4dn.xlarge", "ml.trn1.2xlarge"):
        assert registry in (training_image(instance_type, region) or "")


def test_no_price_list_is_asked_where_there_is_none(tmp_path: Path) -> None:
    told = Prices(connect(tmp_path, region="us-gov-west-1")).per_hour()
    assert (told.per_hour, told.message) == (
        {},
        "There is no Price List in the partition of us-gov-west-1 (aws-us-gov).",
    )
    assert asked_in("aws") == "us-east-1"


def identity(connection: AwsConnection, arn: str) -> None:
    connection.__dict__["_identity"] = {"Account": arn.split(":")[4], "Arn": arn}


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_role_that_one_works_as_is_of_its_partition(tmp_path: Path, partition: str) -> None:
    connection = connect(tmp_path, region=regions()[partition][0])
    identity(connection, f"arn:{partition}:sts::123456789012:assumed-role/jobs/SageMaker")
    assert connection.role == f"arn:{partition}:iam::123456789012:role/jobs"
    assert connection.bucket == f"sagemaker-{connection.region}-123456789012"


@pytest.mark.parametrize(
    "arn",
    ["arn:aws-cn:iam::123456789012:user/me", "arn:aws-cn:sts::123456789012:assumed-role/AWSReservedSSO_Analyst_1/me"],
)
def test_who_works_as_no_role_has_the_domains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arn: str) -> None:
    role = "arn:aws-cn:iam::123456789012:role/of-the-domain"
    domains: list[dict[str, Any]] = [{"DomainId": "d-1"}]
    described: dict[str, Any] = {"DefaultUserSettings": {"ExecutionRole": role}}
    answers = {"ListDomains": {"Domains": domains}, "DescribeDomain": described}

    def answer(_: Any, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return answers[operation]

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", answer)
    connection = connect(tmp_path, profile="china")
    identity(connection, arn)
    assert connection.role == role
    assert connect(tmp_path, profile="china", role="arn:aws-cn:iam::1:role/mine").role == "arn:aws-cn:iam::1:role/mine"
    described.clear()
    with pytest.raises(ValidationError, match="no execution role is chosen") as caught:
        _ = connection.role
    assert "arn:aws-cn:iam::" in (caught.value.hint or "")
    domains.clear()
    with pytest.raises(ValidationError, match="no execution role is chosen"):
        _ = connection.role


def test_regions_of_all_partitions_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert complete(["connect", "aws", "--region"], "cn-") == ["cn-north-1", "cn-northwest-1"]
    monkeypatch.setenv(RULES_VARIABLE, Rules(regions=("us-gov-*",)).as_json())
    assert complete(["connect", "aws", "--region"], "") == regions()["aws-us-gov"]
