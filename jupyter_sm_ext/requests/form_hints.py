"""What a form shows first, and what it starts with: member paths by operation.

It is the only thing about forms that is declared; members, kinds, limits, values and words are botocore's model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Source(Enum):
    """Where a value comes from that depends on the connection in use."""

    NAME = "a new name, made from the resource's noun and the time"
    ROLE = "the connection's execution role"
    BUCKET = "the root of the connection's bucket, as an S3 URI"
    DOMAIN = "the first domain there is"
    PROFILE = "the first user profile of that domain"
    IMAGE = "on the local engine the image that runs Python itself; on AWS nothing"
    VPC = "the VPC of that domain"
    SUBNETS = "the subnets of that domain"


@dataclass(frozen=True)
class Hint:
    """One field of the first page.

    Parameters
    ----------
    path : str
        Its member, dotted.
    default : Source, str, int or bool, optional
        What it starts with.
    when : tuple of str, optional
        It is only there when the member of the first path has the second value.
    label : str, optional
        Where the member's own name says too little without the structures around it.
    """

    path: str
    default: Source | str | int | bool | None = None
    when: tuple[str, str] | None = None
    label: str | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the members that lead to it."""
        return tuple(self.path.split("."))


_DAY = 86_400
_HOUR = 3_600
_IDLE = "AppLifecycleManagement.IdleSettings"
_LAB = "JupyterLabAppSettings"
_EDITOR = "CodeEditorAppSettings"
_EBS = "SpaceSettings.SpaceStorageSettings.EbsStorageSettings.EbsVolumeSizeInGb"


def _app_of_space(default_instance: str | None) -> tuple[Hint, ...]:
    """Fields of the one app that a space has; each kind of app keeps them in settings of its own."""
    kind = "SpaceSettings.AppType"
    found: list[Hint] = []
    for value, settings in (("JupyterLab", _LAB), ("CodeEditor", _EDITOR)):
        inside = f"SpaceSettings.{settings}"
        found += [
            Hint(f"{inside}.DefaultResourceSpec.InstanceType", default_instance, when=(kind, value)),
            Hint(f"{inside}.{_IDLE}.IdleTimeoutInMinutes", when=(kind, value)),
            Hint(f"{inside}.DefaultResourceSpec.LifecycleConfigArn", when=(kind, value)),
        ]
    return tuple(found)


def _settings_of_users(inside: str) -> tuple[Hint, ...]:
    """What a domain or profile says of its users' apps."""
    managed = f"{inside}.{_LAB}.{_IDLE}.LifecycleManagement"
    return (
        Hint(f"{inside}.{_LAB}.DefaultResourceSpec.InstanceType", label="JupyterLab instance type"),
        Hint(managed, label="JupyterLab idle shutdown"),
        Hint(f"{inside}.{_LAB}.{_IDLE}.IdleTimeoutInMinutes", when=(managed, "ENABLED")),
        Hint(f"{inside}.{_LAB}.LifecycleConfigArns", label="JupyterLab lifecycle configurations"),
        Hint(f"{inside}.{_LAB}.CustomImages", label="JupyterLab custom images"),
    )


def _training(inside: str, hyperparameters: str) -> tuple[Hint, ...]:
    """Fields of a training job, or of the definition that a tuning job makes them from."""
    return (
        Hint(f"{inside}RoleArn", Source.ROLE),
        Hint(f"{inside}AlgorithmSpecification.TrainingImage", Source.IMAGE),
        Hint(f"{inside}AlgorithmSpecification.TrainingInputMode", "File"),
        Hint(f"{inside}{hyperparameters}"),
        Hint(f"{inside}InputDataConfig"),
        Hint(f"{inside}OutputDataConfig.S3OutputPath", Source.BUCKET),
        Hint(f"{inside}ResourceConfig.InstanceType", "ml.m5.large"),
        Hint(f"{inside}ResourceConfig.InstanceCount", 1),
        Hint(f"{inside}ResourceConfig.VolumeSizeInGB", 30),
        Hint(f"{inside}StoppingCondition.MaxRuntimeInSeconds", _DAY),
    )


_TUNING = "HyperParameterTuningJobConfig"

