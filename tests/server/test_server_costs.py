"""What jobs cost, by REST: from what was seen anyway and from prices that are kept, without a call for each viewer."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_services import FakeServices, product
from faulty_aws import FaultyAWS

from jupyter_sm_ext.connections.connection import Choice, Connections, open_connection
from jupyter_sm_ext.handles.start import train, tune
from jupyter_sm_ext.studio import Studio

SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=1.0)
print(f"score={parser.parse_args().rate}", flush=True)
"""
INSTANCE = "ml.trn1.2xlarge"
SNAPSHOT = {"viewer": "looks", "seconds": 60}


@pytest.fixture
def prices(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServices]:
    with FakeServices().serving() as fake:
        fake.products = [product(INSTANCE, "36.0", use="Training")]
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        yield fake


async def test_nothing_costs_anything_on_the_local_engine(api: Any, engine_dir: Path) -> None:
    studio = Studio(Connections(str(engine_dir)).current())
    job = train(SCRIPT, name=f"free-{uuid.uuid4().hex[:8]}", studio=studio)
    told = (await api("GET", f"/training-jobs/{job.name}/cost")).json
    assert (told["free"], told["so_far"], told["message"]) == (True, 0.0, "This machine costs nothing.")
    there = await api("GET", f"/training-jobs/{job.name}/cost", params={"connection": "local"})
    assert there.status == 200
    other = await api("GET", f"/training-jobs/{job.name}/cost", params={"connection": "aws:x:eu-west-1"})
    assert (other.status, other.json["code"]) == (409, "OtherConnection")
    assert (await api("GET", "/training-jobs/nothing/cost")).status == 404
    assert (await api("GET", "/tuning-jobs/nothing/cost")).status == 404
    job.wait(live=False)


async def test_what_a_tuning_job_costs_on_aws(
    api: Any, extension: Any, aws: FaultyAWS, prices: FakeServices, tmp_path: Path
) -> None:
    extension.data_dir = str(tmp_path)
    choice = {"kind": "aws", "region": aws.keys["region"]}
    assert (await api("PUT", "/connection", {**choice, "role": "arn:aws:iam::000000000000:role/x"})).status == 200
    studio = Studio(open_connection(Choice(**choice, role="arn:aws:iam::000000000000:role/x"), tmp_path))
    studio.connection.client("s3").create_bucket(Bucket=studio.connection.bucket)
    job = tune(
        SCRIPT,
        ranges={"rate": (0.5, 2.0)},
        objective="score",
        max_jobs=3,
        parallel=3,
        instance_type=INSTANCE,
        name=f"costs-{uuid.uuid4().hex[:8]}",
        studio=studio,
    )
    job.wait(live=False)
    seconds = sum((each["TrainingEndTime"] - each["TrainingStartTime"]).total_seconds() for each in job.trials())
    watches = [{"kind": "tuning-jobs", "key": [job.name]}]
    await api("POST", "/watches", {**SNAPSHOT, "watches": watches})
    before = aws.calls.total()
    replies = await asyncio.gather(*(api("GET", f"/tuning-jobs/{job.name}/cost") for _ in range(5)))
    for reply in replies:
        assert reply.json["so_far"] == reply.json["projected"] == pytest.approx(seconds / 100, rel=1e-3)
        assert (reply.json["per_hour"], reply.json["complete"], reply.json["at_most"]) == (0.0, True, False)
    # Who asks costs no call: what was seen is told, and the Price List was read once.
    assert aws.calls.total() == before
    assert len(prices.called("GetProducts")) == 1
    assert job.cost()["so_far"] == pytest.approx(seconds / 100, rel=1e-3)

    trial = job.trials()[0]["TrainingJobName"]
    described = studio.describe("training-jobs", trial)
    told = (await api("GET", f"/training-jobs/{trial}/cost")).json
    assert told["so_far"] == pytest.approx(described["BillableTimeInSeconds"] / 100)
    link = (await api("GET", f"/training-jobs/{trial}/artifacts")).json["link"]
    region = aws.keys["region"]
    assert link.startswith(
        f"https://{region}.console.aws.amazon.com/s3/buckets/{studio.connection.bucket}?region={region}&prefix="
    )
    assert link.endswith(f"{trial}%2F")
