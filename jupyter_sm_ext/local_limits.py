"""What the local engine cannot do of training jobs, by the member of the request, and why.

One place for both sides: the engine refuses by it, `launch` tells it before anything is uploaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]


def _given(value: Any) -> bool:
    return bool(value)


_CHOSEN_PROFILING = {"ProfilingIntervalInMilliseconds", "ProfilingParameters"}
# Member, what of it the local engine cannot do, and why. "[]" goes through a list.
_LIMITS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("AlgorithmSpecification.TrainingImageConfig", _given, "it pulls no images"),
    ("AlgorithmSpecification.EnableSageMakerMetricsTimeSeries", _given, "metrics are in the job's log"),
    ("InputDataConfig[].DataSource.FileSystemDataSource", _given, "it has S3 only"),
    ("InputDataConfig[].DataSource.DatasetSource", _given, "it has S3 only"),
    (
        "InputDataConfig[].DataSource.S3DataSource.S3DataType",
        lambda value: value not in ("S3Prefix", "ManifestFile", "AugmentedManifestFile"),
        "it has S3Prefix, ManifestFile and AugmentedManifestFile",
    ),
    ("InputDataConfig[].DataSource.S3DataSource.ModelAccessConfig", _given, "it has no model hub"),
    ("InputDataConfig[].DataSource.S3DataSource.HubAccessConfig", _given, "it has no model hub"),
    ("OutputDataConfig.KmsKeyId", _given, "it has no keys"),
    ("ResourceConfig.VolumeKmsKeyId", _given, "it has no keys"),
    ("ResourceConfig.TrainingPlanArn", _given, "it has no training plans"),
    ("ResourceConfig.InstancePlacementConfig", _given, "it places no instances"),
    ("ResourceConfig.InstancePreferences", _given, "it takes one InstanceType"),
    ("ResourceConfig.SelectedInstanceType", _given, "it takes InstanceType"),
    ("ResourceConfig.SelectedInstanceCount", _given, "it takes InstanceCount"),
    ("VpcConfig", _given, "jobs use this machine's network"),
    ("DebugRuleConfigurations", _given, "it runs no debugger rules"),
    ("TensorBoardOutputConfig", _given, "it stores no TensorBoard output"),
    ("ExperimentConfig", _given, "it has no experiments"),
    # Without these it is what the SageMaker SDK sends unasked; Describe says then that nothing is profiled.
    (
        "ProfilerConfig",
        lambda value: not value.get("DisableProfiler") and bool(value.keys() & _CHOSEN_PROFILING),
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


def refused(request: Json) -> Iterator[tuple[str, str]]:
    """Members of a request that the local engine refuses, each with the reason.

    Parameters
    ----------
    request : dict
        A CreateTrainingJob request or a part of another with the same members.
    """
    for path, hurts, reason in _LIMITS:
        if any(hurts(value) for value in _values(request, path.split("."))):
            yield path.replace("[]", ""), f"the local engine cannot do this: {reason}."


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
