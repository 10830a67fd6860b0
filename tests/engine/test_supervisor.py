"""The supervisor as a process: what it makes of a spec, whoever dies around it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jobs_harness import gone

from jupyter_sm_ext.engine import requirements, supervisor, supervisor_files

Json = dict[str, Any]


def until(true: Callable[[], Any], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)
    return found


class Trial:
    """An attempt's directory with a spec, and the processes started for it."""

    def __init__(self, root: Path, script: str, **spec: Any) -> None:
        self.root, self.directory = root, root / "attempt"
        self.home = root / "bucket"
        for folder in (self.directory, self.home):
            folder.mkdir(parents=True)
        archive = root / "source.tar.gz"
        with tarfile.open(archive, "w:gz") as source:
            self.add(source, "train.py", script)
        self.spec: Json = {
            "config": {"hyperparameters.json": {"lr": "0.1"}},
            "source": {"path": str(archive), "uri": "s3://bucket/source.tar.gz"},
            "requirements": None,
            "channels": [],
            "checkpoints": None,
            "max_runtime": 60,
            "grace": 10,
            "log": str(root / "logs" / "a.log"),
            "index": str(root / "logs" / "a.idx"),
            "environment": {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", "ROOT": str(root)},
            "command": [sys.executable, "train.py"],
            "outputs": {
                "home": str(self.home),
                "compressed": True,
                "model": str(self.home / "out" / "model.tar.gz"),
                "output": str(self.home / "out" / "output.tar.gz"),
            },
            **spec,
        }
        (self.directory / "spec.json").write_text(json.dumps(self.spec))
        self.processes: list[subprocess.Popen[bytes]] = []

    @staticmethod
    def add(archive: tarfile.TarFile, name: str, text: str) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text.encode()))

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-I", "-S", supervisor.__file__, str(self.directory)])
        self.processes.append(process)
        return process

    def run(self) -> Json:
        assert self.start().wait(30) == 0
        return self.result()

    def result(self) -> Json:
        found: Json = json.loads((self.directory / "exit.json").read_text())
        return found

    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in (self.directory / "events.jsonl").read_text().splitlines()]

    @property
    def log(self) -> str:
        return Path(self.spec["log"]).read_text()

    def wait_for(self, name: str) -> str:
        """Text of a file that the script writes below ROOT."""
        path = self.root / name
        return str(until(lambda: path.exists() and path.read_text()))


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Callable[..., Trial]]:
    made: list[Trial] = []

    def make(script: str, **spec: Any) -> Trial:
        made.append(Trial(tmp_path / f"trial-{len(made)}", script, **spec))
        return made[-1]

    yield make
    for one in made:
        for process in one.processes:
            process.kill()
            process.wait()
        mark = str(one.directory)
        for process in psutil.process_iter():
            try:
                if process.environ().get(supervisor_files.MARKER) == mark:
                    process.kill()
            except psutil.Error:
                continue


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


def test_channels_are_copies(trial: Callable[..., Trial], tmp_path: Path) -> None:
    home = tmp_path / "data-bucket"
    for key in ("set/train/a.csv", "set/train/deep/b.csv", "set/train-extra.csv", "set/other/c.csv", "one.csv"):
        (home / key).parent.mkdir(parents=True, exist_ok=True)
        (home / key).write_text(key)
    (home / "set" / "train" / "link.csv").symlink_to("/etc/passwd")
    plain = {"home": str(home), "files": []}
    one = trial(
        "import pathlib\nfor p in sorted(pathlib.Path('../input/data').rglob('*.csv')):\n"
        "    print(p.relative_to('../input/data'))\n    p.write_text('changed')\n",
        channels=[
            {"name": "folder", "prefix": "set/train/", **plain},
            {"name": "part", "prefix": "set/train", **plain},
            {"name": "one", "prefix": "one.csv", "home": str(home), "files": [[str(home / "one.csv"), "one.csv"]]},
        ],
    )
    assert one.run()["code"] == 0
    assert one.log.splitlines() == [
        "folder/a.csv",
        "folder/deep/b.csv",
        "one/one.csv",
        "part/a.csv",
        "part/deep/b.csv",
        "part/train-extra.csv",
    ]
    assert (home / "set/train/a.csv").read_text() == "set/train/a.csv"


