"""What a CreateTrainingJob request must be besides what the model says: the service's rules, and our limits.

The texts are the service's where they are known. What this engine cannot do is refused by the name of its member, so
that nothing is taken and then left undone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import container, hosts, inputs, script
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.metric_lines import MetricLines

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

Json = dict[str, Any]

MOST_INSTANCES = 20
"""The service's default quota for one job."""

DEFAULT_RUNTIME_SECONDS = 86_400
MAX_RUNTIME_SECONDS = 28 * 86_400
"""The service's longest runtime (its API reference, StoppingCondition)."""


def _given(value: Any) -> bool:
    return bool(value)


def _is(wanted: object) -> Callable[[Any], bool]:
    return lambda value: bool(value == wanted)


# Member, what of it the local engine cannot do yet, and why. "[]" goes through a list.
_LIMITS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("AlgorithmSpecification.TrainingInputMode", _is("Pipe"), "it has the input modes File and FastFile"),
    ("AlgorithmSpecification.TrainingImageConfig", _given, "it pulls no images"),
    ("AlgorithmSpecification.EnableSageMakerMetricsTimeSeries", _given, "metrics are in the job's log"),
    ("InputDataConfig[].DataSource.FileSystemDataSource", _given, "it has S3 only"),
    ("InputDataConfig[].DataSource.DatasetSource", _given, "it has S3 only"),
    (
        "InputDataConfig[].DataSource.S3DataSource.S3DataType",
        lambda value: value not in ("S3Prefix", "ManifestFile"),
        "it has S3Prefix and ManifestFile; AugmentedManifestFile needs input mode Pipe",
    ),
    ("InputDataConfig[].DataSource.S3DataSource.AttributeNames", _given, "it has no augmented manifests"),
    ("InputDataConfig[].DataSource.S3DataSource.ModelAccessConfig", _given, "it has no model hub"),
    ("InputDataConfig[].DataSource.S3DataSource.HubAccessConfig", _given, "it has no model hub"),
    ("InputDataConfig[].CompressionType", _is("Gzip"), "without input mode Pipe there is no decompression"),
    ("InputDataConfig[].RecordWrapperType", _is("RecordIO"), "it wraps no records"),
    ("InputDataConfig[].InputMode", _is("Pipe"), "it has the input modes File and FastFile"),
    ("InputDataConfig[].ShuffleConfig", _given, "it shuffles no input"),
    ("OutputDataConfig.KmsKeyId", _given, "it has no keys"),
    ("ResourceConfig.VolumeKmsKeyId", _given, "it has no keys"),
    ("ResourceConfig.KeepAlivePeriodInSeconds", _given, "it has no warm pools"),
    ("ResourceConfig.TrainingPlanArn", _given, "it has no training plans"),
    ("ResourceConfig.InstancePlacementConfig", _given, "it places no instances"),
    ("ResourceConfig.InstancePreferences", _given, "it takes one InstanceType"),
    ("ResourceConfig.SelectedInstanceType", _given, "it takes InstanceType"),
    ("ResourceConfig.SelectedInstanceCount", _given, "it takes InstanceCount"),
    ("VpcConfig", _given, "jobs use this machine's network"),
    ("EnableNetworkIsolation", _given, "jobs use this machine's network"),
    ("DebugRuleConfigurations", _given, "it runs no debugger rules"),
    ("TensorBoardOutputConfig", _given, "it stores no TensorBoard output"),
    ("ExperimentConfig", _given, "it has no experiments"),
    (
        "ProfilerConfig",
        lambda value: not value.get("DisableProfiler"),
        "it has no profiler; set DisableProfiler",
    ),
    ("ProfilerRuleConfigurations", _given, "it runs no profiler rules"),
    ("RemoteDebugConfig.EnableRemoteDebug", _given, "a job is a process on this machine already"),
    ("InfraCheckConfig.EnableInfraCheck", _given, "it has no instances to check"),
    ("SessionChainingConfig.EnableSessionTagChaining", _given, "it has no sessions"),
    ("ServerlessJobConfig", _given, "it has no serverless jobs"),
    ("MlflowConfig", _given, "it has no MLflow"),
    ("ModelPackageConfig", _given, "it has no model packages"),
)


def check(engine: Engine, request: Json) -> None:
    """Refuse a request that cannot become a job.

    Parameters
    ----------
    engine : Engine
        Its context.
    request : dict
        CreateTrainingJob's members, or a tuning job's definition with those that a job of it would have.

    Raises
    ------
    ValidationError
        The first thing that is wrong with it.
    """
    limits(request)
    _algorithm(request["AlgorithmSpecification"])
    _resources(request)
    _stopping(request)
    _texts(request)
    script.program(request)
    _channels(engine, request)
    _outputs(engine, request)


def limits(request: Json, prefix: str = "") -> None:
    """Refuse what the local engine cannot do yet.

    Parameters
    ----------
    request : dict
        A CreateTrainingJob request or a part of another with the same members.
    prefix : str
        Where those are, for the message.

    Raises
    ------
    ValidationError
        It names the member and says why.
    """
    for path, hurts, reason in _LIMITS:
        if any(hurts(value) for value in _values(request, path.split("."))):
            raise ValidationError(f"{prefix}{path.replace('[]', '')}: the local engine cannot do this: {reason}.")


