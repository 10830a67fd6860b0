"""What a script finds when it runs: files, arguments and variables as SageMaker's containers have them.

The names are those of the sagemaker-training toolkit (its ``environment.py``), so that a script that runs there runs
here. ``/opt/ml`` is ``$SAGEMAKER_BASE_DIR``, and where the machine lets us (see `boxes`), it is ``/opt/ml`` itself.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import boxes, container_environment, inputs, requirements
from jupyter_sm_ext.engine.hosts import Host, hosts
from jupyter_sm_ext.engine.inputs import bucket_and_key as bucket_and_key
from jupyter_sm_ext.engine.script import PROGRAM, SUBMIT_DIRECTORY, arguments, for_script, hyperparameters, program
from jupyter_sm_ext.errors import ValidationError

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.s3.objects import Objects

Json = dict[str, Any]

LOCAL_IMAGE = "local/python"
PYTHON_VARIABLE = "SM_LOCAL_PYTHON"
FIRST = "algo-1"
BASE = boxes.PLACE


def is_local(image: str) -> bool:
    """Whether an image stands for this machine."""
    return image.partition(":")[0] == LOCAL_IMAGE


def outputs(body: Json) -> dict[str, str]:
    """S3 URIs of what the job leaves: ``model`` and ``output``."""
    config = body["OutputDataConfig"]
    home = f"{config['S3OutputPath'].rstrip('/')}/{body['TrainingJobName']}/output"
    if config.get("CompressionType") == "NONE":
        return {"model": f"{home}/model/", "output": f"{home}/data/"}
    return {"model": f"{home}/model.tar.gz", "output": f"{home}/output.tar.gz"}


def spec(engine: Engine, body: Json, directory: Path, *, seconds: float, limit: str) -> Json:
    """What the supervisor of an attempt is to do (see `supervisor`).

    Parameters
    ----------
    engine : Engine
        Its context.
    body : dict
        The job as Describe has it.
    directory : Path
        Where the attempt will live.
    seconds : float
        How long it may run.
    limit : str
        By which limit: what `training_history.LIMITS` calls it.

    Raises
    ------
    ValidationError, NotFoundError
        What the job names is not there any more.
    """
    python = body.get("Environment", {}).get(PYTHON_VARIABLE) or sys.executable
    isolated = bool(body["EnableNetworkIsolation"])
    if isolated and engine.boxes.no_isolation is not None:
        raise ValidationError(f"it cannot be isolated from the network: {engine.boxes.no_isolation}")
    box = engine.boxes.spec(isolated=isolated)
    targets = {name: bucket_and_key(uri, "OutputDataConfig.S3OutputPath") for name, uri in outputs(body).items()}
    every = hosts(body["ResourceConfig"])
    port = container_environment.free_port() if len(every) > 1 else 0
    first, *others = (
        _host(engine, body, host, base=instance_base(directory, host), seen=box is not None, python=python, port=port)
        for host in every
    )
    return {
        **first,
        "others": others,
        "box": box,
        "command": _command(body, python),
        "requirements": None if _has_entry_point(body) else [python, requirements.__file__],
        "source": _source(engine.objects, hyperparameters(body)),
        "outputs": {
            "home": str(engine.objects.bucket(targets["model"][0])),
            "compressed": body["OutputDataConfig"].get("CompressionType") != "NONE",
            **{name: str(engine.objects.path(bucket, key.rstrip("/"))) for name, (bucket, key) in targets.items()},
        },
        "max_runtime": seconds,
        "limit": limit,
        "grace": engine.settings.stop_grace_seconds,
        "made": engine.now(),
    }


def instance_base(directory: Path, host: Host) -> Path:
    """What is ``/opt/ml`` on an instance (see `supervisor_host`)."""
    return (directory if host.name == FIRST else directory / "hosts" / host.name) / "opt" / "ml"


def _host(engine: Engine, body: Json, host: Host, *, base: Path, seen: bool, python: str, port: int) -> Json:
    """What is different on each instance; its script sees `base` as ``/opt/ml``, or where it is."""
    resources, channels = _resources(body, host), inputs.of_host(body, host)
    config = {
        "hyperparameters.json": body.get("HyperParameters", {}),
        "inputdataconfig.json": {channel["ChannelName"]: inputs.told(body, channel) for channel in channels},
        "resourceconfig.json": resources,
    }
    if "DebugHookConfig" in body:
        config["debughookconfig.json"] = body["DebugHookConfig"]
    return {
        "name": host.name,
        "config": config,
        "environment": container_environment.variables(
            engine, body, Path(BASE) if seen else base, host, resources, python=python, port=port
        ),
        "inherits": container_environment.inherits(),
        "channels": [inputs.files(engine.objects, body, channel, host) for channel in channels],
        "checkpoints": _checkpoints(engine.objects, body, base),
    }


def _command(body: Json, python: str) -> list[str]:
    algorithm = body["AlgorithmSpecification"]
    if _has_entry_point(body):
        return [*algorithm["ContainerEntrypoint"], *algorithm.get("ContainerArguments", [])]
    script = program(body)
    if script is None:
        raise ValidationError("a job without a script or an entry point has no command")
    given = arguments(for_script(hyperparameters(body)))
    if script.endswith(".py"):
        return [python, script, *given]
    return ["/bin/sh", "-c", shlex.join([f"./{script}", *given])]


def _has_entry_point(body: Json) -> bool:
    return bool(body["AlgorithmSpecification"].get("ContainerEntrypoint"))


def refusal(body: Json) -> str | None:
    """Why the engine cannot run a job's command; None if it can."""
    if _has_entry_point(body):
        if is_local(body["AlgorithmSpecification"].get("TrainingImage", LOCAL_IMAGE)):
            return None
    elif program(body) is not None:
        return None
    return (
        "a Docker image's own entry point cannot run on the local engine. Give it a script (hyperparameters "
        f"{PROGRAM} and {SUBMIT_DIRECTORY}), or the image {LOCAL_IMAGE} and a ContainerEntrypoint."
    )


def _source(objects: Objects, values: Json) -> Json | None:
    uri = values.get(SUBMIT_DIRECTORY)
    if uri is None:
        return None
    bucket, key = bucket_and_key(str(uri), f"The hyperparameter {SUBMIT_DIRECTORY}")
    return {"uri": uri, "path": str(objects.path(bucket, key))}


def _checkpoints(objects: Objects, body: Json, base: Path) -> Json | None:
    if "CheckpointConfig" not in body:
        return None
    bucket, key = bucket_and_key(body["CheckpointConfig"]["S3Uri"], "CheckpointConfig.S3Uri")
    local = body["CheckpointConfig"].get("LocalPath", f"{BASE}/checkpoints")
    return {"local": str(base / Path(local).relative_to(BASE)), "remote": str(objects.bucket(bucket) / key.strip("/"))}


def _resources(body: Json, host: Host) -> Json:
    every = hosts(body["ResourceConfig"])
    groups: dict[str, Json] = {}
    for one in every:
        group = {"instance_group_name": one.group, "instance_type": one.kind, "hosts": []}
        groups.setdefault(one.group, group)["hosts"].append(one.name)
    return {
        "current_host": host.name,
        "current_instance_type": host.kind,
        "current_group_name": host.group,
        "hosts": [one.name for one in every],
        "instance_groups": list(groups.values()),
        # The one interface on which a script may listen without others on the network seeing it.
        "network_interface_name": "lo0" if sys.platform == "darwin" else "lo",
    }
