"""The supervisor as a process: what it makes of a script, whoever dies around it."""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_process import until
from jobs_harness import gone
from supervisor_help import Trial, trials


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Callable[..., Trial]]:
    with trials(tmp_path) as make:
        yield make


def test_a_script_runs_and_its_model_is_stored(trial: Callable[..., Trial]) -> None:
    one = trial(
        "import json, os, pathlib\n"
        "base = pathlib.Path.cwd().parent\n"
        "print(json.loads((base / 'input/config/hyperparameters.json').read_text())['lr'])\n"
        "(base / 'model' / 'weights').mkdir()\n"
        "(base / 'model' / 'weights' / 'w.bin').write_bytes(b'w' * 1000)\n"
        "(base / 'output' / 'data' / 'report.txt').write_text('fine')\n"
    )
    result = one.run()
    assert (result["code"], result["ended_by"], result["error"]) == (0, None, None)
    assert result["stored"] == ["model", "output"]
    assert one.events() == ["Downloading", "Training", "Script", "Uploading", "Exit"]
    assert one.log == "0.1\n"
    with tarfile.open(one.home / "out" / "model.tar.gz") as archive:
        assert archive.getnames() == ["weights", "weights/w.bin"]
        assert archive.getmember("weights/w.bin").uname == "root"
    assert not (one.directory / "opt").exists()


def test_an_empty_model_is_stored_on_success_only(trial: Callable[..., Trial]) -> None:
    assert trial("pass").run()["stored"] == ["model"]
    assert trial("raise SystemExit(3)").run()["stored"] == []


def test_what_a_failed_script_left_is_stored(trial: Callable[..., Trial]) -> None:
    one = trial("open('../model/w', 'w').write('x')\nopen('../output/failure', 'w').write('bad data')\nexit(7)")
    result = one.run()
    assert (result["code"], result["failure"], result["stored"]) == (7, "bad data", ["model"])


def test_the_last_traceback_is_told(trial: Callable[..., Trial]) -> None:
    one = trial("try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('no good') from error\n")
    assert one.run()["last_words"] == "ValueError: no good"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "import argparse\nargparse.ArgumentParser(prog='train.py').parse_args(['--lr'])",
            "train.py: error: unrecognized ",
        ),
        ("import atexit\natexit.register(print, 'bye')\nraise KeyError('x')", "KeyError: 'x'"),
        ("raise SystemExit(3)", ""),
    ],
)
def test_what_a_script_says_last_is_told(trial: Callable[..., Trial], script: str, said: str) -> None:
    words = trial(script).run()["last_words"]
    assert words.startswith(said)
    assert bool(words) == bool(said)


def test_a_failure_file_that_is_no_file_is_passed_over(trial: Callable[..., Trial]) -> None:
    assert trial("import os\nos.mkfifo('../output/failure')\nexit(2)").run()["failure"] == ""
    assert trial("import os\nos.symlink('/etc/passwd', '../output/failure')\nexit(2)").run()["failure"] == ""


def test_a_signal_is_an_exit_code_as_of_a_container(trial: Callable[..., Trial]) -> None:
    assert trial("import os\nos.kill(os.getpid(), 9)").run()["code"] == 137


def test_it_runs_once(trial: Callable[..., Trial]) -> None:
    one = trial("import os\nopen(os.environ['ROOT'] + '/runs', 'a').write('x')")
    for process in [one.start() for _ in range(4)]:
        assert process.wait(30) == 0
    assert one.start().wait(30) == 0
    assert (one.root / "runs").read_text() == "x"
    assert one.events().count("Training") == 1


def test_what_was_started_is_not_run_again(trial: Callable[..., Trial]) -> None:
    one = trial("import os\nopen(os.environ['ROOT'] + '/runs', 'a').write('x')")
    (one.directory / "started").write_text("{}")
    assert one.start().wait(30) == 0
    assert not (one.root / "runs").exists()
    assert not (one.directory / "exit.json").exists()


