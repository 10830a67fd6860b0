"""An engine without its HTTP: the store, the buckets, the runner and the families that run jobs, ticked by the test."""

from __future__ import annotations

import io
import json
import sys
import tarfile
import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

from jupyter_sm_ext.engine.context import Engine, Keys, Settings
from jupyter_sm_ext.engine.family import Family
from jupyter_sm_ext.engine.s3.objects import Objects
from jupyter_sm_ext.engine.service import Service
from jupyter_sm_ext.engine.store import Store
from jupyter_sm_ext.engine.training import TrainingJobs

BUCKET = "sagemaker-us-east-1-000000000000"
Json = dict[str, Any]


class Harness:
    """One engine on a data directory, in this process."""

    def __init__(
        self, data_dir: Path, *more: Callable[[Engine], Family], grace: float = 5.0, namespaces: bool = True
    ) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self.store = Store(data_dir / "engine.sqlite", time.time)
        self.engine = Engine(
            data_dir,
            self.store,
            Objects(data_dir / "objects", self.store.database),
            "us-east-1",
            "000000000000",
            Keys("AKIALOCAL", "secret"),
            settings=Settings(stop_grace_seconds=grace, namespaces=namespaces),
        )
        self.engine.objects.create_bucket(BUCKET)
        self.training = TrainingJobs(self.engine)
        self.service = Service(
            self.engine, [self.training, self.training.pools, *(family(self.engine) for family in more)]
        )

    def call(self, operation: str, service: str = "sagemaker", **request: Any) -> Json:
        found: Json = json.loads(self.service.call(service, operation, request))
        return found

    def tick(self) -> None:
        for family in self.service.families:
            family.tick()

    def describe(self, name: str) -> Json:
        return self.call("DescribeTrainingJob", TrainingJobName=name)

    def until(self, true: Callable[[], Any], seconds: float = 30.0) -> Any:
        """Tick until something is true; the test fails if that takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            self.tick()
            found = true()
            if found:
                return found
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.005)

    def over(self, name: str) -> Json:
        """Describe response of a job once it is over."""
        return self.until(lambda: found if (found := self.describe(name)).get("TrainingEndTime") else None)

    def put(self, key: str, data: bytes) -> str:
        path = self.engine.objects.path(BUCKET, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return f"s3://{BUCKET}/{key}"

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self.engine.objects.path(bucket, key).read_bytes()

    def source(self, script: str, **more: str) -> str:
        """Upload a source archive with train.py and other files."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name, text in {"train.py": textwrap.dedent(script), **more}.items():
                data = text.encode()
                member = tarfile.TarInfo(name.replace("__", "."))
                member.size, member.mode = len(data), 0o755
                archive.addfile(member, io.BytesIO(data))
        return self.put(f"source/{time.monotonic_ns()}/sourcedir.tar.gz", buffer.getvalue())

    def request(self, name: str, script: str, hyperparameters: Mapping[str, str] | None = None, **members: Any) -> Json:
        """A CreateTrainingJob request that runs a script; `files` are others of its source."""
        files = members.pop("files", {})
        algorithm = {"TrainingImage": "local/python", "TrainingInputMode": "File"}
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": {**algorithm, **members.pop("AlgorithmSpecification", {})},
            "RoleArn": self.engine.role_arn,
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "HyperParameters": {
                "sagemaker_program": '"train.py"',
                "sagemaker_submit_directory": json.dumps(self.source(script, **files)),
                **(hyperparameters or {}),
            },
            **members,
        }

    def create(self, name: str, script: str, hyperparameters: Mapping[str, str] | None = None, **members: Any) -> str:
        arn: str = self.call("CreateTrainingJob", **self.request(name, script, hyperparameters, **members))[
            "TrainingJobArn"
        ]
        return arn

    def created_and_over(self, name: str, script: str, *more: Any, **members: Any) -> Json:
        self.create(name, script, *more, **members)
        return self.over(name)

    def log(self, name: str) -> str:
        files = sorted((self.engine.data_dir / "logs" / name).glob("*.log"))
        return "".join(file.read_text() for file in files)

    def leave(self) -> None:
        """Let go of everything, and leave running what runs."""
        self.engine.runner.close()
        self.store.close()

    def close(self) -> None:
        """End what runs, then let go of the store, as far as a test is concerned with a clean machine."""
        for running in list(self.training._running.values()):
            if running.attempt is not None:
                running.attempt.stop()
        self.until(lambda: not self.training.active() and not self.engine.runner.tidy())
        self.leave()


def statuses(described: Json) -> list[str]:
    return [one["Status"] for one in described["SecondaryStatusTransitions"]]


def up(path: Path) -> str:
    """Python that says it is running: its pid, in a file that is there complete or not at all."""
    name = str(path)
    return (
        f"import os\nopen({name!r} + '.part', 'w').write(str(os.getpid()))\nos.rename({name!r} + '.part', {name!r})\n"
    )


def appended(path: Path) -> str:
    """Python that leaves a mark each time it is run."""
    return f"open({str(path)!r}, 'a').write('x')\n"


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


FOREVER = "import time\ntime.sleep(60)\n"


def main(data_dir: str) -> None:
    """Be an engine that somebody kills."""
    harness = Harness(Path(data_dir))
    while True:
        harness.tick()
        time.sleep(0.005)


if __name__ == "__main__":
    main(sys.argv[1])
