"""Defaults of the SageMaker Python SDK for whoever uses it with the local engine.

The SDK asks AWS's own address of STS, whatever the variables say, for the name of its default bucket, and IAM whether
the role may train; it sends what was called to a bucket of AWS's. None of it can or should leave this machine. So its
configuration, for as long as the environment leads to the engine, is this one and not the user's of an account.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from jupyter_sm_ext.paths import write_private

FILE = "sagemaker-sdk.yaml"
_OVERRIDE = "SAGEMAKER_USER_CONFIG_OVERRIDE"
_VALIDATE_ROLE = "SAGEMAKER_VALIDATE_ROLE"
_IAM = "AWS_ENDPOINT_URL_IAM"


def variables(data_dir: Path, *, endpoint_url: str, bucket: str, role: str) -> dict[str, str]:
    """Write the configuration, and give the variables by which the SDK finds it.

    Parameters
    ----------
    data_dir : Path
        Where the file goes.
    endpoint_url : str
        Of the engine, which has no IAM and says so: it is asked about the role all the same.
    bucket : str
        The SDK's default bucket.
    role : str
        ARN of the role of training jobs that name none.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    # JSON is YAML, and needs no package to be written.
    text = json.dumps(
        {
            "SchemaVersion": "1.0",
            "SageMaker": {
                "PythonSDK": {"Modules": {"TelemetryOptOut": True, "Session": {"DefaultS3Bucket": bucket}}},
                "TrainingJob": {"RoleArn": role},
            },
        },
        indent=2,
    )
    file = data_dir / FILE
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        write_private(file, text)
    return {_OVERRIDE: str(file), _VALIDATE_ROLE: "false", _IAM: endpoint_url}


def left_over() -> tuple[str, ...]:
    """Variables that were set for the engine and would lead the SDK astray in an account; the user's own stay."""
    ours = Path(os.environ.get(_OVERRIDE, "")).name == FILE
    return (_OVERRIDE, _VALIDATE_ROLE, _IAM) if ours else ()