def test_stop_lets_a_script_save(trial: Callable[..., Trial]) -> None:
    one = trial(
        "import os, signal, sys, time\n"
        "def save(*_):\n    open('../model/w', 'w').write('saved')\n    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, save)\n"
        "open(os.environ['ROOT'] + '/up', 'w').write('x')\n"
        "time.sleep(60)\n"
    )
    process = one.start()
    one.wait_for("up")
    (one.directory / "stop").touch()
    assert process.wait(30) == 0
    assert (one.result()["ended_by"], one.result()["stored"]) == ("stop", ["model"])
    assert one.events() == ["Downloading", "Training", "Script", "Stopping", "Uploading", "Exit"]


def test_a_script_that_will_not_stop_is_killed_with_its_children(trial: Callable[..., Trial]) -> None:
    stubborn = "import signal, time\nfor n in (2, 15):\n    signal.signal(n, signal.SIG_IGN)\n"
    one = trial(
        "import os, subprocess, sys\n" + stubborn + f"child = [sys.executable, '-c', {stubborn + 'time.sleep(60)'!r}]\n"
        "inside = subprocess.Popen(child)\n"
        "outside = subprocess.Popen(child, start_new_session=True)\n"
        "open('../model/w', 'w').write('x')\n"
        "open(os.environ['ROOT'] + '/up.part', 'w').write(f'{os.getpid()} {inside.pid} {outside.pid}')\n"
        "os.rename(os.environ['ROOT'] + '/up.part', os.environ['ROOT'] + '/up')\n"
        "time.sleep(60)\n",
        grace=0.2,
    )
    process = one.start()
    pids = [int(pid) for pid in one.wait_for("up").split()]
    (one.directory / "stop").touch()
    assert process.wait(30) == 0
    assert (one.result()["code"], one.result()["stored"]) == (137, ["model"])
    until(lambda: all(gone(pid) for pid in pids))


def test_children_end_with_a_script_that_ends_by_itself(trial: Callable[..., Trial]) -> None:
    one = trial(
        "import os, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open(os.environ['ROOT'] + '/up', 'w').write(str(child.pid))\n"
        "os._exit(0)\n"
    )
    assert one.run()["code"] == 0
    until(lambda: gone(int(one.wait_for("up"))))


def test_stop_before_the_script_means_it_never_runs(trial: Callable[..., Trial]) -> None:
    one = trial("import os\nopen(os.environ['ROOT'] + '/runs', 'a').write('x')")
    (one.directory / "stop").touch()
    result = one.run()
    assert (result["code"], result["ended_by"]) == (None, "stop")
    assert not (one.root / "runs").exists()


def test_max_runtime_ends_a_script(trial: Callable[..., Trial]) -> None:
    one = trial("open('../model/w', 'w').write('x')\nimport time\ntime.sleep(60)", max_runtime=0.5)
    result = one.run()
    assert (result["code"], result["ended_by"], result["stored"]) == (143, "max_runtime", ["model"])


def test_a_supervisor_that_is_terminated_takes_its_script_along(trial: Callable[..., Trial]) -> None:
    one = trial("import os, time\nopen(os.environ['ROOT'] + '/up', 'w').write(str(os.getpid()))\ntime.sleep(60)")
    process = one.start()
    pid = int(one.wait_for("up"))
    process.terminate()
    process.wait(30)
    until(lambda: gone(pid))
    assert not (one.directory / "exit.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_script_ignores_no_signal_and_leads_its_group(trial: Callable[..., Trial]) -> None:
    one = trial("pass", command=["/bin/sh", "-c", "grep SigIgn /proc/$$/status; cut -d' ' -f1,5 /proc/$$/stat"])
    one.run()
    ignored, group = one.log.splitlines()
    assert int(ignored.split()[1], 16) % (1 << 31) == 0  # above are the C library's own
    assert len(set(group.split())) == 1


def test_an_interpreter_that_is_gone(trial: Callable[..., Trial]) -> None:
    result = trial("pass", command=["/no/such/python", "train.py"]).run()
    assert result["error"] == "ClientError: cannot run /no/such/python: No such file or directory"
    result = trial("pass", command=["no-such-program"]).run()
    assert result["error"] == "ClientError: no program is called 'no-such-program' on this machine"
