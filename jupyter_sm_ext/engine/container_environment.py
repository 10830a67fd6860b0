"""The variables that a script finds, by the names of the sagemaker-training toolkit (its ``environment.py``)."""

from __future__ import annotations

import json
import os
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import inputs
from jupyter_sm_ext.engine.hosts import Host
from jupyter_sm_ext.engine.inherited import inherited
from jupyter_sm_ext.engine.script import PROGRAM, SUBMIT_DIRECTORY, arguments, for_script, hyperparameters, program

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

Json = dict[str, Any]

LOOPBACK = "127.0.0.1"

# What the toolkit keeps for itself (its params.py) of the names that begin with "sagemaker_".
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


def inherits() -> list[str]:
    """Names of the engine's variables that every command finds, too: they are no file's, where they would stay."""
    return sorted(inherited(_NOT_INHERITED))


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
    return port


def of_any_job(engine: Engine, *, python: str, isolated: bool) -> dict[str, str]:
    """What the command of any job finds beside what it inherits: its interpreter, and how to reach the engine.

    Parameters
    ----------
    engine : Engine
        Its context.
    python : str
        The interpreter.
    isolated : bool
        Whether it has no network.
    """
    found = {"PYTHONUNBUFFERED": "1", "AWS_REGION": engine.region, "AWS_DEFAULT_REGION": engine.region}
    if Path(python).is_absolute():  # what a script calls "python" or "pip" is then the same
        path = inherited(_NOT_INHERITED).get("PATH", os.defpath)
        found["PATH"] = os.pathsep.join([str(Path(python).parent), path])
    # "No AWS credentials are made available to the container runtime" of an isolated job (developer guide).
    if not isolated:
        found["AWS_ACCESS_KEY_ID"] = engine.keys.access_key_id
        found["AWS_SECRET_ACCESS_KEY"] = engine.keys.secret_access_key
        for service in ("SAGEMAKER", "S3", "STS", "CLOUDWATCH_LOGS") if engine.endpoint_url else ():
            found[f"AWS_ENDPOINT_URL_{service}"] = engine.endpoint_url
    return found


def variables(
    engine: Engine, body: Json, base: Path, host: Host, resources: Json, *, python: str, port: int
) -> dict[str, str]:
    """The variables of the command on an instance, but for what it inherits.

    Parameters
    ----------
    engine : Engine
        Its context.
    body : dict
        The job as Describe has it.
    base : Path
        What is ``/opt/ml`` on that instance.
    host : Host
        The instance.
    resources : dict
        Its ``resourceconfig.json``.
    python : str
        The interpreter.
    port : int
        A free one, for the first instance of several to listen on.
    """
    values, channels = hyperparameters(body), [channel["ChannelName"] for channel in inputs.of_host(body, host)]
    found = of_any_job(engine, python=python, isolated=body["EnableNetworkIsolation"])
    found |= {
        "TRAINING_JOB_NAME": body["TrainingJobName"],
        "TRAINING_JOB_ARN": body["TrainingJobArn"],
        "SAGEMAKER_BASE_DIR": str(base),
        "CURRENT_HOST": host.name,
        "SAGEMAKER_REGION": engine.region,
    }
    if len(resources["hosts"]) > 1:
        # This machine resolves no names like algo-1, and making it do so takes its administrator.
        found |= {"MASTER_ADDR": LOOPBACK, "MASTER_PORT": str(port)}
    found |= body.get("Environment", {})
    found |= {f"SM_{name.upper()}": _text(value) for name, value in _toolkit(body, base, host, resources).items()}
    found |= {f"SM_CHANNEL_{name.upper()}": str(base / "input" / "data" / name) for name in channels}
    if len(resources["hosts"]) > 1:
        found["SM_LOCAL_HOSTS"] = _text(dict.fromkeys(resources["hosts"], LOOPBACK))
    for name, value in for_script(values).items():
        if name and "=" not in name:
            found[f"SM_HP_{name.upper()}"] = _text(value)
    before = {**inherited(_NOT_INHERITED), **found}.get("PYTHONPATH", "")
    found["PYTHONPATH"] = os.pathsep.join(part for part in (str(base / "code"), before) if part)
    return found


def _toolkit(body: Json, base: Path, host: Host, resources: Json) -> Json:
    script, values = program(body), hyperparameters(body)
    own = for_script(values)
    channels = {channel["ChannelName"]: inputs.told(body, channel) for channel in inputs.of_host(body, host)}
    groups = {group["instance_group_name"]: group for group in resources["instance_groups"]}
    found: Json = {
        "channel_input_dirs": {name: str(base / "input" / "data" / name) for name in channels},
        "current_host": host.name,
        "current_instance_group": host.group,
        "current_instance_group_hosts": groups[host.group]["hosts"],
        "current_instance_type": resources["current_instance_type"],
        "distribution_instance_groups": [],
        "framework_module": None,
        "hosts": resources["hosts"],
        "hyperparameters": own,
        "input_config_dir": str(base / "input" / "config"),
        "input_data_config": channels,
        "input_dir": str(base / "input"),
        "instance_groups": list(groups),
        "instance_groups_dict": groups,
        "is_hetero": len(groups) > 1,
        "is_master": host.name == resources["hosts"][0],
        "job_name": body["TrainingJobName"],
        "log_level": values.get("sagemaker_container_log_level", 20),
        "master_hostname": resources["hosts"][0],
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
