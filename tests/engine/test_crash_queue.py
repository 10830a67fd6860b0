"""Two hundred jobs at once, for four instances, and an engine that dies while they wait."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import crash_rounds as rounds
import pytest
import tuning_help as tuning
from engine_process import EngineProcess

NewEngine = Callable[..., EngineProcess]
MANY = 200
INSTANCES = 4
COMMAND = 'mktemp "$RUNS/$TRAINING_JOB_NAME.XXXXXX" >/dev/null; echo "line 0"'


@pytest.mark.slow
def test_two_hundred_jobs_at_once(new_engine: NewEngine, tmp_path: Path) -> None:
    engine, runs = new_engine(None, "--namespaces", "off").start(), tmp_path / "runs"
    runs.mkdir()
    (tmp_path / "command").write_text(COMMAND)
    (engine.data_dir / "capacity.json").write_text(json.dumps({"ml.m5.large": INSTANCES}))
    client = tuning.client(engine)

    def create(number: int) -> str:
        name = f"q-{number:03}"
        client.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={
                "TrainingImage": "local/python",
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["/bin/sh", str(tmp_path / "command")],
            },
            RoleArn=tuning.ROLE,
            OutputDataConfig={"S3OutputPath": f"s3://{engine.bucket}/out"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
            Environment={"RUNS": str(runs)},
        )
        return name

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(create, range(MANY)))
    for done in (MANY // 4, MANY // 2):
        rounds.patiently(lambda wanted=done: len(list(runs.iterdir())) >= wanted)
        engine.kill()
        engine.start()
    ends: list[dict[str, Any]] = []

    def all_over() -> bool:
        pages = client.get_paginator("list_training_jobs").paginate(StatusEquals="Completed")
        return sum(len(page["TrainingJobSummaries"]) for page in pages) == MANY

    rounds.patiently(all_over)
    for name in names:
        found = client.describe_training_job(TrainingJobName=name)
        rounds.check_history(found)
        ends.append(found)
    assert set(rounds.run_files(runs).values()) == {1}
    assert rounds.run_files(runs).keys() == set(names)
    # Never more at once than there are instances, and nobody overtakes: a job starts when one of those before it ends.
    ends.sort(key=lambda found: found["CreationTime"])
    steps = sorted(step for found in ends for step in ((found["TrainingStartTime"], 1), (found["TrainingEndTime"], -1)))
    at_once = most = 0
    for _, change in steps:
        at_once += change
        most = max(most, at_once)
    assert most <= INSTANCES
    rounds.check_nothing_left(engine)
