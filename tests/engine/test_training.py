"""Training jobs end to end: real scripts as real processes."""

from __future__ import annotations

import io
import json
import os
import sys
import tarfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jobs_harness import BUCKET, FOREVER, Harness, appended, statuses

Json = dict[str, Any]


def test_a_job_and_all_that_is_told_of_it(harness: Harness) -> None:
    arn = harness.create(
        "good",
        """
        import os
        for epoch in range(3):
            print(f"epoch={epoch} validation:accuracy={0.5 + epoch / 10};")
        open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write("weights")
        open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "report.txt"), "w").write("fine")
        """,
        AlgorithmSpecification={
            "MetricDefinitions": [{"Name": "validation:accuracy", "Regex": "validation:accuracy=([0-9.]+)"}]
        },
    )
    assert arn == "arn:aws:sagemaker:us-east-1:000000000000:training-job/good"
    first = harness.describe("good")
    assert (first["TrainingJobStatus"], first["SecondaryStatus"]) == ("InProgress", "Starting")
    assert "ModelArtifacts" not in first
    found = harness.over("good")
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Completed", "Completed")
    assert found["ModelArtifacts"] == {"S3ModelArtifacts": f"s3://{BUCKET}/out/good/output/model.tar.gz"}
    (metric,) = found["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("validation:accuracy", 0.699999988079071)
    assert "FailureReason" not in found
    with tarfile.open(fileobj=io.BytesIO(harness.read(found["ModelArtifacts"]["S3ModelArtifacts"]))) as archive:
        assert archive.getnames() == ["model.txt"]
    with tarfile.open(fileobj=io.BytesIO(harness.read(f"s3://{BUCKET}/out/good/output/output.tar.gz"))) as archive:
        assert archive.getnames() == ["report.txt"]


def test_the_history_is_that_of_a_real_job(harness: Harness) -> None:
    harness.create("good", "print('hello')")
    found = harness.over("good")
    history = found["SecondaryStatusTransitions"]
    assert [(one["Status"], one["StatusMessage"]) for one in history] == [
        ("Starting", "Preparing the instances for training"),
        ("Downloading", "Downloading input data"),
        ("Training", "Training image download completed. Training in progress."),
        ("Uploading", "Uploading generated training model"),
        ("Completed", "Training job completed"),
    ]
    for one, after in pairwise(history):
        assert one["StartTime"] <= one["EndTime"] == after["StartTime"]
    assert found["CreationTime"] == history[0]["StartTime"]
    assert found["TrainingStartTime"] == history[1]["StartTime"]
    assert found["TrainingEndTime"] == history[-1]["StartTime"] == history[-1]["EndTime"]
    assert found["TrainingTimeInSeconds"] == found["BillableTimeInSeconds"] >= 1
    assert found["LastModifiedTime"] >= found["TrainingEndTime"]


def test_what_a_script_finds(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "the-user-s")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the-user-s")
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    uri = harness.put("data/train/a.csv", b"1,2\n")
    given = harness.request(
        "contract",
        """
        import json, os, pathlib, sys, helper
        base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
        config = {p.name: json.loads(p.read_text()) for p in (base / "input/config").iterdir()}
        told = {"argv": sys.argv, "env": dict(os.environ), "config": config, "cwd": os.getcwd(), "base": str(base),
                "data": os.listdir(os.environ["SM_CHANNEL_TRAIN"]), "python": sys.executable, "import": helper.ANSWER}
        print(json.dumps(told))
        """,
        {"lr": "0.1", "n": '"x y"', "flag": "true", "names": '["a"]', "sagemaker_job_name": '"contract"'},
        files={"helper__py": "ANSWER = 42"},
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri.rpartition("/")[0]}},
            }
        ],
        Environment={"MINE": "1", "PYTHONHASHSEED": "7"},
    )
    harness.call("CreateTrainingJob", **given)
    assert harness.over("contract")["TrainingJobStatus"] == "Completed"
    told = json.loads(harness.log("contract"))
    env, base = told["env"], told["base"]
    assert told["argv"] == ["train.py", "--flag", "True", "--lr", "0.1", "-n", "x y", "--names", "['a']"]
    assert json.loads(env["SM_USER_ARGS"]) == told["argv"][1:]
    assert (told["cwd"], told["data"], told["python"], told["import"]) == (
        f"{base}/code",
        ["a.csv"],
        sys.executable,
        42,
    )
    assert json.loads(env["SM_HPS"]) == {"flag": True, "lr": 0.1, "n": "x y", "names": ["a"]}
    expected = {
        "SM_CHANNELS": '["train"]',
        "SM_CHANNEL_TRAIN": f"{base}/input/data/train",
        "SM_CURRENT_HOST": "algo-1",
        "SM_CURRENT_INSTANCE_TYPE": "ml.m5.large",
        "SM_FRAMEWORK_MODULE": "",
        "SM_HOSTS": '["algo-1"]',
        "SM_HP_FLAG": "true",
        "SM_HP_LR": "0.1",
        "SM_HP_N": "x y",
        "SM_INPUT_CONFIG_DIR": f"{base}/input/config",
        "SM_INPUT_DIR": f"{base}/input",
        "SM_MODEL_DIR": f"{base}/model",
        "SM_MODULE_DIR": json.loads(given["HyperParameters"]["sagemaker_submit_directory"]),
        "SM_MODULE_NAME": "train",
        "SM_NUM_CPUS": str(os.cpu_count()),
        "SM_OUTPUT_DATA_DIR": f"{base}/output/data",
        "SM_OUTPUT_DIR": f"{base}/output",
        "SM_USER_ENTRY_POINT": "train.py",
        "TRAINING_JOB_NAME": "contract",
        "TRAINING_JOB_ARN": "arn:aws:sagemaker:us-east-1:000000000000:training-job/contract",
        "PYTHONUNBUFFERED": "1",
        "PYTHONHASHSEED": "7",
        "MINE": "1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIALOCAL",
    }
    assert {name: env.get(name) for name in expected} == expected
    assert json.loads(env["SM_TRAINING_ENV"])["channel_input_dirs"] == {"train": f"{base}/input/data/train"}
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "MPLBACKEND", "SM_HP_SAGEMAKER_JOB_NAME"} & set(env)
    assert told["config"] == {
        "hyperparameters.json": given["HyperParameters"],
        "inputdataconfig.json": {
            "train": {
                "ContentType": "text/csv",
                "RecordWrapperType": "None",
                "S3DistributionType": "FullyReplicated",
                "TrainingInputMode": "File",
            }
        },
        "resourceconfig.json": json.loads(env["SM_RESOURCE_CONFIG"]),
    }


