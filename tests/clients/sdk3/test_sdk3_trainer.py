"""The SageMaker Python SDK 3: what its ModelTrainer and HyperparameterTuner ask of the service."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SCRIPTS
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import TrainingJob
from sagemaker.core.utils.exceptions import FailedStatusError
from sagemaker.train.configs import Compute, InputData, SourceCode
from sagemaker.train.model_trainer import ModelTrainer


def trainer(image: str, name: str) -> ModelTrainer:
    return ModelTrainer(
        training_image=image,
        source_code=SourceCode(source_dir=str(SCRIPTS), entry_script="classifier.py"),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        hyperparameters={"alpha": 0.001, "epochs": 3},
        base_job_name=name,
    )


@pytest.fixture
def rows(tmp_path: Path) -> str:
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(f"{number % 2},{number % 2},{number / 100}" for number in range(40)))
    return str(file)


def test_a_job_is_made_described_and_listed(rows: str) -> None:
    one = trainer("763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.0.0-cpu-py310", "made")
    with pytest.raises(FailedStatusError, match="own entry point cannot run on the local engine"):
        one.train(input_data_config=[InputData(channel_name="train", data_source=rows)], logs=True)
    job = one._latest_training_job
    assert job is not None
    found = TrainingJob.get(job.training_job_name)
    assert found.role_arn == one.role
    assert found.role_arn.endswith(":role/SageMakerLocalRole")
    assert found.hyper_parameters == {"alpha": "0.001", "epochs": "3"}
    assert {channel.channel_name for channel in found.input_data_config} == {"train", "code", "sm_drivers"}
    assert job.training_job_name in {one.training_job_name for one in TrainingJob.get_all(name_contains="made")}
    kept = Session().boto_session.client("s3").list_objects_v2(Bucket=Session().default_bucket(), Prefix="made/")
    assert any(one["Key"].endswith("/rows.csv") for one in kept["Contents"])
