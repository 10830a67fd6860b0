"""Keep what an engine of some commit leaves on the disk, as a fixture for the tests of upgrades.

``python scripts/make_old_state.py COMMIT`` runs the engine of that commit on a directory of its own, has it make jobs,
a space, an app and an algorithm, ends it without a warning in the middle of some of them, and packs the directory as
``tests/engine/old_states/<date>-<commit>.tar.xz``. What an engine of that time did not know is left out.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[1]
STATES = ROOT / "tests" / "engine" / "old_states"
IMAGE = {"TrainingImage": "local/python", "TrainingInputMode": "File"}
RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
METRICS = [{"Name": "score", "Regex": "score=([-0-9.e]+);"}]
# The first two trials end at once; the others wait for as long as the fixture is made, and never afterwards.
SCRIPT = """
import json, os, sys, time
name = os.environ.get("TRAINING_JOB_NAME", "")
share = float(json.loads(os.environ["SM_HPS"]).get("share", 0.5))
if name == "failed":
    raise ValueError("no good data")
print(f"score={{1 - abs(share - 0.5)}};", flush=True)
while (name == "running" or "-003-" in name) and time.time() < {until}:
    time.sleep(0.05)
"""
_WAIT = 120.0
_NOT_YET = ("UnknownOperation", "ValidationException", "NotImplemented", "NotSupported")

Json = dict[str, Any]


def main() -> None:
    """Make one fixture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="of this repository")
    commit = parser.parse_args().commit
    told = git("log", "-1", "--format=%cs %h", commit).decode().split()
    target = STATES / f"{'-'.join(told)}.tar.xz"
    with tempfile.TemporaryDirectory(prefix="sm-source-") as source, tempfile.TemporaryDirectory(prefix="sm-") as home:
        unpack(commit, source)
        data_dir = Path(home, "state")
        made = fill(Path(source), data_dir, interpreter(Path(home)))
        (data_dir / "made.json").write_text(json.dumps({"commit": told[1], "made": made}, indent=1), encoding="utf-8")
        STATES.mkdir(exist_ok=True)
        with tarfile.open(target, "w:xz", preset=9) as packed:
            packed.add(data_dir, arcname=".", filter=nobodys)
    sys.stdout.write(f"{target.relative_to(ROOT)}: {target.stat().st_size} bytes; {', '.join(made)}\n")


def git(*arguments: str) -> bytes:
    """What git tells of this repository."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def unpack(commit: str, folder: str) -> None:
    """The package as it was in a commit, by tar: Debian 12's tarfile has no filter, and later ones warn without one."""
    subprocess.run(["tar", "-x", "-C", folder], input=git("archive", commit, "jupyter_sm_ext"), check=True)


def interpreter(folder: Path) -> Path:
    """A Python with the packages of this one under a path that tells nothing of this machine."""
    venv.create(folder / "python")
    (folder / "packages").symlink_to(sysconfig.get_path("purelib"))
    [own] = (folder / "python" / "lib").glob("python*/site-packages")
    (own / "packages.pth").write_text(f"{folder / 'packages'}\n", encoding="utf-8")
    return folder / "python" / "bin" / "python"


def nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """A member without whose it was; sockets, and what programs leave in a home, have no place in an archive."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    hidden = any(part.startswith(".") for part in Path(member.name).parts) or member.name.endswith("app.log")
    return member if not hidden and (member.isfile() or member.isdir() or member.issym()) else None


@contextlib.contextmanager
def running(source: Path, data_dir: Path, python: Path) -> Iterator[Json]:
    """The engine of that source; at the end it and all that it started are killed."""
    home = data_dir.parent / "home"
    home.mkdir()
    command = [str(python), "-m", "jupyter_sm_ext.engine", "--data-dir", str(data_dir)]
    # A job's directory keeps the environment: it must be nobody's.
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(home), "PYTHONPATH": str(source)}
    process = subprocess.Popen(command, cwd=source, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or not process.stdout.readline():
            raise SystemExit("that engine did not start")
        yield json.loads((data_dir / "engine.json").read_text(encoding="utf-8"))
    finally:
        left = [each for each in psutil.process_iter() if is_of(each, data_dir)]
        process.kill()
        process.wait()
        for each in left:
            with contextlib.suppress(psutil.Error):
                each.kill()
        psutil.wait_procs(left, timeout=30)


def is_of(process: psutil.Process, data_dir: Path) -> bool:
    """Whether a process works in a data directory: its supervisors, jobs and apps."""
    try:
        words = [*process.cmdline(), process.cwd(), process.environ().get("SM_MODEL_DIR", "")]
    except psutil.Error:
        return False
    return process.pid != os.getpid() and any(str(data_dir) in word for word in words)


def fill(source: Path, data_dir: Path, python: Path) -> list[str]:
    """Have an engine make one of each, and tell which it made."""
    with running(source, data_dir, python) as told:
        session = boto3.Session(told["access_key_id"], told["secret_access_key"], region_name=told["region"])
        options = {"endpoint_url": told["endpoint_url"], "config": Config(retries={"total_max_attempts": 1})}
        sagemaker, s3 = session.client("sagemaker", **options), session.client("s3", **options)
        bucket = f"sagemaker-{told['region']}-{told['account']}"
        s3.put_object(Bucket=bucket, Key="source/sourcedir.tar.gz", Body=archive())
        things = Things(sagemaker, bucket, f"arn:aws:iam::{told['account']}:role/SageMakerLocalRole")
        return [name for name, make in things.all().items() if known(make)]


def known(make: Callable[[], None]) -> bool:
    """Make something; whether the engine knew how."""
    try:
        make()
    except ClientError as error:
        if not any(code in error.response["Error"]["Code"] for code in _NOT_YET):
            raise
        return False
    return True


def archive() -> bytes:
    """The script as a source archive."""
    buffer, data = io.BytesIO(), SCRIPT.format(until=int(time.time()) + 600).encode()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("train.py")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


class Things:
    """What is made."""

    def __init__(self, client: Any, bucket: str, role: str) -> None:
        self.client = client
        self.output = {"S3OutputPath": f"s3://{bucket}/out"}
        self.role = role
        self.script = {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": json.dumps(f"s3://{bucket}/source/sourcedir.tar.gz"),
        }

    def all(self) -> dict[str, Callable[[], None]]:
        """How each is made, by its name."""
        return {
            "space": self.space,
            "app": self.app,
            "algorithm": self.algorithm,
            "done": lambda: self.trained("done", "Completed"),
            "failed": lambda: self.trained("failed", "Failed"),
            "tuned": lambda: self.tuned("tuned", 2, "Completed"),
            "running": lambda: self.trained("running", "InProgress"),
            "tuning": lambda: self.tuned("tuning", 4, "InProgress"),
        }

    def space(self) -> None:
        """A private space of the default profile."""
        self.client.create_space(
            DomainId=self.domain,
            SpaceName="kept",
            SpaceSettings={"AppType": "JupyterLab"},
            OwnershipSettings={"OwnerUserProfileName": "default"},
            SpaceSharingSettings={"SharingType": "Private"},
        )
        until(lambda: self.client.describe_space(DomainId=self.domain, SpaceName="kept")["Status"] == "InService")

    @property
    def domain(self) -> str:
        """Id of the first domain."""
        return str(self.client.list_domains()["Domains"][0]["DomainId"])

    def app(self) -> None:
        """JupyterLab in that space, which runs."""
        key = {"DomainId": self.domain, "SpaceName": "kept", "AppType": "JupyterLab", "AppName": "default"}
        self.client.create_app(**key)
        until(lambda: self.client.describe_app(**key)["Status"] == "InService")

    def trained(self, name: str, status: str) -> None:
        """A training job, once it is so far."""
        self.client.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={**IMAGE, "MetricDefinitions": METRICS},
            RoleArn=self.role,
            OutputDataConfig=self.output,
            ResourceConfig=RESOURCES,
            StoppingCondition={"MaxRuntimeInSeconds": 3600},
            HyperParameters=self.script,
            Tags=[{"Key": "team", "Value": "red"}],
        )

        def so_far() -> bool:
            found = self.client.describe_training_job(TrainingJobName=name)
            running = status == "InProgress" and found["SecondaryStatus"] == "Training"
            return running or status == found["TrainingJobStatus"] != "InProgress"

        until(so_far)

    def tuned(self, name: str, most: int, status: str) -> None:
        """A tuning job, once it is over or its third trial runs."""
        self.client.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": "Bayesian",
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": most, "MaxParallelTrainingJobs": 1},
                "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "share", "MinValue": "0", "MaxValue": "1"}]},
            },
            TrainingJobDefinition={
                "AlgorithmSpecification": {**IMAGE, "MetricDefinitions": METRICS},
                "RoleArn": self.role,
                "OutputDataConfig": self.output,
                "ResourceConfig": RESOURCES,
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
                "StaticHyperParameters": self.script,
            },
        )

        def so_far() -> bool:
            found = self.client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
            counters = found["TrainingJobStatusCounters"]
            third = counters["Completed"] == 2 and counters["InProgress"] == 1
            return third if status == "InProgress" else found["HyperParameterTuningJobStatus"] == status

        until(so_far)

    def algorithm(self) -> None:
        """An algorithm of the same script."""
        given = [{"Name": name, "Type": "FreeText", "DefaultValue": value} for name, value in self.script.items()]
        self.client.create_algorithm(
            AlgorithmName="known",
            TrainingSpecification={
                "TrainingImage": "local/python",
                "SupportedHyperParameters": given,
                "SupportedTrainingInstanceTypes": ["ml.m5.large"],
                "TrainingChannels": [{"Name": "t", "SupportedContentTypes": [], "SupportedInputModes": ["File"]}],
            },
        )
        until(lambda: self.client.describe_algorithm(AlgorithmName="known")["AlgorithmStatus"] == "Completed")


def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + _WAIT
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit("it did not get that far")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
