"""Tuning jobs in a storm: each number once, no trial run twice, and counters that are what the list says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import crash_rounds as rounds
import pytest
import tuning_help as tuning
from botocore.exceptions import ClientError
from engine_process import EngineProcess

Json = dict[str, Any]
NewEngine = Callable[..., EngineProcess]
SCRIPT = """
    import os, tempfile, time
    name = os.environ["TRAINING_JOB_NAME"]
    os.close(tempfile.mkstemp(prefix=f"{name}.", dir=os.environ["RUNS"])[0])
    for line in range(3):
        print(f"line {line}", flush=True)
        time.sleep(0.02)
    if float(os.environ["SM_HP_SHARE"]) < 0.1:
        raise SystemExit(3)
    print(f"validation:score={os.environ['SM_HP_SHARE']};", flush=True)
"""
RETRYABLE = ("InternalServerError", "CapacityError")


def counters(rows: list[Json]) -> tuple[Json, Json]:
    """What the counters must be, from the list."""
    jobs = dict.fromkeys(("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0)
    objectives = dict.fromkeys(("Succeeded", "Pending", "Failed"), 0)
    for row in rows:
        status = row["TrainingJobStatus"]
        if status == "Failed":
            status = "RetryableError" if row["FailureReason"].startswith(RETRYABLE) else "NonRetryableError"
        jobs["InProgress" if status == "Stopping" else status] += 1
        objectives[row["ObjectiveStatus"]] += 1
    return jobs, objectives


def asked(engine: EngineProcess, dice: random.Random, name: str, runs: Path) -> bool:
    """Ask for a tuning job; whether that was acknowledged."""
    strategy = dice.choice(["Random", "Random", "Bayesian"])
    more: Json = {"config": {"Strategy": strategy}, "definition": {"Environment": {"RUNS": str(runs)}}}
    request = tuning.request(engine, name, SCRIPT, most=dice.randint(2, 5), parallel=dice.randint(1, 3), **more)
    return rounds.attempt(tuning.client(engine).create_hyper_parameter_tuning_job, **request)


def stopped(engine: EngineProcess, name: str) -> bool:
    """Ask for its end; whether that was acknowledged."""
    try:
        return rounds.attempt(tuning.client(engine).stop_hyper_parameter_tuning_job, HyperParameterTuningJobName=name)
    except ClientError as error:
        rounds.only("already in status|can't find", error)
        return False


def over(engine: EngineProcess, name: str) -> Json | None:
    def look() -> Json | None:
        found = tuning.describe(engine, name)
        return found if found["HyperParameterTuningJobStatus"] in rounds.TERMINAL else None

    try:
        found: Json = rounds.patiently(look)
    except ClientError as error:
        rounds.only("can't find", error)
        return None
    return found


def check(engine: EngineProcess, found: Json, runs: Counter[str], killed: Counter[str]) -> None:
    name = found["HyperParameterTuningJobName"]
    rows, most = tuning.trials(engine, name), found["HyperParameterTuningJobConfig"]["ResourceLimits"]
    numbers = [int(row["TrainingJobName"].removeprefix(f"{name}-")[:3]) for row in rows]
    assert numbers == list(range(1, len(rows) + 1))
    assert len(rows) <= most["MaxNumberOfTrainingJobs"]
    assert (found["TrainingJobStatusCounters"], found["ObjectiveStatusCounters"]) == counters(rows)
    lost = 0
    for row in rows:
        one = tuning.client(engine).describe_training_job(TrainingJobName=row["TrainingJobName"])
        rounds.check_history(one)
        rounds.check_runs(one, runs[row["TrainingJobName"]])
        lost += one.get("FailureReason", "").startswith(RETRYABLE)
        for lines in rounds.log_lines(engine, row["TrainingJobName"]):
            assert [line for line in lines if line.startswith("line")] == [f"line {n}" for n in range(3)][: len(lines)]
    # What no supervisor's death explains, no engine's death may do.
    assert lost <= killed["supervisor"]
    if found["HyperParameterTuningJobStatus"] == "Completed":
        assert len(rows) == most["MaxNumberOfTrainingJobs"]
        values = {row["TrainingJobName"]: row.get("FinalHyperParameterTuningJobObjectiveMetric") for row in rows}
        best = found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        assert best == max(value["Value"] for value in values.values() if value)


@pytest.mark.slow
def test_counters_are_the_list_s_in_a_storm(new_engine: NewEngine, tmp_path: Path) -> None:
    engine, runs = new_engine().start(), tmp_path / "runs"
    runs.mkdir()
    for number in range(rounds.share(0.2)):
        with rounds.seeded(number) as dice:
            name, stop = f"t{number}", dice.random() < 0.2
            acknowledged = stop_acknowledged = False
            with rounds.storm(engine, dice, ["engine", "engine", "supervisor", "script", "launcher"]) as killed:
                try:
                    acknowledged = asked(engine, dice, name, runs)
                except rounds.UNREACHABLE:
                    acknowledged = False  # its source could not be uploaded
                if stop and acknowledged:
                    stop_acknowledged = stopped(engine, name)
            found = over(engine, name)
            assert found is not None or not acknowledged, f"{name} was acknowledged, and is lost"
            if found is not None:
                check(engine, found, rounds.run_files(runs), killed)
                if stop_acknowledged:
                    assert found["HyperParameterTuningJobStatus"] == "Stopped"
            rounds.check_no_process_left(engine)
    rounds.check_nothing_left(engine)