def _values(part: Any, names: list[str]) -> list[Any]:
    """What is at a path; nothing where a member on the way is missing."""
    name, *rest = names
    found = part.get(name.removesuffix("[]"))
    if found is None:
        return []
    if not rest:
        return [found]
    inner = found if name.endswith("[]") else [found]
    return [value for item in inner for value in _values(item, rest)]


def _algorithm(algorithm: Json) -> None:
    if not algorithm.keys() & {"TrainingImage", "AlgorithmName"}:
        raise ValidationError("AlgorithmSpecification needs a TrainingImage or an AlgorithmName.")
    if algorithm.get("ContainerArguments") and not algorithm.get("ContainerEntrypoint"):
        raise ValidationError(
            "AlgorithmSpecification.ContainerArguments: the local engine takes them with a ContainerEntrypoint only; "
            "a script gets its arguments from the hyperparameters."
        )
    MetricLines(algorithm.get("MetricDefinitions", []))


def _resources(request: Json) -> None:
    config = request.get("ResourceConfig", {})
    groups = [group["InstanceGroupName"] for group in config.get("InstanceGroups", [])]
    if groups and config.keys() & {"InstanceType", "InstanceCount"}:
        raise ValidationError("ResourceConfig: InstanceGroups cannot be given with InstanceType or InstanceCount.")
    if len(set(groups)) < len(groups):
        raise ValidationError("ResourceConfig.InstanceGroups: the names of the groups must be unique.")
    if not groups and "InstanceType" not in config:
        raise ValidationError("ResourceConfig.InstanceType is required.")
    for channel in request.get("InputDataConfig", []):
        unknown = {*channel["DataSource"].get("S3DataSource", {}).get("InstanceGroupNames", [])} - {*groups}
        if unknown:
            raise ValidationError(f"InputDataConfig: there is no instance group {', '.join(sorted(unknown))}.")
    count = hosts.instances(config).total()
    if count > MOST_INSTANCES:
        raise ValidationError(
            f"ResourceConfig: the local engine runs at most {MOST_INSTANCES} instances a job, as processes of this "
            f"machine, not {count}."
        )


def _stopping(request: Json) -> None:
    stopping = request.get("StoppingCondition", {})
    run, wait = stopping.get("MaxRuntimeInSeconds", DEFAULT_RUNTIME_SECONDS), stopping.get("MaxWaitTimeInSeconds")
    if request.get("EnableManagedSpotTraining"):
        if wait is None or wait < run:
            raise ValidationError(
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
            )
    elif wait is not None:
        raise ValidationError(
            "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
        )
    if run > MAX_RUNTIME_SECONDS:
        raise ValidationError(
            f"StoppingCondition.MaxRuntimeInSeconds must be at most {MAX_RUNTIME_SECONDS} seconds (28 days)."
        )


def _texts(request: Json) -> None:
    algorithm = request["AlgorithmSpecification"]
    texts = [*algorithm.get("ContainerEntrypoint", []), *algorithm.get("ContainerArguments", [])]
    for member in ("HyperParameters", "Environment"):
        texts += [text for pair in request.get(member, {}).items() for text in pair]
    if any("\0" in text for text in texts):
        raise ValidationError("HyperParameters, Environment and ContainerEntrypoint cannot hold a NUL character.")


def _channels(engine: Engine, request: Json) -> None:
    seen: set[str] = set()
    for channel in request.get("InputDataConfig", []):
        name = channel["ChannelName"]
        if name in seen:
            raise ValidationError(f"InputDataConfig: the channel name {name} is used more than once.")
        if set(name) <= {"."}:  # the model's pattern allows it, and it is no name of a directory
            raise ValidationError(f"InputDataConfig: a channel cannot be called {name}.")
        seen.add(name)
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise ValidationError(f"InputDataConfig: the channel {name} has no S3DataSource.")
        if inputs.missing(engine.objects, source):
            bucket, _ = container.bucket_and_key(source["S3Uri"], "S3Uri")
            raise ValidationError(
                f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data source. Please ensure that '
                f"the bucket exists in the selected region ({engine.region}), that objects exist under that S3 prefix, "
                f'and that the role "{request.get("RoleArn", engine.role_arn)}" has "s3:ListBucket" permissions on '
                f'bucket "{bucket}".'
            )


def _outputs(engine: Engine, request: Json) -> None:
    uris = {"OutputDataConfig.S3OutputPath": request["OutputDataConfig"]["S3OutputPath"]}
    checkpoints = request.get("CheckpointConfig")
    if checkpoints is not None:
        uris["CheckpointConfig.S3Uri"] = checkpoints["S3Uri"]
        local = checkpoints.get("LocalPath", f"{container.BASE}/checkpoints")
        if not local.startswith(f"{container.BASE}/") or ".." in local.split("/"):
            raise ValidationError(
                f"CheckpointConfig.LocalPath: the local engine takes paths below {container.BASE} only; a script finds "
                "that directory as $SAGEMAKER_BASE_DIR."
            )
    for member, uri in uris.items():
        bucket, key = container.bucket_and_key(uri, member)
        # What becomes many files needs a directory, and not every key can be one.
        folder = member.startswith("Checkpoint") or request["OutputDataConfig"].get("CompressionType") == "NONE"
        if folder and key and {"", ".", ".."} & set(key.removesuffix("/").split("/")):
            raise ValidationError(f"{member}: the local engine takes no empty, . or .. parts in {uri!r} here.")
        try:
            engine.objects.bucket(bucket)
        except NotFoundError as error:
            raise ValidationError(f"{member}: the bucket {bucket} does not exist.") from error
