"""What is worked out of jobs, by REST: learning curves and importances."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.handles.handles import TuningJob
from jupyter_sm_ext.handles.start import tune
from jupyter_sm_ext.studio import Studio

SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
given = parser.parse_args()
for epoch in range(1, 4):
    print(f"epoch {epoch} score={epoch * given.rate:.6f}", flush=True)
"""


@pytest.fixture(scope="module")
def job(engine_dir: Path) -> TuningJob:
    studio = Studio(Connections(str(engine_dir)).current())
    name = f"insight-{uuid.uuid4().hex[:8]}"
    found = tune(
        SCRIPT, ranges={"rate": (0.5, 2.0)}, objective="score", max_jobs=6, parallel=3, name=name, studio=studio
    )
    found.wait(live=False)
    return found


async def test_curves_have_every_value(api: Any, job: TuningJob) -> None:
    trial = job.trials()[0]
    path = f"/training-jobs/{trial['TrainingJobName']}/curves"
    page = (await api("GET", path)).json
    values = [value for _, value in page["metrics"]["score"]]
    x = float(trial["TunedHyperParameters"]["rate"])
    assert values == pytest.approx([x, 2 * x, 3 * x], abs=1e-5)
    assert page["more"] is False
    rest = (await api("GET", path, params={"after": page["token"]})).json
    assert rest["metrics"] == {"score": []}


async def test_importances_add_up_to_one(api: Any, job: TuningJob) -> None:
    reply = await api("GET", f"/tuning-jobs/{job.name}/importances")
    assert reply.json["importances"] == {"rate": pytest.approx(1.0)}


@pytest.mark.parametrize("path", ["/training-jobs/nothing/curves", "/tuning-jobs/nothing/importances"])
async def test_a_job_that_is_not_there(api: Any, path: str) -> None:
    reply = await api("GET", path)
    assert reply.status == 404, reply.raw


async def test_many_ask_and_one_poller_answers(api: Any, job: TuningJob, extension: Any) -> None:
    await asyncio.gather(*(api("GET", f"/tuning-jobs/{job.name}/importances") for _ in range(5)))
    assert extension.backend.hub.polling == 0


async def test_a_log_with_its_metrics_is_one_read(api: Any, job: TuningJob) -> None:
    trial = job.trials()[0]["TrainingJobName"]
    page = (await api("GET", f"/training-jobs/{trial}/logs", params={"metrics": "true"})).json
    assert len(page["metrics"]["score"]) == 3
    assert any("epoch 3" in event["message"] for event in page["events"])
    assert "metrics" not in (await api("GET", f"/training-jobs/{trial}/logs")).json


async def test_a_log_as_a_file(api: Any, job: TuningJob) -> None:
    trial = job.trials()[0]["TrainingJobName"]
    reply = await api("GET", f"/training-jobs/{trial}/log.txt")
    assert reply.type.startswith("text/plain")
    assert [line.split()[:2] for line in reply.raw.decode().splitlines() if line.startswith("epoch")] == [
        ["epoch", "1"],
        ["epoch", "2"],
        ["epoch", "3"],
    ]


@pytest.mark.parametrize("path", ["logs", "log.txt"])
async def test_no_log_of_the_same_name_on_another_connection(api: Any, job: TuningJob, path: str) -> None:
    trial = job.trials()[0]["TrainingJobName"]
    assert (await api("GET", f"/training-jobs/{trial}/{path}", params={"connection": "local"})).status == 200
    refused = await api("GET", f"/training-jobs/{trial}/{path}", params={"connection": "aws:x:eu-west-1"})
    assert (refused.status, refused.json["code"]) == (409, "OtherConnection")


async def test_logs_of_compilation_jobs(api: Any, job: TuningJob) -> None:
    reply = await api("GET", "/compilation-jobs/nothing/logs")
    assert reply.status == 404, reply.raw
    # Only jobs with logs of their own have the route.
    assert (await api("GET", f"/tuning-jobs/{job.name}/logs")).json["code"] == "NoSuchRoute"
