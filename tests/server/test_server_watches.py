"""Watches over REST, the event that tells of a change, and the end of both."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from typing import Any

import pytest
from jupyter_events.logger import EventLogger

from jupyter_sm_ext.errors import AccessDeniedError
from jupyter_sm_ext.server.app import CHANGE, SageMakerExtension

SNAPSHOT = {"connection", "label", "kind", "key", "seq", "since", "status", "terminal", "updated", "error"}


def watches(*wanted: dict[str, Any], viewer: str = "tab", seconds: float = 60) -> dict[str, Any]:
    return {"viewer": viewer, "seconds": seconds, "watches": list(wanted)}


@pytest.fixture
def events(jp_serverapp: Any) -> list[dict[str, Any]]:
    """Every change that was told so far."""
    heard: list[dict[str, Any]] = []

    async def listen(logger: EventLogger, schema_id: str, data: dict[str, Any]) -> None:
        heard.append(data)

    jp_serverapp.event_logger.add_listener(schema_id=CHANGE, listener=listen)
    return heard


async def test_a_list_is_given_and_its_change_told(api: Any, events: list[dict[str, Any]]) -> None:
    first = await api("POST", "/watches", watches({"kind": "spaces", "key": []}))
    [snapshot] = first.json["watches"]
    assert SNAPSHOT | {"items"} <= set(snapshot)
    assert (snapshot["kind"], snapshot["key"], snapshot["error"]) == ("spaces", [], None)
    assert snapshot["connection"] == "local"

    domain = (await api("GET", "/connection")).json["domain_id"]
    name = f"watched-{uuid.uuid4().hex[:8]}"
    assert (await api("POST", "/spaces", {"DomainId": domain, "SpaceName": name})).status == 201
    deadline = time.monotonic() + 30
    # Kernels are told of, too, whenever they are looked for.
    while not (told := [event for event in events if event["kind"] == "spaces" and event["seq"] > snapshot["seq"]]):
        assert time.monotonic() < deadline, "no event"
        await asyncio.sleep(0.02)
    assert {"connection": "local", "kind": "spaces", "key": [], "status": ""}.items() <= told[-1].items()

    wanted = {"kind": "spaces", "key": [], "since": snapshot["seq"]}
    [second] = (await api("POST", "/watches", watches(wanted))).json["watches"]
    assert second["seq"] > snapshot["seq"]
    assert name in [space["SpaceName"] for space in second["items"]]


async def test_one_thing_and_jobs_in_one_call(api: Any) -> None:
    domain = (await api("GET", "/connection")).json["domain_id"]
    wanted = ({"kind": "domains", "key": [domain]}, {"kind": "jobs", "key": []})
    one, jobs = (await api("POST", "/watches", watches(*wanted))).json["watches"]
    assert one["described"]["DomainId"] == domain
    assert (one["status"], one["terminal"]) == ("InService", True)
    assert isinstance(jobs["items"], list)


async def test_what_is_not_there_is_a_snapshot_with_an_error(api: Any) -> None:
    wanted = {"kind": "tuning-jobs", "key": ["no-such-job"], "since": None}
    [snapshot] = (await api("POST", "/watches", watches(wanted))).json["watches"]
    assert set(snapshot["error"]) == {"message", "code", "hint", "statement"}
    assert snapshot["described"] is None
    picture = await api("GET", "/pictures/tuning-jobs/no-such-job")
    assert picture.status == 200
    assert "no-such-job" in picture.json["html"]


async def test_what_is_denied_is_told_and_can_be_tried_again(
    api: Any, extension: SageMakerExtension, events: list[dict[str, Any]]
) -> None:
    wanted = watches({"kind": "jobs", "key": []})
    [before] = (await api("POST", "/watches", wanted)).json["watches"]
    assert before["denied"] == []
    operation = "StopTrainingJob"
    error = AccessDeniedError(f"User: me is not authorized to perform: sagemaker:{operation}", operation=operation)
    extension.backend.studio().connection.denied.note(operation, {"TrainingJobName": "fit"}, error)

    [after] = (await api("POST", "/watches", wanted)).json["watches"]
    [told] = after["denied"]
    assert (told["kind"], told["deed"], told["action"]) == ("training-jobs", "stop", f"sagemaker:{operation}")
    assert json.loads(told["statement"])["Action"] == f"sagemaker:{operation}"
    deadline = time.monotonic() + 30
    while not any(event["kind"] == "jobs" and event["seq"] == after["seq"] for event in events):
        assert time.monotonic() < deadline, "no event"
        await asyncio.sleep(0.02)

    [again] = (await api("POST", "/watches", {**wanted, "again": True})).json["watches"]
    assert again["denied"] == []


async def test_no_watches_end_the_leases(api: Any, extension: SageMakerExtension) -> None:
    def leased() -> bool:
        return any(watch.leased for watch in extension.backend.hub._watches.values())

    await api("POST", "/watches", watches({"kind": "spaces", "key": []}))
    assert leased()
    assert (await api("POST", "/watches", watches())).json == {"watches": []}
    assert not leased()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "'viewer' is a required property"),
        (watches(viewer=""), "viewer: "),
        (watches(viewer="x" * 65), "viewer: "),
        (watches(seconds=301), "seconds: 301 is greater than the maximum of 300"),
        ({"viewer": "v", "watches": {}}, "watches: {} is not of type 'array'"),
        (watches({"kind": "spaces"}), "watches.0: 'key' is a required property"),
        (watches({"kind": "spaces", "key": [1]}), "watches.0.key.0: 1 is not of type 'string'"),
        (watches({"kind": "spaces", "key": [], "since": "x"}), "watches.0.since: "),
        (watches(*[{"kind": "spaces", "key": []}] * 101), "watches: "),
        (watches({"kind": "teapots", "key": []}), "no resource is called 'teapots'"),
        (watches({"kind": "spaces", "key": ["only-one"]}), "a Space is named by DomainId/SpaceName"),
        ({**watches(), "more": 1}, "the body: "),
        ({**watches(), "again": 1}, "again: 1 is not of type 'boolean'"),
    ],
)
async def test_wrong_watches(api: Any, body: dict[str, Any], words: str) -> None:
    reply = await api("POST", "/watches", body)
    assert reply.status == 400
    assert words in reply.json["message"]
    assert len(reply.json["message"]) < 700


async def test_pictures_of_what_cannot_be(api: Any) -> None:
    assert (await api("GET", "/pictures/teapots/one")).status == 400
    assert (await api("GET", "/pictures/spaces/one")).status == 400
    assert (await api("GET", "/pictures/spaces/one/two/three")).status == 404


async def test_an_open_tab_does_not_keep_the_server_busy(api: Any, jp_serverapp: Any) -> None:
    await api("POST", "/watches", watches())
    assert "api_last_activity" not in jp_serverapp.web_app.settings
    await api("GET", "/schemas/CreateSpace")
    assert "api_last_activity" in jp_serverapp.web_app.settings


async def test_stopping_ends_pollers_and_threads(api: Any, extension: SageMakerExtension) -> None:
    await api("POST", "/watches", watches({"kind": "jobs", "key": []}))
    [watch] = extension.backend.hub._watches.values()
    assert watch._task is not None
    assert any(thread.name.startswith("jupyter-sm") for thread in threading.enumerate())
    await extension.stop_extension()
    assert watch._task.done()
    deadline = time.monotonic() + 10
    while any(thread.name.startswith("jupyter-sm") for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "threads are left"
        await asyncio.sleep(0.02)


async def test_stopping_what_was_never_used_makes_nothing(extension: SageMakerExtension) -> None:
    await extension.stop_extension()
    assert "backend" not in vars(extension)
