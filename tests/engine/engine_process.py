"""A real engine in a process of its own, and its clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

Json = dict[str, Any]


class EngineProcess:
    """``python -m jupyter_sm_ext.engine`` on a data directory; `start` and `kill` as often as a test likes."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir = data_dir
        self.options = options
        self.process: subprocess.Popen[str] | None = None
        self.told: Json = {}

    @property
    def command(self) -> list[str]:
        """What starts it."""
        return [sys.executable, "-m", "jupyter_sm_ext.engine", "--data-dir", str(self.data_dir)]

    def start(self, *options: str) -> EngineProcess:
        self.process = subprocess.Popen(
            [*self.command, *self.options, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            _, complaint = self.process.communicate(timeout=30)
            raise AssertionError(f"the engine did not start: {complaint}")
        self.told = json.loads(line)
        return self

    def run_to_end(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Start one that is expected to end by itself."""
        return subprocess.run(
            [*self.command, *self.options, *options], capture_output=True, text=True, timeout=60, check=False
        )

    def terminate(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.wait()

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.wait()

    def wait(self, seconds: float = 30.0) -> int:
        assert self.process is not None
        code = self.process.wait(seconds)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return code

    def close(self) -> None:
        """End it if the test has not; in good order, so that its coverage is kept."""
        if self.process is not None and self.process.returncode is None:
            self.terminate()

    @property
    def endpoint_url(self) -> str:
        return str(self.told["endpoint_url"])

    @property
    def host(self) -> str:
        return self.endpoint_url.removeprefix("http://")

    @property
    def file(self) -> Json:
        """``engine.json``."""
        found: Json = json.loads((self.data_dir / "engine.json").read_text())
        return found

    @property
    def environment(self) -> dict[str, str]:
        """What an AWS client needs to talk to it."""
        return {
            **os.environ,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.file["region"],
            "AWS_DEFAULT_REGION": self.file["region"],
            "AWS_ACCESS_KEY_ID": self.file["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": self.file["secret_access_key"],
        }

    @property
    def session(self) -> boto3.Session:
        told = self.file
        return boto3.Session(told["access_key_id"], told["secret_access_key"], region_name=told["region"])

    def client(self, service: str, session: boto3.Session | None = None, **options: Any) -> Any:
        options = {"retries": {"total_max_attempts": 1}, **options}
        return (session or self.session).client(service, endpoint_url=self.endpoint_url, config=Config(**options))

    @property
    def bucket(self) -> str:
        return f"sagemaker-{self.file['region']}-{self.file['account']}"


def until(true: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until something is true, and give it."""
    deadline = time.monotonic() + seconds
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
