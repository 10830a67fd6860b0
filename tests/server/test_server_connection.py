"""Choosing a connection over REST, and what every route tells when it cannot be used."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.connections.connection_rules import RULES_VARIABLE

ERROR = {"message", "code", "operation", "request_id", "hint", "statement"}


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A choice of each test's own; none of them starts an engine."""
    directory = tmp_path / "sm-data"
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(directory))
    return directory


@pytest.fixture
def no_engine(data_dir: Path) -> None:
    """A data directory in which no engine can start: its database is a folder."""
    (data_dir / "engine.sqlite").mkdir(parents=True)


@pytest.fixture
def broken_choice(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "connection.json").write_text("{", encoding="utf-8")


async def test_aws_is_chosen_for_good(api: Any, data_dir: Path) -> None:
    choice = {"kind": "aws", "profile": "nobody", "region": "eu-central-1"}
    reply = await api("PUT", "/connection", choice)
    assert reply.status == 200
    told = reply.json
    assert (told["id"], told["kind"], told["state"]) == ("aws:nobody:eu-central-1", "aws", "credentials")
    assert "nobody" in told["message"]
    assert told["data_dir"] == str(data_dir)
    assert json.loads((data_dir / "connection.json").read_text())["profile"] == "nobody"
    assert (await api("GET", "/connection")).json == told

    jobs = await api("GET", "/training-jobs")
    assert (jobs.status, set(jobs.json)) == (424, ERROR)
    assert "aws configure --profile nobody" in jobs.json["hint"]
    watched = await api("POST", "/watches", {"viewer": "v", "watches": [{"kind": "jobs", "key": []}]})
    [snapshot] = watched.json["watches"]
    assert snapshot["connection"] == "aws:nobody:eu-central-1"
    assert "nobody" in snapshot["error"]["message"]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({}, "'kind' is a required property"),
        ({"kind": "azure"}, "kind: 'azure' is not one of"),
        ({"kind": "aws", "secret": "x"}, "the body: Additional properties are not allowed"),
        ({"kind": "aws", "region": "EU Central"}, "region: "),
        ({"kind": "aws", "profile": 5}, "profile: "),
        ({"kind": "local", "region": "eu-central-1"}, "belong to an 'aws' connection"),
    ],
)
async def test_a_wrong_choice_changes_nothing(api: Any, data_dir: Path, choice: dict[str, Any], words: str) -> None:
    reply = await api("PUT", "/connection", choice)
    assert (reply.status, set(reply.json)) == (400, ERROR)
    assert words in reply.json["message"]
    assert not (data_dir / "connection.json").exists()


@pytest.mark.usefixtures("no_engine")
async def test_an_engine_that_cannot_start_is_a_clear_502(api: Any) -> None:
    state = await api("GET", "/connection")
    assert (state.status, state.json["state"]) == (200, "unreachable")
    assert state.json["message"]
    reply = await api("GET", "/training-jobs")
    assert (reply.status, set(reply.json), reply.json["code"]) == (502, ERROR, "EngineError")
    assert reply.json["message"] == state.json["message"]


@pytest.mark.usefixtures("broken_choice")
async def test_a_choice_that_cannot_be_read_is_told(api: Any) -> None:
    reply = await api("GET", "/training-jobs")
    assert reply.status == 400
    assert "connection.json cannot be understood" in reply.json["message"]
    assert reply.json["hint"] == "Delete it or choose again."


@pytest.fixture
def other_dir(tmp_path: Path, jp_server_config: dict[str, Any]) -> Path:
    directory = tmp_path / "configured"
    jp_server_config["SageMakerExtension"] = {"data_dir": str(directory), "max_body_bytes": 100}
    return directory


async def test_configuration_holds_for_the_server_and_its_kernels(other_dir: Path, api: Any) -> None:
    reply = await api("PUT", "/connection", {"kind": "aws", "profile": "nobody", "region": "eu-central-1"})
    assert reply.json["data_dir"] == str(other_dir)
    assert (other_dir / "connection.json").exists()
    assert os.environ["JUPYTER_SM_DATA_DIR"] == str(other_dir)
    assert os.environ["JUPYTER_SM_EXT_SERVER"] == "1"
    large = await api("PUT", "/connection", {"kind": "aws", "profile": "x" * 100})
    assert large.status == 400
    assert "at most 100 are taken" in large.json["message"]


@pytest.fixture
def decided(jp_server_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(RULES_VARIABLE, "")  # so that it is as before when the test ends
    (tmp_path / "aws-config").write_text("[profile team]\nregion = eu-west-1\n[profile private]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    jp_server_config["SageMakerExtension"] = {
        "allowed_connections": ["aws"],
        "allowed_profiles": ["team"],
        "connection_decided_by": "the platform team",
    }


async def test_an_administrator_bounds_what_can_be_chosen(decided: None, api: Any) -> None:
    told = (await api("GET", "/connection")).json
    assert (told["kind"], told["state"]) == ("aws", "forbidden")
    assert (told["rules"]["kinds"], [each["name"] for each in told["profiles"]]) == (["aws"], ["team"])
    for choice in ({"kind": "local"}, {"kind": "aws", "profile": "private"}):
        reply = await api("PUT", "/connection", choice)
        assert (reply.status, reply.json["code"]) == (403, "ConnectionNotAllowed")
        assert "the platform team" in reply.json["hint"]
    jobs = await api("GET", "/training-jobs")
    assert (jobs.status, jobs.json["code"]) == (403, "ConnectionNotAllowed")
    assert (await api("PUT", "/connection", {"kind": "aws", "profile": "team"})).json["id"] == "aws:team:eu-west-1"
    # What kernels of this server are told.
    assert json.loads(os.environ[RULES_VARIABLE])["profiles"] == ["team"]


async def test_a_code_is_taken_where_one_is_wanted(api: Any) -> None:
    wrong = await api("POST", "/connection", {"code": "secret-4711"})
    assert wrong.status == 400
    assert b"4711" not in wrong.raw
