"""Attempts for tests: a directory with a spec, and supervisors started for it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from engine_process import until

from jupyter_sm_ext.engine import supervisor, supervisor_files

Json = dict[str, Any]


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


@contextmanager
def trials(root: Path) -> Iterator[Callable[..., Trial]]:
    """Make attempts; nothing of them runs on afterwards."""
    made: list[Trial] = []

    def make(script: str, **spec: Any) -> Trial:
        made.append(Trial(root / f"trial-{len(made)}", script, **spec))
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
