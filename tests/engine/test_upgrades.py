"""What engines of earlier commits left on the disk is listed, described and gone on with by today's."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess, until
from unpacking import unpack

from jupyter_sm_ext.engine.store import SCHEMA_VERSION
from jupyter_sm_ext.resources import Resource, resources

Json = dict[str, Any]
STATES = sorted((Path(__file__).parent / "old_states").glob("*.tar.xz"))
LISTED = {"spaces": "space", "apps": "app", "algorithms": "algorithm"}


def unpacked(state: Path, folder: Path) -> Path:
    with tarfile.open(state) as archive:
        unpack(archive, folder)
    return folder


@pytest.fixture(scope="module", params=STATES, ids=lambda state: state.name.removesuffix(".tar.xz"))
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """Today's engine on a state of then."""
    engine = EngineProcess(unpacked(request.param, tmp_path_factory.mktemp("upgraded"))).start()
    yield engine
    engine.close()


def made(engine: EngineProcess) -> list[str]:
    """What was made then."""
    found: list[str] = json.loads((engine.data_dir / "made.json").read_text())["made"]
    return found


def listed(client: Any, row: Resource) -> list[Json]:
    pages = client.get_paginator(_snake(row.operation("list"))).paginate()
    return [item for page in pages for items in page.values() if isinstance(items, list) for item in items]


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def test_there_are_states_of_several_times() -> None:
    assert len(STATES) >= 3


def test_everything_is_listed_and_described(upgraded: EngineProcess) -> None:
    client, names = upgraded.client("sagemaker"), made(upgraded)
    for row in resources():
        items = listed(client, row)
        if row.kind in LISTED:
            assert bool(items) == (LISTED[row.kind] in names), row.kind
        for item in items:
            operation = row.operation("describe")
            taken = client.meta.service_model.operation_model(operation).input_shape.members
            key = {name: item[name] for name in taken if name in item}
            described = getattr(client, _snake(operation))(**key)
            assert {name: described[name] for name in key} == key


def test_what_had_ended_is_as_it_was(upgraded: EngineProcess) -> None:
    client = upgraded.client("sagemaker")
    done = client.describe_training_job(TrainingJobName="done")
    assert (done["TrainingJobStatus"], done["SecondaryStatusTransitions"][-1]["Status"]) == ("Completed", "Completed")
    assert done["FinalMetricDataList"][0]["MetricName"] == "score"
    assert client.list_tags(ResourceArn=done["TrainingJobArn"])["Tags"] == [{"Key": "team", "Value": "red"}]
    bucket, _, key = done["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    assert upgraded.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    failed = client.describe_training_job(TrainingJobName="failed")
    assert failed["TrainingJobStatus"] == "Failed"
    assert "no good data" in failed["FailureReason"]
    tuned = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tuned")
    assert tuned["TrainingJobStatusCounters"]["Completed"] == 2
    assert tuned["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] <= 1
    logs = upgraded.client("logs")
    [stream] = logs.describe_log_streams(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="done/")[
        "logStreams"
    ]
    events = logs.get_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=stream["logStreamName"])
    assert any("score=" in event["message"] for event in events["events"])


def test_what_ran_is_gone_on_with(upgraded: EngineProcess) -> None:
    client = upgraded.client("sagemaker")

    def over(name: str) -> Json | None:
        found: Json = client.describe_training_job(TrainingJobName=name)
        return found if found["TrainingJobStatus"] != "InProgress" else None

    # Its processes are long gone: it has failed as it would on SageMaker, and says so.
    assert "InternalServerError" in until(lambda: over("running"))["FailureReason"]

    def tuned() -> Json | None:
        found: Json = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tuning")
        return found if found["HyperParameterTuningJobStatus"] != "InProgress" else None

    counters = until(tuned, 120)["TrainingJobStatusCounters"]
    assert counters["Completed"] >= 2
    assert counters["Completed"] + counters["NonRetryableError"] + counters["RetryableError"] == 4


def test_what_was_kept_is_of_use(upgraded: EngineProcess) -> None:
    client, names = upgraded.client("sagemaker"), made(upgraded)
    domain = client.list_domains()["Domains"][0]["DomainId"]
    client.update_space(DomainId=domain, SpaceName="kept", SpaceDisplayName="Still here")
    before = client.describe_training_job(TrainingJobName="done")
    again = {
        name: before[name]
        for name in ("RoleArn", "OutputDataConfig", "ResourceConfig", "StoppingCondition", "HyperParameters")
    }
    specification: Json = {"TrainingInputMode": "File", "TrainingImage": "local/python"}
    if "algorithm" in names:
        specification = {"TrainingInputMode": "File", "AlgorithmName": "known"}
        del again["HyperParameters"]
    client.create_training_job(TrainingJobName="after", AlgorithmSpecification=specification, **again)
    until(lambda: client.describe_training_job(TrainingJobName="after")["TrainingJobStatus"] == "Completed", 60)


def test_it_says_which_format_it_is(upgraded: EngineProcess) -> None:
    upgraded.terminate()
    with closing(sqlite3.connect(upgraded.data_dir / "engine.sqlite")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_a_state_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    engine = EngineProcess(unpacked(STATES[-1], tmp_path / "newer"))
    path = engine.data_dir / "engine.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    ended = engine.run_to_end()
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert "was written by a newer version of jupyter_sm_ext" in line
    assert "pip install --upgrade jupyter-sm-ext" in line
    assert path.read_bytes() == before
