"""Members of algorithms and compilation jobs: each is given back by Describe, or refused by its name - none is lost."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import StructureShape
from local_engine_parts import Parts
from member_walk import at, leaves, sample, with_value

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.model import get_model

Json = dict[str, Any]
ROLE = "arn:aws:iam::000000000000:role/SageMakerLocalRole"
BUCKET = "s3://sagemaker-us-east-1-000000000000"
_PROFILE = "ValidationSpecification.ValidationProfiles[].TrainingJobDefinition"

REQUESTS: dict[str, Json] = {
    "Algorithm": {
        "TrainingSpecification": {
            "TrainingImage": "local/python",
            "SupportedTrainingInstanceTypes": ["ml.m5.large"],
            "TrainingChannels": [
                {"Name": "train", "SupportedContentTypes": [], "SupportedInputModes": ["File", "FastFile"]}
            ],
            "MetricDefinitions": [{"Name": "score", "Regex": "score=(.*)"}],
            "SupportedHyperParameters": [{"Name": "x", "Type": "FreeText", "IsTunable": True}],
            "SupportedTuningJobObjectiveMetrics": [{"Type": "Maximize", "MetricName": "score"}],
        },
        "InferenceSpecification": {
            "Containers": [{"Image": "image"}],
            "SupportedTransformInstanceTypes": ["ml.m5.large"],
        },
        "ValidationSpecification": {
            "ValidationRole": ROLE,
            "ValidationProfiles": [
                {
                    "ProfileName": "profile",
                    "TrainingJobDefinition": {
                        "TrainingInputMode": "File",
                        "HyperParameters": {"x": "1"},
                        "InputDataConfig": [
                            {
                                "ChannelName": "train",
                                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{BUCKET}/one"}},
                            }
                        ],
                        "OutputDataConfig": {"S3OutputPath": f"{BUCKET}/out"},
                        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
                        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
                    },
                }
            ],
        },
    },
    "CompilationJob": {
        "RoleArn": ROLE,
        "InputConfig": {"S3Uri": f"{BUCKET}/one", "Framework": "PYTORCH"},
        "OutputConfig": {"S3OutputLocation": f"{BUCKET}/out", "TargetDevice": "ml_trn1"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    },
}
# Values that mean something, by the end of the path.
VALUES: dict[str, Any] = {
    "CertifyForMarketplace": False,
    "Digest": f"sha256:{'0' * 64}",
    "SupportedHyperParameters[].Name": "x",
    "SupportedHyperParameters[].Type": "FreeText",
    "SupportedHyperParameters[].DefaultValue": "1",
    "MetricDefinitions[].Name": "score",
    "SupportedTuningJobObjectiveMetrics[].MetricName": "score",
    "SupportedTuningJobObjectiveMetrics[].Type": "Maximize",
    "TrainingChannels[].Name": "train",
    "SupportedInputModes": ["File"],
    "TrainingInputMode": "File",
    "TrainingJobDefinition.HyperParameters": {"x": "2"},
    "InputDataConfig[].InputMode": "File",
    "InputDataConfig[].ChannelName": "train",
    "S3DataSource.S3DataType": "S3Prefix",
    "ResourceConfig.InstanceType": "ml.m5.large",
    "ResourceConfig.InstanceCount": 1,
    "SupportedTrainingInstanceTypes": ["ml.m5.large", "ml.trn1.2xlarge"],
    "OutputConfig.CompilerOptions": '{"a": 1}',
    "StoppingCondition.MaxWaitTimeInSeconds": 90,
}
# Members that may be refused, with all that is in them. Whoever makes one work takes it off this list.
REFUSED = {
    "Algorithm": (
        "TrainingSpecification.AdditionalS3DataSource",
        "ValidationSpecification.ValidationProfiles[].TransformJobDefinition",
        # one of a kind, and the one of the type
        "TrainingSpecification.SupportedHyperParameters[].Range",
        "InferenceSpecification.Containers[].ModelDataSource",
        # what a training job may not have
        f"{_PROFILE}.InputDataConfig[].DataSource.S3DataSource",
        f"{_PROFILE}.InputDataConfig[].DataSource.FileSystemDataSource",
        f"{_PROFILE}.InputDataConfig[].DataSource.DatasetSource",
        f"{_PROFILE}.InputDataConfig[].CompressionType",
        f"{_PROFILE}.InputDataConfig[].RecordWrapperType",
        f"{_PROFILE}.InputDataConfig[].ShuffleConfig",
        f"{_PROFILE}.OutputDataConfig.KmsKeyId",
        f"{_PROFILE}.ResourceConfig",
        f"{_PROFILE}.StoppingCondition.MaxWaitTimeInSeconds",
    ),
    "CompilationJob": ("ModelPackageVersionArn", "OutputConfig.TargetPlatform", "OutputConfig.KmsKeyId", "VpcConfig"),
}


@pytest.mark.parametrize("noun", REQUESTS)
def test_no_member_of_theirs_is_lost(parts: Parts, noun: str) -> None:
    file = parts.engine.objects.path(parts.engine.bucket, "one")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"data")
    shape = get_model().operation(f"Create{noun}").input_shape
    assert isinstance(shape, StructureShape)
    kept, wrong = [], []
    for number, (path, leaf) in enumerate(leaves(shape, lists=True)):
        if path[0] in ("Tags", f"{noun}Name"):
            continue
        written = ".".join(path).replace(".[]", "[]")
        value = next((VALUES[end] for end in VALUES if written.endswith(end)), None)
        value = sample(leaf) if value is None else value
        key = {f"{noun}Name": f"one-{number}"}
        before = parts.engine.store.database.total_changes
        try:
            parts.call(f"Create{noun}", **{**with_value(shape, REQUESTS[noun], path, value), **key})
        except ValidationError as error:
            named = any(part.lower() in error.message.lower() for part in path if part != "[]")
            allowed = written.startswith(REFUSED[noun]) and "validation error" not in error.message
            if not (named and allowed) or parts.engine.store.database.total_changes != before:
                wrong.append(f"{written} is refused: {error.message}")
            continue
        if at(parts.call(f"Describe{noun}", **key), path) == value:
            kept.append(written)
        else:
            wrong.append(f"{written} is not given back")
    assert "\n".join(wrong) == ""
    assert len(kept) > (8 if noun == "CompilationJob" else 40)
