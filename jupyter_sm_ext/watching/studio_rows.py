"""Domains, user profiles, spaces and apps as rows: one plain status each, and what can be done with it now.

A list tells neither why something failed nor, in older releases, which instance an app is on; both come as `Details`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from jupyter_sm_ext.resources import BY_KIND, Resource

Key = tuple[str, ...]
Summary = Mapping[str, Any]

STUDIO_KINDS = ("domains", "user-profiles", "spaces", "apps")
JUPYTER_SERVER, KERNEL_GATEWAY = "JupyterServer", "KernelGateway"
SYSTEM_INSTANCE = "system"

_OWN_STATES = {"InService": "ready", "Pending": "pending", "Updating": "updating", "Deleting": "deleting"}
_APP_STATES = {"InService": "running", "Pending": "starting", "Deleting": "stopping", "Deleted": "stopped"}
_WORDS = {
    "ready": "Ready",
    "pending": "Being created",
    "updating": "Updating",
    "deleting": "Deleting",
    "running": "Running",
    "starting": "Starting",
    "stopping": "Stopping",
    "stopped": "Stopped",
    "failed": "Failed",
}
STATES = frozenset(_WORDS)
LIVE_STATES = frozenset({"running", "starting", "stopping"})
_PASSING = frozenset({"pending", "updating", "deleting", "stopping"})
_UNUSABLE = frozenset({"Failed", "Delete_Failed"})  # with Update_Failed it is what it was before
_REASON_CHARACTERS = 200


@dataclass(frozen=True)
class Details:
    """What Describe tells of one that its list does not.

    Parameters
    ----------
    instance : str, optional
        Type of instance that an app is on.
    reason : str, optional
        Why it failed, in the service's words.
    """

    instance: str | None = None
    reason: str | None = None


NO_DETAILS = Details()


class Row(TypedDict):
    """One domain, user profile, space or app; times are epoch seconds, ``domain`` is the domain's id."""

    kind: str
    key: list[str]
    name: str
    domain: str
    owner: str | None
    sharing: str | None
    app_type: str | None
    state: str
    text: str
    instance: str | None
    reason: str | None
    created: float
    modified: float
    actions: list[str]
    here: bool
    apps: list[Row]
    summary: dict[str, Any]


def studio_rows(
    found: Mapping[str, Mapping[Key, Summary]],
    details: Mapping[tuple[str, Key], Details],
    here: tuple[str, Key] | None = None,
) -> list[Row]:
    """The rows of all that was listed: domains, then profiles and spaces with their apps, each by name.

    Parameters
    ----------
    found : mapping
        Summaries by key, by kind; as on AWS's wire, so times are numbers.
    details : mapping
        By kind and key, where a list does not tell enough.
    here : tuple, optional
        Kind and key of the space or profile that we run in.

    Returns
    -------
    list of Row
        Apps stand below their space or profile; by themselves only if that was not listed. Deleted apps are left out.
    """
    by_owner: dict[tuple[str, Key], list[tuple[Key, Summary]]] = {}
    for key, summary in found.get("apps", {}).items():
        by_owner.setdefault(owner_of(key), []).append((key, summary))
    rows: list[Row] = []
    for kind in STUDIO_KINDS[:-1]:
        made = []
        for key, summary in found.get(kind, {}).items():
            made.append(_row(kind, key, summary, details, by_owner.pop((kind, key), [])))
            made[-1]["here"] = (kind, key) == here
        rows += sorted(made, key=lambda row: row["name"].casefold())
    orphans = sorted(app for apps in by_owner.values() for app in apps)
    rows += [_row("apps", key, summary, details, []) for key, summary in orphans if summary["Status"] != "Deleted"]
    return rows


def owner_of(app: Key) -> tuple[str, Key]:
    """Kind and key of the space or profile that an app belongs to."""
    domain, word, owner = app[:3]
    return ("spaces" if word == "space" else "user-profiles"), (domain, owner)


def needs_details(kind: str, summary: Summary) -> bool:
    """Whether the list's summary does not tell all that its row should."""
    row, status = BY_KIND[kind], summary["Status"]
    if status in row.failed:
        return True
    return kind == "apps" and status != "Deleted" and not _instance(summary)


def state_of(kind: str, status: str) -> str:
    """Our word for AWS's status, by the row of `resources`; a status of a later release is not taken for more."""
    row = BY_KIND[kind]
    if status in row.failed:
        return "failed"
    states = _APP_STATES if kind == "apps" else _OWN_STATES
    return states.get(status, "pending" if status in row.transitional else "ready")


