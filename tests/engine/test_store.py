"""The store: ready-made answers, transactions, filters, order, and one owner."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_sm_ext.engine.store import Record, Store
from jupyter_sm_ext.errors import ConflictError, NotFoundError

KIND = "training-jobs"


class Time:
    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store(tmp_path: Path, time: Time) -> Iterator[Store]:
    made = Store(tmp_path / "x.sqlite", time.now)
    yield made
    made.close()


def record(key: str, created: float = 1.0, **more: Any) -> Record:
    values = {"modified": created, "status": "InProgress", "summary": {"N": key}, "body": {"Name": key}, **more}
    return Record(KIND, key, f"arn:{key}", created, **values)


def keys(found: list[Record]) -> list[str]:
    return [one.key for one in found]


def test_what_is_kept_comes_back(store: Store) -> None:
    kept = record("a", parent="p", number=3, objective=0.5, state={"x": [1, None, "ä\u2028"]})
    store.insert(kept)
    assert store.get(KIND, "a") == kept
    assert store.body_text(KIND, "a") == '{"Name":"a"}'
    assert store.get(KIND, "b") is None
    assert store.get("tuning-jobs", "a") is None
    assert store.body_text(KIND, "b") is None


def test_a_key_is_taken_once(store: Store) -> None:
    store.insert(record("a"))
    with pytest.raises(ConflictError, match="arn:a"):
        store.insert(record("a"))
    assert store.delete(KIND, "a")
    assert not store.delete(KIND, "a")
    store.insert(record("a"))


def test_saving_moves_the_time_of_change(store: Store, time: Time) -> None:
    one = record("a", body={"LastModifiedTime": 1.0}, summary={"LastModifiedTime": 1.0, "Other": 2})
    store.insert(one)
    time.at = 2000.1234
    one.status = "Completed"
    store.save(one)
    found = store.get(KIND, "a")
    assert found is not None
    assert (found.modified, found.created, found.status) == (2000.123, 1.0, "Completed")
    assert found.body == {"LastModifiedTime": 2000.123}
    assert found.summary == {"LastModifiedTime": 2000.123, "Other": 2}


def test_a_clock_that_goes_back_hides_no_change(store: Store, time: Time) -> None:
    one = record("a", created=5000.0)
    store.insert(one)
    store.save(one)
    assert one.modified > 5000.0


def test_saving_what_is_gone(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.save(record("a"))


def test_json_has_no_word_for_nan(store: Store) -> None:
    with pytest.raises(ValueError, match="JSON"):
        store.insert(record("a", body={"x": float("nan")}))


def insert_all(store: Store, *names: str) -> None:
    with store.transaction():
        for name in names:
            store.insert(record(name))


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    store.insert(record("taken"))
    with pytest.raises(ConflictError):
        insert_all(store, "a", "taken")
    assert keys(store.find(KIND)) == ["taken"]


def test_transactions_nest(store: Store) -> None:
    with store.transaction():
        store.insert(record("a"))
        with pytest.raises(ConflictError):
            insert_all(store, "b", "a")
        insert_all(store, "c")
    assert keys(store.find(KIND)) == ["a", "c"]


def test_nobody_else_opens_the_file(store: Store, tmp_path: Path, time: Time) -> None:
    store.insert(record("a"))
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Store(tmp_path / "x.sqlite", time.now)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.sqlite", "x.sqlite-wal"]


def test_it_is_there_after_reopening(store: Store, tmp_path: Path, time: Time) -> None:
    store.insert(record("a"))
    store.remember("x", "y")
    store.close()
    again = Store(tmp_path / "x.sqlite", time.now)
    assert keys(again.find(KIND)) == ["a"]
    assert (again.fact("x"), again.fact("z")) == ("y", None)
    again.close()


def test_filters(store: Store) -> None:
    for number, (key, status, parent) in enumerate(
        [
            ("red-1", "Completed", "t"),
            ("red-2", "Failed", "t"),
            ("blue-1", "Completed", None),
            ("t/red-3", "Failed", "u"),
        ]
    ):
        store.insert(record(key, created=float(number), status=status, parent=parent, number=number))
    assert keys(store.find(KIND, parent="t")) == ["red-1", "red-2"]
    assert keys(store.find(KIND, statuses=["Failed", "Stopped"])) == ["red-2", "t/red-3"]
    assert keys(store.find(KIND, contains="red")) == ["red-1", "red-2", "t/red-3"]
    assert keys(store.find(KIND, contains="t")) == []
    assert keys(store.find(KIND, prefix="red-")) == ["red-1", "red-2"]
    assert keys(store.find(KIND, created_after=1.0, created_before=3.0)) == ["red-2", "blue-1"]
    assert keys(store.find(KIND, modified_after=2.0)) == ["blue-1", "t/red-3"]
    assert keys(store.find(KIND, modified_before=1.0)) == ["red-1"]
    assert store.count(KIND, statuses=["Completed"]) == 2
    assert store.counts(KIND) == {"Completed": 2, "Failed": 2}
    assert store.counts(KIND, parent="t") == {"Completed": 1, "Failed": 1}
    assert [json.loads(text) for text in store.summaries(KIND, parent="u")] == [{"N": "t/red-3"}]
    assert store.find(KIND, statuses=[]) == []


def test_an_objective_orders_those_that_have_one(store: Store) -> None:
    for key, objective in {"a": 0.5, "b": None, "c": -1.0}.items():
        store.insert(record(key, objective=objective))
    assert keys(store.find(KIND, order_by="objective")) == ["c", "a"]
    assert keys(store.find(KIND, order_by="objective", descending=True)) == ["a", "c"]


def test_only_columns_order(store: Store) -> None:
    with pytest.raises(ValueError, match="order"):
        store.find(KIND, order_by="key; DROP TABLE records")


@settings(max_examples=30, deadline=None)
@given(
    times=st.lists(st.integers(0, 4), min_size=0, max_size=25),
    limit=st.integers(1, 7),
    order=st.sampled_from(["created", "modified", "key", "status"]),
    descending=st.booleans(),
)
def test_pages_put_together_are_the_whole(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], limit: int, order: str, descending: bool
) -> None:
    store = Store(tmp_path_factory.mktemp("s") / "x.sqlite", lambda: 0.0)
    for number, created in enumerate(times):
        store.insert(record(f"k{number:02}", float(created), status=f"S{created % 2}"))
    whole = store.rows(KIND, order_by=order, descending=descending)
    column = {"created": "created", "modified": "modified", "key": "key", "status": "status"}[order]
    assert [row.key for row in whole] == [
        row.key for row in sorted(whole, key=lambda row: (getattr(row, column), row.key), reverse=descending)
    ]
    found, after = [], None
    while True:
        page = store.rows(KIND, order_by=order, descending=descending, after=after, limit=limit)
        found += page
        if len(page) < limit:
            break
        after = (page[-1].value, page[-1].key)
    assert found == whole
    store.close()


def test_only_what_has_a_pool_is_looked_through_for_pools(store: Store) -> None:
    for name, status in (("none", None), ("kept", "Available"), ("used", "Reused"), ("gone", None)):
        body = {} if status is None else {"WarmPoolStatus": {"Status": status}}
        store.insert(record(name, body=body))
    assert store.pooled(KIND) == ["kept"]
    kept = store.get(KIND, "kept")
    assert kept is not None
    kept.body["WarmPoolStatus"]["Status"] = "Terminated"
    store.save(kept)
    assert store.pooled(KIND) == []
