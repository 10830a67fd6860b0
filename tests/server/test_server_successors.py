"""What follows from a job, by REST: requests, code and files."""

from __future__ import annotations

import csv
import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from local_jobs import GOOD

from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.handles.handles import TuningJob
from jupyter_sm_ext.handles.start import tune
from jupyter_sm_ext.studio import Studio


@pytest.fixture(scope="module")
def job(engine_dir: Path) -> TuningJob:
    studio = Studio(Connections(str(engine_dir)).current())
    name = f"next-{uuid.uuid4().hex[:8]}"
    found = tune(
        GOOD, ranges={"x": (0.5, 2.0)}, objective="score", max_jobs=3, parallel=3, seed=1, name=name, studio=studio
    )
    found.wait(live=False)
    return found


async def test_a_snapshot_tells_how_its_job_can_be_followed(api: Any, job: TuningJob) -> None:
    body = {"viewer": "me", "watches": [{"kind": "tuning-jobs", "key": [job.name]}]}
    [snapshot] = (await api("POST", "/watches", body)).json["watches"]
    assert snapshot["ways"] == ["clone", "warm-start", "promote"]


@pytest.mark.parametrize(
    ("way", "operation"),
    [
        ("clone", "CreateHyperParameterTuningJob"),
        ("warm-start", "CreateHyperParameterTuningJob"),
        ("promote", "CreateTrainingJob"),
    ],
)
async def test_a_successor_is_a_request_that_the_model_takes(
    api: Any, job: TuningJob, way: str, operation: str
) -> None:
    found = (await api("GET", f"/tuning-jobs/{job.name}/successors/{way}")).json
    assert (found["way"], found["operation"], found["notes"]) == (way, operation, [])
    assert (await api("POST", f"/checks/{operation}", found["request"])).json == {"violations": []}


async def test_it_can_be_created_as_it_is(api: Any, job: TuningJob) -> None:
    found = (await api("GET", f"/tuning-jobs/{job.name}/successors/promote")).json
    created = await api("POST", f"/{found['kind']}", found["request"])
    assert created.status == 201, created.raw
    job.studio.wait("training-jobs", found["request"]["TrainingJobName"], timeout=60)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("successors/retry", 409, "only a job that failed or was stopped"),
        ("successors/copy", 400, "there is no way 'copy'"),
    ],
)
async def test_what_cannot_follow(api: Any, job: TuningJob, path: str, status: int, words: str) -> None:
    reply = await api("GET", f"/tuning-jobs/{job.name}/{path}")
    assert reply.status == status
    assert words in reply.json["message"]


@pytest.mark.parametrize("path", ["successors/clone", "code", "trials.csv"])
async def test_a_job_that_is_not_there(api: Any, path: str) -> None:
    assert (await api("GET", f"/tuning-jobs/nothing/{path}")).status == 404


async def test_the_code_names_the_job_itself(api: Any, job: TuningJob) -> None:
    code = (await api("GET", f"/tuning-jobs/{job.name}/code")).json
    assert f'HyperParameterTuningJobName="{job.name}"' in code["boto3"]
    assert f"--hyper-parameter-tuning-job-name {job.name}" in code["aws"]
    compile(code["boto3"], "code", "exec")


async def test_trials_as_a_file(api: Any, job: TuningJob) -> None:
    reply = await api("GET", f"/tuning-jobs/{job.name}/trials.csv")
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{job.name}-trials.csv"'
    rows = list(csv.DictReader(io.StringIO(reply.raw.decode())))
    values = [float(row["FinalObjectiveValue"]) for row in rows]
    assert values == sorted(values, reverse=True)
    assert [float(row["x"]) for row in rows] == pytest.approx(values, rel=1e-5)
    assert {row["TrainingJobStatus"] for row in rows} == {"Completed"}
    assert list(job.dataframe().columns) == list(rows[0])


async def test_curves_as_a_file(api: Any, job: TuningJob) -> None:
    trial = job.trials()[0]
    reply = await api("GET", f"/training-jobs/{trial['TrainingJobName']}/curves.csv")
    rows = list(csv.DictReader(io.StringIO(reply.raw.decode())))
    x = float(trial["TunedHyperParameters"]["x"])
    values = [float(row["Value"]) for row in rows if row["MetricName"] == "score"]
    assert values == pytest.approx([x / 3, 2 * x / 3, x], abs=1e-5)
    assert rows[0]["Time"].endswith("+00:00")
