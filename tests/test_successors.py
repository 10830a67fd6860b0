"""Requests that follow from a job, made and then really sent to the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from local_jobs import BAD, ENDLESS, GOOD, running_engine

from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError
from jupyter_sm_ext.handles.handles import TrainingJob, TuningJob
from jupyter_sm_ext.handles.start import train, tune
from jupyter_sm_ext.launching.successors import as_created, changed, successor
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.job_ways import CLONE, PROMOTE, RETRY, WARM_START, ways


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("successors")) as found:
        yield found


@pytest.fixture(scope="module")
def tuned(studio: Studio) -> TuningJob:
    job = tune(GOOD, ranges={"x": (0.1, 1.0)}, objective="score", max_jobs=3, parallel=3, studio=studio, name="tuned")
    job.wait(live=False)
    return job


@pytest.fixture(scope="module")
def failed(studio: Studio) -> TrainingJob:
    job = train(BAD, studio=studio, name="failed", hyperparameters={"deep": 3}, max_pending=7200)
    studio.wait("training-jobs", job.name, timeout=60)
    return job


def create(studio: Studio, found: Any) -> dict[str, Any]:
    assert get_model().check(found.operation, found.request) == []
    studio.create(found.kind, found.request)
    return studio.wait(found.kind, found.name, timeout=60)


def given(described: dict[str, Any]) -> dict[str, Any]:
    members = get_model().operation("CreateTrainingJob").input_shape.members
    return {name: value for name, value in described.items() if name in members and name != "TrainingJobName"}


def test_a_clone_asks_for_the_same_under_another_name(studio: Studio, failed: TrainingJob) -> None:
    found = successor(studio, "training-jobs", failed.name, CLONE)
    assert found.operation == "CreateTrainingJob"
    assert found.name != failed.name
    assert found.name.startswith("failed-")
    assert given(create(studio, found)) == given(failed.describe())


def test_tags_are_taken_over(studio: Studio, failed: TrainingJob) -> None:
    arn = failed.describe()["TrainingJobArn"]
    studio.call("AddTags", {"ResourceArn": arn, "Tags": [{"Key": "team", "Value": "vision"}]})
    found = successor(studio, "training-jobs", failed.name, CLONE)
    assert found.request["Tags"] == [{"Key": "team", "Value": "vision"}]
    assert found.notes == []


def test_what_failed_is_tried_again(studio: Studio, failed: TrainingJob) -> None:
    assert ways("training-jobs", failed.describe()) == [CLONE, RETRY]
    assert create(studio, successor(studio, "training-jobs", failed.name, RETRY))["TrainingJobStatus"] == "Failed"


def test_a_clone_of_a_tuning_job_runs(studio: Studio, tuned: TuningJob) -> None:
    found = successor(studio, "tuning-jobs", tuned.name, CLONE)
    assert "_tuning_objective_metric" not in found.request["TrainingJobDefinition"]["StaticHyperParameters"]
    assert create(studio, found)["HyperParameterTuningJobStatus"] == "Completed"


def test_a_warm_start_knows_the_trials_of_its_parent(studio: Studio, tuned: TuningJob) -> None:
    found = successor(studio, "tuning-jobs", tuned.name, WARM_START)
    described = create(studio, found)
    assert described["WarmStartConfig"] == {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": tuned.name}],
        "WarmStartType": "IdenticalDataAndAlgorithm",
    }
    assert described["OverallBestTrainingJob"]
    older = successor(studio, "tuning-jobs", found.name, WARM_START).request["WarmStartConfig"]
    parents = [each["HyperParameterTuningJobName"] for each in older["ParentHyperParameterTuningJobs"]]
    assert parents == [found.name, tuned.name]


def test_the_best_trial_becomes_a_training_job(studio: Studio, tuned: TuningJob) -> None:
    best = tuned.describe()["BestTrainingJob"]
    found = successor(studio, "tuning-jobs", tuned.name, PROMOTE)
    assert (found.kind, found.operation) == ("training-jobs", "CreateTrainingJob")
    assert found.name.startswith("tuned-best-")
    assert float(found.request["HyperParameters"]["x"]) == float(best["TunedHyperParameters"]["x"])
    described = create(studio, found)
    assert described["TrainingJobStatus"] == "Completed"
    [score] = [each["Value"] for each in described["FinalMetricDataList"] if each["MetricName"] == "score"]
    assert score == pytest.approx(best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


def test_a_trial_is_cloned_as_a_job_of_its_own(studio: Studio, tuned: TuningJob) -> None:
    trial = tuned.trials()[0]
    found = successor(studio, "training-jobs", trial["TrainingJobName"], CLONE)
    assert not [name for name in found.request["HyperParameters"] if name.startswith("_tuning")]
    assert create(studio, found).get("TuningJobArn") is None


def test_a_compilation_job_is_cloned(studio: Studio) -> None:
    request = {
        "CompilationJobName": "no-model",
        "RoleArn": studio.connection.role,
        "InputConfig": {
            "S3Uri": f"s3://{studio.connection.bucket}/nothing/model.tar.gz",
            "DataInputConfig": '{"input": [1, 4]}',
            "Framework": "ONNX",
        },
        "OutputConfig": {
            "S3OutputLocation": f"s3://{studio.connection.bucket}/compiled",
            "TargetPlatform": {"Os": "LINUX", "Arch": "X86_64"},
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    studio.create("compilation-jobs", request)
    described = studio.wait("compilation-jobs", "no-model", timeout=60)
    assert ways("compilation-jobs", described) == [CLONE, RETRY]
    found = successor(studio, "compilation-jobs", "no-model", RETRY)
    assert {**found.request, "CompilationJobName": "no-model"} == request
    assert create(studio, found)["CompilationJobStatus"] == "FAILED"


def test_the_request_of_the_job_itself(studio: Studio, failed: TrainingJob) -> None:
    found = as_created(studio, "training-jobs", failed.name)
    assert found.name == failed.name
    assert failed.request is not None
    # Describe tells what was asked for, and the service's defaults.
    assert found.request == {
        **failed.request,
        "OutputDataConfig": {**failed.request["OutputDataConfig"], "CompressionType": "GZIP"},
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
        "Tags": found.request["Tags"],
    }


def test_what_runs_can_only_be_cloned(studio: Studio) -> None:
    job = train(ENDLESS, studio=studio, name="endless")
    assert ways("training-jobs", job.describe()) == [CLONE]
    with pytest.raises(ConflictError, match="endless is InProgress: only a job that failed or was stopped"):
        successor(studio, "training-jobs", job.name, RETRY)
    job.stop()


def test_bad_questions(studio: Studio, failed: TrainingJob) -> None:
    with pytest.raises(ValidationError, match="there is no way 'copy'"):
        successor(studio, "training-jobs", failed.name, "copy")
    with pytest.raises(NotFoundError):
        successor(studio, "training-jobs", "nothing", CLONE)
    with pytest.raises(ConflictError, match="only a tuning job"):
        successor(studio, "training-jobs", failed.name, WARM_START)


def test_members_are_changed_by_their_dotted_names() -> None:
    request = {"ResourceConfig": {"InstanceType": "ml.m5.large"}, "HyperParameters": {"a.b": "1"}, "Tags": []}
    made = changed(
        request,
        "CreateTrainingJob",
        {
            "ResourceConfig.InstanceType": "ml.trn1.2xlarge",
            "HyperParameters.a.b": "2",
            "StoppingCondition.MaxRuntimeInSeconds": 60,
            "Tags": None,
        },
    )
    assert made == {
        "ResourceConfig": {"InstanceType": "ml.trn1.2xlarge"},
        "HyperParameters": {"a.b": "2"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    assert request["ResourceConfig"]["InstanceType"] == "ml.m5.large"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("Instance", "there is no member 'Instance'"),
        ("ResourceConfig.instancetype", "there is no member 'ResourceConfig.instancetype'"),
        ("RoleArn.Name", "RoleArn has no member 'Name'"),
    ],
)
def test_a_member_that_is_not_there(path: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        changed({}, "CreateTrainingJob", {path: "x"})


def test_handles_are_followed(studio: Studio, tuned: TuningJob, failed: TrainingJob) -> None:
    again = failed.clone({"ResourceConfig.InstanceType": "ml.trn1.2xlarge"}, name="on-trainium")
    assert again.describe()["ResourceConfig"]["InstanceType"] == "ml.trn1.2xlarge"
    assert failed.retry().name != failed.name
    best = tuned.promote({"HyperParameters.extra": "1"})
    best.wait(live=False)
    assert best.metrics["score"] == pytest.approx(tuned.best.value if tuned.best else None)
    assert best.describe()["HyperParameters"]["extra"] == "1"
    warm = tuned.warm_start(name="warmer")
    warm.wait(live=False)
    assert warm.describe()["OverallBestTrainingJob"]
    with pytest.raises(ConflictError):
        warm.retry()
