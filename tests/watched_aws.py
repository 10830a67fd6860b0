"""An AWS with faults that has, besides what its engine has, a tuning job of as many trials as a test wants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faulty_aws import FaultyAWS
from tuning_aws import TuningJob

JOB = {"kind": "tuning-jobs", "key": ["large"]}


class WatchedAWS(FaultyAWS):
    """See `FaultyAWS`; what is said of the tuning job comes from ``job``."""

    def __init__(self, data_dir: Path, job: TuningJob) -> None:
        super().__init__(data_dir)
        self.job = job

    def answer(
        self, operation: str, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Any, bytes]:
        if not self.job.knows(operation):
            return super().answer(operation, method, path, headers, body)
        told = json.dumps(self.job.answer(operation, json.loads(body))).encode()
        return 200, [("Content-Type", "application/x-amz-json-1.1")], told
