"""What goes with a job that is deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from local_jobs import ENDLESS, GOOD, running_engine

from jupyter_sm_ext.actions.job_removal import can_be_deleted, consequences_for_job
from jupyter_sm_ext.errors import ConflictError, NotFoundError
from jupyter_sm_ext.handles.start import train, tune
from jupyter_sm_ext.resources import resources
from jupyter_sm_ext.studio import Studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("removal")) as running:
        yield running


def test_every_kind_of_job_can_be_deleted() -> None:
    assert [row.kind for row in resources() if can_be_deleted(row.kind)] == [
        row.kind for row in resources() if row.noun.endswith("Job")
    ]


def test_what_goes_with_a_tuning_job_and_what_stays(studio: Studio) -> None:
    job = tune(GOOD, ranges={"x": (0.0, 1.0)}, objective="score", max_jobs=1, studio=studio)
    with pytest.raises(ConflictError, match="is InProgress") as refused:
        consequences_for_job(studio, "tuning-jobs", [job.name])
    assert "Stop it first" in str(refused.value.hint)
    job.wait(timeout=60, live=False)
    (trial,) = job.trials()
    told = consequences_for_job(studio, "tuning-jobs", [job.name])
    assert told.confirm is None
    assert told.consequences[-1].startswith("Its training jobs are kept")
    assert any("start warm" in text for text in told.consequences)
    # It is as it was told.
    studio.delete("tuning-jobs", job.name)
    assert studio.describe("training-jobs", trial["TrainingJobName"])["TrainingJobStatus"] == "Completed"
    with pytest.raises(NotFoundError):
        consequences_for_job(studio, "tuning-jobs", [job.name])


def test_a_stopped_training_job_can_go(studio: Studio) -> None:
    job = train(ENDLESS, studio=studio)
    job.stop()
    studio.wait("training-jobs", job.name, timeout=60)
    told = consequences_for_job(studio, "training-jobs", [job.name])
    assert told.consequences[-1] == "Its log and what it wrote to S3 are kept."
