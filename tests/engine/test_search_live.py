"""Search as boto3 sees it, over jobs that really ran."""

from __future__ import annotations

from typing import Any

import pytest
from engine_process import EngineProcess
from tuning_help import client, over, start, trials


@pytest.fixture(scope="module")
def tuned(engine: EngineProcess) -> EngineProcess:
    """An engine on which a tuning job of four trials is over."""
    start(engine, "tune", most=4, parallel=4, Tags=[{"Key": "team", "Value": "red"}])
    assert over(engine, "tune")["HyperParameterTuningJobStatus"] == "Completed"
    return engine


def search(engine: EngineProcess, noun: str = "TrainingJob", *filters: tuple[str, str, str], **more: Any) -> list[Any]:
    if filters:
        named = [dict(zip(("Name", "Operator", "Value"), one, strict=True)) for one in filters]
        more["SearchExpression"] = {"Filters": named}
    pages = list(client(engine).get_paginator("search").paginate(Resource=noun, **more))
    found = [row[noun] for page in pages for row in page["Results"]]
    assert {page["TotalHits"]["Value"] for page in pages} == {len(found)}
    return found


def test_trials_are_found_by_what_became_of_them(tuned: EngineProcess) -> None:
    rows = trials(tuned, "tune")
    values = {row["TrainingJobName"]: row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in rows}
    ranked = search(tuned, SortBy="Metrics.validation:score", PaginationConfig={"PageSize": 1})
    assert [row["TrainingJobName"] for row in ranked] == sorted(values, key=lambda name: values[name], reverse=True)
    best = ranked[0]
    threshold = str(values[ranked[1]["TrainingJobName"]])
    assert search(tuned, "TrainingJob", ("Metrics.validation:score", "GreaterThan", threshold)) == [best]
    share = best["HyperParameters"]["share"]
    assert search(tuned, "TrainingJob", ("HyperParameters.share", "Equals", share)) == [best]
    assert best["Tags"] == [{"Key": "team", "Value": "red"}]
    described = client(tuned).describe_training_job(TrainingJobName=best["TrainingJobName"])
    del described["ResponseMetadata"]
    assert {name: value for name, value in best.items() if name != "Tags"} == described
    after = described["CreationTime"].isoformat()
    assert best in search(tuned, "TrainingJob", ("CreationTime", "GreaterThanOrEqualTo", after))
    assert best not in search(tuned, "TrainingJob", ("CreationTime", "GreaterThan", after))


def test_the_tuning_job_is_found(tuned: EngineProcess) -> None:
    for one in (
        ("Tags.team", "Equals", "red"),
        ("HyperParameterTuningJobStatus", "In", "Completed,Stopped"),
        ("TrainingJobStatusCounters.Completed", "GreaterThanOrEqualTo", "4"),
        ("HyperParameterTuningJobConfig.Strategy", "Contains", "Bayes"),
    ):
        (found,) = search(tuned, "HyperParameterTuningJob", one)
        assert found["HyperParameterTuningJobName"] == "tune"
        assert "BestTrainingJob" in found
    assert search(tuned, "HyperParameterTuningJob", ("Tags.team", "NotEquals", "red")) == []


def test_searching_goes_on_after_a_restart(tuned: EngineProcess) -> None:
    first = client(tuned).search(Resource="TrainingJob", MaxResults=3)
    tuned.kill()
    tuned.start()
    more = client(tuned).search(Resource="TrainingJob", MaxResults=3, NextToken=first["NextToken"])
    names = [row["TrainingJob"]["TrainingJobName"] for page in (first, more) for row in page["Results"]]
    assert len(set(names)) == 4
