"""Actions over REST: begun, told step by step, one at a time on a target, still there for a page that comes later."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_events.logger import EventLogger
from sample_requests import private_space

from jupyter_sm_ext.actions.steps import OnStep, Step
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.errors import ConflictError, LimitError, NotFoundError
from jupyter_sm_ext.server.actions import ActionKind, Actions
from jupyter_sm_ext.server.app import CHANGE, SageMakerExtension
from jupyter_sm_ext.studio import Studio


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


async def ended(api: Any, action_id: str) -> Any:
    deadline = time.monotonic() + 60
    while (found := (await api("GET", f"/actions/{action_id}")).json)["status"] == "Running":
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)
    return found


async def new_space(api: Any, app_type: str = "JupyterLab") -> list[str]:
    domain = (await api("GET", "/connection")).json["domain_id"]
    name = f"act-{uuid.uuid4().hex[:8]}"
    request = {"DomainId": domain, **private_space(name, app_type)}
    assert (await api("POST", "/spaces", request)).status == 201
    return [domain, name]


async def begin(api: Any, action: str, kind: str, key: list[str], **options: Any) -> Any:
    return await api("POST", "/actions", {"action": action, "kind": kind, "key": key, "options": options})


@pytest.fixture
def events(jp_serverapp: Any) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []

    async def listen(logger: EventLogger, schema_id: str, data: dict[str, Any]) -> None:
        heard.append(data)

    jp_serverapp.event_logger.add_listener(schema_id=CHANGE, listener=listen)
    return heard


async def test_a_space_is_started_opened_and_deleted(api: Any, events: list[dict[str, Any]]) -> None:
    key = await new_space(api)
    wanted = {"viewer": "tab", "watches": [{"kind": "studio", "key": []}, {"kind": "actions", "key": []}]}
    await api("POST", "/watches", wanted)
    reply = await begin(api, "start", "spaces", key, InstanceType="ml.trn1.2xlarge")
    assert reply.status == 202
    action = reply.json
    assert (action["status"], action["kind"], action["key"]) == ("Running", "spaces", key)
    assert action["label"] == f"Start {key[1]}: ml.trn1.2xlarge"

    # One at a time on a target, and on what contains it.
    for kind, other in (("spaces", key), ("domains", key[:1])):
        refused = await begin(api, "delete", kind, other)
        assert (refused.status, refused.json["code"]) == (409, "ActionUnderWay")
        assert action["label"] in refused.json["message"]
    assert (await api("DELETE", f"/actions/{action['id']}")).status == 409

    # A page that is loaded later finds it, by list and by watch.
    assert action["id"] in [each["id"] for each in (await api("GET", "/actions")).json["actions"]]
    done = await ended(api, action["id"])
    assert done["status"] == "Succeeded", done
    assert [step["state"] for step in done["steps"]] == ["done"]
    assert done["result"] == {"app": [key[0], "space", key[1], "JupyterLab", "default"]}

    def told() -> list[dict[str, Any]]:
        return [event for event in events if event["kind"] == "actions" and event["key"] == [action["id"]]]

    await until(lambda: told()[-1:] != [] and told()[-1]["status"] == "Succeeded", "the event of the end")
    assert [event["seq"] for event in told()] == sorted({event["seq"] for event in told()})

    async def seen() -> tuple[list[str], list[str]]:
        studio, actions = (await api("POST", "/watches", wanted)).json["watches"]
        statuses = [item["status"] for item in actions["items"] if item["id"] == action["id"]]
        return statuses, [row["text"] for row in studio["items"] if row["key"] == key]

    deadline = time.monotonic() + 30
    while (last := await seen()) != (["Succeeded"], ["Running on ml.trn1.2xlarge"]):
        assert time.monotonic() < deadline, last
        await asyncio.sleep(0.05)

    opened = await api("POST", f"/open/spaces/{'/'.join(key)}")
    assert "/auth?token=" in opened.json["url"]
    led = await api("GET", f"/open/spaces/{'/'.join(key)}", params={"UserProfileName": "default"})
    assert led.status == 302
    consequences = (await api("GET", f"/consequences/spaces/{'/'.join(key)}")).json
    assert consequences["confirm"] == key[1]
    assert "JupyterLab on ml.trn1.2xlarge is stopped" in consequences["consequences"][0]

    deleted = await ended(api, (await begin(api, "delete", "spaces", key)).json["id"])
    assert [step["text"] for step in deleted["steps"]] == [
        "Stop JupyterLab on ml.trn1.2xlarge",
        f"Delete the space {key[1]}",
    ]
    assert (await api("GET", f"/spaces/{'/'.join(key)}")).status == 404
    led = await api("GET", f"/open/spaces/{'/'.join(key)}")
    assert (led.status, led.type) == (404, "text/html; charset=UTF-8")
    assert b"does not exist" in led.raw
    assert (await api("DELETE", f"/actions/{action['id']}")).status == 204
    assert (await api("GET", f"/actions/{action['id']}")).status == 404


async def test_an_action_that_fails_says_why(api: Any) -> None:
    key = await new_space(api, "CodeEditor")
    done = await ended(api, (await begin(api, "start", "spaces", key)).json["id"])
    assert done["status"] == "Failed"
    assert done["error"]["code"] == "AppFailed"
    assert "not installed on this machine" in done["error"]["message"]
    assert done["steps"][-1]["state"] == "failed"
    # The target is free again.
    done = await ended(api, (await begin(api, "delete", "spaces", key)).json["id"])
    assert done["status"] == "Succeeded", done


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/actions", {}, 400, "'action' is a required property"),
        ("POST", "/actions", {"action": "x", "kind": "spaces", "key": ["d", "s"]}, 400, "there is no action 'x'"),
        ("POST", "/actions", {"action": "start", "kind": "spaces", "key": ["d"]}, 400, "named by DomainId/SpaceName"),
        ("POST", "/actions", {"action": "stop", "kind": "training-jobs", "key": ["d"]}, 400, "no actions on"),
        ("POST", "/actions", {"action": "stop", "kind": "spaces", "key": ["d", "s"], "more": 1}, 400, "the body: "),
        ("GET", "/actions/nobody", None, 404, "there is no action nobody"),
        ("GET", "/consequences/spaces/d-aaaaaaaaaaaa/nobody", None, 404, "does not exist"),
        ("GET", "/consequences/teapots/one", None, 400, "no actions on 'teapots'"),
        ("POST", "/open/domains/d-aaaaaaaaaaaa", {}, 400, "no page of its own"),
        ("POST", "/open/spaces/d/s", {"UserProfile": "x"}, 400, "the body: "),
    ],
)
async def test_wrong_actions(api: Any, method: str, path: str, body: Any, status: int, words: str) -> None:
    reply = await api(method, path, body)
    assert reply.status == status, reply.json
    assert words in reply.json["message"]


async def test_the_end_of_the_server_does_not_wait_for_an_action(api: Any, extension: SageMakerExtension) -> None:
    backend = extension.backend
    release = threading.Event()

    def work(studio: Studio, target: Target, options: Any, on_step: OnStep) -> None:
        release.wait(60)
        on_step(Step("told to nobody", "done"))

    actions = Actions(backend._action_changed, {"wait": ActionKind(work, "Wait for {name}")})
    studio = await backend.run(backend.studio)
    begun = actions.begin(studio, "wait", Target("domains", ("d-aaaaaaaaaaaa",)), {})
    await extension.stop_extension()
    release.set()
    await until(lambda: actions.get(begun["id"])["status"] == "Succeeded", "the action goes on")


class Desk:
    """Actions whose work ends when a test says so."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.changes: list[tuple[str, int]] = []
        self.go = threading.Event()
        self.actions = Actions(
            lambda action: self.changes.append((action.status, action.seq)),
            {"work": ActionKind(self._work, "Work on {name}"), "break": ActionKind(self._break, "Break {name}")},
        )

    def _work(self, studio: Studio, target: Target, options: Any, on_step: OnStep) -> Any:
        on_step(Step("one", "waiting"))
        on_step(Step("two", "waiting"))
        on_step(Step("one", "running"))
        assert self.go.wait(60)
        if options.get("fail"):
            raise LimitError("too many", hint="Ask for more.")
        on_step(Step("one", "done"))
        return {"said": options.get("say")}

    def _break(self, studio: Studio, target: Target, options: Any, on_step: OnStep) -> None:
        raise ZeroDivisionError("oh")

    def wait(self, action_id: str) -> Any:
        deadline = time.monotonic() + 30
        while (found := self.actions.get(action_id))["status"] == "Running":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return found


