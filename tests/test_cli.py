"""`jupyter sm` in a terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local_jobs import ENDLESS, GOOD, running_engine

from jupyter_sm_ext import cli, demo
from jupyter_sm_ext.connections import connection as connections
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.handles.start import train
from jupyter_sm_ext.studio import Studio

DOCUMENTED = Path(__file__).parents[1] / "docs" / "commands.md"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command as a process of its own would, and gives its exit code and what it wrote."""

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
        code = cli.main(words)
        written = capsys.readouterr()
        return code, written.out, written.err

    return command


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("cli")) as running:
        yield running


@pytest.fixture
def running(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))
    return studio


def test_help(command: Command) -> None:
    code, out, _ = command("--help")
    assert code == 0
    assert "usage: jupyter sm" in out
    assert "--execute" in command("demo", "--help")[1]


@pytest.mark.skipif(not DOCUMENTED.exists(), reason="no checkout")
def test_every_command_is_documented(command: Command) -> None:
    told = DOCUMENTED.read_text(encoding="utf-8")
    names = re.findall(r"^    ([a-z][a-z-]*)(?: |$)", command("--help")[1], re.MULTILINE)
    assert len(names) > 20
    assert [name for name in names if f"`%sm {name}" not in told] == []


def test_a_mistake_ends_with_2(command: Command) -> None:
    assert command("stats") == (
        2,
        "",
        "jupyter sm: there is no command 'stats'\nDid you mean jupyter sm status?\n",
    )
    code, out, err = command("engine", "go")
    assert (code, out) == (2, "")
    assert "invalid choice: 'go'" in err


def test_looking_starts_nothing(command: Command, data_dir: Path) -> None:
    code, out, _ = command("status")
    assert code == 0
    assert out.startswith("Local engine: not running; it starts when it is needed")
    code, _, err = command("engine", "status")
    assert code == 1
    assert err.startswith(f"no engine is running on {data_dir}")
    assert not data_dir.exists()


def test_engine_start_status_stop(command: Command, tmp_path: Path) -> None:
    here = ("--data-dir", str(tmp_path / "other"))
    code, started, _ = command("engine", "start", *here)
    assert code == 0
    assert started.startswith("running at http://127.0.0.1:")
    assert command("engine", "start", *here)[1] == started
    assert command("engine", "status", *here)[1] == started
    code, _, err = command("engine", "start", "--port", "1", *here)
    assert code == 1
    assert "already runs at" in err
    assert command("engine", "stop", *here) == (0, "stopped; running jobs go on\n", "")
    assert command("engine", "stop", *here)[1].startswith("no engine is running")


