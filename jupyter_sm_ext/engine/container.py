"""What a script finds when it runs: files, arguments and variables as SageMaker's containers have them.

The names are those of the sagemaker-training toolkit (its ``environment.py``), so that a script that runs there runs
here. ``/opt/ml`` is ``$SAGEMAKER_BASE_DIR``.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import requirements
from jupyter_sm_ext.errors import NotFoundError, ValidationError

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.s3.objects import Objects

Json = dict[str, Any]

LOCAL_IMAGE = "local/python"
PYTHON_VARIABLE = "SM_LOCAL_PYTHON"
PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"
HOST, GROUP = "algo-1", "homogeneousCluster"
BASE = "/opt/ml"

# What the toolkit keeps from the script besides the names that begin with "sagemaker_" (its params.py).
_NOT_FOR_SCRIPTS = ("_tuning_objective_metric", "default_user_module_name")
_NOT_FRAMEWORK = (
    PROGRAM,
    SUBMIT_DIRECTORY,
    "sagemaker_enable_cloudwatch_metrics",
    "sagemaker_region",
    "sagemaker_container_log_level",
    "sagemaker_job_name",
    "sagemaker_s3_output",
)
# The engine may have been started by a kernel or a terminal; none of this is a job's, and AWS_* would reach AWS.
_NOT_INHERITED = re.compile(
    r"AWS_|JPY_|JUPYTER|PYDEVD_|PYTHON(HOME|STARTUP|EXECUTABLE|SAFEPATH|DONTWRITEBYTECODE|WARNINGS)$|__PYVENV"
    r"|(MPLBACKEND|VIRTUAL_ENV|TERM|COLUMNS|LINES|CLICOLOR|CLICOLOR_FORCE|FORCE_COLOR|PAGER|GIT_PAGER)$|SM_|COV(ERAGE|_CORE)_"
)


def hyperparameters(body: Json) -> Json:
    """All hyperparameters, decoded as the toolkit does: JSON where it is JSON, else the text."""
    found: Json = {}
    for name, text in body.get("HyperParameters", {}).items():
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def for_script(values: Json) -> Json:
    """Those hyperparameters that are the script's."""
    return {k: v for k, v in values.items() if not k.startswith("sagemaker_") and k not in _NOT_FOR_SCRIPTS}


def program(body: Json) -> str | None:
    """The script to run, relative to the code directory; None if the job names none.

    Raises
    ------
    ValidationError
        It is not a path within the source.
    """
    found = hyperparameters(body).get(PROGRAM)
    if found is None:
        return None
    if not isinstance(found, str) or not found or found.startswith("/") or ".." in found.split("/"):
        raise ValidationError(f"The hyperparameter {PROGRAM} must be a path within the source, not {found!r}.")
    return found


def is_local(image: str) -> bool:
    """Whether an image stands for this machine."""
    return image.partition(":")[0] == LOCAL_IMAGE


def arguments(values: Json) -> list[str]:
    """Hyperparameters as the toolkit's command line: ``--name value``, by name."""
    found = []
    for name in sorted(values):
        value = values[name]
        if isinstance(value, dict):
            value = ",".join(f"{key}={value[key]}" for key in sorted(value))
        found += [f"--{name}" if len(name) > 1 else f"-{name}", "" if value is None else str(value)]
    return found


