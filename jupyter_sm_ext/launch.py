"""A script and its data become a training or tuning job: the request, what is uploaded for it, and the start.

A plan is checked as a whole before anything is uploaded or created; script mode is that of the SageMaker SDK.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
import secrets
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_sm_ext.connection import Connection
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError, translate
from jupyter_sm_ext.model import Violation, get_model
from jupyter_sm_ext.options import JobOptions, TuningOptions
from jupyter_sm_ext.preflight import create
from jupyter_sm_ext.ranges import parameter_ranges
from jupyter_sm_ext.resources import Resource, resource
from jupyter_sm_ext.source import Script, data_files, pack
from jupyter_sm_ext.studio import Studio

LOCAL_IMAGE = "local/python"
LOCAL_PYTHON = "SM_LOCAL_PYTHON"
_UPLOADS_AT_ONCE = 8
_A_DAY = 86_400
# An own message where the service's would list hundreds of values, or where the option's name says more.
_OPTIONS = {
    "instanceType": "--instance-type",
    "instanceCount": "--instance-count",
    "volumeSizeInGB": "--volume-size",
    "maxPendingTimeInSeconds": "--max-pending",
    "resourceLimits.maxRuntimeInSeconds": "--max-tuning-time",
    "stoppingCondition.maxRuntimeInSeconds": "--max-runtime",
    "maxNumberOfTrainingJobs": "--max-jobs",
    "maxParallelTrainingJobs": "--parallel",
    "randomSeed": "--seed",
    "environment": "--env",
    "trainingImage": "--image",
    "roleArn": "--role",
    "channelName": "--data",
    "s3Uri": "--data",
    "metricName": "--objective",
    "staticHyperParameters": "--hp",
    "hyperParameters": "--hp",
    "metricDefinitions": "--metric",
}


@dataclass(frozen=True)
class Upload:
    """One object that a job needs.

    Parameters
    ----------
    bucket, key : str
        Where it goes.
    body : bytes or Path
        What it is.
    """

    bucket: str
    key: str
    body: bytes | Path


@dataclass(frozen=True)
class Plan:
    """A job that is checked and ready to be started.

    Parameters
    ----------
    kind : {"training-jobs", "tuning-jobs"}
        Of the job.
    name : str
        Of the job.
    request : dict
        Of the Create operation.
    uploads : list of Upload
        What has to be there first.
    named : bool
        Whether the user chose the name, so that it may be taken.
    """

    kind: str
    name: str
    request: dict[str, Any]
    uploads: list[Upload]
    named: bool

    def start(self, studio: Studio) -> None:
        """Upload what is needed and create the job.

        Raises
        ------
        ConflictError
            The name is taken; nothing was uploaded.
        SageMakerError
            The service refused, or could not be reached.
        """
        studio.connection.ensure()
        if self.named:
            self._refuse_taken(studio)
        self._upload(studio.connection)
        create(studio, self.kind, self.request)

    def _refuse_taken(self, studio: Studio) -> None:
        try:
            found = studio.describe(self.kind, self.name)
        except NotFoundError:
            return
        row = resource(self.kind)
        # The service would say so too, but only after the new source had replaced that of the old job.
        raise ConflictError(
            f"a {_noun(row)} named {self.name!r} already exists ({found[row.status]})",
            hint="Choose another --name, or leave it out to get a new one each time.",
        )

    def _upload(self, connection: Connection) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        client = connection.client("s3")

        def send(upload: Upload) -> None:
            if isinstance(upload.body, bytes):
                client.put_object(Bucket=upload.bucket, Key=upload.key, Body=upload.body)
            else:
                with upload.body.open("rb") as file:
                    client.upload_fileobj(file, upload.bucket, upload.key)

        with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
            try:
                list(pool.map(send, self.uploads))
            except (BotoCoreError, ClientError) as error:
                told = translate(error, "PutObject")
                if isinstance(told, NotFoundError):
                    told.hint = f"Make the bucket {connection.bucket}, or choose another: %sm connect ... --bucket NAME"
                raise told from error
            except OSError as error:
                raise ValidationError(f"--data: {error.filename}: {error.strerror}") from error


def plan_training(connection: Connection, script: Script, options: JobOptions) -> Plan:
    """Plan a training job.

    Raises
    ------
    ValidationError
        What is wrong, by the name of the option.
    """
    return _plan(connection, script, options, "training-jobs")


def plan_tuning(connection: Connection, script: Script, options: TuningOptions) -> Plan:
    """Plan a tuning job.

    Raises
    ------
    ValidationError
        What is wrong, by the name of the option.
    """
    strategies = get_model().enum("HyperParameterTuningJobStrategyType")
    options = dataclasses.replace(options, strategy=nearest("--strategy", options.strategy, strategies))
    both = sorted({each.name for each in options.ranges} & set(options.hyperparameters))
    if both:
        raise ValidationError(f"{both[0]!r} is both tuned and fixed with --hp; give it once")
    if not options.objective.strip():
        raise ValidationError("--objective: a tuning job needs the name of the metric to make best")
    return _plan(connection, script, options, "tuning-jobs")


def metric_regex(name: str) -> str:
    """A regular expression that finds the value in ``name=value`` and ``name: value``."""
    # Not inside a longer name: `accuracy` must not take the value of `train_accuracy`.
    return rf"(?<![\w:./-]){re.escape(name)}\s*[=:]\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"


def nearest(option: str, value: str, valid: Sequence[str]) -> str:
    """The valid value that is meant, whatever its case.

    Raises
    ------
    ValidationError
        There is none; the message tells the nearest.
    """
    exact = {each.lower(): each for each in valid}.get(value.lower())
    if exact is not None:
        return exact
    near = difflib.get_close_matches(value.lower(), valid, n=3, cutoff=0.5) if len(valid) > 8 else list(valid)
    hint = f"Did you mean {' or '.join(near)}?" if len(valid) > 8 and near else f"It is one of: {', '.join(near)}."
    raise ValidationError(f"{option}: there is no {value!r}", hint=hint if near else None)


def _plan(connection: Connection, script: Script, options: JobOptions, kind: str) -> Plan:
    row = resource(kind)
    local = connection.kind == "local"
    types = get_model().enum("TrainingInstanceType")
    options = dataclasses.replace(options, instance_type=nearest("--instance-type", options.instance_type, types))
    if options.image is None and not local:
        raise ValidationError("--image: on AWS a job needs the URI of its training image", hint=_IMAGE_HINT)
    if local:
        # The job runs with this very Python, so what it cannot read here it cannot read there.
        script.check()
    longest = int(get_model().service.shape_for(f"{row.noun}Name").metadata["max"])
    name = options.name if options.name is not None else _new_name(script.name, longest)
    _check_name(name, longest, _noun(row))
    sources = f"{name}/source/sourcedir.tar.gz"
    uploads = [Upload(connection.bucket, sources, pack(script, options.include))]
    channels = []
    for channel, location in options.data.items():
        uri, files = data_files(channel, location, bucket=connection.bucket, prefix=f"{name}/input")
        uploads += [Upload(connection.bucket, key, path) for key, path in files]
        channels.append(_channel(channel, uri))
    script_mode: dict[str, object] = {
        "sagemaker_program": script.name,
        "sagemaker_submit_directory": f"s3://{connection.bucket}/{sources}",
        "sagemaker_container_log_level": 20,
        "sagemaker_region": connection.region,
    }
    fixed = {key: json.dumps(value) for key, value in {**options.hyperparameters, **script_mode}.items()}
    environment = {**({LOCAL_PYTHON: sys.executable} if local else {}), **options.environment}
    definition: dict[str, Any] = {
        "RoleArn": options.role or connection.role,
        "AlgorithmSpecification": {
            "TrainingImage": options.image or LOCAL_IMAGE,
            "TrainingInputMode": "File",
            **_metrics(options),
        },
        **({"InputDataConfig": channels} if channels else {}),
        "OutputDataConfig": {"S3OutputPath": f"s3://{connection.bucket}/"},
        "ResourceConfig": {
            "InstanceType": options.instance_type,
            "InstanceCount": options.instance_count,
            "VolumeSizeInGB": options.volume_size,
        },
        "StoppingCondition": _given(
            MaxRuntimeInSeconds=_A_DAY if options.max_runtime is None else options.max_runtime,
            MaxPendingTimeInSeconds=options.max_pending,
        ),
        **({"Environment": environment} if environment else {}),
    }
    if isinstance(options, TuningOptions):
        definition["OutputDataConfig"] = {"S3OutputPath": f"s3://{connection.bucket}/{name}"}
        request = {
            row.key[0]: name,
            "HyperParameterTuningJobConfig": _tuning_config(options),
            "TrainingJobDefinition": {"StaticHyperParameters": fixed, **definition},
        }
    else:
        request = {row.key[0]: name, "HyperParameters": fixed, **definition}
    _check_request(row.operation("create"), request)
    return Plan(kind, name, request, uploads, named=options.name is not None)


_IMAGE_HINT = "AWS lists them by region at https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html"


def _tuning_config(options: TuningOptions) -> dict[str, Any]:
    return _given(
        Strategy=options.strategy,
        HyperParameterTuningJobObjective={
            "Type": "Minimize" if options.minimize else "Maximize",
            "MetricName": options.objective,
        },
        ResourceLimits=_given(
            MaxNumberOfTrainingJobs=options.max_jobs,
            MaxParallelTrainingJobs=options.parallel,
            MaxRuntimeInSeconds=options.max_tuning_time,
        ),
        ParameterRanges=parameter_ranges(options.ranges),
        TrainingJobEarlyStoppingType="Auto" if options.early_stopping else "Off",
        RandomSeed=options.seed,
    )


def _metrics(options: JobOptions) -> dict[str, Any]:
    wanted = dict(options.metrics)
    if isinstance(options, TuningOptions):
        wanted.setdefault(options.objective, None)
    definitions = []
    for name, regex in wanted.items():
        regex = regex or metric_regex(name)
        try:
            groups = re.compile(regex).groups
        except re.error as error:
            raise ValidationError(f"--metric {name}: {regex!r} is no regular expression: {error}") from error
        if groups < 1:
            raise ValidationError(f"--metric {name}: {regex!r} has no group (...) around the value")
        definitions.append({"Name": name, "Regex": regex})
    return {"MetricDefinitions": definitions} if definitions else {}


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _noun(row: Resource) -> str:
    return "tuning job" if row.kind == "tuning-jobs" else "training job"


def _new_name(script: str, longest: int) -> str:
    stem = re.sub(r"[^a-zA-Z0-9]+", "-", Path(script).stem).strip("-") or "job"
    # Two in one second must not meet.
    tail = time.strftime("-%y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(2)
    return stem[: longest - len(tail)].rstrip("-") + tail


def _check_name(name: str, longest: int, noun: str) -> None:
    if re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", name) and len(name) <= longest:
        return
    near = re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-")[:longest].rstrip("-")
    raise ValidationError(
        f"--name: {name!r} cannot name a {noun}: up to {longest} letters, digits and inner hyphens",
        hint=f"Try --name {near}." if near else None,
    )


def _check_request(operation: str, request: dict[str, Any]) -> None:
    violations = get_model().check(operation, request)
    if violations:
        raise ValidationError("; ".join(map(_named, violations)), operation=operation)


def _named(violation: Violation) -> str:
    for part, option in _OPTIONS.items():
        if f".{part}." in f".{violation.path}.":
            return f"{option}: {violation}"
    return str(violation)
