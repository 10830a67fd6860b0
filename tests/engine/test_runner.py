"""Attempts as processes: started once, looked at, taken up again, ended when nobody supervises them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest
from jobs_harness import gone

from jupyter_sm_ext.engine import runner as runner_module
from jupyter_sm_ext.engine.context import Engine
from jupyter_sm_ext.engine.runner import Attempt, Runner

Json = dict[str, Any]
DEADLINE_SECONDS = 20.0


def until(true: Any) -> Any:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (found := true()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)
    return found


class Attempts:
    """A runner, and attempts of shell scripts."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.runner = Runner(cast("Engine", SimpleNamespace(data_dir=data_dir)))
        self.launcher = self.runner._launcher
        self.made: list[Attempt] = []

    def start(self, script: str, name: str = "job", token: str = "0123456789") -> Attempt:
        directory = self.runner.directory(name, 1, token)
        self.made.append(self.runner.start(directory, lambda: self.spec(script)))
        return self.made[-1]

    def spec(self, script: str) -> Json:
        return {
            "command": ["/bin/sh", "-c", script],
            "environment": {"PATH": os.environ["PATH"], "ROOT": str(self.data_dir)},
            "config": {},
            "source": None,
            "requirements": None,
            "channels": [],
            "checkpoints": None,
            "max_runtime": 60,
            "grace": 1,
            "outputs": {
                "home": str(self.data_dir),
                "compressed": True,
                "model": str(self.data_dir / "m"),
                "output": "",
            },
        }

    def text(self, name: str) -> str:
        path = self.data_dir / name
        return str(until(lambda: path.exists() and path.read_text().strip()))

    def supervisor(self, attempt: Attempt) -> psutil.Process:
        started = attempt.directory / "started"
        return psutil.Process(json.loads(until(lambda: started.exists() and started.read_text()))["pid"])

    def close(self) -> None:
        for attempt in self.made:
            if not attempt.directory.exists():
                continue
            attempt.stop()
            until(lambda one=attempt: one.finished() or one.lost())
            attempt.end_orphans()
        self.runner.close()


@pytest.fixture
def attempts(tmp_path: Path) -> Iterator[Attempts]:
    made = Attempts(tmp_path / "data")
    yield made
    made.close()


def ended(attempt: Attempt) -> Json:
    def look() -> Json | None:
        attempt.events()
        assert attempt.ended or attempt.lost() is None
        return attempt.result() if attempt.ended else None

    found: Json = until(look)
    return found


def test_an_attempt_runs_and_its_files_go(attempts: Attempts) -> None:
    attempt = attempts.start("echo hello")
    assert ended(attempt)["code"] == 0
    assert attempt.log.read_text() == "hello\n"
    attempts.runner.retire(attempt)
    until(lambda: not attempts.runner.tidy())
    assert list(attempts.runner.root.iterdir()) == []
    assert attempt.log.exists()


def test_starting_it_again_takes_it_up(attempts: Attempts) -> None:
    first = attempts.start("echo x >> $ROOT/runs; sleep 0.2")
    again = [attempts.start("echo never >> $ROOT/runs") for _ in range(3)]
    assert ended(first)["code"] == 0
    assert [ended(one)["code"] for one in again] == [0, 0, 0]
    assert attempts.text("runs") == "x"


@pytest.mark.parametrize("name", ["spec.json.part", "spec.json"])
def test_half_a_preparation_is_done_anew(attempts: Attempts, name: str) -> None:
    half = attempts.runner.directory("job", 1, "0123456789")
    half.mkdir(parents=True)
    (half / name).write_text('{"comm')
    assert ended(attempts.start("echo hello"))["code"] == 0


def test_half_a_result_is_none(attempts: Attempts) -> None:
    attempt = attempts.start("exit 3")
    ended(attempt)
    (attempt.directory / "exit.json").write_text('{"code": 3, "ended')
    assert attempt.result() is None


def test_a_supervisor_that_never_came_up_is_started_again(attempts: Attempts) -> None:
    attempt = attempts.start("echo x >> $ROOT/runs")
    directory = attempt.directory
    assert ended(attempt)["code"] == 0
    # As if the engine had been killed between the preparation and the start.
    fresh = directory.with_name("2-01234567")
    fresh.mkdir()
    (fresh / "spec.json").write_bytes((directory / "spec.json").read_bytes())
    late = Attempt(fresh, attempts.launcher)
    attempts.made.append(late)
    assert ended(late)["code"] == 0
    assert attempts.text("runs") == "x\nx"


