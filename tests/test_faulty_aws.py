"""The AWS with faults, before a real engine and under real boto3."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from faulty_aws import Fault, FaultyAWS

from jupyter_sm_ext.connections.connection import connect
from jupyter_sm_ext.errors import AccessDeniedError
from jupyter_sm_ext.studio import Studio


def client(attempts: int = 1) -> boto3.client:
    return boto3.client("sagemaker", config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}))


def test_without_faults_it_is_the_engine(aws: FaultyAWS) -> None:
    assert [domain["DomainName"] for domain in client().list_domains()["Domains"]] == ["local"]
    assert aws.calls == {"ListDomains": 1}


def test_a_denied_operation_names_its_action(aws: FaultyAWS, data_dir: Path) -> None:
    aws.deny("ListSpaces")
    studio = Studio(connect("aws", data_dir=data_dir))
    with pytest.raises(AccessDeniedError, match="sagemaker:ListSpaces"):
        list(studio.list("spaces"))
    assert list(studio.list("domains"))


def test_throttling_ends_after_so_many_calls(aws: FaultyAWS) -> None:
    aws.throttle("ListDomains", times=1)
    with pytest.raises(ClientError, match="Rate exceeded"):
        client().list_domains()
    assert client().list_domains()["Domains"]


def test_a_dropped_connection_is_one(aws: FaultyAWS) -> None:
    aws.faults["*"] = Fault(dropped=True)
    with pytest.raises(ConnectionClosedError):
        client().list_domains()
