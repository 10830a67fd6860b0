"""What an administrator has fixed or bounded: obeyed by servers and kernels, and told with who decided it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_sm_ext.connections.connection import Choice, Connections, available_profiles, connect, open_connection
from jupyter_sm_ext.connections.connection_choice import choice_of, write_choice
from jupyter_sm_ext.connections.connection_rules import RULES_VARIABLE, Rules
from jupyter_sm_ext.errors import ForbiddenConnectionError, ValidationError

FIXED = {"kind": "aws", "profile": "team-a", "role": "arn:aws:iam::123456789012:role/sm"}


@pytest.fixture(autouse=True)
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    names = {"team-a": "eu-west-1", "team-b": "us-gov-west-1", "private": "us-east-1"}
    config.write_text("".join(f"[profile {name}]\nregion = {region}\n" for name, region in names.items()))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))


@pytest.fixture
def decide(monkeypatch: pytest.MonkeyPatch) -> Any:
    def decided(**rules: Any) -> None:
        monkeypatch.setenv(RULES_VARIABLE, Rules(**rules, decided_by="the platform team").as_json())

    return decided


def test_without_rules_anything_may_be_chosen(tmp_path: Path) -> None:
    assert open_connection(Choice("aws", "private"), tmp_path).id == "aws:private:us-east-1"
    assert Connections(tmp_path).current().kind == "local"


def test_a_fixed_connection_is_everybodys(tmp_path: Path, decide: Any) -> None:
    write_choice(Choice("aws", "private"), tmp_path)
    decide(connection=FIXED)
    connections = Connections(tmp_path)
    assert connections.current().id == "aws:team-a:eu-west-1"
    assert connections.current().role == FIXED["role"]
    for other in (Choice(), Choice("aws", "private"), Choice("aws", "team-a", "us-east-1")):
        with pytest.raises(ForbiddenConnectionError, match="fixed to AWS team-a") as caught:
            connections.choose(other)
        assert "the platform team" in (caught.value.hint or "")
    with pytest.raises(ForbiddenConnectionError):
        connect("local", data_dir=tmp_path)
    assert json.loads((tmp_path / "connection.json").read_text())["profile"] == "private"
    # What leaves out what is fixed means it, as the id of a connection does.
    assert connect("aws", data_dir=tmp_path).role == FIXED["role"]
    by_id = open_connection(choice_of("aws:team-a:eu-west-1"), tmp_path)
    assert (by_id.id, by_id.role) == ("aws:team-a:eu-west-1", FIXED["role"])
    told = connections.told()["rules"]
    assert (told["fixed"], told["decided_by"]) == (True, "the platform team")


def test_kinds_profiles_and_regions_are_bounded(tmp_path: Path, decide: Any) -> None:
    decide(kinds=("aws",), profiles=("team-*",), regions=("eu-*",))
    assert available_profiles() == ["team-a", "team-b"]
    refused = {
        Choice(): "Only 'aws' connections may be used here, not the local engine.",
        Choice("aws"): "Only the profiles team-* may be used here, not default.",
        Choice("aws", "private"): "Only the profiles team-* may be used here, not private.",
        Choice("aws", "team-a", "us-east-1"): "Only the regions eu-* may be used here, not us-east-1.",
        # The region of the profile itself.
        Choice("aws", "team-b"): "Only the regions eu-* may be used here, not us-gov-west-1.",
    }
    for choice, words in refused.items():
        with pytest.raises(ForbiddenConnectionError) as caught:
            open_connection(choice, tmp_path)
        assert caught.value.message == words
    told = Connections(tmp_path)
    told.choose(Choice("aws", "team-a"))
    state = told.told()
    assert [each["name"] for each in state["profiles"]] == ["team-a", "team-b"]
    assert "eu-west-1" in state["regions"]["aws"]
    assert all(region.startswith("eu-") for names in state["regions"].values() for region in names)


def test_a_choice_from_before_the_rules_is_told_and_not_used(tmp_path: Path, decide: Any) -> None:
    write_choice(Choice("aws", "private"), tmp_path)
    decide(profiles=("team-*",))
    connections = Connections(tmp_path)
    with pytest.raises(ForbiddenConnectionError):
        connections.current()
    told = connections.told()
    assert (told["state"], told["id"], told["account"]) == ("forbidden", "aws:private:us-east-1", None)
    assert "the platform team" in told["hint"]


def test_nothing_chosen_is_the_first_that_may_be(tmp_path: Path, decide: Any) -> None:
    decide(kinds=("aws",))
    assert Connections(tmp_path).current().kind == "aws"


@pytest.mark.parametrize("text", ["{", "[]", '{"colour": 1}', '{"connection": {"colour": 1}}'])
def test_rules_that_cannot_be_read_allow_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(RULES_VARIABLE, text)
    with pytest.raises(ValidationError, match=r"cannot be understood|is none"):
        Connections(tmp_path).current()


def test_a_kernel_obeys_what_its_server_was_told(tmp_path: Path, decide: Any) -> None:
    decide(connection=FIXED)
    code = "import jupyter_sm_ext as sm\nprint(sm.current().id)\nsm.connect('aws', profile='private')"
    run = subprocess.run([sys.executable, "-c", code], env={**os.environ}, capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "aws:team-a:eu-west-1"
    assert "it cannot be AWS private" in run.stderr
