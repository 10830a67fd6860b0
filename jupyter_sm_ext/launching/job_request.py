"""The request of a training or tuning job, made of its options and of where its source and its data are."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_sm_ext.choices import nearest
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.metric_formats import metric_regex
from jupyter_sm_ext.launching.option_rules import A_DAY, GRID
from jupyter_sm_ext.launching.options import JobOptions, TuningOptions
from jupyter_sm_ext.launching.ranges import parameter_ranges
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.offers.training_images import neuron_environment, neuron_hyperparameters, training_image

LOCAL_IMAGE = "local/python"
LOCAL_PYTHON = "SM_LOCAL_PYTHON"
INSTANCE_TYPE = "ml.m5.large"
MOST_METRICS = 40
_MOST_JOBS = 10
_WARM_STARTS = {"identical": "IdenticalDataAndAlgorithm", "transfer": "TransferLearning"}
_IMAGE_HINT = (
    "Add --image URI; AWS lists them by region at "
    "https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html"
)


@dataclass(frozen=True)
class Placed:
    """Where the parts of a job are.

    Parameters
    ----------
    name : str
        Of the job.
    program : str or None
        File name of the script; None for an algorithm.
    source : str
        S3 URI of the archive with the script.
    channels : dict of str to str
        S3 URI by channel.
    found : dict of str to str
        Metrics that the script prints: regular expression by name.
    """

    name: str
    program: str | None
    source: str
    channels: Mapping[str, str]
    found: Mapping[str, str] = field(default_factory=dict)


def training_request(connection: Connection, options: JobOptions, placed: Placed) -> dict[str, Any]:
    """The request of CreateTrainingJob; raises what `tuning_request` raises."""
    return {
        "TrainingJobName": placed.name,
        **_given(HyperParameters=_fixed(connection, options, placed) or None),
        **_definition(connection, options, placed),
        **_tags(options),
    }


def tuning_request(connection: Connection, options: TuningOptions, placed: Placed) -> dict[str, Any]:
    """The request of CreateHyperParameterTuningJob.

    Raises
    ------
    ValidationError
        An option has no such value, or on AWS there is no image.
    """
    return {
        "HyperParameterTuningJobName": placed.name,
        "HyperParameterTuningJobConfig": _tuning_config(options),
        "TrainingJobDefinition": {
            **_given(StaticHyperParameters=_fixed(connection, options, placed) or None),
            **_definition(connection, options, placed),
        },
        **_warm_start(options),
        **_tags(options),
    }


def metric_definitions(options: JobOptions, found: Mapping[str, str]) -> list[dict[str, str]]:
    """The metrics of a job: those that are named, else those that were found, and always the objective.

    Raises
    ------
    ValidationError
        A regular expression is none.
    """
    wanted: dict[str, str | None] = dict(options.metrics or found)
    if isinstance(options, TuningOptions):
        wanted.setdefault(options.objective, None)
    definitions = []
    for name, own in wanted.items():
        regex = own or found.get(name) or metric_regex(name)
        try:
            groups = re.compile(regex).groups
        except re.error as error:
            raise ValidationError(f"--metric {name}: {regex!r} is no regular expression: {error}") from error
        if groups < 1:
            raise ValidationError(f"--metric {name}: {regex!r} has no group (...) around the value")
        definitions.append({"Name": name, "Regex": regex})
    return definitions


def _definition(connection: Connection, options: JobOptions, placed: Placed) -> dict[str, Any]:
    own_folder = isinstance(options, TuningOptions)
    output = options.output or f"s3://{connection.bucket}/{placed.name if own_folder else ''}"
    runtime = A_DAY if options.max_runtime is None else options.max_runtime
    wait = options.max_wait if options.max_wait is not None or not options.spot else runtime
    instance = instance_type(options)
    return {
        "RoleArn": options.role or connection.role,
        "AlgorithmSpecification": _algorithm(connection, options, placed, instance),
        **_given(InputDataConfig=[_channel(*each) for each in placed.channels.items()] or None),
        "OutputDataConfig": {"S3OutputPath": output},
        "ResourceConfig": _given(
            InstanceType=instance,
            InstanceCount=options.instance_count,
            VolumeSizeInGB=options.volume_size,
            KeepAlivePeriodInSeconds=options.warm_pool,
        ),
        "StoppingCondition": _given(
            MaxRuntimeInSeconds=runtime, MaxWaitTimeInSeconds=wait, MaxPendingTimeInSeconds=options.max_pending
        ),
        **_given(
            EnableManagedSpotTraining=True if options.spot else None,
            CheckpointConfig={"S3Uri": options.checkpoints} if options.checkpoints else None,
            Environment=_environment(connection, options, instance) or None,
        ),
    }


def instance_type(options: JobOptions) -> str:
    """The instance type that is meant.

    Raises
    ------
    ValidationError
        There is no such type for training.
    """
    return nearest("--instance", options.instance_type or INSTANCE_TYPE, get_model().enum("TrainingInstanceType"))


def _algorithm(connection: Connection, options: JobOptions, placed: Placed, instance: str) -> dict[str, Any]:
    if options.algorithm is not None:
        return {"AlgorithmName": options.algorithm, "TrainingInputMode": "File"}
    image = options.image or (LOCAL_IMAGE if connection.kind == "local" else None)
    image = image or training_image(instance, connection.region)
    if image is None:
        raise ValidationError(
            f"--image: no training image is known for {instance} in {connection.region}", hint=_IMAGE_HINT
        )
    metrics = metric_definitions(options, placed.found)
    return {"TrainingImage": image, "TrainingInputMode": "File", **_given(MetricDefinitions=metrics or None)}


def _fixed(connection: Connection, options: JobOptions, placed: Placed) -> dict[str, str]:
    if placed.program is None:
        # An algorithm of anybody's takes its texts as they are.
        own = options.hyperparameters.items()
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in own}
    script_mode: dict[str, object] = {
        "sagemaker_program": placed.program,
        "sagemaker_submit_directory": placed.source,
        "sagemaker_container_log_level": 20,
        "sagemaker_region": connection.region,
    }
    if connection.kind != "local" and options.image is None:
        script_mode |= neuron_hyperparameters(instance_type(options))
    return {name: json.dumps(value) for name, value in {**options.hyperparameters, **script_mode}.items()}


def _environment(connection: Connection, options: JobOptions, instance: str) -> dict[str, str]:
    if connection.kind == "local":
        return {LOCAL_PYTHON: sys.executable, **options.environment}
    ours = options.image is None and options.algorithm is None
    return {**(neuron_environment(instance, options.instance_count) if ours else {}), **options.environment}


def _tuning_config(options: TuningOptions) -> dict[str, Any]:
    band = _given(MinResource=options.min_resource, MaxResource=options.max_resource)
    ends = _given(
        TargetObjectiveMetricValue=options.target,
        BestObjectiveNotImproving=None
        if options.not_improving is None
        else {"MaxNumberOfTrainingJobsNotImproving": options.not_improving},
        ConvergenceDetected={"CompleteOnConvergence": "Enabled"} if options.convergence else None,
    )
    most = _MOST_JOBS if options.max_jobs is None and options.strategy != GRID else options.max_jobs
    return _given(
        Strategy=options.strategy,
        StrategyConfig={"HyperbandStrategyConfig": band} if band else None,
        HyperParameterTuningJobObjective={
            "Type": "Minimize" if options.minimize else "Maximize",
            "MetricName": options.objective,
        },
        ResourceLimits=_given(
            MaxNumberOfTrainingJobs=most,
            MaxParallelTrainingJobs=options.parallel,
            MaxRuntimeInSeconds=options.max_tuning_time,
        ),
        ParameterRanges=parameter_ranges(options.ranges),
        TrainingJobEarlyStoppingType="Auto" if options.early_stopping else "Off",
        TuningJobCompletionCriteria=ends or None,
        RandomSeed=options.seed,
    )


def _warm_start(options: TuningOptions) -> dict[str, Any]:
    valid = [*_WARM_STARTS, *get_model().enum("HyperParameterTuningJobWarmStartType")]
    kind = nearest("--warm-start-type", options.warm_start_type, valid)
    if not options.warm_start:
        return {}
    parents = [{"HyperParameterTuningJobName": name} for name in options.warm_start]
    return {
        "WarmStartConfig": {
            "ParentHyperParameterTuningJobs": parents,
            "WarmStartType": _WARM_STARTS.get(kind, kind),
        }
    }


def _tags(options: JobOptions) -> dict[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in options.tags.items()]
    return {"Tags": tags} if tags else {}


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