def _row(
    kind: str,
    key: Key,
    summary: Summary,
    details: Mapping[tuple[str, Key], Details],
    apps: list[tuple[Key, Summary]],
) -> Row:
    row, told = BY_KIND[kind], details.get((kind, key), NO_DETAILS)
    status, state = str(summary["Status"]), state_of(kind, str(summary["Status"]))
    instance = (_instance(summary) or told.instance) if kind == "apps" else None
    reason = told.reason if state == "failed" else None
    below = [_row("apps", each, app, details, []) for each, app in sorted(apps) if app["Status"] != "Deleted"]
    made: Row = {
        "kind": kind,
        "key": list(key),
        "name": _name(row, summary),
        "domain": key[0],
        "owner": key[2] if kind == "apps" else _inner(summary, "OwnershipSettingsSummary", "OwnerUserProfileName"),
        "sharing": _inner(summary, "SpaceSharingSettingsSummary", "SharingType"),
        "app_type": summary.get("AppType") or _inner(summary, "SpaceSettingsSummary", "AppType"),
        "state": state,
        "text": _text(state, status, instance, reason),
        "instance": instance,
        "reason": reason,
        "created": float(summary["CreationTime"]),
        "modified": float(summary.get("LastModifiedTime") or summary["CreationTime"]),
        "actions": [],
        "here": False,
        "apps": below,
        "summary": dict(summary),
    }
    if kind in ("spaces", "user-profiles"):
        _take_from_apps(made, status, apps)
    made["actions"] = _actions(made, status)
    return made


def _take_from_apps(made: Row, status: str, apps: list[tuple[Key, Summary]]) -> None:
    """Give a space or profile that can be used the status of its apps."""
    if status in _UNUSABLE or made["state"] in _PASSING:
        return
    live = [app for app in made["apps"] if app["state"] in LIVE_STATES]
    if live:
        # The one that changes says what happens now; else what runs is what costs.
        chosen = next((app for state in ("starting", "stopping") for app in live if app["state"] == state), live[0])
        text = f"{len(live)} apps running" if chosen["state"] == "running" and len(live) > 1 else chosen["text"]
        if made["state"] == "failed":
            text += f"; {made['text'][0].lower()}{made['text'][1:]}"
        made["state"], made["text"], made["instance"] = chosen["state"], text, chosen["instance"]
    elif made["kind"] == "spaces" and made["state"] == "ready":
        made["state"], made["text"] = "stopped", _WORDS["stopped"]
        newest = max(apps, key=lambda app: float(app[1]["CreationTime"]), default=None)
        for app in made["apps"]:
            if newest is not None and app["key"] == list(newest[0]):
                made["state"], made["text"], made["reason"] = app["state"], app["text"], app["reason"]


def _text(state: str, status: str, instance: str | None, reason: str | None) -> str:
    if state == "failed":
        # Update_Failed and Delete_Failed are another failure than that of its creation.
        word = status.replace("_", " ").capitalize()
        return f"{word}: {_short(reason)}" if reason else word
    if state == "running" and instance and instance != SYSTEM_INSTANCE:
        return f"{_WORDS[state]} on {instance}"
    return _WORDS[state]


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    return line if len(line) <= _REASON_CHARACTERS else f"{line[: _REASON_CHARACTERS - 1]}…"


def _actions(made: Row, status: str) -> list[str]:
    """What can be done with it now, in the words of the actions' route; ``open`` and ``update`` besides."""
    kind, state = made["kind"], made["state"]
    if state in _PASSING:
        return []
    if kind == "apps":
        page = ["open"] if state == "running" and made["app_type"] != KERNEL_GATEWAY else []
        resize = ["change-instance"] if made["app_type"] != JUPYTER_SERVER else []
        return ["start"] if state == "failed" else [*page, "stop", *resize]
    if status in _UNUSABLE:
        return ["delete"]
    runs = any(app["state"] in LIVE_STATES for app in made["apps"])
    if kind == "domains":
        return ["update", "delete"]
    if kind == "user-profiles":
        return ["start", *(["stop"] if runs else []), "open", "update", "delete"]
    classic = made["app_type"] in (None, JUPYTER_SERVER)
    page = ["open"] if state == "running" or classic else []
    # A space of Studio Classic is for many apps, on an instance each.
    begin = (["start", "stop"] if runs else ["start"]) if classic else ["stop" if runs else "start", "change-instance"]
    return [*page, *begin, "update", "delete"]


def _instance(summary: Summary) -> str | None:
    found: str | None = (summary.get("ResourceSpec") or {}).get("InstanceType")
    return found


def _inner(summary: Summary, member: str, name: str) -> str | None:
    found: str | None = (summary.get(member) or {}).get(name)
    return found


def _name(row: Resource, summary: Summary) -> str:
    return str(summary.get(f"{row.noun}Name") or summary[row.key[-1]])