def test_a_prefix_does_not_lead_out_of_its_bucket(tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    (tmp_path / "secret").write_text("x")
    for prefix in ("../", "a/../../", "./", "..", "../secret", f"{tmp_path}/", "//", f"a/{tmp_path}/"):
        assert list(supervisor_files.files_under(str(tmp_path / "bucket"), prefix)) == []


def test_checkpoints_come_back_and_go_out(trial: Callable[..., Trial]) -> None:
    one = trial(
        "import os, pathlib\nfolder = pathlib.Path('../checkpoints')\n"
        "print(sorted(p.name for p in folder.iterdir()))\n(folder / 'old').unlink()\n(folder / 'new').write_text('n')\n"
    )
    remote = one.home / "checkpoints"
    remote.mkdir()
    for name in ("old", "kept"):
        (remote / name).write_text(name)
    one.spec["checkpoints"] = {"local": str(one.directory / "opt/ml/checkpoints"), "remote": str(remote)}
    (one.directory / "spec.json").write_text(json.dumps(one.spec))
    assert one.run()["code"] == 0
    assert one.log == "['kept', 'old']\n"
    assert sorted(path.name for path in remote.iterdir()) == ["kept", "new"]


def test_uncompressed_output_is_plain_files(trial: Callable[..., Trial]) -> None:
    one = trial("import os\nos.mkdir('../model/d')\nopen('../model/d/w', 'w').write('x')")
    one.spec["outputs"] |= {"compressed": False, "model": str(one.home / "out" / "model")}
    (one.directory / "spec.json").write_text(json.dumps(one.spec))
    assert one.run()["stored"] == ["model"]
    assert (one.home / "out" / "model" / "d" / "w").read_text() == "x"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no object s3://bucket/source.tar.gz"),
        (b"no archive", "cannot unpack s3://bucket/source.tar.gz"),
    ],
)
def test_a_source_that_cannot_be_read(trial: Callable[..., Trial], content: bytes | None, said: str) -> None:
    one = trial("pass")
    archive = Path(one.spec["source"]["path"])
    archive.unlink() if content is None else archive.write_bytes(content)
    result = one.run()
    assert result["error"].startswith(f"ClientError: {said}")
    assert one.events() == ["Downloading", "Uploading", "Exit"]


def test_a_source_that_leaves_its_directory_is_refused(trial: Callable[..., Trial]) -> None:
    one = trial("pass")
    with tarfile.open(one.spec["source"]["path"], "w:gz") as archive:
        one.add(archive, "../../../../escaped.py", "x")
    assert "cannot unpack" in one.run()["error"]
    assert not (one.root / "escaped.py").exists()


def test_an_interpreter_that_is_gone(trial: Callable[..., Trial]) -> None:
    result = trial("pass", command=["/no/such/python", "train.py"]).run()
    assert result["error"] == "ClientError: cannot run /no/such/python: No such file or directory"
    result = trial("pass", command=["no-such-program"]).run()
    assert result["error"] == "ClientError: no program is called 'no-such-program' on this machine"


def test_a_bucket_that_is_gone_fails_the_job(trial: Callable[..., Trial]) -> None:
    one = trial("pass")
    one.home.rmdir()
    assert one.run()["error"].startswith("ClientError: Artifact upload failed: the bucket")
    assert not one.home.exists()


def test_requirements_that_are_met_and_that_are_not(trial: Callable[..., Trial], tmp_path: Path) -> None:
    command = [sys.executable, requirements.__file__]
    met = "# a comment\npsutil>=5 ; python_version > '3'\n--extra-index-url https://nowhere.invalid\n"
    for number, (text, error) in enumerate([(met, None), ("psutil>=5000\nno-such-thing\ngit+https://x.invalid/y", "")]):
        one = trial("print('ran')", requirements=command)
        with tarfile.open(tmp_path / f"s{number}.tar.gz", "w:gz") as archive:
            one.add(archive, "train.py", "print('ran')")
            one.add(archive, "requirements.txt", text)
        one.spec["source"]["path"] = str(tmp_path / f"s{number}.tar.gz")
        (one.directory / "spec.json").write_text(json.dumps(one.spec))
        result = one.run()
        if error is None:
            assert (result["error"], one.log) == (None, "ran\n")
        else:
            assert "psutil>=5000 (it has " in result["error"]
            assert "no-such-thing" in result["error"]
            assert "git+https://x.invalid/y (not a name" in result["error"]
            assert "SM_LOCAL_PYTHON" in result["error"]


def test_the_log_s_last_line_is_complete_and_timed(trial: Callable[..., Trial]) -> None:
    before = int(time.time() * 1000)
    one = trial("import sys\nsys.stdout.write('no newline')")
    one.run()
    assert one.log == "no newline\n"
    pairs = memoryview(Path(one.spec["index"]).read_bytes()).cast("Q")
    assert list(pairs[1::2]) == [len("no newline")]
    assert before <= pairs[0] <= int(time.time() * 1000)
