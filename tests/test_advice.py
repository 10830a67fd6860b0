"""Habits that cost money are told in a line each, and nothing is refused for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine_process import EngineProcess
from faulty_aws import FaultyAWS
from nowhere import NowhereConnection

from jupyter_sm_ext.checks import account_quotas, kept_answers
from jupyter_sm_ext.connections.connection import Choice, Connection, open_connection
from jupyter_sm_ext.engine.quotas import catalog
from jupyter_sm_ext.launching.advice import advice
from jupyter_sm_ext.launching.launch import plan_training, plan_tuning
from jupyter_sm_ext.launching.options import JobOptions, TuningOptions
from jupyter_sm_ext.launching.ranges import parse_range
from jupyter_sm_ext.launching.source import Script
from jupyter_sm_ext.offers.quota_lines import usage

ROLE = "arn:aws:iam::123456789012:role/Own"
PLAIN = Script("import sklearn\nprint('score=0.5')\n")
GPU = "ml.g5.xlarge"


@pytest.fixture
def account(data_dir: Path) -> Connection:
    return open_connection(Choice("aws", region="us-east-1", role=ROLE, bucket="mine"), data_dir)


def tuning(**options: object) -> TuningOptions:
    given = {"objective": "score", "ranges": [parse_range("x=1..5")], "max_runtime": 60, **options}
    return TuningOptions(**given)  # type: ignore[arg-type]


def test_no_local_run_needs_an_accelerator(tmp_path: Path) -> None:
    here = NowhereConnection(tmp_path)
    assert advice(plan_training(here, PLAIN, JobOptions(instance_type=GPU))) == [
        f"--instance {GPU} is simulated on this machine, which has its own CPUs only; no local run needs it"
    ]
    assert advice(plan_training(here, PLAIN, JobOptions())) == []
    assert advice(plan_training(here, PLAIN, JobOptions(instance_type="ml.m5.xlarge"))) == []


def test_an_accelerator_that_nothing_uses(account: Connection, tmp_path: Path) -> None:
    options = JobOptions(instance_type=GPU, max_runtime=60)
    assert advice(plan_training(account, PLAIN, options)) == [
        f"--instance {GPU} has 1 NVIDIA A10G, and nothing that the script imports uses it; ml.m5.large costs less"
    ]
    assert advice(plan_training(account, Script("from torch import nn\n"), options)) == []
    # What the script imports may import it.
    (tmp_path / "nets.py").write_text("import torch\n")
    assert advice(plan_training(account, Script("import nets\n", folder=tmp_path), options)) == []


def test_secrets_where_others_can_read_them(tmp_path: Path) -> None:
    script = Script(f"import boto3\nKEY = '{'AKIA' + 'A' * 16}'\n", "mine.py")
    lines = advice(
        plan_training(NowhereConnection(tmp_path), script, JobOptions(environment={"HF_TOKEN": "x", "A": "b"}))
    )
    assert [line.partition(",")[0] for line in lines] == [
        "mine.py",
        "--env HF_TOKEN: whoever may describe the job can read it; AWS Secrets Manager keeps it",
    ]
    assert "line 2, has what looks like a key" in lines[0]
    assert not any("AKIA" in line for line in lines)


def test_an_objective_that_is_spelled_another_way(tmp_path: Path) -> None:
    here = NowhereConnection(tmp_path)
    assert advice(plan_tuning(here, PLAIN, tuning(objective="scores", parallel=1))) == [
        "--objective scores: the script prints score"
    ]
    assert advice(plan_tuning(here, PLAIN, tuning(parallel=1))) == []
    assert advice(plan_tuning(here, PLAIN, tuning(objective="scores", metrics={"scores": "s(.*)"}, parallel=1))) == []


def test_time_without_end(account: Connection) -> None:
    [line] = advice(plan_training(account, PLAIN, JobOptions()))
    assert line == "no --max-runtime is given: if something hangs, it runs and costs for a day; 2h, say, ends it sooner"
    [line] = advice(plan_tuning(account, PLAIN, tuning(max_runtime=None, parallel=1)))
    assert "each training job runs and costs for a day" in line


def test_spot_without_checkpoints(account: Connection) -> None:
    [line] = advice(plan_training(account, PLAIN, JobOptions(spot=True, max_runtime=60)))
    assert line.startswith("--spot without --checkpoints: ")
    options = JobOptions(spot=True, max_runtime=60, checkpoints="s3://mine/kept")
    assert advice(plan_training(account, PLAIN, options)) == []


def test_more_at_a_time_than_the_quota(aws: FaultyAWS, engine_behind: EngineProcess, account: Connection) -> None:
    codes = {account_quotas._plain(quota.name): (quota.name, quota.code) for quota in catalog().values()}
    kept_answers.KeptAnswer(account.data_dir, "quotas-aws-us-east-1").write(codes)
    file = engine_behind.data_dir / "quotas.json"
    name = usage("ml.m5.large", spot=False)
    try:
        file.write_text(json.dumps({name: 5}))
        assert advice(plan_tuning(account, PLAIN, tuning(parallel=3, instance_count=2))) == [
            f"--parallel 3 wants 6 instances at a time, and the quota '{name}' is 5; --parallel 2 fits"
        ]
        assert advice(plan_tuning(account, PLAIN, tuning(parallel=2, instance_count=2))) == []
        file.write_text(json.dumps({name: 1}))
        [line] = advice(plan_tuning(account, PLAIN, tuning(parallel=3, instance_count=2)))
        assert line.endswith("is 1; not even one fits")
    finally:
        file.unlink()


def test_quotas_that_nobody_tells_are_no_reason_to_wait(account: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert advice(plan_tuning(account, PLAIN, tuning(parallel=3))) == []
