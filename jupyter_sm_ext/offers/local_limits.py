"""What the local engine cannot do of training and processing jobs, by the member of the request, and why.

One place for both sides: the engine refuses by it, `launch` tells it before anything is uploaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]


def given(value: Any) -> bool:
    """Whether a member says anything."""
    return bool(value)


_CHOSEN_PROFILING = {"ProfilingIntervalInMilliseconds", "ProfilingParameters"}
Limits = tuple[tuple[str, Callable[[Any], bool], str], ...]
"""Member, what of it the local engine cannot do, and why. "[]" goes through a list."""

_LIMITS: Limits = (
    ("AlgorithmSpecification.TrainingImageConfig", given, "it pulls no images"),
    ("AlgorithmSpecification.EnableSageMakerMetricsTimeSeries", given, "metrics are in the job's log"),
    ("InputDataConfig[].DataSource.FileSystemDataSource", given, "it has S3 only"),
    ("InputDataConfig[].DataSource.DatasetSource", given, "it has S3 only"),
    (
        "InputDataConfig[].DataSource.S3DataSource.S3DataType",
        lambda value: value not in ("S3Prefix", "ManifestFile", "AugmentedManifestFile"),
        "it has S3Prefix, ManifestFile and AugmentedManifestFile",
    ),
    ("InputDataConfig[].DataSource.S3DataSource.ModelAccessConfig", given, "it has no model hub"),
    ("InputDataConfig[].DataSource.S3DataSource.HubAccessConfig", given, "it has no model hub"),
    ("OutputDataConfig.KmsKeyId", given, "it has no keys"),
    ("ResourceConfig.VolumeKmsKeyId", given, "it has no keys"),
    ("ResourceConfig.TrainingPlanArn", given, "it has no training plans"),
    ("ResourceConfig.InstancePlacementConfig", given, "it places no instances"),
    ("ResourceConfig.InstancePreferences", given, "it takes one InstanceType"),
    ("ResourceConfig.SelectedInstanceType", given, "it takes InstanceType"),
    ("ResourceConfig.SelectedInstanceCount", given, "it takes InstanceCount"),
    ("VpcConfig", given, "jobs use this machine's network"),
    ("DebugRuleConfigurations", given, "it runs no debugger rules"),
    ("TensorBoardOutputConfig", given, "it stores no TensorBoard output"),
    ("ExperimentConfig", given, "it has no experiments"),
    # Without these it is what the SageMaker SDK sends unasked; Describe says then that nothing is profiled.
    (
        "ProfilerConfig",
        lambda value: not value.get("DisableProfiler") and bool(value.keys() & _CHOSEN_PROFILING),
        "it has no profiler; set DisableProfiler",
    ),
    ("ProfilerRuleConfigurations", given, "it runs no profiler rules"),
    ("RemoteDebugConfig.EnableRemoteDebug", given, "a job is a process on this machine already"),
    ("InfraCheckConfig.EnableInfraCheck", given, "it has no instances to check"),
    ("SessionChainingConfig.EnableSessionTagChaining", given, "it has no sessions"),
    ("ServerlessJobConfig", given, "it has no serverless jobs"),
    ("MlflowConfig", given, "it has no MLflow"),
    ("ModelPackageConfig", given, "it has no model packages"),
)


PROCESSING: Limits = (
    ("ProcessingInputs[].DatasetDefinition", given, "it has S3 only"),
    ("ProcessingInputs[].S3Input.S3InputMode", lambda value: value != "File", "it has File"),
    ("ProcessingInputs[].S3Input.S3CompressionType", lambda value: value != "None", "this goes with Pipe only"),
    ("ProcessingOutputConfig.KmsKeyId", given, "it has no keys"),
    ("ProcessingOutputConfig.Outputs[].FeatureStoreOutput", given, "it has no feature store"),
    ("ProcessingResources.ClusterConfig.VolumeKmsKeyId", given, "it has no keys"),
    ("ProcessingResources.ClusterConfig.InstancePreferences", given, "it takes one InstanceType"),
    ("ProcessingResources.ClusterConfig.SelectedInstanceType", given, "it takes InstanceType"),
    ("ProcessingResources.ClusterConfig.SelectedInstanceCount", given, "it takes InstanceCount"),
    ("ProcessingResources.ClusterConfig.TrainingPlanArn", given, "it has no training plans"),
    ("NetworkConfig.VpcConfig", given, "jobs use this machine's network"),
    ("ExperimentConfig", given, "it has no experiments"),
)
"""Of processing jobs."""


def refused(request: Json, limits: Limits = _LIMITS) -> Iterator[tuple[str, str]]:
    """Members of a request that the local engine refuses, each with the reason.

    Parameters
    ----------
    request : dict
        A CreateTrainingJob request or a part of another with the same members.
    limits : tuple, optional
        Those of another kind of request.
    """
    for path, hurts, reason in limits:
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
