"""Backends of the contract suite: what a boto3 client needs to know of one, and nothing of its insides."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import textwrap
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from engine_process import EngineProcess, until

Json = dict[str, Any]

# Its warnings, its threads and its imports stay out of the test's process.
MOTO = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""
QUICK = """
    import os
    for epoch in (1, 2, 3):
        print(f"epoch {epoch} score={epoch / 4};", flush=True)
    with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w") as file:
        file.write("a model")
"""
TUNED = """
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("-x", "--x", type=float, required=True)
    print(f"score={1 - (parser.parse_args().x - 0.3) ** 2};", flush=True)
"""
FAILING = "raise ValueError('no good data')\n"
FOREVER = "import time\ntime.sleep(600)\n"
METRICS = [{"Name": "score", "Regex": "score=([0-9.e-]+);"}]


class Backend:
    """One backend.

    Parameters
    ----------
    name : str
        What the cases call it.
    endpoint_url : str
        Where it listens.
    key, secret : str
        Credentials it takes.
    """

    region = "us-east-1"

    def __init__(self, name: str, endpoint_url: str, key: str, secret: str) -> None:
        self.name = name
        self.endpoint_url = endpoint_url
        self.key, self.secret = key, secret
        self._session = boto3.Session(key, secret, region_name=self.region)
        self.client = cache(self._client)
        self._sources: dict[str, str] = {}

    def _client(self, service: str = "sagemaker") -> Any:
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return self._session.client(service, endpoint_url=self.endpoint_url, config=config)

    @property
    def sagemaker(self) -> Any:
        return self.client("sagemaker")

    @property
    def s3(self) -> Any:
        return self.client("s3")

    @cached_property
    def account(self) -> str:
        return str(self.client("sts").get_caller_identity()["Account"])

    @property
    def role(self) -> str:
        return f"arn:aws:iam::{self.account}:role/SageMakerLocalRole"

    @cached_property
    def bucket(self) -> str:
        name = new_name("contract")
        self.s3.create_bucket(Bucket=name)
        return name

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name}"

    @cached_property
    def domain_id(self) -> str:
        """A domain that is in service, for what lives in one."""
        arn = self.sagemaker.create_domain(**self.domain_request())["DomainArn"]
        domain_id = arn.rpartition("/")[2]
        self.in_service("domain", DomainId=domain_id)
        return str(domain_id)

    def domain_request(self, **members: Any) -> Json:
        return {
            "DomainName": new_name("domain"),
            "AuthMode": "IAM",
            "DefaultUserSettings": {"ExecutionRole": self.role},
            "SubnetIds": ["subnet-0123456789"],
            "VpcId": "vpc-0123456789",
            **members,
        }

    def profile(self, **members: Any) -> str:
        """A user profile that is in service."""
        name = new_name("profile")
        self.sagemaker.create_user_profile(DomainId=self.domain_id, UserProfileName=name, **members)
        self.in_service("user_profile", DomainId=self.domain_id, UserProfileName=name)
        return name

    def space(self, **members: Any) -> str:
        """A space that is in service."""
        name = new_name("space")
        self.sagemaker.create_space(DomainId=self.domain_id, SpaceName=name, **members)
        self.in_service("space", DomainId=self.domain_id, SpaceName=name)
        return name

    def in_service(self, noun: str, **key: str) -> Json:
        return self.reaches("InService", noun, "Status", **key)

    def reaches(self, status: str, noun: str, member: str, **key: str) -> Json:
        """Describe response once it has a status."""
        describe = getattr(self.sagemaker, f"describe_{noun}")
        found: Json = until(lambda: it if (it := describe(**key))[member] == status else None, 60)
        return found

    def gone(self, noun: str, **key: str) -> None:
        """Wait until it cannot be described any more."""
        describe = getattr(self.sagemaker, f"describe_{noun}")

        def look() -> bool:
            try:
                describe(**key)
            except self.sagemaker.exceptions.ResourceNotFound:
                return True
            return False

        until(look)

    def put(self, key: str, data: bytes) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data)
        return f"s3://{self.bucket}/{key}"

    def source(self, script: str) -> str:
        """URI of an archive with this script; uploaded once."""
        if script not in self._sources:
            data = archive({"train.py": textwrap.dedent(script).encode()})
            self._sources[script] = self.put(f"source/{len(self._sources)}/sourcedir.tar.gz", data)
        return self._sources[script]

    def script(self, script: str) -> Json:
        """Hyperparameters that name a script."""
        return {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": json.dumps(self.source(script))}

    def definition(self) -> Json:
        """What training jobs and the trials of tuning jobs have in common."""
        algorithm = {"TrainingImage": "local/python", "TrainingInputMode": "File", "MetricDefinitions": METRICS}
        return {
            "AlgorithmSpecification": algorithm,
            "RoleArn": self.role,
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/out"},
            "ResourceConfig": {"InstanceType": "ml.trn1.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }

    def train(self, script: str = QUICK, name: str | None = None, **members: Any) -> str:
        """Create a training job and give its name."""
        name = name or new_name("training")
        hyperparameters = {**self.script(script), **members.pop("HyperParameters", {})}
        request = {"TrainingJobName": name, **self.definition(), "HyperParameters": hyperparameters, **members}
        self.sagemaker.create_training_job(**request)
        return name

    def trained(self, name: str) -> Json:
        """Describe response once it is over."""
        return self._over("training_job", "TrainingJobStatus", TrainingJobName=name)

    def tuning_config(self, **members: Any) -> Json:
        return {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 3},
            "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]},
            **members,
        }

    def tune(self, script: str = TUNED, name: str | None = None, config: Json | None = None, **members: Any) -> str:
        """Create a tuning job and give its name."""
        name = name or f"tune-{uuid.uuid4().hex[:8]}"
        self.sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig=config or self.tuning_config(),
            TrainingJobDefinition={**self.definition(), "StaticHyperParameters": self.script(script)},
            **members,
        )
        return name

    def tuned(self, name: str) -> Json:
        """Describe response once it is over."""
        key = {"HyperParameterTuningJobName": name}
        return self._over("hyper_parameter_tuning_job", "HyperParameterTuningJobStatus", **key)

    def algorithm_request(self, script: str = QUICK, **members: Any) -> Json:
        """A CreateAlgorithm request."""
        source = self.script(script)
        given = [{"Name": name, "Type": "FreeText", "DefaultValue": value} for name, value in source.items()]
        rate = {
            "Name": "rate",
            "Type": "Continuous",
            "Range": {"ContinuousParameterRangeSpecification": {"MinValue": "0", "MaxValue": "1"}},
            "DefaultValue": "0.5",
            "IsTunable": True,
        }
        return {
            "AlgorithmName": new_name("algorithm"),
            "AlgorithmDescription": "A script",
            "TrainingSpecification": {
                "TrainingImage": "local/python",
                "SupportedHyperParameters": [rate, *given],
                "SupportedTrainingInstanceTypes": ["ml.trn1.2xlarge"],
                "SupportsDistributedTraining": False,
                "MetricDefinitions": METRICS,
                "TrainingChannels": [{"Name": "train", "SupportedContentTypes": [], "SupportedInputModes": ["File"]}],
            },
            **members,
        }

    def processing_definition(self) -> Json:
        """What a processing job is that waits to be stopped."""
        return {
            "RoleArn": self.role,
            "AppSpecification": {"ImageUri": "local/python", "ContainerEntrypoint": ["sleep", "300"]},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
            },
        }

    def compilation_request(self, uri: str, **members: Any) -> Json:
        return {
            "CompilationJobName": new_name("compilation"),
            "RoleArn": self.role,
            "InputConfig": {"S3Uri": uri, "Framework": "ONNX", "DataInputConfig": '{"x": [2, 3]}'},
            "OutputConfig": {"S3OutputLocation": f"s3://{self.bucket}/compiled", "TargetDevice": "ml_c5"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            **members,
        }

    def compiled(self, name: str) -> Json:
        """Describe response once it is over."""
        return self._over("compilation_job", "CompilationJobStatus", CompilationJobName=name)

    def _over(self, noun: str, member: str, **key: str) -> Json:
        describe = getattr(self.sagemaker, f"describe_{noun}")
        busy = ("InProgress", "Stopping", "STARTING", "INPROGRESS", "STOPPING")
        found: Json = until(lambda: it if (it := describe(**key))[member] not in busy else None, 60)
        return found


def new_name(stem: str) -> str:
    return f"{stem}-{uuid.uuid4().hex[:10]}"


def archive(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def code_of(call: Callable[[], Any], client: Any) -> str:
    """Code of the error that a call ends with."""
    try:
        call()
    except client.exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    raise AssertionError("there was no error")


@contextmanager
def running_engine(directory: Path) -> Iterator[Backend]:
    """The local engine, in a process of its own."""
    process = EngineProcess(directory / "data", "--studio-seconds", "0.05", "--stop-grace-seconds", "0.5")
    try:
        process.start()
        told = process.file
        yield Backend("engine", process.endpoint_url, told["access_key_id"], told["secret_access_key"])
    finally:
        process.close()


@contextmanager
def running_moto() -> Iterator[Backend]:
    """Moto's server, in a process of its own; it ends when its standard input does."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", MOTO],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Backend("moto", f"http://127.0.0.1:{int(process.stdout.readline())}", "any", "any")
        finally:
            process.stdin.close()
            process.wait(30)
