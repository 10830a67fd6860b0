"""The routes of kernels on apps, and that the kernels keep step with their apps whoever stops these."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.remote import specs

SPACE = {
    "SpaceSettings": {"AppType": "JupyterLab"},
    "OwnershipSettings": {"OwnerUserProfileName": "default"},
    "SpaceSharingSettings": {"SharingType": "Private"},
}
TRN1 = {"InstanceType": "ml.trn1.2xlarge"}


@pytest.fixture(autouse=True)
def own_jupyter(jp_data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(jp_data_dir))


def offered() -> list[str]:
    """Names that any Jupyter client offers."""
    return [name for name in KernelSpecManager().find_kernel_specs() if name.startswith("sm-")]


async def until(look: Callable[[], Awaitable[Any]], seconds: float = 60.0) -> Any:
    """Look again and again until there is something to see."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (seen := await look()):
        assert asyncio.get_running_loop().time() < deadline, "it did not come to that"
        await asyncio.sleep(0.05)
    return seen


async def ended(api: Any, action: dict[str, Any]) -> dict[str, Any]:
    async def look() -> Any:
        told = (await api("GET", f"/actions/{action['id']}")).json
        return told if told["status"] != "Running" else None

    found: dict[str, Any] = await until(look)
    return found


async def domain_with(api: Any, name: str) -> str:
    domain = str((await api("GET", "/domains")).json["Domains"][0]["DomainId"])
    made = await api("POST", "/spaces", {"DomainId": domain, "SpaceName": name, **SPACE})
    assert made.status == 201
    return domain


async def test_from_a_stopped_space_to_a_kernel_and_back(api: Any, jp_fetch: Any, jp_serverapp: Any) -> None:
    events: list[dict[str, Any]] = []

    async def listen(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        events.append(data)

    jp_serverapp.event_logger.add_listener(
        schema_id="https://events.jupyter.org/jupyter_sm_ext/change/v1", listener=listen
    )
    assert (await api("GET", "/kernels")).json == {"kernels": []}
    domain = await domain_with(api, "wanted")
    wanted = {"kind": "spaces", "key": [domain, "wanted"], "options": TRN1}
    begun = await api("POST", "/kernels", wanted)
    assert (begun.status, begun.json["action"]) == (202, "add-kernels")
    assert begun.json["label"] == "Add kernels of wanted: ml.trn1.2xlarge"
    again = await api("POST", "/kernels", wanted)
    assert (again.status, again.json["code"]) == (409, "ActionUnderWay")
    action = await ended(api, begun.json)
    assert action["error"] is None
    [kernel] = (await api("GET", "/kernels")).json["kernels"]
    assert action["result"] == {"kernels": [kernel]}
    assert kernel["display_name"] == "Python 3 - ml.trn1.2xlarge (wanted)"
    assert (kernel["state"], kernel["instance"], kernel["owner"]) == ("ready", "ml.trn1.2xlarge", "wanted")
    assert kernel["app_key"] == [domain, "space", "wanted", "JupyterLab", "default"]
    # Any page is told, and finds it where all kernels are.
    await until(lambda: _ready([event for event in events if event["kind"] == "kernels"]))
    assert offered() == [kernel["name"]]

    # Stopped by the plain route, and nobody looks at the hub.
    deleted = await api("DELETE", f"/apps/{'/'.join(kernel['app_key'])}")
    assert deleted.status == 204
    await until(lambda: _ready(not offered()))
    [stopped] = (await api("GET", "/kernels")).json["kernels"]
    assert stopped == {**kernel, "state": "stopped", "text": "Stopped: its app does not run"}
    # One request brings both back.
    action = await ended(api, (await api("POST", "/kernels", {**wanted, "options": {}})).json)
    assert action["error"] is None
    assert offered() == [kernel["name"]]

    # Stopped by an action.
    action = (await api("POST", "/actions", {"action": "stop", "kind": "spaces", "key": [domain, "wanted"]})).json
    await until(lambda: _ready(not offered()))
    assert (await ended(api, action))["error"] is None
    assert (await api("DELETE", f"/kernels/{kernel['name']}")).status == 204
    assert (await api("GET", "/kernels")).json == {"kernels": []}


async def _ready(value: Any) -> Any:
    return value


@pytest.fixture
def left(data_dir: Path, own_jupyter: None) -> tuple[specs.KernelSpec, specs.KernelSpec]:
    """Two kernels that are there before the server: of a space that is gone, and of another connection."""
    local_engine.start(data_dir)
    key = ("d-123456789012", "space", "gone", "JupyterLab", "default")
    rest: dict[str, Any] = {"data_dir": data_dir, "app_key": key, "kernel": "python3", "title": "P", "language": "x"}
    ours = specs.write(specs.KernelSpec(connection="local", **rest))
    return ours, specs.write(specs.KernelSpec(connection="aws:x:us-east-1", **rest))


async def test_what_went_while_no_server_ran(left: tuple[specs.KernelSpec, specs.KernelSpec], api: Any) -> None:
    assert sorted(offered()) == sorted(spec.name for spec in left)
    await until(lambda: _ready(offered() == [left[1].name]))


async def test_what_is_refused(api: Any) -> None:
    assert (await api("DELETE", "/kernels/python3")).status == 404
    assert (await api("DELETE", "/kernels/..%2Fpython3")).status == 404
    for body in ({}, {"kind": "domains", "key": ["d"]}, {"kind": "spaces", "key": ["d"]}, {"kind": "spaces"}):
        refused = await api("POST", "/kernels", body)
        assert refused.status == 400
        assert refused.json["message"]
    nowhere = await api("POST", "/kernels", {"kind": "spaces", "key": ["d-123456789012", "nowhere"]})
    action = await ended(api, nowhere.json)
    assert (action["status"], action["error"]["code"]) == ("Failed", "ResourceNotFound")
    stranger = await api("GET", "/kernels", headers={})
    assert stranger.status in (401, 403)
