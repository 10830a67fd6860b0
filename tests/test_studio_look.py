"""Looking at the tree: few calls, one denied list dims one branch, and what failed is asked once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from engine_process import EngineProcess
from faulty_aws import FaultyAWS

from jupyter_sm_ext.connections.connection import connect
from jupyter_sm_ext.connections.denied import DeniedOperations
from jupyter_sm_ext.errors import AccessDeniedError, SageMakerError, ThrottledError, TroubleError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.snapshots import Watcher
from jupyter_sm_ext.watching.studio_look import StudioLook

Json = dict[str, Any]
D = "d-aaaaaaaaaaaa"
MEMBERS = {"ListDomains": "Domains", "ListUserProfiles": "UserProfiles", "ListSpaces": "Spaces", "ListApps": "Apps"}


@dataclass
class FakeConnection:
    pace: tuple[float, float] = (5.0, 3600.0)
    here: Json | None = None
    id: str = "local"
    label: str = "Local engine"
    generation: int = 0
    denied: DeniedOperations = field(default_factory=lambda: DeniedOperations(lambda: 0))

    def renew(self, generation: int) -> bool:
        return False


@dataclass
class FakeStudio:
    """Studio's lists, in pages, sorted as asked, and counted."""

    connection: FakeConnection = field(default_factory=FakeConnection)
    lists: dict[str, list[Json]] = field(default_factory=dict)
    reason: str = "No luck."
    failures: dict[str, SageMakerError] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read_json(self, operation: str, request: Json) -> Json:
        with self.lock:
            self.calls[operation] += 1
        if operation in self.failures:
            raise self.failures[operation]
        if operation.startswith("Describe"):
            return {"FailureReason": self.reason, "ResourceSpec": {"InstanceType": "ml.m5.large"}}
        found = sorted(self.lists.get(operation, []), key=lambda item: item[request.get("SortBy", "CreationTime")])
        if request.get("SortOrder") == "Descending":
            found.reverse()
        start = int(request.get("NextToken", 0))
        end = start + request["MaxResults"]
        page: Json = {MEMBERS[operation]: found[start:end]}
        return page | ({"NextToken": str(end)} if end < len(found) else {})


def space(number: int, status: str = "InService") -> Json:
    named = {"DomainId": D, "SpaceName": f"s-{number:03}", "Status": status}
    return {**named, "CreationTime": float(number), "LastModifiedTime": float(number)}


def look_at(look: StudioLook, studio: FakeStudio) -> bool:
    studio.calls.clear()
    return look.refresh(studio)  # type: ignore[arg-type]


def names(look: StudioLook) -> list[str]:
    return [row["name"] for row in look.contents(None)["items"]]


def test_five_hundred_spaces_are_five_pages_and_then_one() -> None:
    spaces = [space(number) for number in range(500)]
    studio, look = FakeStudio(lists={"ListSpaces": spaces}), StudioLook()
    assert look_at(look, studio)
    assert studio.calls == {"ListDomains": 1, "ListUserProfiles": 1, "ListSpaces": 5, "ListApps": 1}
    assert not look_at(look, studio)
    assert studio.calls["ListSpaces"] == 1
    spaces[3].update(Status="Updating", LastModifiedTime=900.0)
    spaces.append(space(901))
    assert look_at(look, studio)
    assert studio.calls["ListSpaces"] == 1
    assert len(names(look)) == 501
    assert [row["text"] for row in look.contents(None)["items"] if row["name"] == "s-003"] == ["Updating"]


def test_what_is_gone_is_noticed() -> None:
    spaces = [space(number) for number in range(250)]
    studio, look = FakeStudio(lists={"ListSpaces": spaces}), StudioLook()
    look_at(look, studio)
    spaces[7].update(Status="Deleting", LastModifiedTime=900.0)
    look_at(look, studio)
    # It was seen on its way out: the list is read until it is found, or to its end.
    del spaces[7]
    assert look_at(look, studio)
    assert "s-007" not in names(look)
    # It was not; but something was just done here.
    del spaces[7]
    assert not look_at(look, studio)
    look.hasten()
    assert look_at(look, studio)
    assert "s-008" not in names(look)
    # It was not, and nobody told: the whole list is read now and then.
    studio.connection.pace = (0.0, 0.0)
    look.hasten()
    look_at(look, studio)
    del spaces[7]
    assert look_at(look, studio)
    assert "s-009" not in names(look)


