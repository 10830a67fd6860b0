"""The handlers of what follows from a job: the request of the next one, the same as code, and its figures as a file."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timezone
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.server.base import SageMakerHandler
from jupyter_sm_ext.server.insights import seen


class SuccessorHandler(SageMakerHandler):
    """A request that follows from a job."""

    @web.authenticated
    @authorized
    async def get(self, name: str, way: str) -> None:
        """Make it; nothing is created."""

        def answer() -> str:
            from jupyter_sm_ext.launching.successors import successor

            return json.dumps(dataclasses.asdict(successor(self.backend.studio(), self.row.kind, name, way)))

        self.finish(await self.run(answer))


class AlgorithmSuccessorHandler(SageMakerHandler):
    """A request that follows from an algorithm."""

    @web.authenticated
    @authorized
    async def get(self, name: str, way: str) -> None:
        """Make it; nothing is created."""

        def answer() -> str:
            from jupyter_sm_ext.launching.algorithm_job import training_with
            from jupyter_sm_ext.watching.job_ways import TRAIN

            if way != TRAIN:
                raise ValidationError(
                    f"there is no way {way[:64]!r} to follow an algorithm", hint=f"There is: {TRAIN}."
                )
            return json.dumps(dataclasses.asdict(training_with(self.backend.studio(), name)))

        self.finish(await self.run(answer))


class JobCodeHandler(SageMakerHandler):
    """A job as the code that creates it."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Write it for boto3 and for the AWS command line."""

        def code() -> dict[str, str]:
            from jupyter_sm_ext.launching.request_code import aws_command, boto3_code
            from jupyter_sm_ext.launching.successors import as_created

            studio = self.backend.studio()
            found = as_created(studio, self.row.kind, name)
            return {
                "boto3": boto3_code(studio.connection, found.operation, found.request),
                "aws": aws_command(studio.connection, found.operation, found.request),
            }

        self.finish(await self.run(code))


class TrialsFileHandler(SageMakerHandler):
    """The trials of a tuning job as a file."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """All of them as CSV, best first."""
        snapshot = await seen(self, self.row, name)

        def text() -> str:
            from jupyter_sm_ext.watching.trial_rows import csv_of

            return csv_of(snapshot["described"], snapshot["training_jobs"])

        _finish_csv(self, await self.run(text), f"{name}-trials")


class CurvesFileHandler(SageMakerHandler):
    """The learning curves of a training job as a file."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Every value of every metric as CSV, oldest first."""

        def text() -> str:
            from jupyter_sm_ext.watching.curves import whole_curves
            from jupyter_sm_ext.watching.trial_rows import csv_text

            rows: list[dict[str, Any]] = [
                {"Time": datetime.fromtimestamp(seconds, timezone.utc), "MetricName": metric, "Value": value}
                for metric, points in whole_curves(self.backend.studio(), name).items()
                for seconds, value in points
            ]
            return csv_text(["Time", "MetricName", "Value"], sorted(rows, key=lambda row: row["Time"]))

        _finish_csv(self, await self.run(text), f"{name}-curves")


def _finish_csv(handler: SageMakerHandler, text: str, name: str) -> None:
    handler.set_header("Content-Type", "text/csv; charset=utf-8")
    handler.set_header("Content-Disposition", f'attachment; filename="{name}.csv"')
    handler.finish(text)
