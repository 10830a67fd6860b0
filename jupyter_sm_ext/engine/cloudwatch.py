"""CloudWatch, as much of it as reading a training job's metrics takes: statistics of what its logs say."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.log_reader import LogReader
from jupyter_sm_ext.engine.metrics import Value
from jupyter_sm_ext.engine.training import KIND as TRAINING
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.metric_lines import MetricLines

NAMESPACE = "/aws/sagemaker/TrainingJobs"
_DIMENSION = "TrainingJobName"
_MOST_POINTS = 1440
_MOST_BYTES = 64 << 20
_MINUTE = 60
_SHORT_PERIODS = (1, 5, 10, 20, 30)
_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "SampleCount": len,
    "Average": lambda values: math.fsum(values) / len(values),
    "Sum": math.fsum,
    "Minimum": min,
    "Maximum": max,
}


class CloudWatch(Family):
    """GetMetricStatistics of the metrics that a training job's MetricDefinitions find in its logs."""

    service: ClassVar[str] = "cloudwatch"

    def get_metric_statistics(self, request: Request) -> Answer:
        """Statistics of a metric for each period in which it has values; none of a job or a metric there is not."""
        for member in ("ExtendedStatistics", "Unit"):
            if request.get(member, "None") != "None":
                raise _wrong(f"{member}: the local engine has plain statistics of numbers without a unit.")
        if not request.get("Statistics"):
            raise _wrong("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
        period = int(request["Period"])
        if period not in _SHORT_PERIODS and period % _MINUTE:
            raise _wrong(f"Period must be one of {', '.join(map(str, _SHORT_PERIODS))} or a multiple of {_MINUTE}.")
        begin, end = float(request["StartTime"]) // period * period, float(request["EndTime"])
        if begin >= end:
            raise _wrong("The parameter StartTime must be less than the parameter EndTime.", "InvalidParameterValue")
        if (end - begin) / period > _MOST_POINTS:
            raise _wrong(
                f"You have requested up to {math.ceil((end - begin) / period)} datapoints, which exceeds the limit of "
                f"{_MOST_POINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time "
                "range."
            )
        return partial(_statistics, request, *self._where(request), begin, end, period)

    def _where(self, request: Request) -> tuple[list[dict[str, str]], list[Path]]:
        """How the metric is found, and in which logs: those of all instances in all attempts."""
        job = self._job(request)
        definitions = [] if job is None else job["AlgorithmSpecification"].get("MetricDefinitions", [])
        named = [one for one in definitions if one["Name"] == request["MetricName"]]
        if job is None or not named:
            return [], []
        logs = sorted((self.engine.runner.logs / job["TrainingJobName"]).glob("*.log"))
        if sum(log.stat().st_size for log in logs) > _MOST_BYTES:
            raise ValidationError(
                f"The logs of {job['TrainingJobName']} have more than {_MOST_BYTES >> 20} MiB: the local engine finds "
                "no metrics in as much at once. Read the log, or the last values in FinalMetricDataList.",
                code="LimitExceeded",
            )
        return named, logs

    def _job(self, request: Request) -> dict[str, Any] | None:
        dimensions = {one["Name"]: one["Value"] for one in request.get("Dimensions", ())}
        if request["Namespace"] != NAMESPACE or dimensions.keys() != {_DIMENSION}:
            return None
        record = self.engine.store.get(TRAINING, dimensions[_DIMENSION])
        return None if record is None else record.body


def _statistics(
    request: Request, definitions: list[dict[str, str]], logs: list[Path], begin: float, end: float, period: int
) -> dict[str, Any]:
    periods: dict[float, list[float]] = {}
    for value in _values(definitions, logs, begin):
        if begin <= value.time < end:
            periods.setdefault(value.time // period * period, []).append(value.value)
    return {
        "Label": request["MetricName"],
        "Datapoints": [
            {"Timestamp": time, "Unit": "None"} | {name: _STATISTICS[name](found) for name in request["Statistics"]}
            for time, found in sorted(periods.items())
        ],
    }


def _values(definitions: list[dict[str, str]], logs: list[Path], begin: float) -> Iterator[Value]:
    """What was printed of a metric since a time."""
    lines = MetricLines(definitions)
    for log in logs:
        reader = LogReader(log)
        for event in reader.forward(reader.since(int(begin * 1000))):
            for _, value in lines.find(event.message):
                yield Value(value, event.time / 1000)


def _wrong(words: str, code: str = "InvalidParameterCombination") -> ValidationError:
    return ValidationError(words, code=code)