FIRST_PAGE: Mapping[str, tuple[Hint, ...]] = {
    "CreateDomain": (
        Hint("DomainName", Source.NAME),
        Hint("AuthMode", "IAM"),
        Hint("DefaultUserSettings.ExecutionRole", Source.ROLE),
        Hint("VpcId", Source.VPC),
        Hint("SubnetIds", Source.SUBNETS),
        Hint("AppNetworkAccessType"),
        *_settings_of_users("DefaultUserSettings"),
    ),
    "UpdateDomain": (
        Hint("DefaultUserSettings.ExecutionRole"),
        Hint("AppNetworkAccessType"),
        Hint("SubnetIds"),
        *_settings_of_users("DefaultUserSettings"),
    ),
    "CreateUserProfile": (
        Hint("UserProfileName", Source.NAME),
        Hint("DomainId", Source.DOMAIN),
        Hint("UserSettings.ExecutionRole"),
        *_settings_of_users("UserSettings"),
    ),
    "UpdateUserProfile": (Hint("UserSettings.ExecutionRole"), *_settings_of_users("UserSettings")),
    "CreateSpace": (
        Hint("SpaceName", Source.NAME),
        Hint("DomainId", Source.DOMAIN),
        Hint("OwnershipSettings.OwnerUserProfileName", Source.PROFILE, label="Owner"),
        Hint("SpaceSharingSettings.SharingType", "Private"),
        Hint("SpaceSettings.AppType", "JupyterLab"),
        *_app_of_space("ml.t3.medium"),
        Hint(_EBS, 5),
        Hint("SpaceSettings.RemoteAccess"),
    ),
    "UpdateSpace": (
        Hint("SpaceDisplayName"),
        *_app_of_space(None),
        Hint(_EBS),
        Hint("SpaceSettings.RemoteAccess"),
    ),
    "CreateApp": (
        Hint("DomainId", Source.DOMAIN),
        Hint("SpaceName"),
        Hint("UserProfileName"),
        Hint("AppType", "JupyterLab"),
        Hint("AppName", "default"),
        Hint("ResourceSpec.InstanceType", "ml.t3.medium"),
        Hint("ResourceSpec.SageMakerImageArn"),
        Hint("ResourceSpec.LifecycleConfigArn"),
    ),
    "CreateAlgorithm": (
        Hint("AlgorithmName", Source.NAME),
        Hint("AlgorithmDescription"),
        Hint("TrainingSpecification.TrainingImage", Source.IMAGE),
        Hint("TrainingSpecification.SupportedTrainingInstanceTypes"),
        Hint("TrainingSpecification.TrainingChannels"),
        Hint("TrainingSpecification.SupportedHyperParameters"),
        Hint("TrainingSpecification.MetricDefinitions"),
    ),
    "CreateTrainingJob": (Hint("TrainingJobName", Source.NAME), *_training("", "HyperParameters")),
    "CreateHyperParameterTuningJob": (
        Hint("HyperParameterTuningJobName", Source.NAME),
        Hint(f"{_TUNING}.Strategy", "Bayesian"),
        Hint(f"{_TUNING}.HyperParameterTuningJobObjective.MetricName", label="Objective metric"),
        Hint(f"{_TUNING}.HyperParameterTuningJobObjective.Type", "Maximize", label="Objective"),
        Hint("TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions"),
        Hint(f"{_TUNING}.ParameterRanges"),
        Hint(f"{_TUNING}.ResourceLimits.MaxNumberOfTrainingJobs", 10),
        Hint(f"{_TUNING}.ResourceLimits.MaxParallelTrainingJobs", 2),
        *_training("TrainingJobDefinition.", "StaticHyperParameters"),
    ),
    "CreateCompilationJob": (
        Hint("CompilationJobName", Source.NAME),
        Hint("RoleArn", Source.ROLE),
        Hint("InputConfig.S3Uri"),
        Hint("InputConfig.Framework"),
        Hint("InputConfig.DataInputConfig"),
        Hint("OutputConfig.S3OutputLocation", Source.BUCKET),
        Hint("OutputConfig.TargetDevice"),
        Hint("StoppingCondition.MaxRuntimeInSeconds", _HOUR),
    ),
    "CreateProcessingJob": (
        Hint("ProcessingJobName", Source.NAME),
        Hint("RoleArn", Source.ROLE),
        Hint("AppSpecification.ImageUri", Source.IMAGE),
        Hint("AppSpecification.ContainerEntrypoint"),
        Hint("AppSpecification.ContainerArguments"),
        Hint("ProcessingInputs"),
        Hint("ProcessingOutputConfig.Outputs"),
        Hint("ProcessingResources.ClusterConfig.InstanceType", "ml.m5.xlarge"),
        Hint("ProcessingResources.ClusterConfig.InstanceCount", 1),
        Hint("ProcessingResources.ClusterConfig.VolumeSizeInGB", 30),
        Hint("StoppingCondition.MaxRuntimeInSeconds", _DAY),
    ),
}
