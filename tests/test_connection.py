"""Which SageMaker: the choice is kept, shared and re-read; the engine is there when it is needed."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_sm_ext.connections import connection as connections
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import (
    Choice,
    Connections,
    choice_of,
    connect,
    current,
    is_shared,
    open_connection,
)
from jupyter_sm_ext.connections.local_connection import LocalConnection
from jupyter_sm_ext.errors import EngineError, ValidationError
from jupyter_sm_ext.studio import Studio


@pytest.fixture
def aws_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's AWS configuration, and no trace of another one."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "aws-config"
    path.write_text("[profile team]\nregion = eu-west-1\n[profile bare]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return path


def test_nothing_chosen_is_local(tmp_path: Path) -> None:
    assert Connections(tmp_path).current().id == "local"
    assert list(tmp_path.iterdir()) == []


def test_a_choice_is_kept_privately_and_seen_by_others(tmp_path: Path, aws_config: Path) -> None:
    mine, theirs = Connections(tmp_path / "data"), Connections(tmp_path / "data")
    assert theirs.current().kind == "local"
    mine.choose(Choice("aws", profile="team"))
    assert theirs.current().id == "aws:team:eu-west-1"
    assert theirs.current().label == "AWS team · eu-west-1"
    assert theirs.current() is theirs.current()
    path = tmp_path / "data" / "connection.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["profile"] == "team"


def test_a_pinned_connection_holds_whatever_is_chosen_elsewhere(tmp_path: Path, aws_config: Path) -> None:
    mine = Connections(tmp_path)
    pinned = open_connection(Choice(), tmp_path)
    mine.pin(pinned)
    Connections(tmp_path).choose(Choice("aws", profile="team"))
    assert mine.current() is pinned


@pytest.mark.parametrize("text", ["{", '{"kind": "moon"}', '{"kind": "local", "colour": 1}', "[]", '"aws"'])
def test_a_damaged_choice_says_which_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "connection.json").write_text(text)
    with pytest.raises(ValidationError, match=r"connection|local"):
        Connections(tmp_path).current()


def test_options_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValidationError, match="belong to an 'aws' connection"):
        Choice("local", profile="team")
    with pytest.raises(ValidationError, match="not 'moon'"):
        connect("moon")


def test_an_unknown_profile_or_no_region_is_said_plainly(tmp_path: Path, aws_config: Path) -> None:
    nobody = open_connection(Choice("aws", profile="nobody"), tmp_path)
    told = nobody.as_dict()
    assert told["state"] == "credentials"
    assert "nobody" in told["message"]
    bare = open_connection(Choice("aws", profile="bare"), tmp_path)
    with pytest.raises(ValidationError, match="no region"):
        _ = bare.region
    assert connections.available_profiles() == ["bare", "team"]


def test_missing_credentials_are_a_state_not_a_crash(tmp_path: Path, aws_config: Path) -> None:
    told = open_connection(Choice("aws", profile="team"), tmp_path).as_dict()
    assert told["state"] == "credentials"
    assert told["region"] == "eu-west-1"
    assert told["account"] is None


def test_the_role_of_aws_is_the_chosen_one(tmp_path: Path, aws_config: Path) -> None:
    arn = "arn:aws:iam::123456789012:role/sm"
    assert open_connection(Choice("aws", role=arn), tmp_path).role == arn


def test_local_has_all_a_first_job_needs(data_dir: Path) -> None:
    local = connect(data_dir=data_dir)
    assert current() is local
    told = local.as_dict()
    assert told["state"] == "ready"
    assert told["bucket"] == f"sagemaker-{local.region}-{local.account}"
    assert told["domain_id"].startswith("d-")
    assert told["user_profile_name"]
    assert local.engine.secret_access_key not in json.dumps(told)
    assert local.engine.secret_access_key not in repr(local.engine)
    local.session.client("s3").head_bucket(Bucket=local.bucket)
    assert local.session.client("sts").get_caller_identity()["Account"] == local.account


def test_what_the_server_uses_is_told_from_what_a_notebook_uses(
    data_dir: Path, tmp_path: Path, aws_config: Path
) -> None:
    team = open_connection(Choice("aws", "team"), tmp_path)
    assert is_shared(open_connection(Choice(), data_dir))
    assert not is_shared(open_connection(Choice(), tmp_path / "another"))
    assert not is_shared(team)
    Connections().choose(Choice("aws", "team", role="arn:aws:iam::123456789012:role/sm"))
    assert is_shared(team)
    assert not is_shared(open_connection(Choice("aws", "team", "eu-west-2"), tmp_path))
    assert not is_shared(open_connection(Choice(), data_dir))
    (data_dir / "connection.json").write_text("{")
    assert not is_shared(team)


def test_two_who_start_it_at_once_get_the_same_engine(data_dir: Path) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(local_engine.start(data_dir).pid)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_killed_engine_is_started_again_by_the_next_call(data_dir: Path) -> None:
    local = LocalConnection(Choice(), data_dir)
    studio = Studio(local)
    (domain,) = studio.list("domains")
    before = local.engine
    os.kill(before.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(before.pid)] if psutil.pid_exists(before.pid) else [], timeout=10)
    assert studio.describe("domains", domain["DomainId"])["DomainId"] == domain["DomainId"]
    assert local.engine.pid != before.pid
    # The same address and keys: what `jupyter sm env` gave to a terminal still holds.
    assert (local.engine.endpoint_url, local.engine.access_key_id) == (before.endpoint_url, before.access_key_id)


def test_stop_ends_it_and_says_whether_one_ran(data_dir: Path) -> None:
    assert local_engine.stop(data_dir) is False
    local_engine.start(data_dir)
    assert local_engine.stop(data_dir) is True
    assert local_engine.find(data_dir) is None


def test_the_engine_of_another_directory_is_not_taken_for_ours(data_dir: Path, tmp_path: Path) -> None:
    theirs = local_engine.start(tmp_path / "theirs")
    stale = {**vars(theirs), "data_dir": str(data_dir)}
    data_dir.mkdir()
    (data_dir / "engine.json").write_text(json.dumps(stale))
    assert local_engine.find(data_dir) is None
    assert local_engine.find(tmp_path / "theirs") == theirs
    local_engine.stop(tmp_path / "theirs")


def test_an_engine_started_by_hand_in_its_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    command = [sys.executable, "-m", local_engine.MODULE, "--data-dir", "mine"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["pid"] == process.pid
        found = local_engine.find(tmp_path / "mine")
        assert found is not None
        assert found.pid == process.pid
        assert local_engine.stop(tmp_path / "mine") is True


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="file") as caught:
        local_engine.start(tmp_path / "file" / "data")
    assert "JUPYTER_SM_DATA_DIR" in (caught.value.hint or "")


def test_the_environment_sends_any_client_to_the_engine(data_dir: Path) -> None:
    local = LocalConnection(Choice(), data_dir)
    environment = local.environment()
    assert environment["AWS_ENDPOINT_URL_SAGEMAKER"] == local.engine.endpoint_url
    assert environment["AWS_SECRET_ACCESS_KEY"] == local.engine.secret_access_key
    assert "AWS_SESSION_TOKEN" in local.shadowing


def test_a_connection_is_found_by_its_id(tmp_path: Path, aws_config: Path) -> None:
    for choice in (
        Choice(),
        Choice("aws", region="us-west-2"),
        Choice("aws", profile="team"),
        Choice("aws", "a:b", "eu-west-1"),
    ):
        told = open_connection(choice, tmp_path).id
        assert open_connection(choice_of(told), tmp_path).id == told
    for wrong in ("", "local:x", "aws", "aws:team", "aws::us-east-1", "azure:team:x"):
        with pytest.raises(ValidationError):
            choice_of(wrong)


def test_who_makes_the_session_and_who_makes_a_client_do_not_wait_for_each_other(
    data_dir: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    connection = AwsConnection(Choice("aws", region="us-east-1"), data_dir)
    made, within = connection._new_session, threading.Event()

    def slowly(**options: Any) -> Any:
        within.set()
        # Time for the other to begin; whether it does is not what is looked for.
        threading.Event().wait(0.2)
        return made(**options)

    monkeypatch.setattr(connection, "_new_session", slowly)
    first = threading.Thread(target=lambda: connection.session, daemon=True)
    second = threading.Thread(target=lambda: within.wait() and connection.client("sts"), daemon=True)
    for thread in (first, second):
        thread.start()
    for thread in (first, second):
        thread.join(30)
        assert not thread.is_alive()
