"""Handles of jobs, on a local engine that really runs them."""

from __future__ import annotations

import os
import re
import signal
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from local_jobs import BAD, ENDLESS, GOOD, running_engine, script

from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.handles.handles import JobFailedError, TrainingJob, TuningJob
from jupyter_sm_ext.handles.start import train, tune
from jupyter_sm_ext.quiet import Interrupted
from jupyter_sm_ext.studio import Studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("handles")) as running:
        yield running


@pytest.fixture(scope="module")
def tuned(studio: Studio) -> TuningJob:
    job = tune(
        GOOD,
        ranges={"x": (0.25, 0.75), "depth": (2, 4), "opt": ["a", "b"]},
        objective="score",
        max_jobs=3,
        parallel=2,
        strategy="Random",
        seed=3,
        studio=studio,
    )
    job.wait(timeout=60)
    return job


class Disturbed(Studio):
    """A Studio to which something happens in the middle of waiting."""

    def __init__(self, studio: Studio, happens: Callable[[], None], at: int = 3) -> None:
        super().__init__(studio.connection)
        self.happens, self.countdown = happens, at

    def read_json(self, operation: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        self.countdown -= 1
        if self.countdown == 0:
            self.happens()
        return super().read_json(operation, request)


def test_a_training_job_from_text_to_model(studio: Studio, tmp_path: Path) -> None:
    job = train(GOOD, hyperparameters={"x": 0.75, "word": "hi"}, metrics={"score": None}, studio=studio)
    job.wait(timeout=60)
    assert job.status == "Completed"
    assert job.metrics == {"score": pytest.approx(0.75)}
    assert (job.cost()["free"], job.cost()["so_far"]) == (True, 0.0)
    assert "epoch 3 score=0.750000" in job.logs().splitlines()
    assert "others ['--word', 'hi']" in job.logs()
    table = job.dataframe()
    assert table["Value"].tolist() == pytest.approx([0.25, 0.5, 0.75])
    assert set(table["MetricName"]) == {"score"}
    path = job.artifact(tmp_path / "models")
    assert path == tmp_path / "models" / "model.tar.gz"
    with tarfile.open(path) as archive:
        assert archive.extractfile("model.txt").read() == b"0.75"  # type: ignore[union-attr]
    assert job.artifact(tmp_path / "own.tgz").stat().st_size == path.stat().st_size


def test_a_script_from_a_file_with_a_helper_and_data(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("FACTOR = 2\n")
    (tmp_path / "numbers.txt").write_text("21")
    source = """
        import os, pathlib, helper
        number = int(pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "numbers.txt").read_text())
        print("score:", number * helper.FACTOR)
    """
    (tmp_path / "main.py").write_text(script(source))
    job = train(
        tmp_path / "main.py",
        include=[tmp_path / "helper.py"],
        data={"train": str(tmp_path / "numbers.txt")},
        metrics={"score": None},
        studio=studio,
    )
    job.wait(timeout=60)
    assert job.metrics == {"score": 42.0}
    assert job.name.startswith("main-")


def test_a_tuning_job_and_its_best(tuned: TuningJob, tmp_path: Path) -> None:
    assert tuned.status == "Completed"
    trials = tuned.trials()
    assert len(trials) == 3
    best = tuned.best
    assert best is not None
    assert best.metric == "score"
    assert best.value == pytest.approx(best.hyperparameters["x"], abs=1e-5)
    assert best.value == max(each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for each in trials)
    assert [type(best.hyperparameters[name]) for name in ("x", "depth", "opt")] == [float, int, str]
    with tarfile.open(best.artifact(tmp_path)) as archive:
        assert float(archive.extractfile("model.txt").read()) == best.hyperparameters["x"]  # type: ignore[union-attr]


def test_a_tuning_job_as_a_table(tuned: TuningJob) -> None:
    table = tuned.dataframe()
    assert table["FinalObjectiveValue"].is_monotonic_decreasing
    assert set(table["TrainingJobStatus"]) == {"Completed"}
    assert (table["TrainingElapsedTimeSeconds"] >= 0).all()
    assert {"x": "float64", "depth": "int64"}.items() <= {n: str(t) for n, t in table.dtypes.items()}.items()


def test_logs_of_trials(tuned: TuningJob) -> None:
    assert "score=" in tuned.logs()
    assert tuned.logs(1) == tuned.logs(tuned.trials()[0]["TrainingJobName"])
    with pytest.raises(NotFoundError, match="no training job 9"):
        tuned.logs(9)


def test_a_script_that_raises(studio: Studio) -> None:
    job = train(BAD, studio=studio)
    with pytest.raises(JobFailedError, match=r"Failed: AlgorithmError: ValueError: no good <b>data</b>") as failed:
        job.wait(timeout=60)
    assert job.name in str(failed.value.hint)
    assert "The end of the log has the traceback" in str(failed.value.hint)
    assert "Traceback" in job.logs()
    with pytest.raises(NotFoundError, match="has made no model"):
        job.artifact()


def test_a_job_that_is_not_there(studio: Studio) -> None:
    with pytest.raises(NotFoundError):
        TrainingJob("no-such-job", studio=studio).wait(timeout=5)
    with pytest.raises(NotFoundError):
        TuningJob("no-such-job", studio=studio).best  # noqa: B018


def test_a_name_that_is_taken_leaves_the_old_source_alone(studio: Studio) -> None:
    job = train(GOOD, name="taken", studio=studio)
    s3, place = studio.connection.client("s3"), {"Bucket": studio.connection.bucket}
    before = s3.head_object(**place, Key="taken/source/sourcedir.tar.gz")["ETag"]
    with pytest.raises(ConflictError, match="a training job named 'taken' already exists"):
        train(BAD, name="taken", studio=studio)
    assert s3.head_object(**place, Key="taken/source/sourcedir.tar.gz")["ETag"] == before
    job.wait(timeout=60)


def test_a_bucket_that_is_not_there(studio: Studio) -> None:
    elsewhere = Studio(open_connection(Choice(bucket="no-such-bucket"), studio.connection.data_dir))
    with pytest.raises(NotFoundError) as missing:
        train(GOOD, name="homeless", studio=elsewhere)
    assert missing.value.hint == "Make the bucket no-such-bucket, or choose another: %sm connect ... --bucket NAME"
    with pytest.raises(NotFoundError):
        studio.describe("training-jobs", "homeless")


def test_a_job_can_keep_its_instances_for_the_next(studio: Studio) -> None:
    first = train(GOOD, warm_pool=60, studio=studio)
    first.wait(live=False)
    assert first.describe()["WarmPoolStatus"] == {"Status": "Available"}
    second = train(GOOD, warm_pool=60, studio=studio)
    second.wait(live=False)
    assert first.describe()["WarmPoolStatus"]["ReusedByJob"] == second.name
    with pytest.raises(ValidationError, match="--warm-pool: spot instances are not kept"):
        tune(GOOD, ranges=["x=0.1..0.9"], objective="score", warm_pool=60, spot=True, max_wait=90_000, studio=studio)


def test_stop_and_timeout(studio: Studio) -> None:
    job = train(ENDLESS, studio=studio)
    with pytest.raises(TimeoutError, match="it goes on"):
        job.wait(timeout=1)
    assert job.status == "InProgress"
    job.stop()
    job.wait(timeout=60)
    assert job.status == "Stopped"


def test_an_interrupt_leaves_the_job_running(studio: Studio) -> None:
    name = train(ENDLESS, studio=studio).name
    job = TrainingJob(name, studio=Disturbed(studio, lambda: signal.raise_signal(signal.SIGINT)))
    with pytest.raises(Interrupted, match=f"the job {name} goes on") as interrupted:
        job.wait(timeout=60)
    assert interrupted.value._render_traceback_() == [str(interrupted.value)]
    assert job.status == "InProgress"
    job.stop()


def test_waiting_survives_the_death_of_the_engine(studio: Studio) -> None:
    sleeper = script(
        """
        import time
        time.sleep(1.5)
        print("score=1")
        """
    )
    job = train(sleeper, metrics={"score": None}, studio=studio)
    killed = local_engine.find(studio.connection.data_dir)
    assert killed is not None
    job.studio = Disturbed(studio, lambda: os.kill(killed.pid, signal.SIGKILL))
    job.wait(timeout=60)
    assert job.metrics == {"score": 1.0}
    revived = local_engine.find(studio.connection.data_dir)
    assert revived is not None
    assert revived.pid != killed.pid


def test_pandas_is_asked_for_plainly(tuned: TuningJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(SageMakerError, match="needs pandas"):
        tuned.dataframe()


def test_mistakes_in_python(studio: Studio) -> None:
    with pytest.raises(ValidationError, match=re.escape("the script missing.py cannot be read")):
        train("missing.py", studio=studio)
    with pytest.raises(ValidationError, match="a script is a path, text or a function, not int"):
        train(3, studio=studio)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="max_job"):
        tune(GOOD, ranges=["x=1..2"], objective="score", max_job=3, studio=studio)
