"""What a CreateTrainingJob request must be besides what the model says: the service's rules, and our limits.

The texts are the service's where they are known. What this engine cannot do (`local_limits`) is refused by the name of
its member, so that nothing is taken and then left undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import container, hosts, inputs, script, warm_pools
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.metric_lines import MetricLines
from jupyter_sm_ext.offers.local_limits import refused

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

Json = dict[str, Any]

MOST_INSTANCES = 20
"""The service's default quota for one job."""

DEFAULT_RUNTIME_SECONDS = 86_400
MAX_RUNTIME_SECONDS = 28 * 86_400
"""The service's longest runtime (its API reference, StoppingCondition)."""


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
    _refuse_limits(request)
    engine.boxes.check("EnableNetworkIsolation", isolated=bool(request.get("EnableNetworkIsolation")))
    _algorithm(request["AlgorithmSpecification"])
    _resources(request)
    warm_pools.check(request)
    _stopping(request)
    _texts(request)
    script.program(request)
    _channels(engine, request)
    _outputs(engine, request)


def _refuse_limits(request: Json) -> None:
    for path, reason in refused(request):
        raise ValidationError(f"{path}: {reason}")


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
    if count < 1:
        # The model allows 0, and nothing would ever run.
        raise ValidationError("ResourceConfig.InstanceCount: a job needs at least one instance.")
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
        _streams(request, channel)
        inputs.check(engine, source, request.get("RoleArn", engine.role_arn))


def _streams(request: Json, channel: Json) -> None:
    """What goes with input mode Pipe only (API reference, Channel and S3DataSource)."""
    name, source = channel["ChannelName"], channel["DataSource"]["S3DataSource"]
    augmented = source["S3DataType"] == inputs.AUGMENTED
    if augmented != bool(source.get("AttributeNames")):
        raise ValidationError(
            f"InputDataConfig: the channel {name} must have AttributeNames if, and only if, its S3DataType is "
            f"{inputs.AUGMENTED}."
        )
    wanted = {
        f"S3DataType {inputs.AUGMENTED}": augmented,
        "CompressionType Gzip": channel.get("CompressionType") == "Gzip",
        "RecordWrapperType RecordIO": channel.get("RecordWrapperType") == "RecordIO",
        "ShuffleConfig": "ShuffleConfig" in channel,
    }
    mode = inputs.mode(request, channel)
    for what, given in wanted.items():
        if given and mode != "Pipe":
            raise ValidationError(
                f"InputDataConfig: {what} of the channel {name} goes with input mode Pipe, and the channel's is {mode}."
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
        folder = member.startswith("Checkpoint") or request["OutputDataConfig"].get("CompressionType") == "NONE"
        inputs.check_target(engine, uri, member, folder=folder)
