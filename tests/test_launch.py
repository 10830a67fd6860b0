"""Plans of jobs: the requests as the service would take them, and what is refused before anything is sent."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from nowhere import NowhereConnection

from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.launch import plan_training, plan_tuning
from jupyter_sm_ext.launching.metric_formats import metric_regex
from jupyter_sm_ext.launching.options import JobOptions, TuningOptions
from jupyter_sm_ext.launching.packing import package
from jupyter_sm_ext.launching.ranges import make_range, parse_range
from jupyter_sm_ext.launching.source import Script
from jupyter_sm_ext.model import get_model

SCRIPT = Script("print('validation:accuracy=0.5')\n", "train.py")
BUCKET = "sagemaker-us-east-1-000000000000"


@pytest.fixture
def connection(tmp_path: Path) -> NowhereConnection:
    return NowhereConnection(tmp_path)


def tuning(**options: Any) -> TuningOptions:
    ranges = [parse_range("lr=1e-4..1e-1:log"), parse_range("depth=2..8"), parse_range("opt=adam|sgd")]
    return TuningOptions(**{"objective": "validation:accuracy", "ranges": ranges, "name": "tune-1", **options})


def test_a_tuning_job_in_script_mode(connection: NowhereConnection) -> None:
    plan = plan_tuning(connection, SCRIPT, tuning(hyperparameters={"epochs": 5, "act": "relu"}, seed=7, max_jobs=12))
    assert plan.request == {
        "HyperParameterTuningJobName": "tune-1",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:accuracy"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {
                "ContinuousParameterRanges": [
                    {"Name": "lr", "MinValue": "1e-4", "MaxValue": "1e-1", "ScalingType": "Logarithmic"}
                ],
                "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "8", "ScalingType": "Auto"}],
                "CategoricalParameterRanges": [{"Name": "opt", "Values": ["adam", "sgd"]}],
            },
            "TrainingJobEarlyStoppingType": "Off",
            "RandomSeed": 7,
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {
                "epochs": "5",
                "act": '"relu"',
                "sagemaker_program": '"train.py"',
                "sagemaker_submit_directory": f'"s3://{BUCKET}/tune-1/source/sourcedir.tar.gz"',
                "sagemaker_container_log_level": "20",
                "sagemaker_region": '"us-east-1"',
            },
            "AlgorithmSpecification": {
                "TrainingImage": "local/python",
                "TrainingInputMode": "File",
                "MetricDefinitions": [
                    {"Name": "validation:accuracy", "Regex": metric_regex("validation:accuracy")},
                ],
            },
            "RoleArn": "arn:aws:iam::000000000000:role/SageMakerLocalRole",
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/tune-1"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
            "Environment": {"SM_LOCAL_PYTHON": sys.executable},
        },
    }
    get_model().validate("CreateHyperParameterTuningJob", plan.request)
    assert [(upload.bucket, upload.key) for upload in plan.uploads] == [(BUCKET, "tune-1/source/sourcedir.tar.gz")]


def test_a_training_job_with_data(connection: NowhereConnection, tmp_path: Path) -> None:
    folder = tmp_path / "digits"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.npz").write_bytes(b"a")
    (folder / "sub" / "b.npz").write_bytes(b"b")
    options = JobOptions(
        name="train-1", data={"train": str(folder), "one": str(folder / "a.npz"), "far": "s3://else/x"}, max_runtime=60
    )
    plan = plan_training(connection, SCRIPT, options)
    get_model().validate("CreateTrainingJob", plan.request)
    sources = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in plan.request["InputDataConfig"]
    }
    train, one = (
        re.fullmatch(rf"s3://{BUCKET}/(jupyter-sm-ext/data/[0-9a-f]{{32}}/)", sources[name])
        for name in ("train", "one")
    )
    assert train
    assert one
    assert sources["far"] == "s3://else/x"
    assert {upload.key: upload.body for upload in plan.uploads[1:]} == {
        f"{train[1]}a.npz": folder / "a.npz",
        f"{train[1]}sub/b.npz": folder / "sub" / "b.npz",
        f"{one[1]}a.npz": folder / "a.npz",
    }
    assert plan.request["StoppingCondition"] == {"MaxRuntimeInSeconds": 60}
    assert plan.request["OutputDataConfig"] == {"S3OutputPath": f"s3://{BUCKET}/"}


def test_generated_names_fit_and_differ(connection: NowhereConnection) -> None:
    script = Script("pass", "a_very_long script name that goes on and on.py")
    names = {plan_tuning(connection, script, tuning(name=None)).name for _ in range(5)}
    assert len(names) == 5
    assert all(re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}", name) for name in names)


def test_equal_sources_pack_to_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helpers = tmp_path / "helpers"
    helpers.mkdir()
    (helpers / "nets.py").write_text("x = 1\n")
    options = JobOptions(include=[helpers])
    first = package(SCRIPT, options).body
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert package(SCRIPT, options).body == first
    with tarfile.open(fileobj=io.BytesIO(first)) as archive:
        assert archive.getnames() == ["helpers/nets.py", "train.py"]
        assert archive.extractfile("train.py").read().decode() == SCRIPT.text  # type: ignore[union-attr]
        assert {member.mtime for member in archive} == {0}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("validation:accuracy=0.97", "0.97"),
        ("epoch 3 validation:accuracy: 9.7e-1 loss=1", "9.7e-1"),
        ("validation:accuracy = -.5", "-.5"),
        ("x_validation:accuracy=0.1", None),
        ("validation:accuracy is fine", None),
    ],
)
def test_the_default_metric_regex(line: str, value: str | None) -> None:
    found = re.search(metric_regex("validation:accuracy"), line)
    assert (found[1] if found else None) == value


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"instance_type": "ml.m5.larg"}, "--instance: there is no 'ml.m5.larg'", "ml.m5.large"),
        ({"strategy": "Bayes"}, "--strategy: there is no 'Bayes'", "Bayesian, Random"),
        ({"name": "my_job"}, "--name: 'my_job' cannot name a tuning job", "my-job"),
        ({"name": "x" * 33}, "up to 32 letters", "x" * 32),
        ({"max_pending": 5}, "--max-pending: 5 is too little; the least is ", None),
        ({"max_jobs": 0}, "--max-jobs: 0 is too little; the least is 1", None),
        ({"max_runtime": 0}, "--max-runtime: 0 is too little; the least is 1", None),
        ({"max_tuning_time": 5}, "--max-tuning-time: 5 is too little; the least is 120 (2m)", None),
        ({"role": "nobody"}, "--role: 'nobody' is not an ARN like arn:aws:iam::123456789012:role/NAME", None),
        ({"hyperparameters": {"lr": 1}}, "'lr' is both tuned and fixed", None),
        ({"objective": " "}, "--objective", None),
        ({"ranges": []}, "there is nothing to tune", "name=1e-4..1e-1:log"),
        ({"data": {"train": "./nowhere"}}, "--data train: there is no file or folder nowhere", None),
        ({"data": {"train": "https://x/y"}}, "neither an s3:// URI nor a path", None),
        ({"include": ["./nowhere.py"]}, "--include: there is no file or folder", None),
        ({"metrics": {"loss": "loss=[0-9]+"}}, "has no group", None),
        ({"metrics": {"loss": "loss=("}}, "is no regular expression", None),
    ],
)
def test_what_is_wrong_is_told_by_the_options_name(
    connection: NowhereConnection, options: dict[str, Any], message: str, hint: str | None
) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)) as refused:
        plan_tuning(connection, SCRIPT, tuning(**options))
    if hint is not None:
        assert hint in str(refused.value.hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [("x = (\n", "train.py, line 1: "), ("x = 1\n%matplotlib inline\n", "line 2"), (" \n", "is empty")],
)
def test_a_script_that_cannot_run_is_refused(connection: NowhereConnection, text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        plan_training(connection, Script(text, "train.py"), JobOptions())


def test_an_empty_folder_and_a_second_file_of_a_name_are_refused(connection: NowhereConnection, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "train.py").write_text("pass")
    with pytest.raises(ValidationError, match="has no files"):
        plan_training(connection, SCRIPT, JobOptions(data={"train": str(tmp_path / "empty")}))
    with pytest.raises(ValidationError, match=r"two files named 'train\.py'"):
        plan_training(connection, SCRIPT, JobOptions(include=[tmp_path / "train.py"]))
    with pytest.raises(ValidationError, match="cannot be read"):
        Script.read(tmp_path / "missing.py")


def test_options_win_over_what_the_connection_gives(connection: NowhereConnection) -> None:
    role = "arn:aws:iam::123456789012:role/Own"
    options = JobOptions(image="123.dkr.ecr/x:1", role=role, environment={"SM_LOCAL_PYTHON": "/x/python", "A": "b"})
    request = plan_training(connection, SCRIPT, options).request
    assert request["AlgorithmSpecification"]["TrainingImage"] == "123.dkr.ecr/x:1"
    assert request["RoleArn"] == role
    assert request["Environment"] == {"SM_LOCAL_PYTHON": "/x/python", "A": "b"}


def test_every_option_reaches_the_request(connection: NowhereConnection) -> None:
    plain = tuning()
    changes: dict[str, Any] = {
        "name": "other", "hyperparameters": {"a": 1}, "data": {"train": "s3://b/k"}, "metrics": {"loss": None},
        "environment": {"A": "b"}, "image": "i", "role": "arn:aws:iam::000000000000:role/x",
        "instance_type": "ml.trn1.2xlarge", "instance_count": 2, "volume_size": 5, "max_runtime": 9,
        "objective": "other", "ranges": [make_range("x", (0.0, 0.5))], "minimize": True, "strategy": "random",
        "max_pending": 7200, "max_jobs": 3, "parallel": 1, "seed": 1, "early_stopping": True, "max_tuning_time": 300,
        "spot": True, "output": "s3://b/out", "checkpoints": "s3://b/cp", "tags": {"team": "a"}, "target": 0.9,
        "not_improving": 3, "convergence": True, "warm_start": ["before"],
    }  # fmt: skip
    # What stands beside the script, and what goes only with another option, has tests of its own.
    others = {"include", "imports", "requirements", "yes", "algorithm", "max_wait", "warm_pool", "min_resource",
              "max_resource", "warm_start_type"}  # fmt: skip
    assert {option.name for option in dataclasses.fields(plain)} == {*changes, *others}
    before = json.dumps(plan_tuning(connection, SCRIPT, plain).request)
    for name, value in changes.items():
        plan = plan_tuning(connection, SCRIPT, dataclasses.replace(plain, **{name: value}))
        assert json.dumps(plan.request) != before, name
        get_model().validate("CreateHyperParameterTuningJob", plan.request)


def test_on_aws_the_image_is_the_users_and_the_python_the_images(tmp_path: Path) -> None:
    role = "arn:aws:iam::123456789012:role/Own"
    aws = open_connection(Choice("aws", region="eu-west-1", role=role, bucket="mine"), tmp_path)
    nowhere = open_connection(Choice("aws", region="xx-east-9", role=role, bucket="mine"), tmp_path)
    with pytest.raises(
        ValidationError, match=r"--image: no training image is known for ml\.m5\.large in xx-"
    ) as refused:
        plan_training(nowhere, SCRIPT, JobOptions())
    assert "https://docs.aws.amazon.com" in str(refused.value.hint)
    request = plan_training(aws, Script("print 'python 2'"), JobOptions(image="1.dkr.ecr/x:1", name="j")).request
    assert "Environment" not in request
    assert request["RoleArn"] == role
    assert request["HyperParameters"]["sagemaker_submit_directory"] == '"s3://mine/j/source/sourcedir.tar.gz"'
    assert request["HyperParameters"]["sagemaker_region"] == '"eu-west-1"'
