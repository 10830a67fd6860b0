"""Expired keys over REST: told as such by every read, with the profile; never as an empty list or as not found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess
from faulty_aws import EXPIRED, FaultyAWS

from jupyter_sm_ext.resources import resources

TOLD = f"The AWS credentials of the profile default have expired: {EXPIRED}."
HINT = "Put new keys into it: `aws configure --profile default`."
ASKED = [
    *(f"/{row.kind}" for row in resources()),
    *("/training-jobs/job", "/training-jobs/job/logs", "/training-jobs/job/log.txt", "/training-jobs/job/artifacts"),
    *("/tuning-jobs/job/training-jobs", "/tuning-jobs/job/importances", "/training-jobs/job/cost"),
    *("/training-jobs/job/curves", "/training-jobs/job/successors/clone", "/compilation-jobs/job/logs"),
]


def write(file: Path, key: str) -> None:
    file.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = secret\n")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "credentials"


@pytest.fixture
def expired(
    engine_behind: EngineProcess, tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultyAWS]:
    """An AWS that refuses the keys that the user has."""
    write(keys, "AKIDFIRST")
    with FaultyAWS(engine_behind.data_dir).serving() as aws:
        for name, value in {
            **{name: text for name, text in aws.environment.items() if "KEY" not in name},
            "AWS_SHARED_CREDENTIALS_FILE": str(keys),
            "AWS_MAX_ATTEMPTS": "1",
            "JUPYTER_SM_DATA_DIR": str(tmp_path / "sm-data"),
        }.items():
            monkeypatch.setenv(name, value)
        aws.expired.add("AKIDFIRST")
        yield aws


async def test_every_read_tells_the_profile_and_goes_on_with_new_keys(api: Any, expired: FaultyAWS, keys: Path) -> None:
    state = (await api("PUT", "/connection", {"kind": "aws"})).json
    assert (state["state"], state["message"], state["hint"]) == ("credentials", TOLD, HINT)
    for path in ASKED:
        reply = await api("GET", path)
        assert (reply.status, reply.json["message"], reply.json["hint"]) == (424, TOLD, HINT), path
    found = await api("POST", "/search", {"Resource": "TrainingJob"})
    assert (found.status, found.json["message"]) == (424, TOLD)
    wanted: list[Any] = [{"kind": kind, "key": []} for kind in ("jobs", "studio", "domains")]
    for watched in (await api("POST", "/watches", {"viewer": "v", "watches": wanted})).json["watches"]:
        assert watched["error"]["message"] == TOLD, watched["kind"]
    stopped = await api("POST", "/training-jobs/job/stop")
    assert (stopped.status, stopped.json["message"]) == (424, TOLD)
    # A form is drawn without AWS, and says what it could not learn; what it offers to choose from is a read.
    assert (await api("GET", "/forms/CreateTrainingJob")).status == 200
    assert (await api("GET", "/kernels")).status == 200

    write(keys, "AKIDSECOND")
    reply = await api("GET", "/domains")
    assert (reply.status, len(reply.json["Domains"])) == (200, 1)
    assert (await api("GET", "/training-jobs/job/logs")).status == 404
    assert (await api("GET", "/connection")).json["state"] == "ready"