@pytest.fixture
def desk(data_dir: Path) -> Iterator[Desk]:
    desk = Desk(Studio(Connections(data_dir).current()))
    yield desk
    desk.go.set()


SPACE = Target("spaces", ("d-aaaaaaaaaaaa", "desk"))


def test_steps_keep_their_order_and_numbers_only_grow(desk: Desk) -> None:
    begun = desk.actions.begin(desk.studio, "work", SPACE, {"say": "done"})
    desk.go.set()
    done = desk.wait(begun["id"])
    assert [(step["text"], step["state"]) for step in done["steps"]] == [("one", "done"), ("two", "waiting")]
    assert done["result"] == {"said": "done"}
    assert done["ended"] >= done["created"]
    numbers = [seq for _, seq in desk.changes]
    assert numbers == sorted(set(numbers))


def test_what_goes_wrong_is_told_and_frees_the_target(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.go.set()
    failed = desk.wait(desk.actions.begin(desk.studio, "work", SPACE, {"fail": True})["id"])
    assert (failed["status"], failed["error"]["code"], failed["error"]["hint"]) == (
        *("Failed", "ResourceLimitExceeded"),
        "Ask for more.",
    )
    broken = desk.wait(desk.actions.begin(desk.studio, "break", SPACE, {})["id"])
    assert broken["error"]["code"] == "InternalError"
    assert "Break desk failed" in caplog.text


def test_conflicts_are_those_of_one_place_on_one_connection(desk: Desk) -> None:
    domain = SPACE.key[0]
    desk.actions.begin(desk.studio, "work", SPACE, {})
    for target in (
        SPACE,
        Target("domains", (domain,)),
        Target("apps", (domain, "space", "desk", "JupyterLab", "default")),
    ):
        with pytest.raises(ConflictError, match="Work on desk is under way"):
            desk.actions.begin(desk.studio, "work", target, {})
    desk.actions.begin(desk.studio, "work", Target("spaces", (domain, "other")), {})
    desk.actions.begin(desk.studio, "work", Target("user-profiles", (domain, "desk")), {})
    assert [each["key"][1] for each in desk.actions.list("local")] == ["desk", "other", "desk"]
    assert desk.actions.list("aws:default:eu-west-1") == []


def test_what_hangs_can_be_stopped(data_dir: Path) -> None:
    studio, go = Studio(Connections(data_dir).current()), threading.Event()

    def work(studio: Studio, target: Target, options: Any, on_step: OnStep) -> None:
        assert go.wait(60)

    kinds = {"start": ActionKind(work, "Start {name}"), "stop": ActionKind(work, "Stop {name}", interrupts=True)}
    actions = Actions(lambda action: None, kinds)
    actions.begin(studio, "start", SPACE, {})
    actions.begin(studio, "stop", SPACE, {})
    for action in kinds:
        with pytest.raises(ConflictError, match=r"(Stop|Start) desk is under way"):
            actions.begin(studio, action, SPACE, {})
    go.set()


def test_what_is_over_is_forgotten_after_an_hour(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.go.set()
    old = desk.actions.begin(desk.studio, "work", SPACE, {})["id"]
    desk.wait(old)
    now = time.time()
    monkeypatch.setattr("jupyter_sm_ext.server.actions.time.time", lambda: now + 3700)
    assert desk.actions.list() == []
    with pytest.raises(NotFoundError):
        desk.actions.get(old)
