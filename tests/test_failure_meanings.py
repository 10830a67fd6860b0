"""What failures mean: by the words of the service, of Neo's documentation and of the local engine."""

from __future__ import annotations

import string
from typing import Any

import pytest

from jupyter_sm_ext.engine.compilation import targets
from jupyter_sm_ext.engine.training_history import INTERNAL_ERROR, LIMITS, PENDING_TOO_LONG, begin, end
from jupyter_sm_ext.failures.failure_causes import CAUSES
from jupyter_sm_ext.failures.failure_meanings import meaning_of
from jupyter_sm_ext.resources import BY_KIND

TRAINING, COMPILATION, TUNING = "training-jobs", "compilation-jobs", "tuning-jobs"


def told(kind: str, reason: str) -> str:
    meaning = meaning_of(kind, {"FailureReason": reason})
    assert meaning is not None, reason
    return f"{meaning['text']} {meaning['advice']}"


@pytest.mark.parametrize(
    ("kind", "reason", "words"),
    [
        (
            TRAINING,
            (
                "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML"
                " instance type."
            ),
            "no such instance free",
        ),
        (TRAINING, "AlgorithmError: , exit code: 137", "no memory left"),
        (TRAINING, "AlgorithmError: , exit code: 139", "segmentation fault"),
        (TRAINING, "AlgorithmError: , exit code: 127", "is not there"),
        (TRAINING, "AlgorithmError: , exit code: 1", "The script ended with an error"),
        (
            TRAINING,
            (
                'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ModuleNotFoundError: No module'
                ' named \'xgboost\'"\nCommand "python train.py", exit code: 1'
            ),
            "imports xgboost",
        ),
        (
            TRAINING,
            (
                'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "FileNotFoundError: [Errno 2] No'
                " such file or directory: '/opt/ml/input/data/train/x.npz'\", exit code: 1"
            ),
            "reads /opt/ml/input/data/train/x.npz, which is not there",
        ),
        (
            TRAINING,
            (
                'AlgorithmError: ExecuteUserScriptError:\nErrorMessage "torch.cuda.OutOfMemoryError: CUDA out of'
                ' memory. Tried to allocate 2 GiB", exit code: 1'
            ),
            "smaller batches",
        ),
        (TRAINING, "AlgorithmError: OSError: [Errno 28] No space left on device, exit code: 1", "VolumeSizeInGB"),
        (
            TRAINING,
            "AlgorithmError: PermissionError: [Errno 13] Permission denied: '/opt/ml', exit code: 1",
            "SM_MODEL_DIR",
        ),
        (TRAINING, INTERNAL_ERROR, "Start it again"),
        (TRAINING, "ClientError: Data download failed: there is no object s3://b/k", "could not be read from S3"),
        (
            TRAINING,
            (
                "ClientError: An error occurred (AccessDenied) when calling the GetObject operation: User:"
                " arn:aws:sts::1:x is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because ..."
            ),
            "s3:GetObject arn:aws:s3:::b/k",
        ),
        (
            TUNING,
            (
                "No training job succeeded after 5 attempts. For additional details, please take a look at the training"
                " job failures by listing training jobs for the hyperparameter tuning job."
            ),
            "Open one of the failed trials",
        ),
        (TUNING, "No objective metrics found after running 5 training jobs. Please ensure ...", "MetricDefinitions"),
        (
            COMPILATION,
            "ClientError: InputConfiguration: S3 object does not exist. Bucket: models, Key: net/model.tar.gz",
            "There is no model at s3://models/net/model.tar.gz.",
        ),
        (
            COMPILATION,
            (
                "ClientError: InputConfiguration: Bucket models is in region us-east-1 which is different from AWS"
                " Sagemaker service region eu-west-1"
            ),
            "is in us-east-1",
        ),
        (
            COMPILATION,
            "ClientError: InputConfiguration: Unable to untar input model. Please confirm the model is a tar.gz file",
            "tar -czf model.tar.gz",
        ),
        (COMPILATION, "InputConfiguration: No h5 file provided in /tmp/model", "exactly one model"),
        (COMPILATION, "InputConfiguration: Exactly one .pb or .pbtxt file is allowed for TensorFlow models.", "one"),
        (
            COMPILATION,
            (
                "ClientError: InputConfiguration: TVM cannot convert resnet model. Please make sure the framework you"
                " selected is correct. The following operators are not implemented: {'Foo'}"
            ),
            "operators that the compiler does not know",
        ),
        (
            COMPILATION,
            "ClientError: OperatorNotImplemented:('Operator Model is not supported for frontend Keras.')",
            "operators that the compiler does not know",
        ),
        (COMPILATION, "ClientError: OperatorAttributeNotImplemented: layout", "not with these attributes"),
        (
            COMPILATION,
            (
                "ClientError: InputConfiguration: Input input has wrong shape in Input Shape dictionary. Input shapes"
                " should be provided in NCHW format."
            ),
            "NCHW",
        ),
        (
            COMPILATION,
            (
                "ClientError: InputConfiguration: We are unable to extract DataInputConfig from the model due to"
                " input_config_derivation_error."
            ),
            '{"input": [1, 3, 224, 224]}',
        ),
        (
            COMPILATION,
            "ClientError: InputConfiguration: Unable to load provided Keras model. Error: 'sample_weight_mode'",
            "FrameworkVersion",
        ),
        (COMPILATION, "ClientError: Access Denied when calling sts:AssumeRole", "trusts sagemaker.amazonaws.com"),
        (
            COMPILATION,
            (
                "ClientError: TimeOut: the job did not complete within its time ({'MaxRuntimeInSeconds': 60,"
                " 'MaxPendingTimeInSeconds': 7200})."
            ),
            "longer than its StoppingCondition allows",
        ),
    ],
)
def test_known_reasons_are_told_in_plain_words(kind: str, reason: str, words: str) -> None:
    assert words in told(kind, reason)


