"""What a CreateCompilationJob request must be besides what the model says: the service's rules, and our limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine import container
from jupyter_sm_ext.engine.compilation import inputs, targets
from jupyter_sm_ext.engine.inputs import check_target
from jupyter_sm_ext.errors import ValidationError

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

Json = dict[str, Any]

DEFAULT_RUNTIME_SECONDS = 86_400
_MAX_RUNTIME_SECONDS = 28 * 86_400
_WITH_VERSION = ("MXNET", "PYTORCH", "TENSORFLOW", "TFLITE")


def check(engine: Engine, request: Json) -> None:
    """Refuse a request that cannot become a job.

    Raises
    ------
    ValidationError
        The first thing that is wrong with it, or what of it the local engine does not do.
    """
    _input(request)
    _output(engine, request["OutputConfig"])
    _stopping(request["StoppingCondition"])
    if "VpcConfig" in request:
        raise ValidationError("VpcConfig: the local engine cannot do this: jobs use this machine's network.")
    _options(request)


def _input(request: Json) -> None:
    given = [member for member in ("InputConfig", "ModelPackageVersionArn") if member in request]
    if len(given) != 1:
        raise ValidationError(
            "Provide either a ModelPackageVersionArn or an InputConfig object in the request"
            f"{', not both' if given else ''}."
        )
    if "InputConfig" not in request:
        raise ValidationError("ModelPackageVersionArn: the local engine cannot do this: it has no model packages.")
    config = request["InputConfig"]
    _, key = container.bucket_and_key(config["S3Uri"], "InputConfig.S3Uri")
    if not key or key.endswith("/"):
        raise ValidationError(
            "InputConfig.S3Uri must point to a single gzip compressed tar archive (.tar.gz suffix), not "
            f"{config['S3Uri']!r}."
        )
    if "FrameworkVersion" in config and config["Framework"] not in _WITH_VERSION:
        raise ValidationError(
            "InputConfig.FrameworkVersion is only supported for the MXNet, PyTorch, TensorFlow and TensorFlow Lite "
            "frameworks."
        )
    if config["Framework"] == "ONNX" and "DataInputConfig" in config:
        inputs.parse(config["DataInputConfig"])


def _output(engine: Engine, config: Json) -> None:
    if len(config.keys() & {"TargetDevice", "TargetPlatform"}) != 1:
        raise ValidationError("Exactly one of OutputConfig.TargetDevice and OutputConfig.TargetPlatform is required.")
    if config.get("KmsKeyId"):
        raise ValidationError("OutputConfig.KmsKeyId: the local engine cannot do this: it has no keys.")
    check_target(engine, config["S3OutputLocation"], "OutputConfig.S3OutputLocation", folder=False)


def _stopping(condition: Json) -> None:
    runtime = condition.get("MaxRuntimeInSeconds", DEFAULT_RUNTIME_SECONDS)
    if runtime > _MAX_RUNTIME_SECONDS:
        raise ValidationError(
            f"StoppingCondition.MaxRuntimeInSeconds must be at most {_MAX_RUNTIME_SECONDS} seconds (28 days)."
        )
    if condition.get("MaxWaitTimeInSeconds", runtime) < runtime:
        raise ValidationError(
            "Invalid MaxWaitTimeInSeconds. It must be equal to or greater than MaxRuntimeInSeconds, which is "
            f"{runtime}."
        )


def _options(request: Json) -> None:
    output = request["OutputConfig"]
    if "CompilerOptions" not in output:
        return
    try:
        json.loads(output["CompilerOptions"])
    except (ValueError, RecursionError) as error:
        raise ValidationError(f"OutputConfig.CompilerOptions must be JSON: {error}.") from None
    # A job that fails for its target says so; which options its compiler has is not ours to know.
    unknown = targets.unknown_options(output)
    if unknown and targets.refusal(request) is None:
        raise ValidationError(
            f"OutputConfig.CompilerOptions: the local engine cannot do this: it has no compiler option "
            f"{', '.join(unknown)}. onnxruntime's optimisation for CPUs takes none."
        )
