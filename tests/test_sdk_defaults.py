"""What the SageMaker Python SDK is told besides where the engine is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from jupyter_sm_ext.connections import sdk_defaults
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection_choice import Choice
from jupyter_sm_ext.connections.local_connection import LocalConnection

ENGINE = "http://127.0.0.1:9"
ROLE = "arn:aws:iam::000000000000:role/one"


def test_the_sdk_has_a_bucket_a_role_and_sends_nothing(tmp_path: Path) -> None:
    told = sdk_defaults.variables(tmp_path, endpoint_url=ENGINE, bucket="bucket", role=ROLE)
    file = Path(told["SAGEMAKER_USER_CONFIG_OVERRIDE"])
    config = json.loads(file.read_text())["SageMaker"]
    assert config["PythonSDK"]["Modules"] == {"TelemetryOptOut": True, "Session": {"DefaultS3Bucket": "bucket"}}
    assert config["TrainingJob"]["RoleArn"] == ROLE
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.stat()
    assert sdk_defaults.variables(tmp_path, endpoint_url=ENGINE, bucket="bucket", role=ROLE) == told
    assert file.stat().st_ino == before.st_ino  # what is right already is not written again
    sdk_defaults.variables(tmp_path, endpoint_url=ENGINE, bucket="another", role=ROLE)
    assert "another" in file.read_text()


def test_an_account_is_not_asked_with_the_engines_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = AwsConnection(Choice("aws", region="us-east-1"), tmp_path)
    monkeypatch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", "/home/me/mine.yaml")
    monkeypatch.setenv("SAGEMAKER_VALIDATE_ROLE", "false")
    assert not [name for name in aws.shadowing if name.startswith("SAGEMAKER_")]
    for name, value in sdk_defaults.variables(tmp_path, endpoint_url=ENGINE, bucket="bucket", role=ROLE).items():
        monkeypatch.setitem(os.environ, name, value)
    assert {"SAGEMAKER_USER_CONFIG_OVERRIDE", "SAGEMAKER_VALIDATE_ROLE", "AWS_ENDPOINT_URL_IAM"} <= set(aws.shadowing)


def test_nobody_is_asked_about_the_role(data_dir: Path) -> None:
    local = LocalConnection(Choice(), data_dir)
    assert local.environment()["AWS_ENDPOINT_URL_IAM"] == local.engine.endpoint_url
    iam = local.session.client("iam", endpoint_url=local.engine.endpoint_url)
    with pytest.raises(ClientError, match="does not have the service 'iam'"):
        iam.simulate_principal_policy(PolicySourceArn=ROLE, ActionNames=["s3:PutObject"])