def test_a_shell_script_and_one_in_a_folder(harness: Harness) -> None:
    request = harness.request("shell", "")
    source = harness.source("", run__sh='#!/bin/sh\necho shell "$@"\n', **{"deep/main__py": "print('deep')"})
    for name, program in (("shell", "run.sh"), ("deep", "deep/main.py")):
        values = {"sagemaker_program": program, "sagemaker_submit_directory": source, "note": "a 'b' $HOME"}
        harness.call("CreateTrainingJob", **{**request, "TrainingJobName": name, "HyperParameters": values})
        assert harness.over(name)["TrainingJobStatus"] == "Completed"
    assert harness.log("shell") == "shell --note a 'b' $HOME\n"
    assert harness.log("deep") == "deep\n"


def test_an_entry_point_of_this_machine(harness: Harness) -> None:
    request = harness.request("entry", "print('from the source')")
    request["AlgorithmSpecification"] |= {
        "ContainerEntrypoint": ["python", "-c"],
        "ContainerArguments": ["import sys, os; print(sys.executable, os.listdir())"],
    }
    harness.call("CreateTrainingJob", **request)
    assert harness.over("entry")["TrainingJobStatus"] == "Completed"
    assert harness.log("entry") == f"{Path(sys.executable).parent / 'python'} ['train.py']\n"


