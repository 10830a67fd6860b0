"""Jobs from scripts and functions on an engine that really runs them: data once, a trial first, what is told."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_process import EngineProcess
from faulty_aws import FaultyAWS
from local_jobs import BAD, GOOD, running_engine, script

from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.errors import NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.handles.handles import TrainingJob
from jupyter_sm_ext.handles.start import train, tune
from jupyter_sm_ext.launching import local_trial, uploads
from jupyter_sm_ext.launching.launch import plan_training
from jupyter_sm_ext.launching.local_trial import TrialFailedError, tried_here
from jupyter_sm_ext.launching.options import JobOptions
from jupyter_sm_ext.launching.source import Script
from jupyter_sm_ext.studio import Studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("launching")) as running:
        yield running


def data_keys(studio: Studio) -> dict[str, object]:
    client = studio.connection.client("s3")
    page = client.list_objects_v2(Bucket=studio.connection.bucket, Prefix="jupyter-sm-ext/data/")
    return {one["Key"]: one["LastModified"] for one in page.get("Contents", ())}


def jobs(studio: Studio) -> set[str]:
    return {each["TrainingJobName"] for each in studio.list("training-jobs")}


COUNT = script(
    """
    import os, pathlib
    folder = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"])
    files = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
    rows = sum(len(each.read_text().splitlines()) for each in folder.rglob("*.csv"))
    print("files", files)
    print(f"rows={rows}", flush=True)
    """
)


def test_the_same_data_is_uploaded_once(
    studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "a.csv").write_text("1\n2\n")
    (folder / ".env").write_text("TOKEN=abc")
    first = train(COUNT, data={"train": folder}, metric="rows", studio=studio)
    told = capsys.readouterr().out
    assert told == f"--data train: {folder}, 1 file, 4 bytes; left out: .env (a secret)\n"
    before = data_keys(studio)
    assert len(before) == 1
    # Another folder, another channel, another job, but the same contents.
    (folder / ".env").unlink()
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "a.csv").write_text("1\n2\n")
    second = train(COUNT, data=tmp_path / "second", metric="rows", studio=studio)
    assert "data: 1 file in S3 already, not uploaded again" in capsys.readouterr().out
    assert data_keys(studio) == before
    uris = {
        each.request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
        for each in (first, second)
        if each.request
    }
    assert len(uris) == 1
    (folder / "a.csv").write_text("1\n3\n")
    third = train(COUNT, data=folder, metric="rows", studio=studio)
    assert len(data_keys(studio)) == 2
    for job in (first, second, third):
        job.wait(timeout=60, live=False)
        assert job.metrics == {"rows": 2.0}


def test_an_upload_that_was_broken_off_is_completed(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("7\n")
    (tmp_path / "b.csv").write_text("8\n9\n")
    plan = train(COUNT, data=tmp_path, dry_run=True, studio=studio)
    objects = [each for each in plan.uploads if each.prefix]
    client = studio.connection.client("s3")
    client.put_object(Bucket=objects[0].bucket, Key=objects[0].key, Body=b"")
    assert uploads.send(studio.connection, plan.uploads) == uploads.Sent(3, 0)
    assert uploads.send(studio.connection, plan.uploads) == uploads.Sent(1, 2)
    assert client.get_object(Bucket=objects[0].bucket, Key=objects[0].key)["Body"].read() == b"7\n"


def test_data_that_changes_while_it_is_uploaded_is_not_kept(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("now this\n")
    plan = train(COUNT, data=tmp_path, dry_run=True, studio=studio)
    (tmp_path / "a.csv").write_text("now that is more\n")
    with pytest.raises(ValidationError, match=r"a\.csv has changed while it was being uploaded"):
        plan.start(studio)
    assert not {each.key for each in plan.uploads if each.prefix} & set(data_keys(studio))
    with pytest.raises(NotFoundError):
        studio.describe("training-jobs", plan.name)


def test_modules_and_requirements_reach_the_job(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("from mine.deep import VALUE\n")
    (tmp_path / "mine" / "deep.py").write_text("VALUE = 0.75\n")
    monkeypatch.chdir(tmp_path)
    job = train("from mine import VALUE\nprint(f'score={VALUE:.2f}')\n", requirements="numpy>=1", studio=studio)
    assert capsys.readouterr().out.splitlines() == [
        "imported and packed: mine/__init__.py, mine/deep.py (41 bytes)",
        "requirements: numpy>=1",
    ]
    job.wait(timeout=60, live=False)
    # The metric is found in what the script prints.
    assert job.metrics == {"score": 0.75}
    missing = train("pass\n\n", requirements=["no-such-package-anywhere>=3"], quiet=True, studio=studio)
    with pytest.raises(SageMakerError, match="Failed"):
        missing.wait(timeout=60, live=False)
    assert "no-such-package-anywhere>=3" in missing.logs() + str(missing.describe().get("FailureReason"))


RATE = 0.5


def quality(x: float, train: str, times: int = 2, model_dir: str = ".") -> dict[str, float]:
    value = RATE * x * times
    with open(f"{model_dir}/model.json", "w") as file:  # noqa: PTH123
        json.dump({"value": value, "train": train}, file)
    return {"score": value}


def test_a_function_is_tuned_and_its_model_fetched(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1\n")
    job = tune(
        quality, ranges={"x": (0.1, 0.9)}, objective="score", data={"train": tmp_path / "data"}, hp={"times": 4},
        max_jobs=2, strategy="random", seed=1, target=100, tag={"team": "a"}, studio=studio,
    )  # fmt: skip
    with pytest.raises(NotFoundError, match="has no best training job"):
        job.artifact(tmp_path)
    job.wait(timeout=60, live=False)
    best = job.best
    assert best is not None
    assert best.value == pytest.approx(2 * float(best.hyperparameters["x"]))
    path = job.artifact(tmp_path / "got")
    assert path == tmp_path / "got" / "model.tar.gz"
    with tarfile.open(path) as archive:
        kept = json.load(archive.extractfile("model.json"))  # type: ignore[arg-type]
    assert kept["value"] == pytest.approx(best.value)
    assert kept["train"].endswith("/input/data/train")
    tags = studio.call("ListTags", {"ResourceArn": job.describe()["HyperParameterTuningJobArn"]})["Tags"]
    assert {"Key": "team", "Value": "a"} in tags


def test_a_warm_start_from_the_job_before(studio: Studio) -> None:
    options = {"ranges": {"x": (0.1, 0.9)}, "objective": "score", "max_jobs": 2, "quiet": True, "studio": studio}
    parent = tune(GOOD, **options)  # type: ignore[call-overload]
    parent.wait(timeout=60, live=False)
    child = tune(GOOD, warm_start=parent.name, **options)  # type: ignore[call-overload]
    child.wait(timeout=60, live=False)
    assert child.describe()["WarmStartConfig"]["ParentHyperParameterTuningJobs"] == [
        {"HyperParameterTuningJobName": parent.name}
    ]


def test_spot_with_checkpoints(studio: Studio) -> None:
    kept = f"s3://{studio.connection.bucket}/kept"
    job = train(GOOD, spot=True, checkpoints=kept, max_runtime=60, quiet=True, studio=studio)
    job.wait(timeout=60, live=False)
    described = job.describe()
    assert described["EnableManagedSpotTraining"]
    assert described["CheckpointConfig"]["S3Uri"] == kept


def test_a_trial_here_takes_a_sample_and_then_the_job_takes_all(
    studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(30):
        (tmp_path / f"class{number % 3}").mkdir(exist_ok=True)
        (tmp_path / f"class{number % 3}" / f"{number:02d}.csv").write_text("1\n" * 1_500)
    job = train(COUNT, data=tmp_path, local=True, studio=studio)
    told = capsys.readouterr().out.splitlines()
    assert told[1] == "trial here: --data train: 20 of 30 files, at most 1,000 rows of each"
    assert told[3].startswith("trial here: completed in ")
    trial = TrainingJob(told[2].split()[2], studio=studio)
    assert trial.name.startswith("trial-script-")
    assert "rows=20020" in trial.logs()
    job.wait(timeout=60, live=False)
    assert "rows=45000" in job.logs()
    # Seen in the log of the trial, not in what the script says.
    assert job.metrics == {"rows": 45_000.0}


def test_a_trial_of_data_in_s3(studio: Studio) -> None:
    client = studio.connection.client("s3")
    for number in range(3):
        client.put_object(Bucket=studio.connection.bucket, Key=f"there/deep/{number}.csv", Body=b"1\n2\n")
    uri = f"s3://{studio.connection.bucket}/there"
    job = train(COUNT, data={"train": uri}, local=True, quiet=True, studio=studio)
    job.wait(timeout=60, live=False)
    assert job.metrics == {"rows": 6.0}


def test_a_job_for_aws_is_tried_here_with_data_from_there(
    aws: FaultyAWS, engine_behind: EngineProcess, data_dir: Path
) -> None:
    there = engine_behind.client("s3")
    there.create_bucket(Bucket="theirs")
    for number in range(25):
        there.put_object(Bucket="theirs", Key=f"set/{number:02d}.csv", Body=b"1\n")
    choice = Choice("aws", region="us-east-1", role="arn:aws:iam::123456789012:role/Own", bucket="theirs")
    account = open_connection(choice, data_dir)
    options = JobOptions(data={"train": "s3://theirs/set/"}, instance_type="ml.trn1.2xlarge", max_runtime=60)
    plan = plan_training(account, Script(COUNT), options)
    told: list[str] = []
    tried = tried_here(plan, told.append)
    assert told[0] == "trial here: --data train: 20 of 25 files, at most 1,000 rows of each"
    assert told[-1].startswith("trial here: completed in ")
    # Nothing ran there, and what will run there is still what was asked for.
    assert engine_behind.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []
    algorithm = tried.request["AlgorithmSpecification"]
    assert "neuronx" in algorithm["TrainingImage"]
    assert [each["Name"] for each in algorithm["MetricDefinitions"]] == ["rows"]
    assert tried.request["InputDataConfig"] == plan.request["InputDataConfig"]


def test_when_the_trial_fails_nothing_is_started(studio: Studio) -> None:
    before = jobs(studio)
    with pytest.raises(TrialFailedError, match=r"so nothing was started: .*no good <b>data</b>") as failed:
        tune(BAD, ranges=["x=0.1..0.9"], objective="score", local=True, quiet=True, studio=studio)
    assert "about to fail" in str(failed.value.hint)
    assert all(name.startswith("trial-") for name in jobs(studio) - before)
    assert not any(each["HyperParameterTuningJobName"].startswith("trial") for each in studio.list("tuning-jobs"))


def test_a_trial_that_prints_another_objective_tells_what_was_meant(studio: Studio) -> None:
    with pytest.raises(TrialFailedError, match="printed no value of the objective 'scores'") as failed:
        tune(GOOD, ranges=["x=0.1..0.9"], objective="scores", local=True, quiet=True, studio=studio)
    assert failed.value.hint == "It printed score. Did you mean --objective score?"


def test_a_trial_has_a_time(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(local_trial, "SECONDS", 1)
    endless = "import os, time\nwhile 'TRIAL' in os.environ['TRAINING_JOB_NAME'].upper():\n    time.sleep(0.1)\n"
    job = train(endless, local=True, studio=studio)
    assert "minutes without a failure" in capsys.readouterr().out
    job.wait(timeout=60, live=False)


def test_a_name_that_is_taken_uploads_nothing(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("taken\n")
    train(GOOD, name="taken", quiet=True, studio=studio).wait(timeout=60, live=False)
    before = data_keys(studio)
    with pytest.raises(SageMakerError, match="already exists"):
        train(GOOD, name="taken", data=tmp_path, quiet=True, studio=studio)
    assert data_keys(studio) == before


def test_waiting_in_a_terminal_writes_lines(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    job = train(GOOD, quiet=True, studio=studio)
    job.wait(timeout=60)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith(f"Training job {job.name}: Completed")
    assert len(lines) == len(set(lines))
