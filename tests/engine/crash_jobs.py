"""Training jobs in storms (see crash_rounds.py): what the dice make, and what must be true of it afterwards."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import crash_rounds as rounds
import tuning_help as tuning
from botocore.exceptions import ClientError
from engine_process import EngineProcess

Json = dict[str, Any]
COMMAND = """
mktemp "$RUNS/$TRAINING_JOB_NAME.XXXXXX" >/dev/null
i=0
while [ $i -lt $LINES ]; do echo "line $i"; i=$((i+1)); sleep $PAUSE; done
echo "$TRAINING_JOB_NAME" > "$SM_MODEL_DIR/name"
exit $CODE
"""
ROUNDS_OF_A_LIFE = 5


class Job:
    """A job as the dice want it."""

    def __init__(self, name: str, dice: random.Random, bucket: str, runs: Path) -> None:
        self.name, self.acknowledged, self.stopped = name, False, False
        self.code = dice.choice([0, 0, 0, 3])
        self.stop = dice.random() < 0.15
        lines, retries = dice.randint(0, 12), dice.choice([0, 0, 2])
        self.lines = [f"line {number}" for number in range(lines)]
        algorithm = {"TrainingImage": "local/python", "TrainingInputMode": "File"}
        self.request: Json = {
            "TrainingJobName": name,
            "AlgorithmSpecification": {**algorithm, "ContainerEntrypoint": ["/bin/sh", str(runs.with_name("command"))]},
            "RoleArn": tuning.ROLE,
            "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "Environment": {
                "RUNS": str(runs),
                "LINES": str(lines),
                "PAUSE": dice.choice(["0", "0.01", "0.03"]),
                "CODE": str(self.code),
            },
        }
        if retries:
            self.request["RetryStrategy"] = {"MaximumRetryAttempts": retries}


def make(engine: EngineProcess, jobs: list[Job]) -> None:
    client = tuning.client(engine)
    for job in jobs:
        job.acknowledged = rounds.attempt(client.create_training_job, **job.request)
        if job.stop and job.acknowledged:
            try:
                job.stopped = rounds.attempt(client.stop_training_job, TrainingJobName=job.name)
            except ClientError as error:
                rounds.only("is in status", error)


def described(engine: EngineProcess, job: Job) -> Json | None:
    """Describe response once it is over; None if there is no such job, which nobody was promised."""
    client = tuning.client(engine)

    def over() -> Json | None:
        found: Json = client.describe_training_job(TrainingJobName=job.name)
        return found if found["TrainingJobStatus"] in rounds.TERMINAL else None

    try:
        found: Json = rounds.patiently(over)
    except ClientError as error:
        rounds.only("not found", error)
        assert not job.acknowledged, f"{job.name} was acknowledged, and is lost"
        return None
    return found


def check(engine: EngineProcess, job: Job, found: Json, runs: int, killed: set[str]) -> None:
    rounds.check_history(found)
    rounds.check_runs(found, runs)
    rounds.check_log(found, rounds.log_lines(engine, job.name), job.lines)
    status = found["TrainingJobStatus"]
    if job.stopped:
        assert status == "Stopped"
    elif not job.stop and not killed & {"supervisor", "script"}:
        # The engine's death, and that of what forks supervisors, is nothing to a job.
        assert status == ("Failed" if job.code else "Completed"), found
        assert runs == 1
        if job.code:
            assert found["FailureReason"].endswith(f"exit code: {job.code}")
    if status == "Completed":
        place = found["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
        stored = tuning.client(engine, "s3").get_object(Bucket=place[0], Key=place[2])
        assert stored["Body"].read()


def live_through(engine: EngineProcess, tmp_path: Path, numbers: range, whom: Sequence[str]) -> None:
    """Rounds of jobs and kills, one after the other on one data directory, and a look at everything after each."""
    engine.start()
    runs = tmp_path / "runs"
    runs.mkdir()
    (tmp_path / "command").write_text(COMMAND)
    for number in numbers:
        with rounds.seeded(number) as dice:
            if number % ROUNDS_OF_A_LIFE == ROUNDS_OF_A_LIFE - 1:
                rounds.check_nothing_left(engine)
                assert engine.terminate() == 0
                engine.start()
            names = [f"r{number}-{index}" for index in range(dice.randint(2, 5))]
            jobs = [Job(name, dice, engine.bucket, runs) for name in names]
            with rounds.storm(engine, dice, whom) as killed:
                make(engine, jobs)
            ends = [(job, found) for job in jobs if (found := described(engine, job)) is not None]
            counts = rounds.run_files(runs)
            for job, found in ends:
                check(engine, job, found, counts[job.name], set(killed))
            rows = tuning.client(engine).get_paginator("list_training_jobs").paginate(NameContains=f"r{number}-")
            listed = [row for page in rows for row in page["TrainingJobSummaries"]]
            # In the order in which they were made, and each as it is described.
            expected = [(found["TrainingJobName"], found["TrainingJobStatus"]) for _, found in ends]
            assert [(row["TrainingJobName"], row["TrainingJobStatus"]) for row in listed] == expected
            assert counts.keys() & set(names) <= {name for name, _ in expected}
            rounds.check_no_process_left(engine)
    rounds.check_nothing_left(engine)
