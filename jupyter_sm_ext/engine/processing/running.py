"""Processing jobs as processes: what the supervisor is told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import boxes, container_environment, inputs
from jupyter_sm_ext.engine.container import instance_base
from jupyter_sm_ext.engine.hosts import Host, hosts
from jupyter_sm_ext.engine.processing import checks

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

Json = dict[str, Any]

# What processingjobconfig.json of a container says (developer guide, "Build your own processing container").
_TOLD = (
    *("ProcessingJobArn", "ProcessingJobName", "AppSpecification", "Environment", "ProcessingInputs"),
    *("ProcessingOutputConfig", "ProcessingResources", "RoleArn", "StoppingCondition"),
)


def spec(engine: Engine, body: Json, directory: Path, *, seconds: float) -> Json:
    """What the supervisor of an attempt is to do; takes and raises what `PlainJobs.spec` does."""
    isolated = bool(body.get("NetworkConfig", {}).get("EnableNetworkIsolation"))
    engine.boxes.check("NetworkConfig.EnableNetworkIsolation", isolated=isolated)
    box = engine.boxes.spec(isolated=isolated)
    every = hosts(body["ProcessingResources"]["ClusterConfig"])
    first, *others = (
        _host(engine, body, host, base=instance_base(directory, host), seen=box is not None, isolated=isolated)
        for host in every
    )
    return {
        **first,
        "others": others,
        "box": box,
        "inherits": container_environment.inherits(),
        "settings": "config",
        "words": "message",
        "checkpoints": None,
        "requirements": None,
        "source": None,
        "outputs": None,
        "uploads": {place: upload for one in _outputs(body) for place, upload in [_upload(engine, one)]},
        "max_runtime": seconds,
        "grace": engine.settings.stop_grace_seconds,
        "made": engine.now(),
    }


def _host(engine: Engine, body: Json, host: Host, *, base: Path, seen: bool, isolated: bool) -> Json:
    """What is different on each instance; its program sees `base` as ``/opt/ml``, or where it is."""
    every = [one.name for one in hosts(body["ProcessingResources"]["ClusterConfig"])]
    app = body["AppSpecification"]
    place = boxes.PLACE if seen else str(base)
    command = [*app["ContainerEntrypoint"], *app.get("ContainerArguments", [])]
    found = container_environment.of_any_job(engine, python=sys.executable, isolated=isolated)
    return {
        "name": host.name,
        "config": {
            "processingjobconfig.json": {member: body[member] for member in _TOLD if member in body},
            "resourceconfig.json": {"current_host": host.name, "hosts": every},
        },
        # Where a job has no /opt/ml of its own, a path that is a part of the command leads to what it would find there.
        "command": [f"{place}/{part[len(boxes.PLACE) + 1 :]}" if _inside(part) else part for part in command],
        "environment": {**found, "SAGEMAKER_BASE_DIR": place, **body.get("Environment", {})},
        "channels": [_channel(engine, body, one, host) for one in _inputs(body)],
    }


def _inside(part: str) -> bool:
    return part.startswith(f"{boxes.PLACE}/")


def _inputs(body: Json) -> list[Json]:
    """Those that the service brings; an application can see to the others itself."""
    return [one for one in body.get("ProcessingInputs", []) if not one.get("AppManaged")]


def _outputs(body: Json) -> list[Json]:
    found = body.get("ProcessingOutputConfig", {}).get("Outputs", [])
    return [one for one in found if not one.get("AppManaged")]


def _channel(engine: Engine, body: Json, given: Json, host: Host) -> Json:
    """An input, by the words of a training job's channel, from which it differs in its place only."""
    source = given["S3Input"]
    channel = {"ChannelName": given["InputName"], "InputMode": "File", "DataSource": {"S3DataSource": source}}
    cluster = {"ResourceConfig": body["ProcessingResources"]["ClusterConfig"]}
    found = inputs.files(engine.objects, cluster, channel, host)
    return {**found, "place": checks.place(source, "ProcessingInputs.S3Input.LocalPath")}


def _upload(engine: Engine, given: Json) -> tuple[str, Json]:
    """Where an output is below ``/opt/ml``, and where it goes."""
    output = given["S3Output"]
    bucket, key = inputs.bucket_and_key(output["S3Uri"], "ProcessingOutputConfig.Outputs.S3Output.S3Uri")
    home = engine.objects.bucket(bucket)
    return checks.place(output, "ProcessingOutputConfig.Outputs.S3Output.LocalPath"), {
        "home": str(home),
        "uri": output["S3Uri"],
        "remote": str(home / key.strip("/")),
        "all_the_time": output["S3UploadMode"] == "Continuous",
    }
