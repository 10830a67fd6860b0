"""Deleting: what goes with a domain, profile, space or app, told before it is done, and done in the order it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from jupyter_sm_ext.actions.steps import OnStep, Progress, insisted, settled
from jupyter_sm_ext.actions.targets import Json, Options, Target, live_apps, stop_apps
from jupyter_sm_ext.errors import AccessDeniedError, SageMakerError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio

_NAMED = 5  # of many only so many are named, and the rest counted


@dataclass(frozen=True)
class Consequences:
    """What a delete takes with it.

    Parameters
    ----------
    consequences : list of str
        One sentence each.
    confirm : str or None
        What the user must type first; None where nothing is lost that does not come back.
    """

    consequences: list[str]
    confirm: str | None


def delete(studio: Studio, target: Target, options: Options | None = None, on_step: OnStep | None = None) -> None:
    """Delete a domain, profile, space or app with all that belongs to it, and wait until it is gone.

    Apps are stopped first; then the spaces of a profile or domain go, then a domain's profiles, then itself.

    Parameters
    ----------
    options : mapping, optional
        Members of the Delete operation beyond the key, as DeleteDomain's ``RetentionPolicy``.
    on_step : callable, optional
        Told of each step.

    Raises
    ------
    ValidationError
        An option that the operation does not take; nothing is deleted then.
    SageMakerError
        The service refuses it, or it failed; what was deleted before stays deleted.
    """
    progress, row = Progress(on_step), resource(target.kind)
    # Before anything is gone: an option that the service would refuse in the end.
    get_model().validate(row.operation("delete"), {**row.key_request(target.key), **(options or {})})
    if target.kind == "apps":
        stop_apps(studio, live_apps(studio, target), progress)
        return
    spaces, profiles = _spaces_of(studio, target), _profiles_of(studio, target)
    apps = live_apps(studio, target)
    if target.kind == "user-profiles":
        apps += [app for space in spaces for app in live_apps(studio, space)]
    stop_apps(studio, apps, progress)
    _delete_all(studio, list(spaces), progress)
    _delete_all(studio, profiles, progress)
    _delete_all(studio, [target], progress, options or {})


def consequences(studio: Studio, target: Target) -> Consequences:
    """What a delete would take with it, as things are now.

    Raises
    ------
    SageMakerError
        It cannot be described.
    """
    described = studio.describe(target.kind, *target.key)
    if target.kind == "apps":
        return Consequences([_of_apps([described]), "Files stay; the app can be started again."], None)
    told = ["You are working in it: this JupyterLab ends with it."] if _is_here(studio, target) else []
    spaces, profiles = _spaces_of(studio, target), _profiles_of(studio, target)
    apps = live_apps(studio, target)
    if target.kind == "user-profiles":
        apps += [app for space in spaces for app in live_apps(studio, space)]
    if apps:
        told.append(_of_apps(apps))
    if spaces:
        told.append(f"{_counted(len(spaces), 'space')} deleted: {_names(list(spaces.values()))}.")
    if profiles:
        names = [profile.name for profile in profiles]
        told.append(f"{_counted(len(profiles), 'user profile')} deleted: {_names(names)}.")
    told.append(_of_files(studio, target, described, has_spaces=bool(spaces)))
    return Consequences(told, str(described.get("DomainName") or target.name))


def _is_here(studio: Studio, target: Target) -> bool:
    here = studio.connection.here
    if here is None:
        return False
    kind, name = ("spaces", here["SpaceName"]) if here["SpaceName"] else ("user-profiles", here["UserProfileName"])
    return target.contains(Target(kind, (here["DomainId"], name or "")))


def _of_apps(apps: list[Json]) -> str:
    if len(apps) == 1:
        instance = (apps[0].get("ResourceSpec") or {}).get("InstanceType")
        where = f" on {instance}" if instance and instance != "system" else ""
        subject = f"{apps[0]['AppType']}{where} is"
    else:
        subject = f"{len(apps)} apps are"
    return f"{subject} stopped: kernels, terminals and what is not saved in them end."


def _of_files(studio: Studio, target: Target, described: Mapping[str, Any], *, has_spaces: bool) -> str:
    if studio.connection.kind == "local":
        return f"Files stay on this machine, below {studio.connection.data_dir}."
    if target.kind == "domains":
        return "The home file system of the domain is kept, and goes on costing, unless RetentionPolicy says Delete."
    if target.kind == "user-profiles":
        ebs = " The storage volumes of its spaces are deleted with all files on them." if has_spaces else ""
        return f"Files on the domain's home file system are kept.{ebs}"
    settings: Mapping[str, Any] = described.get("SpaceSettings") or {}
    volume = (settings.get("SpaceStorageSettings") or {}).get("EbsStorageSettings") or {}
    if settings.get("AppType") in (None, "JupyterServer", "KernelGateway"):
        return "Files on the domain's home file system are kept."
    size = f" of {volume['EbsVolumeSizeInGb']} GB" if volume.get("EbsVolumeSizeInGb") else ""
    return f"Its storage volume{size} is deleted with all files on it."


def _counted(count: int, noun: str) -> str:
    return f"1 {noun} is" if count == 1 else f"{count} {noun}s are"


def _names(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _spaces_of(studio: Studio, target: Target) -> dict[Target, str]:
    """Spaces that cannot stay when a target goes, and their names; others may work in those that are shared."""
    if target.kind not in ("domains", "user-profiles"):
        return {}
    found: dict[Target, str] = {}
    try:
        for space in studio.list("spaces", DomainIdEquals=target.key[0]):
            owner = (space.get("OwnershipSettingsSummary") or {}).get("OwnerUserProfileName")
            if target.kind == "domains" or owner == target.key[1]:
                shared = (space.get("SpaceSharingSettingsSummary") or {}).get("SharingType") == "Shared"
                name = str(space["SpaceName"])
                found[Target("spaces", resource("spaces").key_parts(space))] = f"{name} (shared)" if shared else name
    except AccessDeniedError:
        # A profile may well own none; if it does, the service says so.
        if target.kind == "domains":
            raise
    return found


def _profiles_of(studio: Studio, target: Target) -> list[Target]:
    if target.kind != "domains":
        return []
    row = resource("user-profiles")
    return [Target(row.kind, row.key_parts(each)) for each in studio.list(row.kind, DomainIdEquals=target.key[0])]


def _delete_all(studio: Studio, targets: list[Target], progress: Progress, options: Options | None = None) -> None:
    """Delete some of one kind, all at once, and wait until they are gone."""
    if not targets:
        return
    row = resource(targets[0].kind)
    noun = {"UserProfile": "user profile"}.get(row.noun, row.noun.lower())
    text = f"Delete the {noun} {targets[0].name}" if len(targets) == 1 else f"Delete {len(targets)} {noun}s"
    with progress.step(text) as tell:
        for target in targets:
            request = {**row.key_request(target.key), **(options or {})}
            insisted(studio, partial(studio.call, row.operation("delete"), request), tell)
        for number, target in enumerate(targets):
            if len(targets) > 1:
                tell(f"{number} of {len(targets)} are gone")
            left = settled(studio, target.kind, target.key, tell if len(targets) == 1 else lambda _: None)
            if left is not None:
                reason = left.get("FailureReason") or f"it is {left[row.status]}"
                raise SageMakerError(f"{target.name} could not be deleted: {reason}", code="DeleteFailed")
