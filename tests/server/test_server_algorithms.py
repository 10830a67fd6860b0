"""What follows from an algorithm, by REST: the request of a training job with it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.handles.algorithm_handle import algorithm
from jupyter_sm_ext.studio import Studio

SCRIPT = 'print("accuracy=0.5")\n'


@pytest.fixture
def studio(engine_dir: Path) -> Studio:
    return Studio(Connections(str(engine_dir)).current())


async def test_an_algorithm_leads_to_a_training_job_that_lacks_only_the_place_of_its_data(
    api: Any, studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "numbers.csv").write_text("1,2\n")
    name = f"forest-{uuid.uuid4().hex[:8]}"
    made = algorithm(
        name,
        SCRIPT,
        studio=studio,
        ranges={"depth": (2, 12), "width": (0.0, 1.0)},
        hp={"depth": 8},
        data={"train": str(tmp_path)},
        instance="ml.m5.xlarge",
        objective="accuracy",
        validate=False,
    )
    made.wait(timeout=60)
    found = (await api("GET", f"/algorithms/{name}/successors/train")).json
    request = found["request"]
    assert (found["way"], found["kind"], found["operation"]) == ("train", "training-jobs", "CreateTrainingJob")
    assert request["AlgorithmSpecification"] == {"AlgorithmName": name, "TrainingInputMode": "File"}
    assert request["ResourceConfig"]["InstanceType"] == "ml.m5.xlarge"
    assert request["HyperParameters"]["depth"] == "8"
    assert found["notes"] == [
        "Say where the data is: train.",
        "It has no defaults of the hyperparameters that it needs: width.",
    ]
    [channel] = request["InputDataConfig"]
    assert channel["ChannelName"] == "train"
    channel["DataSource"]["S3DataSource"]["S3Uri"] = "s3://bucket/numbers/"
    assert (await api("POST", "/checks/CreateTrainingJob", request)).json == {"violations": []}
    assert (await api("GET", f"/algorithms/{name}/successors/clone")).status == 400


async def test_one_that_cannot_be_used_says_so(api: Any, studio: Studio, tmp_path: Path) -> None:
    name = f"broken-{uuid.uuid4().hex[:8]}"
    (tmp_path / "numbers.csv").write_text("1,2\n")
    made = algorithm(name, "raise SystemExit(1)\n", studio=studio, data={"train": str(tmp_path)})
    studio.wait("algorithms", made.name, timeout=60)
    reply = await api("GET", f"/algorithms/{name}/successors/train")
    assert reply.status == 409
    assert "Failed" in reply.json["message"]
