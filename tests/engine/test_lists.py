"""Lists as clients page through them: order, filters, and a NextToken that only we can make."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_engine_parts import Parts

from jupyter_sm_ext.engine.lists import Listing, page
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.errors import ValidationError

KIND = "training-jobs"
NAMES = [f"{color}-{number}" for color in ("red", "blue") for number in range(15)]


@pytest.fixture
def many(parts: Parts) -> Parts:
    """Thirty training jobs, made in disorder, three at the same time."""
    names = list(NAMES)
    random.Random(1).shuffle(names)
    for number, name in enumerate(names):
        created = 1000.0 + number // 3
        status = "Completed" if name.endswith(("1", "3", "5")) else "Failed"
        summary = {"TrainingJobName": name, "TrainingJobStatus": status, "CreationTime": created}
        if number % 10 == 0:
            summary["WarmPoolStatus"] = {"Status": "Reused"}
        parts.engine.store.insert(
            Record(KIND, name, f"arn:{name}", created, created + number % 3 * 100, status, summary=summary)
        )
    return parts


def pages(parts: Parts, **request: Any) -> Iterator[list[str]]:
    while True:
        found = parts.call("ListTrainingJobs", **request)
        yield [row["TrainingJobName"] for row in found["TrainingJobSummaries"]]
        if "NextToken" not in found:
            return
        request["NextToken"] = found["NextToken"]


def listed(parts: Parts, **request: Any) -> list[str]:
    return [name for page in pages(parts, **request) for name in page]


@pytest.mark.parametrize("sort", [None, "Name", "CreationTime", "Status"])
@pytest.mark.parametrize("way", [None, "Ascending", "Descending"])
@pytest.mark.parametrize("results", [1, 7, 30, 100, None])
def test_order_is_the_same_however_the_pages_are_cut(
    many: Parts, sort: str | None, way: str | None, results: int | None
) -> None:
    given = {"SortBy": sort, "SortOrder": way, "MaxResults": results}
    request = {name: value for name, value in given.items() if value is not None}
    rows = {row.key: row for row in many.engine.store.rows(KIND)}
    value: Callable[[str], Any] = {
        "Name": lambda name: name,
        "Status": lambda name: rows[name].status,
    }.get(sort or "", lambda name: rows[name].created)
    assert listed(many, **request) == sorted(NAMES, key=lambda name: (value(name), name), reverse=way == "Descending")


def test_training_jobs_are_cut_into_pages_before_they_are_filtered(many: Parts) -> None:
    found = list(pages(many, MaxResults=5, StatusEquals="Completed", NameContains="red"))
    assert len(found) == 6
    assert min(len(page) for page in found) < 5
    assert sorted(name for page in found for name in page) == sorted(
        name for name in NAMES if name.startswith("red") and name.endswith(("1", "3", "5"))
    )
    assert list(pages(many, MaxResults=10, StatusEquals="Stopped")) == [[], [], []]


def test_bounds(many: Parts) -> None:
    rows = many.engine.store.rows(KIND)
    assert listed(many, CreationTimeAfter=1003, CreationTimeBefore=1005) == [
        row.key for row in rows if 1003 <= row.created < 1005
    ]
    assert set(listed(many, LastModifiedTimeAfter=1100.5)) == {row.key for row in rows if row.modified >= 1100.5}
    assert set(listed(many, LastModifiedTimeBefore=1100)) == {row.key for row in rows if row.modified < 1100}


def test_a_member_of_the_rows_filters_too(many: Parts) -> None:
    assert len(listed(many, WarmPoolStatusEquals="Reused")) == 3
    assert listed(many, WarmPoolStatusEquals="InUse") == []


def test_a_page_that_ends_with_the_list_has_no_token(many: Parts) -> None:
    assert "NextToken" not in many.call("ListTrainingJobs", MaxResults=30)
    assert "NextToken" in many.call("ListTrainingJobs", MaxResults=29)


def test_a_row_that_goes_between_two_pages_is_no_harm(many: Parts) -> None:
    walk = pages(many, SortBy="Name", MaxResults=10)
    first = next(walk)
    many.engine.store.delete(KIND, first[-1])
    assert [*first, *(name for page in walk for name in page)] == sorted(NAMES)


def token(parts: Parts, **request: Any) -> str:
    return str(parts.call("ListTrainingJobs", MaxResults=3, **request)["NextToken"])


def test_a_token_is_for_its_own_list_only(many: Parts) -> None:
    good = token(many, SortBy="Name")
    assert len(listed(many, SortBy="Name", MaxResults=5, NextToken=good)) == 27
    for request in ({}, {"SortBy": "Status"}, {"SortBy": "Name", "SortOrder": "Descending"}, {"NameContains": "red"}):
        with pytest.raises(ValidationError, match="NextToken"):
            many.call("ListTrainingJobs", NextToken=good, **request)
    with pytest.raises(ValidationError, match="NextToken"):
        many.call("ListSpaces", NextToken=good)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80).map(lambda text: text or "x"), where=st.integers(0, 200), bit=st.integers(0, 7))
def test_a_token_of_somebody_elses_making(many: Parts, text: str, where: int, bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(token(many) + "=="))
    raw[where % len(raw)] ^= 1 << bit
    bent = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    listing = Listing("ListTrainingJobs", KIND)
    for bad in (text, bent, bent + "="):
        with pytest.raises(ValidationError, match="NextToken"):
            page(many.engine, listing, {"NextToken": bad})


def test_rows_can_be_made_to_measure(many: Parts) -> None:
    listing = Listing("ListTrainingJobsForHyperParameterTuningJob", KIND, default_sort="Name", default_results=10)
    found = json.loads(page(many.engine, listing, {}, text=lambda row: json.dumps({"Key": row.key})))
    assert [row["Key"] for row in found["TrainingJobSummaries"]] == sorted(NAMES)[:10]
    # One that has gone in between leaves no gap.
    gone = min(NAMES)
    found = json.loads(
        page(many.engine, listing, {}, text=lambda row: None if row.key == gone else json.dumps({"Key": row.key}))
    )
    assert [row["Key"] for row in found["TrainingJobSummaries"]] == sorted(NAMES)[1:10]
