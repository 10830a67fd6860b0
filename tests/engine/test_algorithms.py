"""Algorithms: what they must be, their validation by real training jobs, and jobs made by their name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from deadly import Killed, deadly
from engine_process import EngineProcess
from engine_process import until as wait_until
from jobs_harness import BUCKET, FOREVER, Harness, up

from jupyter_sm_ext.engine.algorithms.family import Algorithms
from jupyter_sm_ext.engine.context import Engine
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.engine.tuning import TuningJobs
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError

Json = dict[str, Any]
ARN = "arn:aws:sagemaker:us-east-1:000000000000:algorithm/"
SCRIPT = """
import json, os, sys
values = json.loads(os.environ["SM_HPS"])
assert os.listdir(os.environ["SM_CHANNEL_TRAIN"]) == ["data.csv"]
if values["lr"] > 0.85:
    sys.exit("lr is too high")
print(f"score={values['lr']};", values)
"""
METRICS = [{"Name": "score", "Regex": "score=([0-9.]+);"}]
HYPERPARAMETERS: list[Json] = [
    {
        "Name": "lr",
        "Description": "Learning rate",
        "Type": "Continuous",
        "Range": {"ContinuousParameterRangeSpecification": {"MinValue": "0.1", "MaxValue": "0.9"}},
        "IsTunable": True,
        "IsRequired": True,
    },
    {
        "Name": "depth",
        "Type": "Integer",
        "Range": {"IntegerParameterRangeSpecification": {"MinValue": "1", "MaxValue": "10"}},
        "IsTunable": True,
        "DefaultValue": "5",
    },
    {
        "Name": "loss",
        "Type": "Categorical",
        "Range": {"CategoricalParameterRangeSpecification": {"Values": ["l1", "l2"]}},
        "IsTunable": False,
    },
    {"Name": "sagemaker_program", "Type": "FreeText", "DefaultValue": '"train.py"'},
]
CHANNELS: list[Json] = [
    {
        "Name": "train",
        "IsRequired": True,
        "SupportedContentTypes": ["text/csv"],
        "SupportedInputModes": ["File"],
    },
    {
        "Name": "more",
        "SupportedContentTypes": [],
        "SupportedCompressionTypes": ["None", "Gzip"],
        "SupportedInputModes": ["Pipe"],
    },
]


class Publishing(Harness):
    """An engine with algorithms."""

    def __init__(self, data_dir: Path) -> None:
        def algorithms(engine: Engine) -> Algorithms:
            return Algorithms(engine, self.training)

        def tuning(engine: Engine) -> TuningJobs:
            return TuningJobs(engine, self.training)

        super().__init__(data_dir, tuning, algorithms, grace=0.2)
        self.data = self.put("data/data.csv", b"1,2\n")

    def algorithm(self, name: str, script: str = SCRIPT, profile: Json | None = None, **training: Any) -> Json:
        """A CreateAlgorithm request, with a validation profile if its hyperparameters are given."""
        source = {"Name": "sagemaker_submit_directory", "Type": "FreeText"}
        source["DefaultValue"] = json.dumps(self.source(script))
        request: Json = {
            "AlgorithmName": name,
            "AlgorithmDescription": "Finds out",
            "TrainingSpecification": {
                "TrainingImage": "local/python",
                "SupportedHyperParameters": [*HYPERPARAMETERS, source],
                "SupportedTrainingInstanceTypes": ["ml.m5.large", "ml.trn1.2xlarge"],
                "SupportsDistributedTraining": False,
                "MetricDefinitions": METRICS,
                "TrainingChannels": CHANNELS,
                "SupportedTuningJobObjectiveMetrics": [{"Type": "Maximize", "MetricName": "score"}],
                **training,
            },
        }
        if profile is not None:
            definition = self.members(HyperParameters=profile, TrainingInputMode="File")
            role = definition.pop("RoleArn")
            request["ValidationSpecification"] = {
                "ValidationRole": role,
                "ValidationProfiles": [{"ProfileName": "smoke", "TrainingJobDefinition": definition}],
            }
        return request

    def members(self, **more: Any) -> Json:
        """What a training job needs besides its name and its algorithm."""
        return {
            "RoleArn": self.engine.role_arn,
            "InputDataConfig": [self.channel()],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **more,
        }

    def channel(self, name: str = "train", **more: Any) -> Json:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data/"}
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}

    def job(self, name: str, algorithm: str, values: Json | None = None, **more: Any) -> Json:
        specification = {
            "AlgorithmName": algorithm,
            "TrainingInputMode": "File",
            **more.pop("AlgorithmSpecification", {}),
        }
        values = {"lr": "0.5"} if values is None else values
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": specification,
            "HyperParameters": values,
            **self.members(**more),
        }

    def of(self, name: str) -> Json:
        return self.call("DescribeAlgorithm", AlgorithmName=name)

    def published(self, request: Json) -> Json:
        """Describe response of an algorithm that was validated."""
        self.call("CreateAlgorithm", **request)
        name = request["AlgorithmName"]
        found: Json = self.until(
            lambda: one if (one := self.of(name))["AlgorithmStatus"] in ("Completed", "Failed") else None
        )
        return found

    def tuning_job(self, name: str, ranges: Json, static: Json | None = None, **config: Any) -> Json:
        return {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": ranges,
                **config,
            },
            "TrainingJobDefinition": {
                "AlgorithmSpecification": {"AlgorithmName": "known", "TrainingInputMode": "File"},
                "StaticHyperParameters": static or {},
                **self.members(),
            },
        }


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publishing]:
    """An engine with the algorithm "known"."""
    made = Publishing(tmp_path_factory.mktemp("algorithms") / "data")
    assert made.published(made.algorithm("known"))["AlgorithmStatus"] == "Completed"
    yield made
    made.close()


# The thing itself


def test_it_is_described_and_listed(shared: Publishing) -> None:
    request = shared.algorithm(
        "whole",
        TrainingImageDigest="sha256:" + "0" * 64,
    )
    request["InferenceSpecification"] = {
        "Containers": [{"Image": "i", "ModelInput": {"DataInputConfig": "{}"}}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
        "SupportedTransformInstanceTypes": ["ml.m5.large"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
    }
    assert shared.call("CreateAlgorithm", **request) == {"AlgorithmArn": f"{ARN}whole"}
    found = shared.of("whole")
    assert {name: found[name] for name in request} == request
    assert found["AlgorithmStatus"] == "Pending"
    assert found["AlgorithmStatusDetails"] == {"ValidationStatuses": [], "ImageScanStatuses": []}
    assert shared.of(f"{ARN}whole") == found
    shared.until(lambda: shared.of("whole")["AlgorithmStatus"] == "Completed")
    (row,) = shared.call("ListAlgorithms", NameContains="whol")["AlgorithmSummaryList"]
    assert row == {
        "AlgorithmName": "whole",
        "AlgorithmArn": f"{ARN}whole",
        "AlgorithmDescription": "Finds out",
        "CreationTime": found["CreationTime"],
        "AlgorithmStatus": "Completed",
    }
    names = [
        row["AlgorithmName"]
        for row in shared.call("ListAlgorithms", SortBy="Name", SortOrder="Descending")["AlgorithmSummaryList"]
    ]
    assert names == sorted(names, reverse=True)
    with pytest.raises(ConflictError, match="already exists") as taken:
        shared.call("CreateAlgorithm", **request)
    assert taken.value.code == "ValidationException"
    shared.call("DeleteAlgorithm", AlgorithmName="whole")
    for operation in ("DescribeAlgorithm", "DeleteAlgorithm"):
        with pytest.raises(ValidationError) as gone:
            shared.call(operation, AlgorithmName="whole")
        assert gone.value.message == f"Algorithm {ARN}whole does not exist."


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (
            {"SupportedHyperParameters": [*HYPERPARAMETERS, HYPERPARAMETERS[0]]},
            "the hyperparameter name lr must be unique",
        ),
        (
            {"SupportedHyperParameters": [{**HYPERPARAMETERS[0], "Type": "Integer"}]},
            "the Range of the hyperparameter lr must be IntegerParameterRangeSpecification, as its Type is Integer",
        ),
        (
            {"SupportedHyperParameters": [{**HYPERPARAMETERS[0], "Type": "FreeText"}]},
            "the Range of the hyperparameter lr must be absent",
        ),
        (
            {
                "SupportedHyperParameters": [
                    {
                        **HYPERPARAMETERS[1],
                        "Range": {"IntegerParameterRangeSpecification": {"MinValue": "9", "MaxValue": "1"}},
                    }
                ]
            },
            "MinValue that is not greater than its MaxValue",
        ),
        (
            {
                "SupportedHyperParameters": [
                    {
                        **HYPERPARAMETERS[1],
                        "Range": {"IntegerParameterRangeSpecification": {"MinValue": "0.5", "MaxValue": "1"}},
                    }
                ]
            },
            "must have integers as its bounds",
        ),
        (
            {"SupportedHyperParameters": [{**HYPERPARAMETERS[1], "DefaultValue": "11"}]},
            "the DefaultValue '11' of the hyperparameter depth is not valid: it must be between 1 and 10",
        ),
        ({"SupportedHyperParameters": [HYPERPARAMETERS[2]]}, "must have a tunable hyperparameter"),
        ({"MetricDefinitions": []}, "the metric score is not in MetricDefinitions"),
        ({"MetricDefinitions": METRICS * 2}, "the metric name score must be unique"),
        ({"MetricDefinitions": [{"Name": "score", "Regex": "("}]}, "metric definition score is not valid"),
        ({"TrainingChannels": CHANNELS + CHANNELS}, "the channel name train must be unique"),
        ({"SupportedTrainingInstanceTypes": []}, "at least one instance type"),
        (
            {"AdditionalS3DataSource": {"S3DataType": "S3Object", "S3Uri": "s3://b/k"}},
            "AdditionalS3DataSource: the local",
        ),
    ],
)
def test_a_training_specification_must_make_sense(shared: Publishing, training: Json, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        shared.call("CreateAlgorithm", **shared.algorithm("senseless", **training))
    assert message in caught.value.message
    with pytest.raises(ValidationError, match="does not exist"):
        shared.of("senseless")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"CertifyForMarketplace": True}, "CertifyForMarketplace: the local engine cannot do this"),
        ({"InferenceSpecification": {"Containers": [{"Image": "i"}]}}, "needs SupportedTransformInstanceTypes or"),
        (
            {"InferenceSpecification": {"Containers": [{}], "SupportedTransformInstanceTypes": ["ml.m5.large"]}},
            "a container needs an Image",
        ),
    ],
)
def test_so_must_the_rest(shared: Publishing, members: Json, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        shared.call("CreateAlgorithm", **shared.algorithm("senseless"), **members)
    assert message in caught.value.message


def test_a_profile_must_be_what_the_algorithm_itself_allows(shared: Publishing) -> None:
    request = shared.algorithm("strict", profile={"lr": "5"})
    with pytest.raises(ValidationError, match=r"it must be between 0\.1 and 0\.9"):
        shared.call("CreateAlgorithm", **request)
    request = shared.algorithm("strict", profile={"lr": "0.5"})
    profile = request["ValidationSpecification"]["ValidationProfiles"][0]
    profile["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"] = "s3://nobodys-bucket/x"
    with pytest.raises(ValidationError, match=r"the profile smoke is not valid: .*nobodys-bucket does not exist"):
        shared.call("CreateAlgorithm", **request)
    profile["TransformJobDefinition"] = {
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/k"}}},
        "TransformOutput": {"S3OutputPath": "s3://b/k"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    with pytest.raises(ValidationError, match="it has no transform jobs"):
        shared.call("CreateAlgorithm", **request)


# Validation


def test_a_profile_is_run_as_a_training_job(shared: Publishing) -> None:
    request = shared.algorithm("validated", profile={"lr": "0.25", "loss": "l2"})
    shared.call("CreateAlgorithm", **request)
    (status,) = shared.of("validated")["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert status == {"Name": "smoke", "Status": "NotStarted"}
    shared.until(lambda: shared.of("validated")["AlgorithmStatus"] == "InProgress")
    found = shared.of("validated")
    assert found["AlgorithmStatusDetails"]["ValidationStatuses"] == [{"Name": "smoke", "Status": "InProgress"}]
    assert found["ValidationSpecification"] == request["ValidationSpecification"]
    shared.until(lambda: shared.of("validated")["AlgorithmStatus"] == "Completed")
    (status,) = shared.of("validated")["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert status == {"Name": "smoke", "Status": "Completed"}
    (row,) = shared.call("ListTrainingJobs", NameContains="validated-smoke-")["TrainingJobSummaries"]
    job = shared.describe(row["TrainingJobName"])
    assert job["TrainingJobStatus"] == "Completed"
    assert job["AlgorithmSpecification"]["AlgorithmName"] == f"{ARN}validated"
    assert (job["HyperParameters"]["lr"], job["HyperParameters"]["depth"]) == ("0.25", "5")
    assert [metric["Value"] for metric in job["FinalMetricDataList"]] == [0.25]


def test_a_profile_that_fails_fails_the_algorithm(shared: Publishing) -> None:
    found = shared.published(shared.algorithm("broken", profile={"lr": "0.9"}))
    assert found["AlgorithmStatus"] == "Failed"
    (status,) = found["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert (status["Name"], status["Status"]) == ("smoke", "Failed")
    assert status["FailureReason"].startswith("AlgorithmError: ")
    assert status["FailureReason"].endswith("exit code: 1")
    with pytest.raises(ValidationError, match="it is in Failed status"):
        shared.call("CreateTrainingJob", **shared.job("by-broken", "broken"))
    shared.call("DeleteAlgorithm", AlgorithmName="broken")


def test_while_it_is_validated_it_is_neither_used_nor_deleted(shared: Publishing, tmp_path: Path) -> None:
    shared.call("CreateAlgorithm", **shared.algorithm("busy", up(tmp_path / "up") + FOREVER, profile={"lr": "0.2"}))
    with pytest.raises(ValidationError) as early:
        shared.call("DeleteAlgorithm", AlgorithmName="busy")
    assert early.value.message == "Cannot delete Algorithm in Pending status"
    shared.until((tmp_path / "up").exists)
    with pytest.raises(ValidationError) as caught:
        shared.call("DeleteAlgorithm", AlgorithmName="busy")
    assert caught.value.message == "Cannot delete Algorithm in InProgress status"
    with pytest.raises(ValidationError, match="it is in InProgress status"):
        shared.call("CreateTrainingJob", **shared.job("by-busy", "busy"))
    (row,) = shared.call("ListTrainingJobs", NameContains="busy-smoke-")["TrainingJobSummaries"]
    shared.call("StopTrainingJob", TrainingJobName=row["TrainingJobName"])
    shared.until(lambda: shared.of("busy")["AlgorithmStatus"] == "Failed")
    (status,) = shared.of("busy")["AlgorithmStatusDetails"]["ValidationStatuses"]
    assert "is in status Stopped" in status["FailureReason"]


# Training jobs by its name


@pytest.mark.parametrize("by", ["known", f"{ARN}known"])
def test_a_training_job_by_its_name(shared: Publishing, by: str) -> None:
    name = f"by-{len(by)}"
    shared.call("CreateTrainingJob", **shared.job(name, by, {"lr": "0.5", "loss": "l1"}))
    found = shared.over(name)
    assert found["TrainingJobStatus"] == "Completed", found.get("FailureReason")
    algorithm = found["AlgorithmSpecification"]
    assert (algorithm["AlgorithmName"], algorithm["MetricDefinitions"]) == (f"{ARN}known", METRICS)
    assert "TrainingImage" not in algorithm
    assert found["HyperParameters"].keys() >= {"lr", "loss", "depth", "sagemaker_program"}
    assert found["FinalMetricDataList"][0]["Value"] == 0.5
    assert "'depth': 5" in shared.log(name)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"algorithm": "nobody"}, f"Algorithm {ARN}nobody does not exist."),
        (
            {"algorithm": "arn:aws:sagemaker:us-east-2:057799348421:algorithm/known"},
            "Algorithm arn:aws:sagemaker:us-east-2:057799348421:algorithm/known does not exist.",
        ),
        ({"AlgorithmSpecification": {"TrainingImage": "local/python"}}, "either AlgorithmName or TrainingImage"),
        ({"AlgorithmSpecification": {"MetricDefinitions": METRICS}}, "can't override the metric definitions"),
        (
            {"AlgorithmSpecification": {"TrainingInputMode": "Pipe"}},
            "InputDataConfig: the InputMode Pipe of the channel train is not",
        ),
        ({"values": {}}, f"HyperParameters: the hyperparameter lr is required by the algorithm {ARN}known."),
        (
            {"values": {"lr": "0.5", "momentum": "1"}},
            "HyperParameters: the hyperparameter momentum is not supported by the algorithm",
        ),
        ({"values": {"lr": "much"}}, "HyperParameters: the value 'much' of the hyperparameter lr is not valid"),
        ({"values": {"lr": "nan"}}, "it must be a number"),
        ({"values": {"lr": "0.95"}}, "it must be between 0.1 and 0.9"),
        ({"values": {"lr": "0.5", "depth": "2.5"}}, "it must be an integer"),
        ({"values": {"lr": "0.5", "depth": "0"}}, "it must be between 1 and 10"),
        ({"values": {"lr": "0.5", "loss": "l3"}}, "it must be one of [l1, l2]"),
        ({"channels": ["more"]}, "InputDataConfig: the channel train is required by the algorithm"),
        ({"channels": ["train", "extra"]}, "InputDataConfig: the channel extra is not supported by the algorithm"),
        ({"channels": ["train", "more"]}, "InputDataConfig: the InputMode File of the channel more is not supported"),
        (
            {"channel": {"ContentType": "image/png"}},
            "InputDataConfig: the ContentType image/png of the channel train is not supported",
        ),
        (
            {"channel": {"CompressionType": "Gzip"}},
            "InputDataConfig: the CompressionType Gzip of the channel train is not supported",
        ),
        (
            {"ResourceConfig": {"InstanceType": "ml.p3.2xlarge"}},
            "ResourceConfig.InstanceType: the instance type ml.p3.2xlarge is not supported",
        ),
        ({"ResourceConfig": {"InstanceCount": 2}}, "does not support distributed training"),
    ],
)
def test_what_the_algorithm_does_not_allow_is_refused(shared: Publishing, changes: Json, message: str) -> None:
    more = dict(changes)
    algorithm, values = more.pop("algorithm", "known"), more.pop("values", None)
    if "channels" in more:
        more["InputDataConfig"] = [shared.channel(name) for name in more.pop("channels")]
    if "channel" in more:
        more["InputDataConfig"] = [shared.channel(**more.pop("channel"))]
    if "ResourceConfig" in more:
        more["ResourceConfig"] = {**shared.members()["ResourceConfig"], **more["ResourceConfig"]}
    with pytest.raises(ValidationError) as caught:
        shared.call("CreateTrainingJob", **shared.job("refused", algorithm, values, **more))
    assert message in caught.value.message
    with pytest.raises(ValidationError, match="Requested resource not found"):
        shared.describe("refused")


def test_an_algorithm_without_hyperparameters_takes_any(shared: Publishing) -> None:
    specification = shared.algorithm("open")["TrainingSpecification"]
    for member in ("SupportedHyperParameters", "SupportedTuningJobObjectiveMetrics"):
        del specification[member]
    shared.published({"AlgorithmName": "open", "TrainingSpecification": specification})
    values = {"anything": "goes"}
    entry = {"ContainerEntrypoint": ["sh", "-c", "echo score=$SM_HP_ANYTHING"]}
    shared.call("CreateTrainingJob", **shared.job("by-open", "open", values, AlgorithmSpecification=entry))
    assert shared.over("by-open")["HyperParameters"] == values
    assert "score=goes" in shared.log("by-open")


def test_an_image_that_cannot_run_here_is_told(shared: Publishing) -> None:
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/kmeans:1"
    request = shared.algorithm("foreign", TrainingImage=image, SupportedHyperParameters=HYPERPARAMETERS[:1])
    shared.published(request)
    entry = {"ContainerEntrypoint": ["true"]}
    with pytest.raises(ValidationError, match="the algorithm's image is not local/python"):
        shared.call("CreateTrainingJob", **shared.job("by-foreign", "foreign", AlgorithmSpecification=entry))
    shared.call("CreateTrainingJob", **shared.job("by-foreign", "foreign"))
    assert "a Docker image's own entry point cannot run" in shared.over("by-foreign")["FailureReason"]


# Tuning jobs by its name

LR = {"ContinuousParameterRanges": [{"Name": "lr", "MinValue": "0.2", "MaxValue": "0.8"}]}


def test_a_tuning_job_by_its_name(shared: Publishing) -> None:
    shared.call("CreateHyperParameterTuningJob", **shared.tuning_job("tuned", LR, {"loss": "l1"}))

    def over() -> Json | None:
        found = shared.call("DescribeHyperParameterTuningJob", HyperParameterTuningJobName="tuned")
        return found if found["HyperParameterTuningJobStatus"] in ("Completed", "Failed") else None

    found = shared.until(over)
    assert found["HyperParameterTuningJobStatus"] == "Completed", found.get("FailureReason")
    definition = found["TrainingJobDefinition"]
    assert definition["AlgorithmSpecification"]["AlgorithmName"] == f"{ARN}known"
    assert definition["AlgorithmSpecification"]["MetricDefinitions"] == METRICS
    assert (definition["StaticHyperParameters"]["loss"], definition["StaticHyperParameters"]["depth"]) == ("l1", "5")
    assert "lr" not in definition["StaticHyperParameters"]
    best = found["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == pytest.approx(
        float(best["TunedHyperParameters"]["lr"])
    )
    assert shared.describe(best["TrainingJobName"])["AlgorithmSpecification"]["AlgorithmName"] == f"{ARN}known"


@pytest.mark.parametrize(
    ("ranges", "static", "config", "message"),
    [
        (
            {"CategoricalParameterRanges": [{"Name": "loss", "Values": ["l1", "l2"]}]},
            {"lr": "0.5"},
            {},
            "ParameterRanges: the hyperparameter loss is not tunable",
        ),
        (
            {"IntegerParameterRanges": [{"Name": "lr", "MinValue": "1", "MaxValue": "2"}]},
            {},
            {},
            "its range must be in ContinuousParameterRanges, not in IntegerParameterRanges",
        ),
        (
            {"ContinuousParameterRanges": [{"Name": "lr", "MinValue": "0.2", "MaxValue": "2"}]},
            {},
            {},
            "2 is in it, and it must be between 0.1 and 0.9",
        ),
        (
            {"IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "3"}]},
            {},
            {},
            "StaticHyperParameters: the hyperparameter lr is required",
        ),
        (LR, {"other": "1"}, {}, "StaticHyperParameters: the hyperparameter other is not supported"),
        (
            LR,
            {},
            {"HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "score"}},
            "HyperParameterTuningJobObjective: Minimize score is not supported by the algorithm",
        ),
    ],
)
def test_a_tuning_job_that_the_algorithm_does_not_allow(
    shared: Publishing, ranges: Json, static: Json, config: Json, message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        shared.call("CreateHyperParameterTuningJob", **shared.tuning_job("refused", ranges, static, **config))
    assert message in caught.value.message
    with pytest.raises(NotFoundError):
        shared.call("DescribeHyperParameterTuningJob", HyperParameterTuningJobName="refused")


# An engine that is killed


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", ["InProgress", "Completed"])
def test_an_engine_killed_at_any_write_is_followed_by_one_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, when: str
) -> None:
    first = Publishing(tmp_path / "data")

    def here(record: Record) -> bool:
        return record.kind == "algorithms" and record.status == point

    monkeypatch.setattr(first.store, "save", deadly(first.store.save, when, here))
    with pytest.raises(Killed):
        first.published(first.algorithm("survivor", profile={"lr": "0.5"}))
    first.leave()
    second = Publishing(tmp_path / "data")
    try:
        second.until(lambda: second.of("survivor")["AlgorithmStatus"] == "Completed")
        (row,) = second.call("ListTrainingJobs")["TrainingJobSummaries"]
        assert row["TrainingJobStatus"] == "Completed"
        assert second.log(row["TrainingJobName"]).count("score=0.5") == 1
    finally:
        second.close()


def test_validation_goes_on_after_the_engine_was_killed(
    new_engine: Callable[..., EngineProcess], shared: Publishing, tmp_path: Path
) -> None:
    engine = new_engine().start()
    s3, sagemaker = engine.client("s3"), engine.client("sagemaker")
    script = (
        f"import os, time\nopen({str(tmp_path / 'runs')!r}, 'a').write('x')\n"
        f"while not os.path.exists({str(tmp_path / 'go')!r}):\n    time.sleep(0.01)\n"
    )
    request = shared.algorithm("survivor", script, profile={"lr": "0.5"})
    local = {one["Name"]: one for one in request["TrainingSpecification"]["SupportedHyperParameters"]}
    source = json.loads(local["sagemaker_submit_directory"]["DefaultValue"])
    s3.put_object(Bucket=BUCKET, Key=source.removeprefix(f"s3://{BUCKET}/"), Body=shared.read(source))
    s3.put_object(Bucket=BUCKET, Key="data/data.csv", Body=b"1")
    sagemaker.create_algorithm(**request, Tags=[{"Key": "k", "Value": "v"}])
    engine.kill()
    engine.start()
    wait_until((tmp_path / "runs").exists)
    engine.kill()
    engine.start()
    (tmp_path / "go").touch()
    sagemaker = engine.client("sagemaker")
    found = wait_until(
        lambda: (
            one
            if (one := sagemaker.describe_algorithm(AlgorithmName="survivor"))["AlgorithmStatus"] == "Completed"
            else None
        )
    )
    assert (tmp_path / "runs").read_text() == "x"
    assert sagemaker.list_tags(ResourceArn=found["AlgorithmArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    assert len(sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1
