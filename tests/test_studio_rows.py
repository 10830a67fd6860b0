"""Rows of the tree: one plain status each, derived from AWS's own."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import BY_KIND
from jupyter_sm_ext.watching.studio_rows import STATES, STUDIO_KINDS, Details, Row, needs_details, state_of, studio_rows

Json = dict[str, Any]
D = "d-aaaaaaaaaaaa"
SPACE = ("spaces", (D, "desk"))
APP = (D, "space", "desk", "JupyterLab", "default")


def space(status: str = "InService", name: str = "desk", **more: Any) -> Json:
    return {
        "DomainId": D,
        "SpaceName": name,
        "Status": status,
        "CreationTime": 1.0,
        "LastModifiedTime": 2.0,
        "SpaceSettingsSummary": {"AppType": "JupyterLab"},
        "SpaceSharingSettingsSummary": {"SharingType": "Private"},
        "OwnershipSettingsSummary": {"OwnerUserProfileName": "ana"},
        **more,
    }


def app(status: str = "InService", name: str = "default", at: float = 3.0, **more: Any) -> Json:
    owner = {} if "UserProfileName" in more else {"SpaceName": "desk"}
    spec = {"ResourceSpec": {"InstanceType": "ml.trn1.2xlarge"}}
    named = {"DomainId": D, "AppType": "JupyterLab", "AppName": name, "Status": status, "CreationTime": at}
    return {**named, **owner, **spec, **more}


def rows_of(details: dict[Any, Details] | None = None, **found: list[Json]) -> list[Row]:
    kinds = {name.replace("_", "-"): items for name, items in found.items()}
    keyed = {kind: {BY_KIND[kind].key_parts(item): item for item in items} for kind, items in kinds.items()}
    return studio_rows(keyed, details or {})


def space_row(space_status: str, *apps: Json, details: dict[Any, Details] | None = None) -> Row:
    [row] = rows_of(details, spaces=[space(space_status)], apps=list(apps))
    return row


@pytest.mark.parametrize("kind", STUDIO_KINDS)
def test_every_status_of_botocore_has_a_state(kind: str) -> None:
    row = BY_KIND[kind]
    shape: Any = get_model().operation(row.operation("describe")).output_shape
    statuses = shape.members[row.status].enum
    assert statuses
    found = {status: state_of(kind, status) for status in statuses}
    assert set(found.values()) <= STATES
    assert {status for status, state in found.items() if state == "failed"} == row.failed
    # What changes by itself is never shown as something that stays.
    assert not {found[status] for status in row.transitional} & {"ready", "running", "stopped", "failed"}


@pytest.mark.parametrize(
    ("status", "apps", "state", "text"),
    [
        ("InService", [], "stopped", "Stopped"),
        ("InService", [app()], "running", "Running on ml.trn1.2xlarge"),
        ("InService", [app("Pending")], "starting", "Starting"),
        ("InService", [app("Deleting")], "stopping", "Stopping"),
        ("InService", [app("Deleted")], "stopped", "Stopped"),
        ("InService", [app(), app("Failed", "old", 9.0)], "running", "Running on ml.trn1.2xlarge"),
        ("InService", [app(), app(name="two")], "running", "2 apps running"),
        ("InService", [app("Failed", at=3.0), app("Deleted", "new", 4.0)], "stopped", "Stopped"),
        ("InService", [app("Failed")], "failed", "Failed"),
        ("Pending", [], "pending", "Being created"),
        ("Updating", [app()], "updating", "Updating"),
        ("Deleting", [app("Deleted")], "deleting", "Deleting"),
        ("Failed", [], "failed", "Failed"),
        ("Update_Failed", [], "failed", "Update failed"),
        ("Update_Failed", [app()], "running", "Running on ml.trn1.2xlarge; update failed"),
        ("Delete_Failed", [app("Deleted")], "failed", "Delete failed"),
        ("Thinking", [], "stopped", "Stopped"),
    ],
)
def test_a_space_has_one_plain_status(status: str, apps: list[Json], state: str, text: str) -> None:
    row = space_row(status, *apps)
    assert (row["state"], row["text"]) == (state, text)


def test_a_failure_tells_why_in_one_line() -> None:
    told = {("apps", APP): Details(reason="InternalServerError:\n  no luck " + "x" * 300)}
    row = space_row("InService", app("Failed"), details=told)
    assert row["state"] == "failed"
    assert row["text"].startswith("Failed: InternalServerError: no luck x")
    assert row["text"].endswith("…")
    assert "\n" not in row["text"]
    assert row["reason"] == told["apps", APP].reason
    own = space_row("Failed", details={SPACE: Details(reason="No disk.")})
    assert own["text"] == "Failed: No disk."


def test_what_a_row_tells_of_a_space_and_its_app() -> None:
    row = space_row("InService", app())
    assert (row["key"], row["name"], row["domain"], row["owner"], row["sharing"], row["app_type"]) == (
        *([D, "desk"], "desk", D, "ana"),
        *("Private", "JupyterLab"),
    )
    assert (row["created"], row["modified"], row["instance"]) == (1.0, 2.0, "ml.trn1.2xlarge")
    [below] = row["apps"]
    assert (below["key"], below["owner"], below["text"]) == (list(APP), "desk", "Running on ml.trn1.2xlarge")
    assert below["summary"]["AppName"] == "default"


def test_an_app_whose_instance_is_not_listed_gets_it_from_its_description() -> None:
    bare = app()
    del bare["ResourceSpec"]
    assert needs_details("apps", bare)
    row = space_row("InService", bare, details={("apps", APP): Details(instance="ml.m5.large")})
    assert row["text"] == "Running on ml.m5.large"
    assert not needs_details("apps", app())
    assert needs_details("spaces", space("Update_Failed"))
    assert not needs_details("apps", {**bare, "Status": "Deleted"})


def test_profiles_have_their_own_apps_and_stand_before_spaces() -> None:
    domain = {"DomainId": D, "DomainName": "Team", "Status": "InService", "CreationTime": 1.0}
    names = ("zoe", "Ana")
    profiles = [
        {"DomainId": D, "UserProfileName": name, "Status": "InService", "CreationTime": 1.0, "LastModifiedTime": 1.0}
        for name in names
    ]
    system = {"ResourceSpec": {"InstanceType": "system"}}
    classic = app(AppType="JupyterServer", UserProfileName="zoe", **system)
    found = rows_of(domains=[domain], user_profiles=profiles, spaces=[space()], apps=[classic])
    assert [(row["kind"], row["name"], row["text"]) for row in found] == [
        ("domains", "Team", "Ready"),
        ("user-profiles", "Ana", "Ready"),
        ("user-profiles", "zoe", "Running"),
        ("spaces", "desk", "Stopped"),
    ]


def test_apps_whose_space_could_not_be_listed_are_not_lost() -> None:
    found = rows_of(apps=[app(), app("Deleted", "gone")])
    assert [(row["kind"], row["text"]) for row in found] == [("apps", "Running on ml.trn1.2xlarge")]


@pytest.mark.parametrize(
    ("row", "actions"),
    [
        (space_row("InService"), ["start", "change-instance", "update", "delete"]),
        (space_row("InService", app()), ["open", "stop", "change-instance", "update", "delete"]),
        (space_row("InService", app("Pending")), ["stop", "change-instance", "update", "delete"]),
        (space_row("InService", app("Deleting")), []),
        (space_row("InService", app("Failed")), ["start", "change-instance", "update", "delete"]),
        (space_row("Update_Failed"), ["start", "change-instance", "update", "delete"]),
        (space_row("Failed"), ["delete"]),
        (rows_of(spaces=[space(SpaceSettingsSummary={})])[0], ["open", "start", "update", "delete"]),
        (
            rows_of(spaces=[space(SpaceSettingsSummary={})], apps=[app(AppType="JupyterServer")])[0],
            ["open", "start", "stop", "update", "delete"],
        ),
        (space_row("Updating", app()), []),
        (space_row("InService", app())["apps"][0], ["open", "stop", "change-instance"]),
        (space_row("InService", app("Failed"))["apps"][0], ["start"]),
        (rows_of(apps=[app(AppType="KernelGateway", UserProfileName="ana")])[0], ["stop", "change-instance"]),
        (rows_of(apps=[app(AppType="JupyterServer", UserProfileName="ana")])[0], ["open", "stop"]),
    ],
)
def test_only_what_can_be_done_now_is_offered(row: Row, actions: list[str]) -> None:
    assert row["actions"] == actions
