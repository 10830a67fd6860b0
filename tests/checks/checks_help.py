"""What checks before a start are asked about in tests, and how one is picked out of their answer."""

from __future__ import annotations

from typing import Any

import sample_requests

from jupyter_sm_ext.checks.preflight import Check

Json = dict[str, Any]
TRN1 = "ml.trn1.2xlarge"
LAB = f"Studio JupyterLab Apps running on {TRN1} instances"
CODES = "quotas-aws-us-east-1"
CONSOLE = "https://us-east-1.console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas"


def one(checks: list[Check], name: str) -> Check:
    [found] = [check for check in checks if check.check == name]
    return found


def states(checks: list[Check]) -> dict[str, str]:
    return {check.check: check.state for check in checks}


def training(instance_type: str, **more: Any) -> Json:
    config = {"InstanceType": instance_type, "InstanceCount": 2, "VolumeSizeInGB": 10}
    return sample_requests.training(**{"ResourceConfig": config, **more})
