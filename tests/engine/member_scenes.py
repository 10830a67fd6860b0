"""What requests must be besides what the model says, so that the engine takes all their members.

Members that exclude each other are in different scenes; together the scenes of an operation have every member that is
not refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from request_maker import OMIT, Json, Maker

from jupyter_sm_ext.model import get_model

BUCKET = "s3://sagemaker-us-east-1-000000000000"
ROLE = "arn:aws:iam::000000000000:role/SageMakerLocalRole"
ALGORITHM, PARENT = "completed", "parent"
OTHER_APPS = tuple(value for value in get_model().enum("AppType") if value not in ("JupyterLab", "CodeEditor"))
"""Those that a user profile can have."""
_METRICS = [{"Name": "score", "Regex": "score=(.*)"}]


def _in_turn(*values: Any) -> Any:
    return lambda turn: values[turn % len(values)]


_TRAINING: Json = {
    "RoleArn": ROLE,
    "AlgorithmSpecification.AlgorithmName": OMIT,
    "AlgorithmSpecification.TrainingImage": "local/python",
    "AlgorithmSpecification.MetricDefinitions": _METRICS,
    "InputDataConfig[].ChannelName": "train",
    "InputDataConfig[].DataSource.S3DataSource.S3Uri": f"{BUCKET}/manifest",
    "InputDataConfig[].DataSource.S3DataSource.S3DataType": _in_turn("S3Prefix", "ManifestFile"),
    "InputDataConfig[].DataSource.S3DataSource.AttributeNames": OMIT,
    "InputDataConfig[].InputMode": _in_turn("File", "FastFile"),
    "InputDataConfig[].CompressionType": "None",
    "InputDataConfig[].RecordWrapperType": "None",
    "InputDataConfig[].ShuffleConfig": OMIT,
    "S3DataSource.InstanceGroupNames": OMIT,
    "ResourceConfig.InstanceCount": 1,
    "ResourceConfig.InstanceGroups": OMIT,
    "InstanceGroups[].InstanceGroupName": "group",
    "InstanceGroups[].InstanceCount": 2,
    "OutputDataConfig.S3OutputPath": f"{BUCKET}/out",
    "CheckpointConfig.S3Uri": f"{BUCKET}/checkpoints",
    "CheckpointConfig.LocalPath": "/opt/ml/checkpoints/mine",
    "StoppingCondition.MaxRuntimeInSeconds": 60,
    # Spot instances, which only they wait for, or a warm pool.
    "EnableManagedSpotTraining": _in_turn(True, False),
    "ResourceConfig.KeepAlivePeriodInSeconds": _in_turn(OMIT, 60),
    "StoppingCondition.MaxWaitTimeInSeconds": _in_turn(90, OMIT),
    "ProfilerConfig.DisableProfiler": True,
    "HyperParameters": {"x": "1"},
}
_PIPE: Json = {
    "InputDataConfig[].DataSource.S3DataSource.S3DataType": _in_turn(
        "AugmentedManifestFile", "S3Prefix", "ManifestFile"
    ),
    "InputDataConfig[].DataSource.S3DataSource.AttributeNames": _in_turn(["source"], OMIT, OMIT),
    "InputDataConfig[].InputMode": "Pipe",
    "InputDataConfig[].CompressionType": None,
    "InputDataConfig[].RecordWrapperType": None,
    "InputDataConfig[].ShuffleConfig": None,
}
_GROUPS: Json = {
    "ResourceConfig.InstanceType": OMIT,
    "ResourceConfig.InstanceCount": OMIT,
    "ResourceConfig.InstanceGroups": None,
    "ResourceConfig.KeepAlivePeriodInSeconds": OMIT,
    "S3DataSource.InstanceGroupNames": ["group"],
}
_ALGORITHM: Json = {
    "AlgorithmSpecification.AlgorithmName": f"arn:aws:sagemaker:us-east-1:000000000000:algorithm/{ALGORITHM}",
    "AlgorithmSpecification.TrainingImage": OMIT,
    "AlgorithmSpecification.MetricDefinitions": OMIT,
    "AlgorithmSpecification.ContainerEntrypoint": OMIT,
    "AlgorithmSpecification.ContainerArguments": OMIT,
    "ResourceConfig.InstanceType": "ml.m5.large",
}
_TUNING: Json = {
    **_TRAINING,
    "TrainingJobDefinitions": OMIT,
    "TrainingJobDefinition.HyperParameterTuningResourceConfig": OMIT,
    "HyperParameterTuningJobConfig.Strategy": _in_turn("Bayesian", "Random"),
    "HyperParameterTuningJobConfig.StrategyConfig": OMIT,
    "HyperParameterTuningJobObjective.MetricName": "score",
    "ResourceLimits.MaxParallelTrainingJobs": 1,
    "ResourceLimits.MaxNumberOfTrainingJobs": 2,
    "IntegerParameterRanges[].Name": "n",
    "IntegerParameterRanges[].MinValue": "1",
    "IntegerParameterRanges[].MaxValue": "4",
    "ContinuousParameterRanges[].Name": "x",
    "ContinuousParameterRanges[].MinValue": "0.5",
    "ContinuousParameterRanges[].MaxValue": "0.75",
    "CategoricalParameterRanges[].Name": "c",
    "AutoParameters": OMIT,
    "StaticHyperParameters": {"sagemaker_program": "train.py", "epochs": "9"},
    "WarmStartConfig": OMIT,
}
_OTHER_RESOURCES: Json = {
    "TrainingJobDefinition.ResourceConfig": OMIT,
    "TrainingJobDefinition.HyperParameterTuningResourceConfig": None,
    "TrainingJobDefinitions[].ResourceConfig": OMIT,
    "TrainingJobDefinitions[].HyperParameterTuningResourceConfig": None,
    "HyperParameterTuningResourceConfig.InstanceCount": 1,
}
_SEVERAL: Json = {
    **_TUNING,
    "TrainingJobDefinition": OMIT,
    "TrainingJobDefinitions": None,
    "HyperParameterTuningJobObjective": OMIT,
    "HyperParameterTuningJobConfig.ParameterRanges": OMIT,
    "TrainingJobDefinitions[].HyperParameterTuningResourceConfig": OMIT,
    "TuningObjective.MetricName": "score",
}
_WARM: Json = {
    "WarmStartConfig": None,
    "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": PARENT}],
    "HyperParameterTuningJobObjective.Type": "Maximize",
    # Little of it may be another than the parent's.
    "TrainingJobDefinition": Maker("CreateHyperParameterTuningJob", _TUNING).request(0)["TrainingJobDefinition"],
}
_AUTO: Json = {
    "IntegerParameterRanges": OMIT,
    "ContinuousParameterRanges": OMIT,
    "CategoricalParameterRanges": OMIT,
    "AutoParameters": None,
    "AutoParameters[].Name": "auto",
    "AutoParameters[].ValueHint": "3",
}
_HYPERBAND: Json = {
    "HyperParameterTuningJobConfig.Strategy": "Hyperband",
    "HyperParameterTuningJobConfig.StrategyConfig": None,
    "HyperbandStrategyConfig.MinResource": 1,
    "HyperbandStrategyConfig.MaxResource": 9,
    "TrainingJobEarlyStoppingType": "Off",
}
_GRID: Json = {
    "HyperParameterTuningJobConfig.Strategy": "Grid",
    "IntegerParameterRanges": OMIT,
    "ContinuousParameterRanges": OMIT,
    "ResourceLimits.MaxNumberOfTrainingJobs": 1,
}
_OF_ONE = (_WARM, _AUTO, _HYPERBAND, _GRID, _OTHER_RESOURCES, _PIPE, _GROUPS, _ALGORITHM)
_OF_ALGORITHM: Json = {
    **_TRAINING,
    "ValidationSpecification.ValidationRole": ROLE,
    "TrainingSpecification.TrainingImage": "local/python",
    "TrainingSpecification.MetricDefinitions": _METRICS,
    "TrainingSpecification.SupportsDistributedTraining": True,
    "SupportedTuningJobObjectiveMetrics[].MetricName": "score",
    "SupportedHyperParameters[].Name": "x",
    "SupportedHyperParameters[].IsTunable": True,
    "SupportedHyperParameters[].Type": "FreeText",
    "SupportedHyperParameters[].Range": OMIT,
    "SupportedHyperParameters[].DefaultValue": "1",
    "TrainingChannels[].Name": "train",
    "TrainingChannels[].SupportedInputModes": ["Pipe", "File", "FastFile"],
    "TrainingChannels[].SupportedCompressionTypes": ["None", "Gzip"],
    "TrainingChannels[].SupportedContentTypes": [""],
    "TrainingJobDefinition.HyperParameters": {"x": "2"},
    "Containers[].ModelDataSource": OMIT,
    "StoppingCondition.MaxWaitTimeInSeconds": OMIT,
}


def _ranged(kind: str, **ends: Any) -> Json:
    return {
        "SupportedHyperParameters[].Type": kind,
        "SupportedHyperParameters[].Range": {f"{kind}ParameterRangeSpecification": ends},
    }


_COMPILATION: Json = {
    "RoleArn": ROLE,
    "InputConfig.S3Uri": f"{BUCKET}/model.tar.gz",
    "InputConfig.DataInputConfig": '{"x": [1, 3]}',
    "InputConfig.FrameworkVersion": OMIT,
    "OutputConfig.S3OutputLocation": f"{BUCKET}/out",
    "OutputConfig.CompilerOptions": OMIT,
    "OutputConfig.TargetPlatform": OMIT,
    "StoppingCondition.MaxRuntimeInSeconds": 60,
    "StoppingCondition.MaxWaitTimeInSeconds": 90,
}

_MEDIUM = "ml.t3.medium"
_APP: Json = {"ResourceSpec.LifecycleConfigArn": OMIT, "SpaceName": OMIT, "UserProfileName": "default"}

SCENES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "CreateDomain": [{}],
    "CreateUserProfile": [{}],
    "CreateSpace": [{"OwnershipSettings.OwnerUserProfileName": "default"}],
    "UpdateDomain": [{}],
    "UpdateUserProfile": [{}],
    "UpdateSpace": [{}],
    "CreateApp": [
        {**_APP, "AppType": "KernelGateway"},
        {**_APP, "AppType": lambda turn: OTHER_APPS[turn % len(OTHER_APPS)], "ResourceSpec.InstanceType": "system"},
        {
            "UserProfileName": OMIT,
            "AppType": _in_turn("JupyterLab", "CodeEditor"),
            "ResourceSpec.InstanceType": _MEDIUM,
        },
    ],
    "CreateTrainingJob": [_TRAINING, *({**_TRAINING, **more} for more in (_PIPE, _GROUPS, _ALGORITHM))],
    "CreateHyperParameterTuningJob": [
        _TUNING,
        *({**_TUNING, **more} for more in _OF_ONE),
        _SEVERAL,
        *({**_SEVERAL, **more} for more in (_AUTO, _OTHER_RESOURCES, _PIPE, _GROUPS, _ALGORITHM)),
    ],
    "CreateAlgorithm": [
        _OF_ALGORITHM,
        {**_OF_ALGORITHM, **_ranged("Integer", MinValue="1", MaxValue="9")},
        {**_OF_ALGORITHM, **_ranged("Continuous", MinValue="0.5", MaxValue="9")},
        {**_OF_ALGORITHM, **_ranged("Categorical", Values=["1", "2"])},
        {**_OF_ALGORITHM, **_GROUPS},
        {**_OF_ALGORITHM, **_PIPE},
        {**_OF_ALGORITHM, "Containers[].ModelDataSource": None, "Containers[].ModelDataUrl": OMIT},
    ],
    "CreateCompilationJob": [
        _COMPILATION,
        {**_COMPILATION, "OutputConfig.TargetPlatform": None, "OutputConfig.TargetDevice": OMIT},
        {
            **_COMPILATION,
            "InputConfig.Framework": _in_turn("MXNET", "PYTORCH", "TENSORFLOW", "TFLITE"),
            "InputConfig.FrameworkVersion": None,
            "OutputConfig.TargetDevice": "ml_trn1",
            "OutputConfig.CompilerOptions": '{"a": 1}',
        },
    ],
}
"""Rules of each scene, for `request_maker.Maker`."""
