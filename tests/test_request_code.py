"""Requests as code: what is awkward to write down."""

from __future__ import annotations

import datetime
import shlex
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.connections.connection import Choice, Connection, open_connection
from jupyter_sm_ext.launching.request_code import aws_command, boto3_code


@pytest.fixture
def aws(tmp_path: Path) -> Connection:
    return open_connection(Choice("aws", profile="my team", region="eu-west-1"), tmp_path)


def words_of(command: str) -> list[str]:
    """As a shell takes it apart; shlex knows no line that goes on."""
    return shlex.split(command.replace("\\\n", ""))


def called(code: str) -> dict[str, Any]:
    """What the code passes to its client."""
    seen: dict[str, Any] = {}

    class Client:
        def __getattr__(self, name: str) -> Any:
            return lambda **request: seen.update({"method": name, "request": request})

    _, _, call = code.partition('client("sagemaker")\n')
    exec(call, {"sagemaker": Client(), "datetime": datetime})
    return seen


def test_the_connection_is_named(aws: Connection) -> None:
    assert 'boto3.Session(profile_name="my team", region_name="eu-west-1").client' in boto3_code(aws, "ListDomains", {})
    assert words_of(aws_command(aws, "ListDomains", {})) == [
        *("aws", "sagemaker", "list-domains", "--profile", "my team", "--region", "eu-west-1")
    ]


def test_times_are_datetimes(aws: Connection) -> None:
    request = {"CreationTimeAfter": 1700000000, "MaxResults": 5}
    code = boto3_code(aws, "ListTrainingJobs", request)
    assert code.startswith("import datetime\n\nimport boto3\n")
    when = datetime.datetime.fromtimestamp(1700000000, datetime.timezone.utc)
    assert called(code) == {
        "method": "list_training_jobs",
        "request": {"CreationTimeAfter": when, "MaxResults": 5},
    }
    assert "--creation-time-after 2023-11-14T22:13:20+00:00" in aws_command(aws, "ListTrainingJobs", request)


def test_any_text_comes_back(aws: Connection) -> None:
    request = {
        "TrainingJobName": "-dash",
        "HyperParameters": {"a": "both ' and \"", "b": "line\nbreak\\n", "c": "\u2028", "d": "x" * 200},
        "EnableNetworkIsolation": False,
        "EnableManagedSpotTraining": True,
        "Tags": [],
        "StoppingCondition": None,
    }
    expected = {name: value for name, value in request.items() if value is not None}
    assert called(boto3_code(aws, "CreateTrainingJob", request))["request"] == expected
    words = words_of(aws_command(aws, "CreateTrainingJob", request))
    assert {"--training-job-name=-dash", "--no-enable-network-isolation", "--enable-managed-spot-training"} <= {*words}


def test_what_the_command_line_would_fetch_is_given_as_json(aws: Connection) -> None:
    words = words_of(aws_command(aws, "CreateAlgorithm", {"AlgorithmDescription": "http://example.com/it's"}))
    assert words[-2:] == ["--cli-input-json", '{"AlgorithmDescription": "http://example.com/it\'s"}']
