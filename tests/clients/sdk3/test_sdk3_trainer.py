"""The SageMaker Python SDK 3: its ModelTrainer and HyperparameterTuner, as far as its jobs can run."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SCRIPTS, holds_opt_ml
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.resources import TrainingJob
from sagemaker.core.utils.exceptions import FailedStatusError
from sagemaker.train.configs import Compute, InputData, SourceCode
from sagemaker.train.model_trainer import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

AWS_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.0.0-cpu-py310"


def trainer(image: str, name: str) -> ModelTrainer:
    return ModelTrainer(
        training_image=image,
        source_code=SourceCode(source_dir=str(SCRIPTS), entry_script="classifier.py"),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        hyperparameters={"alpha": 0.001, "epochs": 3},
        base_job_name=name,
    )


@pytest.fixture
def rows(tmp_path: Path) -> list[InputData]:
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(f"{number % 2},{number % 2},{number / 100}" for number in range(40)))
    return [InputData(channel_name="train", data_source=str(file))]


def test_a_job_is_made_described_and_listed(rows: list[InputData]) -> None:
    one = trainer(AWS_IMAGE, "made")
    with pytest.raises(FailedStatusError, match="own entry point cannot run on the local engine"):
        one.train(input_data_config=rows, logs=True)
    (listed,) = TrainingJob.get_all(name_contains="made")
    found = TrainingJob.get(listed.training_job_name)
    assert found.role_arn == one.role
    assert found.role_arn.endswith(":role/SageMakerLocalRole")
    assert found.hyper_parameters == {"alpha": "0.001", "epochs": "3"}
    assert {channel.channel_name for channel in found.input_data_config} == {"train", "code", "sm_drivers"}
    session = Session()
    kept = session.boto_session.client("s3").list_objects_v2(Bucket=session.default_bucket(), Prefix="made/")
    assert any(each["Key"].endswith("/rows.csv") for each in kept["Contents"])


def test_a_job_runs_to_its_model_where_it_has_an_opt_ml(rows: list[InputData], engine: Path) -> None:
    if not holds_opt_ml(engine):
        pytest.skip("a job has no /opt/ml of its own on this machine")
    trainer("local/python", "whole").train(input_data_config=rows, logs=True)
    (listed,) = TrainingJob.get_all(name_contains="whole")
    found = TrainingJob.get(listed.training_job_name)
    assert found.training_job_status == "Completed"
    assert found.model_artifacts.s3_model_artifacts.endswith("/output/model.tar.gz")


def test_trials_of_a_tuner(rows: list[InputData], engine: Path) -> None:
    if not holds_opt_ml(engine):
        pytest.skip("a job has no /opt/ml of its own on this machine")
    tuner = HyperparameterTuner(
        model_trainer=trainer("local/python", "trials"),
        objective_metric_name="validation:accuracy",
        metric_definitions=[{"Name": "validation:accuracy", "Regex": "validation-accuracy: ([0-9.]+);"}],
        hyperparameter_ranges={"alpha": ContinuousParameter(1e-5, 1e-1, scaling_type="Logarithmic")},
        objective_type="Maximize",
        max_jobs=2,
        max_parallel_jobs=2,
        base_tuning_job_name="trials",
    )
    # The tuner uploads nothing.
    uploaded = Session().upload_data(str(rows[0].data_source), key_prefix="trials/rows")
    tuner.tune(inputs=[InputData(channel_name="train", data_source=uploaded)], wait=True)
    found = tuner.describe()
    assert found.hyper_parameter_tuning_job_status == "Completed"
    assert found.training_job_status_counters.completed == 2
    assert tuner.best_training_job()