def bucket_and_key(uri: str, member: str) -> tuple[str, str]:
    """Take an S3 URI apart.

    Raises
    ------
    ValidationError
        It is none.
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValidationError(f"{member} must be s3://bucket/key, not {uri!r}.")
    return bucket, key


def outputs(body: Json) -> dict[str, str]:
    """S3 URIs of what the job leaves: ``model`` and ``output``."""
    config = body["OutputDataConfig"]
    home = f"{config['S3OutputPath'].rstrip('/')}/{body['TrainingJobName']}/output"
    if config.get("CompressionType") == "NONE":
        return {"model": f"{home}/model/", "output": f"{home}/data/"}
    return {"model": f"{home}/model.tar.gz", "output": f"{home}/output.tar.gz"}


def spec(engine: Engine, body: Json, directory: Path, *, seconds: float) -> Json:
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

    Raises
    ------
    ValidationError, NotFoundError
        What the job names is not there any more.
    """
    base = directory / "opt" / "ml"
    values = hyperparameters(body)
    resources = _resources(body)
    channels = {channel["ChannelName"]: _channel(channel) for channel in body.get("InputDataConfig", [])}
    config = {
        "hyperparameters.json": body.get("HyperParameters", {}),
        "inputdataconfig.json": channels,
        "resourceconfig.json": resources,
    }
    if "DebugHookConfig" in body:
        config["debughookconfig.json"] = body["DebugHookConfig"]
    python = body.get("Environment", {}).get(PYTHON_VARIABLE) or sys.executable
    targets = {name: bucket_and_key(uri, "OutputDataConfig.S3OutputPath") for name, uri in outputs(body).items()}
    return {
        "command": _command(body, python),
        "environment": _environment(engine, body, base, values, channels, resources, python),
        "config": config,
        "requirements": None if _has_entry_point(body) else [python, requirements.__file__],
        "source": _source(engine.objects, values),
        "channels": [_files(engine.objects, channel) for channel in body.get("InputDataConfig", [])],
        "checkpoints": _checkpoints(engine.objects, body, base),
        "outputs": {
            "home": str(engine.objects.bucket(targets["model"][0])),
            "compressed": body["OutputDataConfig"].get("CompressionType") != "NONE",
            **{name: str(engine.objects.path(bucket, key.rstrip("/"))) for name, (bucket, key) in targets.items()},
        },
        "max_runtime": seconds,
        "grace": engine.settings.stop_grace_seconds,
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
        if is_local(body["AlgorithmSpecification"]["TrainingImage"]):
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


def _files(objects: Objects, channel: Json) -> Json:
    uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
    bucket, key = bucket_and_key(uri, "S3Uri")
    # An object with just this key may be kept aside (see objects.py); below a prefix, such keys are no file's name.
    found = [[str(objects.path(bucket, key)), key.rpartition("/")[2]]] if _is_object(objects, bucket, key) else []
    return {"name": channel["ChannelName"], "home": str(objects.bucket(bucket)), "prefix": key, "files": found}


def _is_object(objects: Objects, bucket: str, key: str) -> bool:
    return bool(key) and not key.endswith("/") and objects.exists(bucket, key)


def _checkpoints(objects: Objects, body: Json, base: Path) -> Json | None:
    if "CheckpointConfig" not in body:
        return None
    bucket, key = bucket_and_key(body["CheckpointConfig"]["S3Uri"], "CheckpointConfig.S3Uri")
    local = body["CheckpointConfig"].get("LocalPath", f"{BASE}/checkpoints")
    return {"local": str(base / Path(local).relative_to(BASE)), "remote": str(objects.bucket(bucket) / key.strip("/"))}


def _channel(channel: Json) -> Json:
    source = channel["DataSource"]["S3DataSource"]
    found = {
        "TrainingInputMode": channel.get("InputMode", "File"),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return {**found, **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})}


def _resources(body: Json) -> Json:
    kind = body["ResourceConfig"]["InstanceType"]
    return {
        "current_host": HOST,
        "current_instance_type": kind,
        "current_group_name": GROUP,
        "hosts": [HOST],
        "instance_groups": [{"instance_group_name": GROUP, "instance_type": kind, "hosts": [HOST]}],
        # The one interface on which a script may listen without others on the network seeing it.
        "network_interface_name": "lo0" if sys.platform == "darwin" else "lo",
    }


