"""Jobs by command on a local engine: lists, searches, logs, stopping, deleting, and what runs at a glance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from faulty_aws import FaultyAWS
from local_jobs import BAD, ENDLESS, GOOD, running_engine

from jupyter_sm_ext import cli
from jupyter_sm_ext.connections import connection as connections
from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.handles.handles import TrainingJob, TuningJob
from jupyter_sm_ext.handles.start import train, tune
from jupyter_sm_ext.studio import Studio

Command = Callable[[str], str]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("jobs")) as running:
        yield running


@pytest.fixture(scope="module")
def tuned(studio: Studio) -> TuningJob:
    job = tune(GOOD, name="tuned", ranges={"x": (0.1, 0.9)}, objective="score", max_jobs=2, parallel=2, studio=studio)
    job.wait(timeout=120, live=False)
    return job


@pytest.fixture(scope="module")
def good(studio: Studio) -> TrainingJob:
    job = train(GOOD, name="good", metrics={"score": None}, hyperparameters={"x": 0.25}, studio=studio)
    job.wait(timeout=60, live=False)
    studio.call("AddTags", {"ResourceArn": job.describe()["TrainingJobArn"], "Tags": [{"Key": "team", "Value": "red"}]})
    return job


@pytest.fixture(scope="module")
def bad(studio: Studio) -> str:
    job = train(BAD, name="bad", studio=studio)
    studio.wait("training-jobs", job.name, timeout=60)
    return job.name


@pytest.fixture
def sm(studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command that works, and gives what it wrote."""
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))

    def sm(line: str, *more: str) -> str:
        monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
        code = cli.main([*line.split(), *more])
        written = capsys.readouterr()
        assert code == 0, written.err
        return written.out

    return sm


@pytest.fixture
def fails(studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command that fails, and gives what it says."""
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))

    def fails(line: str, *more: str) -> str:
        monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
        assert cli.main([*line.split(), *more]) != 0
        return capsys.readouterr().err

    return fails


def listed(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines()[1:]]


def test_jobs_by_status_kind_and_name(
    sm: Command, fails: Command, tuned: TuningJob, good: TrainingJob, bad: str
) -> None:
    assert set(listed(sm("jobs"))) == {"tuned", "good", "bad"}
    assert listed(sm("jobs --status failed")) == ["bad"]
    assert listed(sm("jobs --status COMPLETED --kind training")) == ["good"]
    assert listed(sm("jobs --kind tuning")) == ["tuned"]
    assert listed(sm("jobs --name oo")) == ["good"]
    assert listed(sm("jobs --limit 1")) == ["bad"]
    assert sm("jobs --status running") == "Local engine: no such jobs\n"
    trials = listed(sm("jobs --of tuned"))
    assert sorted(trials) == sorted(each["TrainingJobName"] for each in tuned.trials())
    assert re.search(
        r"good +training +Completed +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\d+ s$", sm("jobs --name good"), re.MULTILINE
    )
    assert "--status: no such job is ever 'compleeted'\nDid you mean completed?" in fails("jobs --status compleeted")
    assert "--limit is from 1 to 1000" in fails("jobs --limit 0")
    assert "--of goes with neither" in fails("jobs --of tuned --kind training")


def test_a_name_like_a_trials_is_hidden_only_if_a_tuning_job_made_it(sm: Command, studio: Studio) -> None:
    train(GOOD, name="alone-001-0123abcd", studio=studio).wait(timeout=60, live=False)
    assert listed(sm("jobs --name alone")) == ["alone-001-0123abcd"]


def test_search(sm: Command, fails: Command, tuned: TuningJob, good: TrainingJob, bad: str) -> None:
    found = sm("search", "Metrics.score < 0.3 and HyperParameters.x exists and name = good")
    assert found.splitlines()[0].split() == ["NAME", "STATUS", "CREATED", "METRICS.SCORE", "HYPERPARAMETERS.X"]
    assert found.splitlines()[1].split()[-2:] == ["0.25", "0.25"]
    assert listed(sm("search", "Tags.team = red")) == ["good"]
    assert listed(sm("search", "status = failed or Tags.team in (red, blue)", "--sort", "name:asc")) == ["bad", "good"]
    best = sm("search name contains tuned- --sort Metrics.score")
    values = [float(line.split()[-1]) for line in best.splitlines()[1:]]
    assert values == sorted(values, reverse=True)
    assert len(values) == 2
    assert listed(sm("search --kind tuning status = completed")) == ["tuned"]
    assert "There are more: --limit 5" in sm("search --limit 1")
    assert sm("search", "Metrics.score > 7") == "Local engine: no training jobs fit\n"
    assert "Did you mean Metrics.score or" in fails("search", "score > 7")


def test_logs_of_a_trial(sm: Command, fails: Command, tuned: TuningJob) -> None:
    assert "epoch 3 score=" in sm("logs tuned --trial 1")
    assert "only its training jobs have logs\nIts newest one: jupyter sm logs tuned --trial 2" in fails("logs tuned")
    assert "tuned has no training job 9\nIts newest one is tuned-00" in fails("logs tuned --trial 9")
    assert "is no tuning job" in fails(f"logs {tuned.trials()[0]['TrainingJobName']} --trial 1")


def test_what_runs_is_told_with_its_quota(sm: Command, studio: Studio) -> None:
    job = train(ENDLESS, name="endless", studio=studio)
    try:
        told = sm("status")
        assert re.search(r"^endless +training-job +InProgress", told, re.MULTILINE)
        assert re.search(r"^ml\.m5\.large for training job usage +1 +\d+$", told, re.MULTILINE)
        assert listed(sm("jobs --status running")) == ["endless"]
    finally:
        assert sm("stop endless") == "endless: asked to stop\n"
        studio.wait("training-jobs", job.name, timeout=60)
    assert sm("status").splitlines()[-1] == "nothing runs"


def test_what_may_not_be_looked_at_is_told_and_the_rest_is_shown(
    aws: FaultyAWS, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def sm(*words: str) -> str:
        monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
        assert cli.main(words) == 0
        return capsys.readouterr().out

    sm("connect", "aws", "--region", "us-east-1", "--role", "arn:aws:iam::000000000000:role/SageMakerLocalRole")
    studio = Studio(connections.current())
    job = train(ENDLESS, name="endless", image="local/python", studio=studio, quiet=True)
    try:
        aws.deny("ListCompilationJobs")
        aws.deny("ListServiceQuotas")
        aws.deny("ListSpaces")
        listed = sm("jobs", "--status", "running")
        assert listed.splitlines()[1].split()[:3] == ["endless", "training", "InProgress"]
        assert "compilation-jobs: User" in listed
        assert "sagemaker:ListCompilationJobs" in listed
        told = sm("status")
        assert "endless" in told
        assert "quotas: " in told
        assert ":ListServiceQuotas" in told
    finally:
        studio.stop("training-jobs", job.name)
        studio.wait("training-jobs", job.name, timeout=60)


def test_a_job_that_has_ended_can_be_deleted(sm: Command, fails: Command, studio: Studio) -> None:
    job = train(ENDLESS, name="gone", studio=studio)
    assert "Stop it first" in fails("delete gone")
    job.stop()
    studio.wait("training-jobs", "gone", timeout=60)
    assert sm("delete gone") == "gone: deleted\nIts log and what it wrote to S3 are kept.\n"
    assert "has no job, domain or user profile or space or app named 'gone'" in fails("delete gone")
    assert "no tuning, training or compilation job named 'gone'" in fails("delete gone --kind job")