@pytest.mark.parametrize(
    "algorithm",
    [
        {"TrainingImage": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"},
        {"TrainingImage": "local/python"},
        {"TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine", "ContainerEntrypoint": ["/train"]},
    ],
)
def test_an_image_s_own_entry_point_fails_with_a_reason(harness: Harness, algorithm: Json) -> None:
    harness.create("image", "", HyperParameters={}, AlgorithmSpecification=algorithm)
    found = harness.over("image")
    assert found["TrainingJobStatus"] == "Failed"
    assert "Docker image's own entry point cannot run on the local engine" in found["FailureReason"]
    assert statuses(found) == ["Starting", "Failed"]


def test_a_script_in_another_image_runs_here(harness: Harness) -> None:
    harness.create("torch", "print('ran')", AlgorithmSpecification={"TrainingImage": "763104351884.dkr.ecr/torch:2"})
    assert harness.over("torch")["TrainingJobStatus"] == "Completed"


def test_output_that_is_not_compressed(harness: Harness) -> None:
    harness.create(
        "plain",
        "open('../model/w', 'w').write('weights')",
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out/", "CompressionType": "NONE"},
    )
    found = harness.over("plain")
    assert found["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/out/plain/output/model/"
    assert harness.read(f"s3://{BUCKET}/out/plain/output/model/w") == b"weights"


def test_checkpoints_pass_from_job_to_job(harness: Harness) -> None:
    script = """
        import os, pathlib
        folder = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"], "checkpoints")
        print(sorted(p.name for p in folder.iterdir()))
        (folder / os.environ["TRAINING_JOB_NAME"]).write_text("x")
    """
    for name in ("one", "two"):
        harness.create(name, script, CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints"})
        assert harness.over(name)["TrainingJobStatus"] == "Completed"
    assert (harness.log("one"), harness.log("two")) == ("[]\n", "['one']\n")
    assert harness.read(f"s3://{BUCKET}/checkpoints/two") == b"x"


def test_metrics_are_told_while_it_runs(harness: Harness, tmp_path: Path) -> None:
    harness.create(
        "live",
        "print('loss=3.5')\n" + FOREVER,
        AlgorithmSpecification={"MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}]},
    )
    found = harness.until(lambda: harness.describe("live").get("FinalMetricDataList"))
    assert [(metric["MetricName"], metric["Value"]) for metric in found] == [("loss", 3.5)]
    assert harness.describe("live")["TrainingJobStatus"] == "InProgress"


def test_a_log_is_read_to_its_end_before_a_job_is_over(harness: Harness) -> None:
    definitions = {"MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}]}
    script = "import sys\nsys.stdout.write(('x' * 99 + '\\n') * 20_000)\nprint('loss=7')\nraise SystemExit(1)"
    found = harness.created_and_over("chatty", script, AlgorithmSpecification=definitions)
    assert (found["TrainingJobStatus"], found["FinalMetricDataList"][0]["Value"]) == ("Failed", 7.0)


def test_a_script_that_prints_no_metric_completes(harness: Harness) -> None:
    definitions = {"MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}]}
    harness.create("silent", "print('nothing')", AlgorithmSpecification=definitions)
    found = harness.over("silent")
    assert found["TrainingJobStatus"] == "Completed"
    assert "FinalMetricDataList" not in found


def test_lists(harness: Harness) -> None:
    for name in ("b", "a"):
        harness.create(name, "pass")
        harness.over(name)
    rows = harness.call("ListTrainingJobs")["TrainingJobSummaries"]
    assert [row["TrainingJobName"] for row in rows] == ["b", "a"]
    assert {*rows[0]} == {
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "TrainingEndTime",
        "LastModifiedTime",
        "TrainingJobStatus",
        "SecondaryStatus",
    }
    assert rows[0]["LastModifiedTime"] == harness.describe("b")["LastModifiedTime"]


def test_a_launch_that_is_taken_back_never_runs(harness: Harness, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), harness.store.transaction():  # noqa: PT012
        harness.training.launch(harness.request("undone", appended(tmp_path / "runs")), parent="hpo", number=1)
        raise ZeroDivisionError
    assert harness.training.active()
    harness.until(lambda: not harness.training.active())
    assert not (tmp_path / "runs").exists()


def test_a_trial_has_its_parent_and_its_tuned_hyperparameters(harness: Harness) -> None:
    with harness.store.transaction():
        harness.training.launch(
            harness.request("hpo-001-0", "import sys\nprint(sys.argv)", {"_tuning_objective_metric": "acc"}),
            tuning_job_arn="arn:aws:sagemaker:us-east-1:000000000000:hyper-parameter-tuning-job/hpo",
            parent="hpo",
            number=1,
            tuned={"lr": "0.5"},
        )
    found = harness.over("hpo-001-0")
    assert found["TuningJobArn"].endswith("/hpo")
    assert found["HyperParameters"]["lr"] == "0.5"
    assert harness.log("hpo-001-0") == "['train.py', '--lr', '0.5']\n"
    (record,) = harness.store.find("training-jobs", parent="hpo")
    assert (record.number, record.status, record.state["tuned"]) == (1, "Completed", {"lr": "0.5"})
