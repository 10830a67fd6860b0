"""Unmodified clients: PyPI's ``aws``, led to the engine by its environment alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import tuning_help as tuning
from engine_process import EngineProcess

SERVICES = ("SAGEMAKER", "S3", "STS", "CLOUDWATCH_LOGS")


class Aws:
    """The command line, with the variables that ``jupyter sm env`` prints."""

    def __init__(self, engine: EngineProcess, home: Path) -> None:
        told = engine.file
        # Beside the interpreter, not on the PATH: Debian's is too old for these variables.
        self._program = Path(sys.executable).with_name("aws")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **{f"AWS_ENDPOINT_URL_{service}": engine.endpoint_url for service in SERVICES},
            "AWS_ACCESS_KEY_ID": told["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": told["secret_access_key"],
            "AWS_DEFAULT_REGION": told["region"],
            "AWS_REGION": told["region"],
            "AWS_CONFIG_FILE": str(home / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }

    def run(self, *arguments: str, directory: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._program), *arguments],
            env=self._environment,
            cwd=directory,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def __call__(self, *arguments: str, directory: Path | None = None) -> str:
        done = self.run(*arguments, directory=directory)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--output", "json"))


@pytest.fixture(scope="module")
def aws(engine: EngineProcess, tmp_path_factory: pytest.TempPathFactory) -> Aws:
    return Aws(engine, tmp_path_factory.mktemp("aws"))


@pytest.fixture(scope="module")
def tuned(engine: EngineProcess) -> str:
    tuning.start(engine, "cli", most=3)
    assert tuning.over(engine, "cli")["HyperParameterTuningJobStatus"] == "Completed"
    return "cli"


def test_sagemaker(aws: Aws, tuned: str) -> None:
    listed = aws.json("sagemaker", "list-training-jobs", "--name-contains", f"{tuned}-", "--sort-by", "Name")
    names = [row["TrainingJobName"] for row in listed["TrainingJobSummaries"]]
    assert [name[:7] for name in names] == ["cli-001", "cli-002", "cli-003"]
    described = aws.json("sagemaker", "describe-hyper-parameter-tuning-job", "--hyper-parameter-tuning-job-name", tuned)
    assert described["TrainingJobStatusCounters"]["Completed"] == 3
    assert described["BestTrainingJob"]["TrainingJobName"] in names
    trials = aws.json(
        "sagemaker",
        "list-training-jobs-for-hyper-parameter-tuning-job",
        *("--hyper-parameter-tuning-job-name", tuned, "--sort-by", "FinalObjectiveMetricValue", "--max-items", "2"),
    )
    assert len(trials["TrainingJobSummaries"]) == 2
    who = aws.json("sts", "get-caller-identity")
    assert who["Account"] in described["HyperParameterTuningJobArn"]


def test_an_error_is_told_in_the_services_words(aws: Aws) -> None:
    done = aws.run("sagemaker", "describe-hyper-parameter-tuning-job", "--hyper-parameter-tuning-job-name", "nobody")
    assert done.returncode != 0
    assert "(ResourceNotFound)" in done.stderr
    assert "Amazon SageMaker can't find a tuning job called nobody. Type another name." in done.stderr


def test_the_log_of_a_trial(aws: Aws, tuned: str) -> None:
    group = "/aws/sagemaker/TrainingJobs"
    listed = aws.json("sagemaker", "list-training-jobs", "--name-contains", f"{tuned}-001")
    name = listed["TrainingJobSummaries"][0]["TrainingJobName"]
    streams = aws.json(
        "logs", "describe-log-streams", "--log-group-name", group, "--log-stream-name-prefix", f"{name}/"
    )
    (stream,) = streams["logStreams"]
    events = aws.json(
        *("logs", "get-log-events", "--log-group-name", group, "--start-from-head"),
        *("--log-stream-name", stream["logStreamName"]),
    )["events"]
    scores = [event["message"] for event in events if event["message"].startswith("validation:score=")]
    assert len(scores) == 3


def test_s3_copy_list_and_sync(aws: Aws, engine: EngineProcess, tmp_path: Path) -> None:
    bucket = f"s3://{engine.bucket}"
    folder = tmp_path / "folder"
    (folder / "sub dir").mkdir(parents=True)
    files = {"a.txt": b"hello", "sub dir/ü.bin": os.urandom(1 << 20), "large": os.urandom(1 << 20) * 20}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    aws("s3", "cp", "--no-progress", str(folder / "large"), f"{bucket}/one/large")
    aws("s3", "cp", "--no-progress", f"{bucket}/one/large", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == files["large"]
    aws("s3", "cp", "--no-progress", f"{bucket}/one/large", f"{bucket}/two/large")
    aws("s3", "sync", "--no-progress", str(folder), f"{bucket}/synced")
    listed = aws("s3", "ls", "--recursive", f"{bucket}/synced/").splitlines()
    assert sorted(line.split(maxsplit=3)[3] for line in listed) == sorted(f"synced/{name}" for name in files)
    assert aws("s3", "sync", "--no-progress", str(folder), f"{bucket}/synced") == ""
    aws("s3", "sync", "--no-progress", f"{bucket}/synced", str(tmp_path / "again"))
    for name, data in files.items():
        assert (tmp_path / "again" / name).read_bytes() == data
    assert "PRE synced/" in aws("s3", "ls", f"{bucket}/")
    aws("s3", "rm", "--recursive", f"{bucket}/synced/")
    assert aws.run("s3", "ls", f"{bucket}/synced/").returncode == 1


def test_the_model_of_the_best_trial(aws: Aws, tuned: str, tmp_path: Path) -> None:
    described = aws.json("sagemaker", "describe-hyper-parameter-tuning-job", "--hyper-parameter-tuning-job-name", tuned)
    name = described["BestTrainingJob"]["TrainingJobName"]
    job = aws.json("sagemaker", "describe-training-job", "--training-job-name", name)
    aws("s3", "cp", "--no-progress", job["ModelArtifacts"]["S3ModelArtifacts"], str(tmp_path / "model.tar.gz"))
    assert (tmp_path / "model.tar.gz").read_bytes()[:2] == b"\x1f\x8b"


def test_a_signed_url(aws: Aws, engine: EngineProcess, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"by a link")
    aws("s3", "cp", "--no-progress", str(tmp_path / "file"), f"s3://{engine.bucket}/link")
    url = aws("s3", "presign", f"s3://{engine.bucket}/link").strip()
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"by a link"