def test_a_failure_is_asked_once_and_not_all_at_once() -> None:
    spaces = [space(number, "Failed") for number in range(45)]
    studio, look = FakeStudio(lists={"ListSpaces": spaces}), StudioLook()
    asked = []
    for _ in range(4):
        look_at(look, studio)
        asked.append(studio.calls["DescribeSpace"])
    assert asked == [20, 20, 5, 0]
    assert {row["text"] for row in look.contents(None)["items"]} == {"Failed: No luck."}
    # Another failure of the same space is another one.
    spaces[0]["LastModifiedTime"] = 900.0
    studio.reason = "Again."
    look_at(look, studio)
    assert studio.calls["DescribeSpace"] == 1
    assert look.contents(None)["items"][0]["text"] == "Failed: Again."


def test_who_has_seen_it_gets_only_what_changed() -> None:
    spaces = [space(number) for number in range(3)]
    studio = FakeStudio(lists={"ListSpaces": spaces})
    watcher = Watcher(studio, "studio", ())  # type: ignore[arg-type]

    def told(since: int | None) -> tuple[int, list[str], list[list[str]] | None]:
        watcher.thing.hasten()
        watcher.look()
        snapshot = watcher.snapshot(since)
        return snapshot["seq"], [row["name"] for row in snapshot["items"]], snapshot.get("gone")

    first, names, gone = told(None)
    assert (names, gone) == (["s-000", "s-001", "s-002"], None)
    assert told(first) == (first, [], [])
    spaces[1].update(Status="Updating", LastModifiedTime=9.0)
    spaces.append(space(5))
    second, names, gone = told(first)
    assert (names, gone) == (["s-001", "s-005"], [])
    del spaces[0]
    assert told(second)[1:] == ([], [["spaces", D, "s-000"]])
    # Somebody who was away for both; and somebody whose number is from before a restart.
    assert told(first)[1:] == (["s-001", "s-005"], [["spaces", D, "s-000"]])
    assert told(1)[1:] == (["s-001", "s-002", "s-005"], None)
    # It is there again.
    spaces.insert(0, space(0))
    assert told(second)[1:] == (["s-000"], [])


@pytest.mark.parametrize(("error", "calls"), [(AccessDeniedError("no"), 0), (ThrottledError("slow"), 1)])
def test_a_reason_that_cannot_be_had_is_no_failure_of_the_tree(error: SageMakerError, calls: int) -> None:
    studio = FakeStudio(lists={"ListSpaces": [space(1, "Failed")]}, failures={"DescribeSpace": error})
    look = StudioLook()
    look_at(look, studio)
    assert look.contents(None)["items"][0]["text"] == "Failed"
    look_at(look, studio)
    assert studio.calls["DescribeSpace"] == calls


def test_a_list_that_fails_by_itself_keeps_what_was_seen() -> None:
    studio, look = FakeStudio(lists={"ListSpaces": [space(1)]}), StudioLook()
    before = time.time()
    look_at(look, studio)
    read = time.time()
    studio.failures["ListSpaces"] = TroubleError("We encountered an internal error.", code="InternalFailure")
    assert look_at(look, studio)
    assert names(look) == ["s-001"]
    problem = look.contents(None)["branches"]["spaces"]
    assert (problem["code"], problem["action"]) == ("InternalFailure", None)
    # It is told since when, and that does not move while nothing is read.
    assert before <= problem["updated"] <= read
    assert not look_at(look, studio)
    assert look.contents(None)["branches"]["spaces"] == problem
    studio.failures["ListSpaces"] = ThrottledError("Rate exceeded")
    with pytest.raises(ThrottledError):
        look_at(look, studio)
    assert names(look) == ["s-001"]


def test_a_denied_list_dims_one_branch_and_names_the_action(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = EngineProcess(tmp_path / "engine").start()
    try:
        with FaultyAWS(engine.data_dir).serving() as aws:
            for name, value in aws.environment.items():
                monkeypatch.setenv(name, value)
            aws.deny("ListSpaces")
            watcher = Watcher(Studio(connect("aws", data_dir=data_dir)), "studio", ())
            assert watcher.look()
            snapshot = watcher.snapshot()
            assert snapshot["error"] is None
            assert {row["kind"] for row in snapshot["items"]} == {"domains", "user-profiles"}
            denied = snapshot["branches"].pop("spaces")
            assert denied["action"] == "sagemaker:ListSpaces"
            assert denied["code"] == "AccessDeniedException"
            assert denied["updated"] is None
            assert "sagemaker:ListSpaces" in denied["hint"]
            assert set(snapshot["branches"].values()) == {None}
            # The permission is given: the branch is back by itself.
            aws.faults.clear()
            assert watcher.look()
            assert watcher.snapshot()["branches"]["spaces"] is None
    finally:
        engine.close()
