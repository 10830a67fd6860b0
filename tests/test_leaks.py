"""No secret is anywhere but where it is kept on purpose: planted ones are looked for in everything that was written."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from engine_process import EngineProcess
from faulty_aws import FaultyAWS
from leaky_day import HYPERPARAMETER, OF_THE_SHELL, PROFILE, SERVER_TOKEN, Day

#: Where a secret is kept on purpose, each for its owner alone; what is in none of these is in no file at all.
KEPT = {
    "aws_": r"aws/credentials",
    "access_key_id": r"sm-data/engine\.json|sm-data/jobs/.+/spec\.json",
    "secret_access_key": r"sm-data/engine\.json|sm-data/jobs/.+/spec\.json",
    # Jupyter's own, for its clients on this machine.
    "the server's token": r"runtime/jpserver-\d+(\.json|-open\.html)",
}


@pytest.fixture(scope="module")
def day(engine_behind: EngineProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    with FaultyAWS(engine_behind.data_dir).serving() as aws:
        day = Day(tmp_path_factory.mktemp("day"), aws)
        day.prepare()
        with day.serving():
            day.live()
            day.look_at_processes()
        yield day


#: What lets anybody in who has it, by whatever name.
SIGNED = re.compile(rb"[?&](?:\w*[Tt]oken|X-Amz-Signature|X-Amz-Security-Token|Signature)=[\w%+/=.-]{16,}")
#: Where a job is kept with its request, and a panel that shows it.
OF_A_REQUEST = r"sm-data/engine\.sqlite(-wal)?|sm-data/jobs/.+|work/plain\.ipynb"


def may_be_in(name: str, path: str) -> bool:
    return any(name.startswith(start) and re.fullmatch(where, path) for start, where in KEPT.items())


@pytest.mark.slow
def test_the_day_was_a_full_one(day: Day) -> None:
    assert {name.split()[0] for name in day.secrets} >= {"cookie", "token", "the", "one-time", "access_key_id"}
    assert all(len(value) > 10 for value in day.secrets.values()), day.secrets
    assert day.aws.calls["ListTrainingJobs"] > 1
    assert any(status == 424 for status, _ in day.expired), day.expired
    files = {path for path, _ in day.written()}
    assert {"server.log", "events.log", "audit.log", "work/plain.ipynb", "work/far.ipynb"} <= files
    # What a job is started with is still there.
    assert any(re.fullmatch(r"sm-data/jobs/runs/.+/spec\.json", path) for path in files)
    # The search does find what is there.
    kept = {path for path, content in day.written() if day.secrets["secret_access_key"].encode() in content}
    assert "sm-data/engine.json" in kept


def test_no_file_has_a_secret(day: Day) -> None:
    found = [
        (name, path)
        for path, content in day.written()
        for name, value in day.secrets.items()
        if value.encode() in content and not may_be_in(name, path)
    ]
    assert found == []


def test_no_file_has_a_link_that_lets_anybody_in(day: Day) -> None:
    # Jupyter's own page for its own browser.
    found = [path for path, content in day.written() if SIGNED.search(content) and not path.endswith("-open.html")]
    assert found == []


def test_a_hyperparameter_is_told_to_who_asks_for_the_job_alone(day: Day) -> None:
    found = {path for path, content in day.written() if HYPERPARAMETER.encode() in content}
    assert any(path.startswith("sm-data/engine.sqlite") for path in found)
    assert [path for path in found if not re.fullmatch(OF_A_REQUEST, path)] == []


def test_no_answer_and_no_output_has_a_secret(day: Day) -> None:
    found = [(name, what) for what, text in day.heard.items() for name, value in day.secrets.items() if value in text]
    assert found == []


def test_no_command_line_has_a_secret(day: Day) -> None:
    assert len(day.command_lines) > 5
    found = [
        (name, line) for line in day.command_lines.values() for name, value in day.secrets.items() if value in line
    ]
    assert found == []


def test_no_environment_has_a_secret_that_is_not_its_own(day: Day) -> None:
    own = {
        # The server's token came to it by its environment, and a job and an app call the engine with its keys.
        "the server's token": r"jupyter[ -_](server|execute|builder)|ipykernel|jupyter_sm_ext\.remote",
        # Of whatever process: one that is just being made has no command line yet.
        "access_key_id": r"",
        "secret_access_key": r"",
        "token of the shell": r"",
    }
    found = [
        (name, variable, day.command_lines[pid].split("\n"))
        for pid, environment in day.environments.items()
        for variable, text in environment.items()
        for name, value in day.secrets.items()
        if value in text and not re.search(own.get(name, "^$"), day.command_lines[pid].replace("\n", " "))
    ]
    assert found == []


def test_no_job_and_no_app_has_what_the_shell_has(day: Day) -> None:
    inside = [
        environment
        for environment in day.environments.values()
        if {"JUPYTER_SM_ATTEMPT", "JUPYTER_SM_APP"} & set(environment)
    ]
    assert len(inside) > 1
    assert not any(OF_THE_SHELL in environment.values() for environment in inside)
    # It was there to be had, and what a job needs of the machine is passed on.
    assert any(environment.get("HF_TOKEN") == OF_THE_SHELL for environment in day.environments.values())
    assert all(environment.get("PATH") and environment.get("HOME") for environment in inside)


def test_the_databases_are_those_that_are_known(day: Day) -> None:
    databases = {path for path, content in day.written() if content.startswith(b"SQLite format 3\0")}
    assert {path.rpartition("/")[2] for path in databases} <= {"engine.sqlite", "history.sqlite", "nbsignatures.db"}


def test_what_a_secret_is_kept_in_is_its_owners_alone(day: Day) -> None:
    for path in ("sm-data/engine.json", "sm-data/engine.sqlite", "audit.log"):
        assert (day.folder / path).stat().st_mode & 0o077 == 0, path
    with closing(sqlite3.connect(f"file:{day.folder / 'sm-data/engine.sqlite'}?mode=ro", uri=True)) as database:
        text = "\n".join(str(row) for row in database.execute("SELECT * FROM records"))
    assert not any(value in text for value in (*PROFILE.values(), SERVER_TOKEN))
