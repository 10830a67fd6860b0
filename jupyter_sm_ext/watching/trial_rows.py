"""The trials of a tuning job as a table, best first, under the names that the SageMaker SDK gives its columns."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from jupyter_sm_ext.watching.snapshots import objective_of

COLUMNS = (
    "TrainingJobName",
    "TrainingJobStatus",
    "FinalObjectiveValue",
    "TrainingStartTime",
    "TrainingEndTime",
    "TrainingElapsedTimeSeconds",
)


def kinds_of(described: Mapping[str, Any]) -> dict[str, str]:
    """What each tuned hyperparameter is: Categorical, Continuous or Integer."""
    definition = described.get("TrainingJobDefinition") or {}
    config = described["HyperParameterTuningJobConfig"]
    ranges = config.get("ParameterRanges") or definition.get("HyperParameterRanges") or {}
    return {
        each["Name"]: kind.removesuffix("ParameterRanges")
        for kind, members in ranges.items()
        if kind.endswith("ParameterRanges")
        for each in members
    }


def typed(tuned: Mapping[str, str], kinds: Mapping[str, str]) -> dict[str, int | float | str]:
    """Hyperparameters as numbers where their ranges are of numbers."""
    convert: dict[str, type[int | float]] = {"Integer": int, "Continuous": float}
    return {name: convert.get(kinds.get(name, ""), str)(value) for name, value in tuned.items()}


def rows_of(described: Mapping[str, Any], trials: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row a trial: hyperparameters by their names, then `COLUMNS`.

    Parameters
    ----------
    described : mapping
        What Describe says of the tuning job.
    trials : iterable of mapping
        Summaries of its training jobs; times as datetimes or seconds since 1970.
    """
    kinds = kinds_of(described)
    objective = described["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective") or {}
    sign = 1.0 if objective.get("Type") == "Minimize" else -1.0
    rows = [_row(each, kinds) for each in trials]

    def place(row: Mapping[str, Any]) -> float:
        value = row["FinalObjectiveValue"]
        return math.inf if value is None else sign * float(value)

    return sorted(rows, key=place)


def _row(trial: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    start, end = _time(trial.get("TrainingStartTime")), _time(trial.get("TrainingEndTime"))
    return {
        **typed(trial.get("TunedHyperParameters") or {}, kinds),
        "TrainingJobName": trial["TrainingJobName"],
        "TrainingJobStatus": trial["TrainingJobStatus"],
        "FinalObjectiveValue": objective_of(trial),
        "TrainingStartTime": start,
        "TrainingEndTime": end,
        "TrainingElapsedTimeSeconds": (end - start).total_seconds() if start and end else None,
    }


def _time(value: datetime | float | None) -> datetime | None:
    return datetime.fromtimestamp(value, timezone.utc) if isinstance(value, (int, float)) else value


def csv_of(described: Mapping[str, Any], trials: Iterable[Mapping[str, Any]]) -> str:
    """The same as CSV with a header; times in ISO 8601."""
    rows = rows_of(described, trials)
    # Of a job with several definitions, the trials have different hyperparameters.
    names = dict.fromkeys([*kinds_of(described), *(name for row in rows for name in row if name not in COLUMNS)])
    return csv_text([*names, *COLUMNS], rows)


def csv_text(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV; what a spreadsheet would take for a formula is kept as text."""
    columns = list(columns)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "@") else value