def test_a_port_in_use_is_one_plain_line(command: Command, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = command("engine", "start", "--port", port, "--data-dir", str(tmp_path / "d"))
    assert (code, out) == (1, "")
    assert port in err.splitlines()[0]
    assert "Traceback" not in err


def test_a_data_directory_that_cannot_be_one(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = command("engine", "start", "--data-dir", str(tmp_path / "file"))
    assert code == 1
    assert str(tmp_path / "file") in err
    assert "Traceback" not in err


def test_env_sends_an_unmodified_boto3_to_the_engine(running: Studio, tmp_path: Path) -> None:
    tell = [sys.executable, "-m", "jupyter_sm_ext.cli", "env", "--data-dir", str(running.connection.data_dir)]
    lines = subprocess.run(tell, capture_output=True, text=True, check=True).stdout
    code = (
        "import boto3; print(boto3.client('sts').get_caller_identity()['Account'],"
        " boto3.client('s3').list_buckets()['Buckets'][0]['Name'], boto3.client('sagemaker').meta.region_name)"
    )
    outer = {**os.environ, "AWS_SESSION_TOKEN": "old", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    told = subprocess.run(
        ["bash", "-c", f'eval "$1"\nexec {sys.executable} -c "$2"', "bash", lines, code],
        capture_output=True,
        text=True,
        check=True,
        env=outer,
    ).stdout.split()
    assert told == ["000000000000", running.connection.bucket, "us-east-1"]


def test_jobs_watch_logs_and_stop(command: Command, running: Studio) -> None:
    job = train(GOOD, metrics={"score": None}, studio=running)
    code, out, _ = command("watch", job.name)
    assert code == 0
    assert out.splitlines()[-1] == f"Training job {job.name}: Completed, score=0.5"
    code, out, _ = command("logs", job.name)
    assert out.splitlines()[-1] == "epoch 3 score=0.500000"
    assert job.name in command("jobs")[1]
    endless = train(ENDLESS, studio=running)
    assert command("stop", endless.name)[1] == f"{endless.name}: asked to stop\n"
    endless.wait(timeout=60)
    code, _, err = command("stop", endless.name)
    assert code == 1
    assert "Stopped" in err
    code, _, err = command("watch", "nobody")
    assert code == 1
    assert err.startswith("Local engine has no tuning, training or compilation job named 'nobody'")


def test_following_a_log_ends_with_the_job_and_an_interrupt_ends_only_the_following(
    command: Command, running: Studio
) -> None:
    job = train(GOOD, studio=running)
    assert command("logs", "-f", job.name)[1].count("epoch 3") == 1
    endless = train(ENDLESS, studio=running)
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_sm_ext.cli", "logs", "-f", endless.name], stdout=subprocess.PIPE, text=True
    )
    giving_up = threading.Timer(60, process.kill)
    giving_up.start()
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "score=0.1\n"
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    giving_up.cancel()
    assert endless.status == "InProgress"
    endless.stop()


def test_connect_is_kept(command: Command, running: Studio) -> None:
    path = running.connection.data_dir / "connection.json"
    assert command("connect", "local", "--bucket", "mine")[0] == 0
    assert json.loads(path.read_text())["bucket"] == "mine"
    assert "bucket mine" in command("status")[1]
    path.unlink()


def test_a_pipe_that_is_closed_is_no_traceback(running: Studio) -> None:
    shell = f"{sys.executable} -m jupyter_sm_ext.cli env | true"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_notebooks_are_copied_and_never_overwritten(tmp_path: Path) -> None:
    first = demo.copy_notebooks(tmp_path / "new")
    assert first[0].name == demo.QUICKSTART
    first[0].write_text("mine")
    assert demo.copy_notebooks(tmp_path / "new") == first
    assert first[0].read_text() == "mine"


def test_demo_opens_the_quickstart_behind_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    command = demo.lab_command(Path("/x/01.ipynb"), browser=False, port=9)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert "--LabApp.default_url=/lab/tree/01.ipynb" in command
    assert {"--allow-root", "--no-browser", "--ServerApp.port=9", "--ServerApp.ip=127.0.0.1"} <= set(command)
    assert not [word for word in command if "token" in word or "password" in word]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "--allow-root" not in demo.lab_command(Path("/x/01.ipynb"))


def test_demo_in_the_lab_is_on_the_local_engine(
    command: Command, tmp_path: Path, running: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[list[str], Path]] = []

    def call(words: list[str], *, cwd: Path) -> int:
        opened.append((words, cwd))
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    directory = running.connection.data_dir
    (directory / "connection.json").write_text('{"kind": "aws", "region": "eu-west-1"}')
    code, out, _ = command("demo", str(tmp_path), "--no-browser", "--data-dir", str(directory))
    assert code == 0
    assert out == "Connection: now the local engine; it was AWS default · eu-west-1.\n"
    assert Connections(directory).current().kind == "local"
    assert opened == [(demo.lab_command(tmp_path / demo.QUICKSTART, browser=False), tmp_path)]
    (directory / "connection.json").unlink()


def test_a_demo_that_fails_says_where(command: Command, tmp_path: Path, running: Studio) -> None:
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("%load_ext jupyter_sm_ext\n%sm watch nobody")])
    nbformat.write(book, tmp_path / demo.QUICKSTART)
    code, _, err = command("demo", str(tmp_path), "--execute", "--data-dir", str(running.connection.data_dir))
    assert code == 1
    assert f"{demo.QUICKSTART} failed:" in err
    assert "no tuning, training or compilation job named" in err
    assert "nobody" in (tmp_path / "01_quickstart.html").read_text()


def test_the_engine_of_a_demo_that_cannot_start(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = command("demo", str(tmp_path / "here"), "--execute", "--data-dir", str(tmp_path / "file"))
    assert code == 1
    assert "data directory" in err
    assert local_engine.find(tmp_path / "file") is None