def _environment(
    engine: Engine, body: Json, base: Path, values: Json, channels: Json, resources: Json, python: str
) -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if not _NOT_INHERITED.match(name)}
    if Path(python).is_absolute():  # what a script calls "python" or "pip" is then the same
        found["PATH"] = os.pathsep.join([str(Path(python).parent), found.get("PATH", os.defpath)])
    found |= {
        "PYTHONUNBUFFERED": "1",
        "AWS_ACCESS_KEY_ID": engine.keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": engine.keys.secret_access_key,
        "AWS_REGION": engine.region,
        "AWS_DEFAULT_REGION": engine.region,
        "TRAINING_JOB_NAME": body["TrainingJobName"],
        "TRAINING_JOB_ARN": body["TrainingJobArn"],
        "SAGEMAKER_BASE_DIR": str(base),
        "CURRENT_HOST": HOST,
        "SAGEMAKER_REGION": engine.region,
    }
    if engine.endpoint_url:
        for service in ("SAGEMAKER", "S3", "STS", "CLOUDWATCH_LOGS"):
            found[f"AWS_ENDPOINT_URL_{service}"] = engine.endpoint_url
    found |= body.get("Environment", {})
    found |= {f"SM_{name.upper()}": _text(value) for name, value in _toolkit(body, base, values, resources).items()}
    found |= {f"SM_CHANNEL_{name.upper()}": str(base / "input" / "data" / name) for name in channels}
    for name, value in for_script(values).items():
        if name and "=" not in name:
            found[f"SM_HP_{name.upper()}"] = _text(value)
    found["PYTHONPATH"] = os.pathsep.join(part for part in (str(base / "code"), found.get("PYTHONPATH", "")) if part)
    return found


def _toolkit(body: Json, base: Path, values: Json, resources: Json) -> Json:
    script = program(body)
    own = for_script(values)
    channels = {channel["ChannelName"]: _channel(channel) for channel in body.get("InputDataConfig", [])}
    found: Json = {
        "channel_input_dirs": {name: str(base / "input" / "data" / name) for name in channels},
        "current_host": HOST,
        "current_instance_group": GROUP,
        "current_instance_group_hosts": [HOST],
        "current_instance_type": resources["current_instance_type"],
        "distribution_instance_groups": [],
        "framework_module": None,
        "hosts": [HOST],
        "hyperparameters": own,
        "input_config_dir": str(base / "input" / "config"),
        "input_data_config": channels,
        "input_dir": str(base / "input"),
        "instance_groups": [GROUP],
        "instance_groups_dict": {GROUP: resources["instance_groups"][0]},
        "is_hetero": False,
        "is_master": True,
        "job_name": body["TrainingJobName"],
        "log_level": values.get("sagemaker_container_log_level", 20),
        "master_hostname": HOST,
        "model_dir": str(base / "model"),
        "module_dir": str(values.get(SUBMIT_DIRECTORY, base / "code")),
        "module_name": script.removesuffix(".py") if script else None,
        "network_interface_name": resources["network_interface_name"],
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": len(list(Path("/dev").glob("nvidia[0-9]*"))),
        "num_neurons": _neuron_cores(),
        "output_data_dir": str(base / "output" / "data"),
        "output_dir": str(base / "output"),
        "output_intermediate_dir": str(base / "output" / "intermediate"),
        "resource_config": resources,
        "user_entry_point": script,
        "additional_framework_parameters": {
            name: value
            for name, value in values.items()
            if name.startswith("sagemaker_") and name not in _NOT_FRAMEWORK
        },
    }
    only_there = ("channel_input_dirs", "hyperparameters", "additional_framework_parameters", "is_master", "job_name")
    return {
        **{name: value for name, value in found.items() if name not in (*only_there, "master_hostname")},
        "channels": sorted(channels),
        "framework_params": found["additional_framework_parameters"],
        "hps": own,
        "training_env": found,
        "user_args": arguments(own),
    }


def _neuron_cores() -> int:
    return sum(int(file.read_text()) for file in Path("/sys/devices/virtual/neuron_device").glob("neuron*/core_count"))


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))


def missing_data(objects: Objects, uri: str) -> bool:
    """Whether no object lies below an S3 prefix, or the bucket is not there."""
    bucket, key = bucket_and_key(uri, "S3Uri")
    try:
        return next(iter(objects.keys(bucket, key)), None) is None
    except NotFoundError:
        return True
