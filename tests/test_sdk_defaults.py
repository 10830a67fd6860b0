"""What the SageMaker Python SDK is told besides where the engine is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from jupyter_sm_ext import sdk_defaults
from jupyter_sm_ext.aws_connection import AwsConnection
from jupyter_sm_ext.connection_choice import Choice

ROLE = "arn:aws:iam::000000000000:role/one"


def test_the_sdk_has_a_bucket_a_role_and_sends_nothing(tmp_path: Path) -> None:
    told = sdk_defaults.variables(tmp_path, bucket="bucket", role=ROLE)
    file = Path(told["SAGEMAKER_USER_CONFIG_OVERRIDE"])
    config = json.loads(file.read_text())["SageMaker"]
    assert config["PythonSDK"]["Modules"] == {"TelemetryOptOut": True, "Session": {"DefaultS3Bucket": "bucket"}}
    assert config["TrainingJob"]["RoleArn"] == ROLE
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.stat()
    assert sdk_defaults.variables(tmp_path, bucket="bucket", role=ROLE) == told
    assert file.stat().st_ino == before.st_ino  # what is right already is not written again
    sdk_defaults.variables(tmp_path, bucket="another", role=ROLE)
    assert "another" in file.read_text()


def test_an_account_is_not_asked_with_the_engines_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = AwsConnection(Choice("aws", region="us-east-1"), tmp_path)
    monkeypatch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", "/home/me/mine.yaml")
    monkeypatch.setenv("SAGEMAKER_VALIDATE_ROLE", "false")
    assert not [name for name in aws.shadowing if name.startswith("SAGEMAKER_")]
    for name, value in sdk_defaults.variables(tmp_path, bucket="bucket", role=ROLE).items():
        monkeypatch.setitem(os.environ, name, value)
    assert {"SAGEMAKER_USER_CONFIG_OVERRIDE", "SAGEMAKER_VALIDATE_ROLE"} <= set(aws.shadowing)
