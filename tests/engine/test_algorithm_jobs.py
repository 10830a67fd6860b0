"""Training and tuning jobs made by the name of an algorithm."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from algorithms_help import ARN, HYPERPARAMETERS, METRICS, Json, Publishing, known

from jupyter_sm_ext.errors import NotFoundError, ValidationError


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publishing]:
    with known(tmp_path_factory.mktemp("algorithms")) as made:
        yield made


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