@pytest.mark.parametrize("device", ["ml_trn1", "ml_inf2", "ml_g4dn", "coreml", "jacinto_tda4vm"])
def test_every_target_that_the_engine_refuses_names_its_compiler(device: str) -> None:
    body = {"OutputConfig": {"TargetDevice": device}, "InputConfig": {"Framework": "ONNX"}}
    said = told(COMPILATION, str(targets.refusal(body)))
    assert "This machine has no compiler for that" in said
    assert "AWS connection" in said


@pytest.mark.parametrize("limit", [*LIMITS.values(), None])
def test_jobs_that_a_limit_of_theirs_ended(limit: str | None) -> None:
    body: dict[str, Any] = {}
    begin(body, 1.0)
    message = None if limit else PENDING_TOO_LONG
    end(body, "Stopped", 2.0, secondary=limit, message=message)
    meaning = meaning_of(TRAINING, body)
    assert meaning is not None
    assert (limit or "MaxPendingTimeInSeconds").removesuffix("Exceeded") in meaning["text"] + meaning["advice"]


def test_nothing_is_made_of_what_went_well_or_was_wished_for() -> None:
    for status in ("Completed", "Stopped"):
        body: dict[str, Any] = {}
        begin(body, 1.0)
        end(body, status, 2.0)
        assert meaning_of(TRAINING, body) is None
    assert meaning_of(COMPILATION, {"CompilationJobStatus": "COMPLETED", "FailureReason": ""}) is None
    assert meaning_of(TRAINING, {"FailureReason": "Something that nobody has met before"}) is None


def test_every_cause_is_of_a_kind_of_job_and_says_only_what_its_words_found() -> None:
    for cause in CAUSES:
        assert set(cause.kinds) <= set(BY_KIND)
        for template in (cause.text, cause.advice):
            names = {name for _, name, _, _ in string.Formatter().parse(template) if name}
            assert names <= set(cause.words.groupindex), template
