"""What a CreateProcessingJob request must be besides what the model says: the service's rules, and our limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import hosts, inputs
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.offers.local_limits import PROCESSING, refused

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

Json = dict[str, Any]

HOME = "/opt/ml/processing"
"""Where inputs and outputs are (developer guide, "Build your own processing container")."""
DEFAULT_RUNTIME_SECONDS = 86_400
_MAX_RUNTIME_SECONDS = 5 * 86_400
_MOST_INSTANCES = 20


def check(engine: Engine, request: Json) -> None:
    """Refuse a request that cannot become a job.

    Raises
    ------
    ValidationError
        The first thing that is wrong with it, or what of it the local engine does not do.
    """
    for path, reason in refused(request, PROCESSING):
        raise ValidationError(f"{path}: {reason}")
    isolated = bool(request.get("NetworkConfig", {}).get("EnableNetworkIsolation"))
    engine.boxes.check("NetworkConfig.EnableNetworkIsolation", isolated=isolated)
    if not request["AppSpecification"].get("ContainerEntrypoint"):
        raise ValidationError(
            "AppSpecification.ContainerEntrypoint: the local engine needs one: a Docker image's own entry point cannot "
            "run on it."
        )
    _cluster(request["ProcessingResources"]["ClusterConfig"])
    if request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 0) > _MAX_RUNTIME_SECONDS:
        raise ValidationError(
            f"StoppingCondition.MaxRuntimeInSeconds must be at most {_MAX_RUNTIME_SECONDS} seconds (5 days)."
        )
    _texts(request)
    found = request.get("ProcessingInputs", [])
    _names("ProcessingInputs", [one["InputName"] for one in found])
    for one in found:
        if "S3Input" not in one:
            raise ValidationError(f"ProcessingInputs: the input {one['InputName']} has no S3Input.")
        if not one.get("AppManaged"):
            inputs.check(engine, one["S3Input"], request["RoleArn"])
            place(one["S3Input"], "ProcessingInputs.S3Input.LocalPath")
    _outputs(engine, request.get("ProcessingOutputConfig", {}).get("Outputs", []))


def place(of: Json, member: str) -> str:
    """The part of a LocalPath that follows ``/opt/ml``.

    Raises
    ------
    ValidationError
        It is not where the service has it.
    """
    path = str(of.get("LocalPath", ""))
    if not path.startswith(f"{HOME}/") or {"", ".", ".."} & set(path.removesuffix("/")[1:].split("/")):
        raise ValidationError(f"{member} must be a path below {HOME}, not {path!r}.")
    return path.removesuffix("/").removeprefix("/opt/ml/")


def _cluster(config: Json) -> None:
    if not {"InstanceType", "InstanceCount"} <= config.keys():
        raise ValidationError("ProcessingResources.ClusterConfig needs an InstanceType and an InstanceCount.")
    count = hosts.instances(config).total()
    if count > _MOST_INSTANCES:
        raise ValidationError(
            f"ProcessingResources.ClusterConfig.InstanceCount: the local engine runs at most {_MOST_INSTANCES} "
            f"instances a job, as processes of this machine, not {count}."
        )


def _texts(request: Json) -> None:
    app = request["AppSpecification"]
    texts = [*app["ContainerEntrypoint"], *app.get("ContainerArguments", [])]
    texts += [text for pair in request.get("Environment", {}).items() for text in pair]
    if any("\0" in text for text in texts):
        raise ValidationError("AppSpecification and Environment cannot hold a NUL character.")


def _outputs(engine: Engine, found: Sequence[Json]) -> None:
    _names("ProcessingOutputConfig.Outputs", [one["OutputName"] for one in found])
    places = []
    for one in found:
        if "S3Output" not in one:
            raise ValidationError(f"ProcessingOutputConfig.Outputs: the output {one['OutputName']} has no S3Output.")
        if one.get("AppManaged"):
            continue
        places.append(place(one["S3Output"], "ProcessingOutputConfig.Outputs.S3Output.LocalPath"))
        member = "ProcessingOutputConfig.Outputs.S3Output.S3Uri"
        inputs.check_target(engine, one["S3Output"]["S3Uri"], member, folder=True)
    _names("ProcessingOutputConfig.Outputs.S3Output.LocalPath", places)


def _names(member: str, found: Sequence[str]) -> None:
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise ValidationError(f"{member}: {', '.join(twice)} is used more than once.")
