"""Learning curves: every value of every metric that a training job has logged.

The service keeps only the last values (FinalMetricDataList); the log has all of them, at full resolution, and is the
same on the local engine and on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.metric_lines import MetricLines
from jupyter_sm_ext.studio import LogPage, Studio

Points = dict[str, list[tuple[float, float]]]


@dataclass(frozen=True)
class CurvePage:
    """What is new since a token.

    Parameters
    ----------
    metrics : dict
        Points of each metric, ``[epoch seconds, value]``, in the order in which they were logged.
    token : str, optional
        To be given for the next page; None while there is no log.
    more : bool
        Whether there is more already.
    """

    metrics: Points
    token: str | None
    more: bool


def whole_curves(studio: Studio, training_job: str) -> Points:
    """All points of each metric so far; raises what `read_curves` raises."""
    described = studio.describe("training-jobs", training_job)
    found: Points = {definition["Name"]: [] for definition in definitions_of(described)}
    for page in studio.log_pages(training_job) if found else ():
        for name, points in metrics_in(page, described).items():
            found[name] += points
    return found


def read_curves(studio: Studio, training_job: str, token: str | None = None) -> CurvePage:
    """What a training job's metrics were since a token, read from its log by its own MetricDefinitions.

    Parameters
    ----------
    studio : Studio
        Where the job is.
    training_job : str
        Its name.
    token : str, optional
        Of the page before.

    Raises
    ------
    NotFoundError
        There is no such job.
    ValidationError
        The token is not one that was given out.
    """
    described = studio.describe("training-jobs", training_job)
    if not definitions_of(described):
        return CurvePage({}, token, more=False)
    page = studio.logs(training_job, token)
    return CurvePage(metrics_in(page, described), page.token, page.more)


def metrics_in(page: LogPage, described: Mapping[str, Any]) -> Points:
    """The values of each metric in a page of a log.

    Parameters
    ----------
    page : LogPage
        Of the log of a training job.
    described : mapping
        Its DescribeTrainingJob response.
    """
    definitions = definitions_of(described)
    found: Points = {definition["Name"]: [] for definition in definitions}
    lines = MetricLines(definitions)
    for event in page.events:
        for name, value in lines.find(event["message"]):
            found[name].append((event["timestamp"] / 1000, value))
    return found


def definitions_of(described: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """MetricDefinitions of a training job, from its description."""
    found: Sequence[Mapping[str, str]] = described["AlgorithmSpecification"].get("MetricDefinitions") or ()
    return found
