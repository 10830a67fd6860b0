"""Search: order, pages, what is refused, and that a change is seen."""

from __future__ import annotations

import random
from typing import Any

import pytest
from local_engine_parts import START, Parts
from search_help import Json, found, names, put, put_three

from jupyter_sm_ext.errors import ValidationError


@pytest.fixture
def three(parts: Parts) -> Parts:
    """Three training jobs, an hour from one to the next."""
    put_three(parts)
    return parts


def test_the_last_changed_come_first(three: Parts) -> None:
    answer = three.call("Search", Resource="TrainingJob")
    assert names(answer) == ["gamma", "beta", "alpha"]
    record = three.engine.store.get("training-jobs", "alpha")
    assert record is not None
    three.clock.at += 1_000_000
    three.engine.store.save(record)
    assert names(three.call("Search", Resource="TrainingJob")) == ["alpha", "gamma", "beta"]


@pytest.mark.parametrize(
    ("sort", "ascending", "descending"),
    [
        ("TrainingJobName", "abg", "gba"),
        ("Metrics.acc", "gab", "agb"),
        ("ResourceConfig.InstanceCount", "abg", "gba"),
        ("HyperParameters.opt", "abg", "bag"),
        ("HyperParameters.lr", "abg", "bag"),
        ("TrainingEndTime", "abg", "agb"),
        ("Tags.team", "bag", "abg"),
        ("InputDataConfig.ChannelName", "abg", "bag"),
    ],
)
def test_sorting_puts_what_lacks_the_property_last(three: Parts, sort: str, ascending: str, descending: str) -> None:
    for way, wanted in {"Ascending": ascending, "Descending": descending}.items():
        request = {"SortBy": sort, "SortOrder": way}
        assert "".join(name[0] for name in names(three.call("Search", Resource="TrainingJob", **request))) == wanted
        assert "".join(page[0][0] for page in walk(three, MaxResults=1, **request)) == wanted


def walk(parts: Parts, **request: Any) -> Any:
    while True:
        answer = parts.call("Search", Resource="TrainingJob", **request)
        yield names(answer)
        if "NextToken" not in answer:
            return
        request["NextToken"] = answer["NextToken"]


@pytest.mark.parametrize("results", [1, 7, 100, None])
@pytest.mark.parametrize("way", ["Ascending", "Descending"])
def test_pages_are_one_list(parts: Parts, results: int | None, way: str) -> None:
    dice = random.Random(4)
    for number in range(30):
        lr = {"lr": str(dice.choice([0.1, 0.2, "none"]))} if number % 4 else {}
        put(parts, f"job-{number:02d}", START + number % 3, HyperParameters=lr)
    request: Json = {"SortBy": "HyperParameters.lr", "SortOrder": way}
    whole = names(parts.call("Search", Resource="TrainingJob", MaxResults=100, **request))
    assert len(whole) == 30
    if results is not None:
        request["MaxResults"] = results
    pages = list(walk(parts, **request))
    assert [name for page in pages for name in page] == whole
    assert {len(page) for page in pages[:-1]} <= {results or 10}


def test_tokens_are_for_their_own_search(three: Parts) -> None:
    token = three.call("Search", Resource="TrainingJob", MaxResults=1)["NextToken"]
    for request in (
        {"Resource": "HyperParameterTuningJob"},
        {"Resource": "TrainingJob", "SortBy": "CreationTime"},
        {"Resource": "TrainingJob", "SearchExpression": {"Filters": [{"Name": "TrainingJobName", "Value": "x"}]}},
    ):
        with pytest.raises(ValidationError, match="Invalid NextToken"):
            three.call("Search", NextToken=token, **request)
    for bad in ("x", token[:-2], token + "AA", "é"):
        with pytest.raises(ValidationError, match="Invalid NextToken"):
            three.call("Search", Resource="TrainingJob", MaxResults=1, NextToken=bad)
    assert "NextToken" not in three.call("Search", Resource="TrainingJob", NextToken=token)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"Resource": "Experiment"}, "no Experiment resources"),
        ({"Resource": "Endpoint"}, "no Endpoint resources"),
        ({"Resource": "Space"}, "enum value set"),
        ({"CrossAccountFilterOption": "CrossAccount"}, "no account but its own"),
        ({"VisibilityConditions": [{"Key": "Tags.a", "Value": "b"}]}, "VisibilityConditions"),
        ({"SortBy": "ResourceConfig"}, "no single value"),
        ({"SortBy": "Colour"}, "Unknown property"),
        ({"MaxResults": 101}, "less than or equal to 100"),
    ],
)
def test_what_the_engine_cannot_search_for_is_refused(three: Parts, request_: Json, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        three.call("Search", **{"Resource": "TrainingJob", **request_})
    three.call("Search", Resource="TrainingJob", CrossAccountFilterOption="SameAccount")


def test_what_changes_is_seen_and_what_goes_is_gone(three: Parts) -> None:
    store = three.engine.store
    running = ("TrainingJobStatus", "Equals", "InProgress")
    epochs = ("HyperParameters.epochs", "GreaterThan", "1")
    assert (found(three, running), found(three, epochs), found(three, ("Tags.team", "Exists"))) == ("g", "", "ab")
    record = store.get("training-jobs", "gamma")
    assert record is not None
    record.status = record.body["TrainingJobStatus"] = "Completed"
    record.body["HyperParameters"] = {"epochs": "3"}
    store.save(record)
    assert (found(three, running), found(three, epochs)) == ("", "g")
    three.call("DeleteTags", ResourceArn=three.engine.arn("TrainingJob", "alpha"), TagKeys=["team"])
    assert found(three, ("Tags.team", "Exists")) == "b"
    store.delete("training-jobs", "gamma")
    put(three, "delta", START, HyperParameters={"epochs": "9"})
    assert (found(three, running), found(three, epochs)) == ("", "d")
    assert found(three, ("FailureReason", "NotExists")) == "ad"


def test_more_properties_than_are_kept_in_memory(three: Parts) -> None:
    for number in range(100):
        assert found(three, (f"HyperParameters.p{number}", "NotExists")) == "abg"
    for number in range(300):
        put(three, f"x{number}", START, HyperParameters={"many": "1"})
    answer = three.call(
        "Search",
        Resource="TrainingJob",
        SearchExpression={"Filters": [{"Name": "HyperParameters.many", "Value": "1"}]},
        MaxResults=100,
    )
    assert answer["TotalHits"]["Value"] == 300
