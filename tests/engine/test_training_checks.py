"""What CreateTrainingJob gives back, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from jobs_harness import BUCKET, Harness

from jupyter_sm_ext.errors import ValidationError

Json = dict[str, Any]


GROUP = {"InstanceGroupName": "g", "InstanceType": "ml.m5.large", "InstanceCount": 1}


def test_every_member_comes_back(harness: Harness) -> None:
    uri = harness.put("data/a", b"x")
    given = harness.request(
        "all",
        "pass",
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "CompressionType": "None",
                "RecordWrapperType": "None",
                "InputMode": "File",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": uri,
                        "S3DataDistributionType": "ShardedByS3Key",
                    }
                },
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/o", "CompressionType": "GZIP", "KmsKeyId": ""},
        StoppingCondition={"MaxRuntimeInSeconds": 99, "MaxPendingTimeInSeconds": 7200},
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/c", "LocalPath": "/opt/ml/checkpoints"},
        DebugHookConfig={"S3OutputPath": f"s3://{BUCKET}/d", "CollectionConfigurations": []},
        ProfilerConfig={"DisableProfiler": True},
        RetryStrategy={"MaximumRetryAttempts": 2},
        RemoteDebugConfig={"EnableRemoteDebug": False},
        InfraCheckConfig={"EnableInfraCheck": False},
        EnableNetworkIsolation=False,
        EnableInterContainerTrafficEncryption=True,
        EnableManagedSpotTraining=False,
        Environment={"A": "b"},
        Tags=[{"Key": "k", "Value": "v"}],
    )
    harness.call("CreateTrainingJob", **given)
    found = harness.over("all")
    assert found["TrainingJobStatus"] == "Completed"
    del given["Tags"]
    assert {name: found.get(name) for name in given} == given


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"AlgorithmSpecification": {"AlgorithmName": "mine"}}, "AlgorithmSpecification.AlgorithmName"),
        ({"AlgorithmSpecification": {"ContainerArguments": ["x"]}}, "AlgorithmSpecification.ContainerArguments"),
        ({"AlgorithmSpecification": {"MetricDefinitions": [{"Name": "m", "Regex": "("}]}}, "metric definition m"),
        ({"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 21}}, "at most 20 instances a job"),
        ({"ResourceConfig": {"InstanceCount": 1, "InstanceGroups": [GROUP]}}, "cannot be given with"),
        ({"ResourceConfig": {"InstanceGroups": [GROUP, GROUP]}}, "must be unique"),
        ({"ResourceConfig": {"InstanceCount": 1}}, "ResourceConfig.InstanceType"),
        ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, "VpcConfig"),
        (
            {"EnableManagedSpotTraining": True},
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds",
        ),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59},
            },
            "Invalid MaxWaitTimeInSeconds. It must be present",
        ),
        (
            {"EnableManagedSpotTraining": True, "StoppingCondition": {"MaxWaitTimeInSeconds": 86_399}},
            "Invalid MaxWaitTimeInSeconds. It must be present",
        ),
        ({"ProfilerConfig": {"S3OutputPath": "s3://b/p", "ProfilingIntervalInMilliseconds": 500}}, "ProfilerConfig"),
        ({"ExperimentConfig": {"ExperimentName": "e"}}, "ExperimentConfig"),
        ({"OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/o", "KmsKeyId": "k"}}, "OutputDataConfig.KmsKeyId"),
        ({"OutputDataConfig": {"S3OutputPath": "s3://no-such-bucket/o"}}, "no-such-bucket does not exist"),
        ({"OutputDataConfig": {"S3OutputPath": "https://x.invalid/o"}}, "OutputDataConfig.S3OutputPath"),
        ({"CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/a/../../../x"}}, "CheckpointConfig.S3Uri"),
        (
            {"OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}//o", "CompressionType": "NONE"}},
            "OutputDataConfig.S3OutputPath",
        ),
        ({"CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/c", "LocalPath": "/tmp"}}, "CheckpointConfig.LocalPath"),
        (
            {"CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/c", "LocalPath": "/opt/ml/../x"}},
            "CheckpointConfig.LocalPath",
        ),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}},
            "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true",
        ),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 28 * 86_400 + 1}}, "StoppingCondition.MaxRuntimeInSeconds"),
        ({"HyperParameters": {"sagemaker_program": '"../../train.py"'}}, "sagemaker_program"),
        ({"HyperParameters": {"sagemaker_program": "/bin/sh"}}, "sagemaker_program"),
        ({"HyperParameters": {"x": "a\0b"}}, "NUL"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(harness: Harness, members: Json, named: str) -> None:
    with pytest.raises(ValidationError) as caught:
        harness.create("no", "", **members)
    assert named in str(caught.value)
    with pytest.raises(ValidationError, match="not found"):
        harness.describe("no")


@pytest.mark.parametrize(
    ("channel", "named"),
    [
        ({"CompressionType": "Gzip"}, "CompressionType Gzip of the channel train goes with input mode Pipe"),
        ({"RecordWrapperType": "RecordIO"}, "RecordWrapperType RecordIO of the channel train goes with"),
        ({"ShuffleConfig": {"Seed": 1}}, "ShuffleConfig of the channel train goes with"),
        ({"ChannelName": ".."}, "cannot be called"),
        (
            {"DataSource": {"S3DataSource": {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://b/m"}}},
            "AttributeNames",
        ),
        (
            {"DataSource": {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/data"}}},
            "No S3 objects found",
        ),
        (
            {
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": f"s3://{BUCKET}/data",
                        "InstanceGroupNames": ["other"],
                    }
                }
            },
            "no instance group other",
        ),
    ],
)
def test_channels_that_cannot_be_done(harness: Harness, channel: Json, named: str) -> None:
    uri = harness.put("data/a", b"x")
    plain = {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
    with pytest.raises(ValidationError) as caught:
        harness.create("no", "", InputDataConfig=[{**plain, **channel}])
    assert named in str(caught.value)
    with pytest.raises(ValidationError, match="more than once"):
        harness.create("no", "", InputDataConfig=[plain, plain])


@pytest.mark.parametrize("uri", [f"s3://{BUCKET}/nothing/", "s3://no-such-bucket/x"])
def test_no_input_data(harness: Harness, uri: str) -> None:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    with pytest.raises(ValidationError) as caught:
        harness.create("no", "", InputDataConfig=[{"ChannelName": "train", "DataSource": source}])
    bucket = uri.split("/")[2]
    assert str(caught.value) == (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists in '
        "the selected region (us-east-1), that objects exist under that S3 prefix, and that the role "
        f'"{harness.engine.role_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
    )