def test_a_supervisor_that_cannot_start_is_given_up(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = attempts.data_dir / "python"
    broken.write_text("#!/bin/sh\necho no Python here >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    monkeypatch.setattr(runner_module, "_LAUNCH_SECONDS", 0.0)
    attempt = attempts.start("true")
    assert until(attempt.lost) == "its supervising process cannot be started: no Python here"


def test_a_launcher_that_is_killed_takes_no_attempt_along(attempts: Attempts) -> None:
    attempt = attempts.start("echo $$ > $ROOT/part; mv $ROOT/part $ROOT/up; until [ -e $ROOT/on ]; do sleep 0.02; done")
    attempts.text("up")
    assert attempts.launcher._server is not None
    attempts.launcher._server.kill()
    (attempts.data_dir / "on").touch()
    assert ended(attempt)["code"] == 0
    assert ended(attempts.start("exit 4", "next"))["code"] == 4


def test_a_dead_supervisor_is_noticed_and_what_it_left_is_ended(attempts: Attempts) -> None:
    attempt = attempts.start(
        "trap '' TERM; (trap '' TERM; setsid sleep 60) & sleep 60 & "
        "echo $$ $! > $ROOT/part; mv $ROOT/part $ROOT/up; wait"
    )
    pids = [int(pid) for pid in attempts.text("up").split()]
    # A look from a second engine's side, which is not the supervisor's parent.
    other = Attempt(attempt.directory, attempts.launcher)
    assert (attempt.lost(), other.lost()) == (None, None)
    attempts.supervisor(attempt).kill()
    assert until(attempt.lost) == "its supervising process ended without a result"
    assert until(other.lost) == "its supervising process ended without a result"
    attempt.end_orphans()
    until(lambda: all(gone(pid) for pid in pids))
    mark = str(attempt.directory)
    until(lambda: not [p.pid for p in psutil.process_iter() if _marked(p, mark)])


def _marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get("JUPYTER_SM_ATTEMPT") == mark
    except (psutil.Error, OSError):
        return False


def test_a_pid_that_is_another_s_by_now_is_left_alone(attempts: Attempts) -> None:
    bystander = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    try:
        attempt = attempts.start("exit 0")
        ended(attempt)
        line = {"event": "Script", "pid": bystander.pid, "time": time.time() - 3_600}
        with (attempt.directory / "events.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        attempt.end_orphans()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_result_without_its_event_counts(attempts: Attempts) -> None:
    attempt = attempts.start("exit 3")
    ended(attempt)
    events = attempt.directory / "events.jsonl"
    lines = events.read_text().splitlines(keepends=True)
    events.write_text("".join(lines[:-1]))
    adopted = Attempt(attempt.directory, attempts.launcher)
    assert ended(adopted)["code"] == 3
    assert [event["event"] for event in Attempt(attempt.directory, attempts.launcher).events()][-1] == "Uploading"


def test_half_an_event_waits(attempts: Attempts) -> None:
    attempt = attempts.start("exit 0")
    ended(attempt)
    adopted = Attempt(attempt.directory, attempts.launcher)
    assert len(adopted.events()) == 5
    with (attempt.directory / "events.jsonl").open("a") as file:
        file.write('{"event": "Later"')
    assert adopted.events() == []
    with (attempt.directory / "events.jsonl").open("a") as file:
        file.write(', "time": 1}\n')
    assert adopted.events() == [{"event": "Later", "time": 1}]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_of_the_engine_is_inherited(attempts: Attempts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, (attempts.data_dir / "own.lock").open("w") as lock:
        for ours in (server, lock):
            os.set_inheritable(ours.fileno(), True)
        mine = {str(Path(f"/proc/self/fd/{ours.fileno()}").readlink()) for ours in (server, lock)}
        attempt = attempts.start("echo $$ > $ROOT/part; mv $ROOT/part $ROOT/up; exec sleep 60")
        script = int(attempts.text("up"))
        supervisor = attempts.supervisor(attempt)
        held = {pid: {str(f.readlink()) for f in Path(f"/proc/{pid}/fd").iterdir()} for pid in (script, supervisor.pid)}
        assert not held[script] & mine
        assert not held[supervisor.pid] & mine
        assert str(attempt.directory / "lock") in held[supervisor.pid] - held[script]
        assert os.getsid(supervisor.pid) == supervisor.pid


def test_a_sweep_keeps_what_is_needed(attempts: Attempts) -> None:
    over, needed = attempts.start("exit 0", "over"), attempts.start("exit 0", "needed")
    for attempt in (over, needed):
        ended(attempt)
        until(attempt.finished)
    (attempts.runner.root / "half" / "1-01234567").mkdir(parents=True)
    later = Attempts(attempts.data_dir).runner
    later.sweep(lambda job: job == "needed")
    assert not later.tidy()
    assert [path.relative_to(later.root) for path in later.root.glob("*/*")] == [Path("needed/1-01234567")]
