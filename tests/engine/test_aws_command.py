"""The ``aws`` command line, unmodified, against the engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess


def aws(engine: EngineProcess, *words: str, code: int = 0) -> str:
    """Run ``aws``; gives what it says, on stderr if it is expected to fail."""
    command = [sys.executable, "-W", "ignore", "-m", "awscli", *words]
    ended = subprocess.run(command, env=engine.environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == code, ended.stderr
    return ended.stderr if code else ended.stdout


def aws_json(engine: EngineProcess, *words: str) -> Any:
    return json.loads(aws(engine, *words, "--output", "json"))


def test_who_am_i(engine: EngineProcess) -> None:
    assert aws_json(engine, "sts", "get-caller-identity")["Account"] == "000000000000"


def test_sagemaker(engine: EngineProcess) -> None:
    assert aws_json(engine, "sagemaker", "list-training-jobs") == {"TrainingJobSummaries": []}
    (domain,) = aws_json(engine, "sagemaker", "list-domains")["Domains"]
    made = aws_json(engine, "sagemaker", "create-space", "--domain-id", domain["DomainId"], "--space-name", "cli")
    assert made["SpaceArn"].endswith(f"{domain['DomainId']}/cli")
    (space,) = aws_json(engine, "sagemaker", "list-spaces")["Spaces"]
    assert space["SpaceName"] == "cli"


def test_what_goes_wrong_is_told_in_the_services_words(engine: EngineProcess) -> None:
    name = ("--hyper-parameter-tuning-job-name", "nope")
    said = aws(engine, "sagemaker", "describe-hyper-parameter-tuning-job", *name, code=255)
    assert "(ResourceNotFound)" in said
    assert "can't find a tuning job called nope" in said


@pytest.mark.parametrize("size", [0, 9_000_001])
def test_s3_cp(engine: EngineProcess, tmp_path: Path, size: int) -> None:
    there = f"s3://{engine.bucket}/a folder/ä.bin"
    (tmp_path / "up").write_bytes(os.urandom(size))
    aws(engine, "s3", "cp", str(tmp_path / "up"), there)
    aws(engine, "s3", "cp", there, str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == (tmp_path / "up").read_bytes()
    assert "ä.bin" in aws(engine, "s3", "ls", f"s3://{engine.bucket}/a folder/")
    with urllib.request.urlopen(aws(engine, "s3", "presign", there).strip()) as answer:
        assert answer.read() == (tmp_path / "up").read_bytes()
    aws(engine, "s3", "rm", there)
    assert aws(engine, "s3", "ls", f"s3://{engine.bucket}/") == ""


def test_logs(engine: EngineProcess) -> None:
    said = aws(engine, "logs", "get-log-events", "--log-group-name", "/x", "--log-stream-name", "y", code=255)
    assert "ResourceNotFoundException" in said
