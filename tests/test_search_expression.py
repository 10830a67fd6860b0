"""Searches as text: what they become, and what is said of mistakes."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.requests.search_expression import cell_of, property_named, read_search
from jupyter_sm_ext.resources import resource

JOB, TUNING = resource("TrainingJob"), resource("HyperParameterTuningJob")


def one(name: str, operator: str, value: str | None = None) -> dict[str, Any]:
    return {"Name": name, "Operator": operator, **({} if value is None else {"Value": value})}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Metrics.loss < 0.2", one("Metrics.loss", "LessThan", "0.2")),
        ("metrics.loss<0.2", one("Metrics.loss", "LessThan", "0.2")),
        ("Metrics.validation:acc >= .5", one("Metrics.validation:acc", "GreaterThanOrEqualTo", ".5")),
        ("HyperParameters.learning-rate > 1e-3", one("HyperParameters.learning-rate", "GreaterThan", "1e-3")),
        ("hyperparameters.opt in (adam, 'sgd')", one("HyperParameters.opt", "In", "adam,sgd")),
        ("HyperParameters.lr not exists", one("HyperParameters.lr", "NotExists")),
        ("FailureReason EXISTS", one("FailureReason", "Exists")),
        ('Tags."my team" != "red cats"', one("Tags.my team", "NotEquals", "red cats")),
        ("resourceconfig.instancetype ~ trn1", one("ResourceConfig.InstanceType", "Contains", "trn1")),
        ("name contains digits", one("TrainingJobName", "Contains", "digits")),
        ("status = failed", one("TrainingJobStatus", "Equals", "Failed")),
        ("EnableManagedSpotTraining == true", one("EnableManagedSpotTraining", "Equals", "true")),
        ("created > 2026-11-01T00:00:00Z", one("CreationTime", "GreaterThan", "2026-11-01T00:00:00Z")),
    ],
)
def test_a_condition_is_a_filter(text: str, expected: dict[str, Any]) -> None:
    sought = read_search(text, JOB)
    assert sought.expression == {"Filters": [expected]}
    assert [each.name for each in sought.properties] == [expected["Name"]]
    assert get_model().check("Search", {"Resource": "TrainingJob", "SearchExpression": sought.expression}) == []


def test_and_binds_more_than_or_and_parentheses_more_than_both() -> None:
    a, b, c = (one(f"Metrics.{name}", "GreaterThan", "1") for name in "abc")
    text = "Metrics.a > 1 or Metrics.b > 1 and Metrics.c > 1"
    assert read_search(text, JOB).expression == {
        "Filters": [a],
        "SubExpressions": [{"Filters": [b, c], "Operator": "And"}],
        "Operator": "Or",
    }
    text = "(Metrics.a > 1 or Metrics.b > 1) and Metrics.c > 1"
    assert read_search(text, JOB).expression == {
        "Filters": [c],
        "SubExpressions": [{"Filters": [a, b], "Operator": "Or"}],
        "Operator": "And",
    }


def test_a_naive_time_is_that_of_this_machine() -> None:
    [found] = read_search('created < "2026-11-01 12:00"', JOB).expression["Filters"]
    local = datetime(2026, 11, 1, 12).astimezone(timezone.utc)
    assert found["Value"] == f"{local:%Y-%m-%dT%H:%M:%SZ}"


def test_tuning_jobs_have_their_own_names() -> None:
    assert read_search("status = completed", TUNING).expression["Filters"] == [
        one("HyperParameterTuningJobStatus", "Equals", "Completed")
    ]
    with pytest.raises(ValidationError, match="only training jobs have Metrics") as caught:
        read_search("Metrics.loss < 1", TUNING)
    assert caught.value.hint == "Search for training jobs."


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "search: it ends where a property should be", "Such as:"),
        ("Metrics.loss <", "it ends where a value for Metrics.loss should be", "Such as:"),
        ("Metrics.loss 0.3", "expected an operator after Metrics.loss", "Such as:"),
        ("Metrics.loss ! 3", "'! 3' cannot be understood", None),
        ("Metrics.loss < abc", "Metrics.loss is compared with a number, not 'abc'", None),
        ("(status = failed", "it ends where `)` should be", "Such as:"),
        ("status = failed x", "expected `and`, `or` or the end, not 'x' (at 17)", "Such as:"),
        ("and status = failed", "expected a property", "Such as:"),
        ("loss < 0.2", "no property 'loss'", "Did you mean Metrics.loss or HyperParameters.loss or Tags.loss?"),
        ("instancetype = ml.m5.large", "no property 'instancetype'", "Did you mean ResourceConfig.InstanceType?"),
        ("TrainingJobStatuss = x", "no property 'TrainingJobStatuss'", "Did you mean TrainingJobStatus?"),
        ("status = faild", "TrainingJobStatus is never 'faild'", "Did you mean Failed?"),
        ("status > 3", "TrainingJobStatus is text, which is not more or less", "Use = != ~ or in."),
        ("Metrics.loss ~ 3", "Metrics.loss is numeric: contains is for texts", "Use = != < or >."),
        ("created > yesterday", "CreationTime is compared with a time", "Write 2026-11-28"),
        ("ResourceConfig = 3", "ResourceConfig is no single value", "Ask whether it exists"),
        ('HyperParameters.opt in ("a,b")', "a value with a comma cannot be in a list", "Join them with or."),
    ],
)
def test_a_mistake_is_told_with_the_way_out(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(ValidationError) as caught:
        read_search(text, JOB)
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert (caught.value.hint or "").startswith(hint or "")


@given(st.text(alphabet="Metrics.ab <>=!~(),\"' 01andor", max_size=40))
def test_any_text_is_a_search_or_a_mistake(text: str) -> None:
    try:
        sought = read_search(text, JOB)
    except ValidationError:
        return
    assert sought.properties


def test_cells_are_the_values_of_a_record() -> None:
    record = {
        "TrainingJobName": "a",
        "FinalMetricDataList": [{"MetricName": "loss", "Value": 0.25}],
        "HyperParameters": {"lr": "0.1"},
        "InputDataConfig": [{"ChannelName": "train"}, {"ChannelName": "test"}],
        "Tags": [{"Key": "team", "Value": "red"}],
    }
    names = ("Metrics.loss", "HyperParameters.lr", "InputDataConfig.ChannelName", "Tags.team", "Metrics.no")
    assert [cell_of(property_named(name, JOB), record) for name in names] == ["0.25", "0.1", "train, test", "red", ""]
