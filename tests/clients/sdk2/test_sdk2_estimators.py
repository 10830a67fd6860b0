"""The SageMaker Python SDK 2: estimators and script mode, with images of any region, as its samples have it."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
import sagemaker
from botocore.exceptions import ClientError
from conftest import SCRIPTS
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.estimator import Estimator
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.inputs import TrainingInput
from sagemaker.pytorch import PyTorch
from sagemaker.sklearn import SKLearn
from sagemaker.xgboost import XGBoost

ACCURACY = [{"Name": "validation:accuracy", "Regex": "validation-accuracy: ([0-9.]+);"}]


@pytest.fixture(scope="module")
def session() -> sagemaker.Session:
    return sagemaker.Session()


@pytest.fixture(scope="module")
def data(session: sagemaker.Session, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("data")
    for part in range(2):
        rows = [f"{number % 2},{number % 2 + part / 10},{number / 100}" for number in range(40)]
        (folder / f"part-{part}.csv").write_text("\n".join(rows))
    return str(session.upload_data(str(folder), key_prefix="samples/rows"))


def files_of(session: sagemaker.Session, uri: str, folder: Path) -> dict[str, bytes]:
    """What is in a tar.gz on S3."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    (name,) = session.download_data(str(folder), bucket, key)
    with tarfile.open(name) as packed:
        return {member.name: packed.extractfile(member).read() for member in packed if member.isfile()}  # type: ignore[union-attr]


def classifier(**more: Any) -> SKLearn:
    given = {"alpha": 1e-3, "epochs": 4, "loss": "log_loss", "shuffle": False}
    return SKLearn(
        entry_point="classifier.py",
        source_dir=str(SCRIPTS),
        framework_version="1.2-1",
        instance_type="ml.m5.xlarge",
        instance_count=1,
        hyperparameters=given,
        metric_definitions=ACCURACY,
        **more,
    )


def test_script_mode_from_data_to_model(
    session: sagemaker.Session, data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert data.startswith(f"s3://{session.default_bucket()}/samples/rows")
    estimator = classifier(base_job_name="rows")
    estimator.fit({"train": TrainingInput(data, content_type="text/csv")}, logs="None")
    job = estimator.latest_training_job
    assert estimator.jobs == [job]
    described = job.describe()
    assert described["TrainingJobStatus"] == "Completed"
    # The role of the SDK's configuration: nobody named one.
    assert described["RoleArn"].endswith(":role/SageMakerLocalRole")
    assert "683313688378.dkr.ecr.us-east-1" in described["AlgorithmSpecification"]["TrainingImage"]
    assert described["ProfilingStatus"] == "Disabled"
    assert {"model.joblib"} == files_of(session, estimator.model_data, tmp_path).keys()
    output = files_of(session, estimator.model_data.replace("model.tar.gz", "output.tar.gz"), tmp_path)
    wanted = {"alpha": 1e-3, "epochs": 4, "loss": "log_loss", "shuffle": False}
    assert json.loads(output["hyperparameters.json"]) == wanted

    table = estimator.training_job_analytics.dataframe()
    assert set(table["metric_name"]) == {"validation:accuracy"}
    other = TrainingJobAnalytics(job.name, metric_names=["validation:accuracy"], period=60).dataframe()
    assert other["value"].tolist() == table["value"].tolist()
    assert TrainingJobAnalytics(job.name, metric_names=["nothing"]).dataframe().empty

    capsys.readouterr()
    session.logs_for_job(job.name, wait=False)
    assert capsys.readouterr().out.count("validation-accuracy:") == 4

    for cls in (SKLearn, Estimator):
        again = cls.attach(job.name)
        assert again.model_data == estimator.model_data
        assert json.loads(again.hyperparameters()["loss"]) == "log_loss"
    assert SKLearn.attach(job.name).entry_point == "classifier.py"


@pytest.mark.thorough
def test_fit_shows_the_log_until_the_end(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    classifier().fit({"train": data}, logs="All")
    said = capsys.readouterr().out
    assert said.count("validation-accuracy:") == 4
    assert "Completed - Training job completed" in said
    assert "Training seconds:" in said


@pytest.mark.thorough
def test_an_image_of_another_account_and_region_resumes_from_checkpoints(
    session: sagemaker.Session, tmp_path: Path
) -> None:
    images = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.5.1-gpu-py311-cu124-ubuntu22.04-sagemaker"
    place = f"s3://{session.default_bucket()}/checkpoints"

    def losses(epochs: int) -> list[str]:
        estimator = PyTorch(
            entry_point=str(SCRIPTS / "checkpoints.py"),
            role="arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-20260101",
            image_uri=images,
            instance_type="ml.g5.xlarge",
            instance_count=1,
            checkpoint_s3_uri=place,
            hyperparameters={"epochs": epochs, "lr": 0.25, "backend": "gloo"},
            metric_definitions=[{"Name": "loss", "Regex": r"Train Epoch.*Loss: ([0-9.]+)"}],
            disable_profiler=True,
            environment={"NCCL_DEBUG": "INFO"},
        )
        estimator.fit(logs="None")
        assert set(files_of(session, estimator.model_data, tmp_path)) == {"model.pth"}
        found = estimator.latest_training_job.describe()["FinalMetricDataList"]
        return [f"{one['Value']:.5f}" for one in found]

    assert losses(2) == ["6.25000"]
    assert losses(3) == ["1.56250"]
    kept = session.list_s3_files(session.default_bucket(), "checkpoints")
    assert [name.rpartition("/")[2] for name in kept] == [f"checkpoint-00{epoch}.pth" for epoch in range(3)]


def test_xgboosts_lines_are_found_by_the_expressions_that_the_sdk_has_for_it() -> None:
    regex = r".*\[[0-9]+\].*#011validation-rmse:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"
    estimator = XGBoost(
        entry_point=str(SCRIPTS / "boosting.py"),
        framework_version="1.7-1",
        instance_type="ml.m5.xlarge",
        instance_count=1,
        hyperparameters={"num_round": 3, "eta": 0.5, "objective": "reg:squarederror", "max_depth": "4"},
        metric_definitions=[{"Name": "validation:rmse", "Regex": regex}],
    )
    estimator.fit(logs="None")
    (metric,) = estimator.latest_training_job.describe()["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("validation:rmse", 0.25)


@pytest.mark.thorough
def test_what_fails_is_told_as_the_sdk_tells_it() -> None:
    estimator = Estimator(
        "763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.16-cpu-py310",
        entry_point="failing.py",
        source_dir=str(SCRIPTS),
        instance_type="ml.m5.large",
        instance_count=1,
    )
    with pytest.raises(UnexpectedStatusException, match="the data is not what it was"):
        estimator.fit(logs="None")


@pytest.mark.thorough
def test_stop(session: sagemaker.Session) -> None:
    estimator = SKLearn(entry_point=str(SCRIPTS / "endless.py"), framework_version="1.2-1", instance_type="ml.m5.large")
    estimator.fit(wait=False)
    job = estimator.latest_training_job
    job.stop()
    job.wait(logs="None")
    assert job.describe()["TrainingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="the training job is in status Stopped"):
        session.stop_training_job(job.name)


@pytest.mark.thorough
def test_inputs_that_are_not_there() -> None:
    with pytest.raises(ClientError, match="No S3 objects found under S3 URL"):
        classifier().fit({"train": "s3://nowhere/at/all"}, wait=False)
