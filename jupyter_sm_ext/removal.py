"""Deleting: what goes with a domain, profile, space or app, told before it is done, and done in the order it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.errors import AccessDeniedError, SageMakerError
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.steps import OnStep, Progress, settled
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.targets import Json, Options, Target, live_apps, stop_apps

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
    SageMakerError
        The service refuses it, or it failed; what was deleted before stays deleted.
    """
    progress = Progress(on_step)
    if target.kind == "apps":
        stop_apps(studio, live_apps(studio, target), progress)
        return
    spaces, profiles = _spaces_of(studio, target), _profiles_of(studio, target)
    apps = live_apps(studio, target)
    if target.kind == "user-profiles":
        apps += [app for space in spaces for app in live_apps(studio, space)]
    stop_apps(studio, apps, progress)
    _delete_all(studio, spaces, progress)
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
        told.append(f"{_counted(spaces, 'space')} deleted: {_names(spaces)}.")
    if profiles:
        told.append(f"{_counted(profiles, 'user profile')} deleted: {_names(profiles)}.")
    told.append(_of_files(studio, target, described, spaces))
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


def _of_files(studio: Studio, target: Target, described: Mapping[str, Any], spaces: list[Target]) -> str:
    if studio.connection.kind == "local":
        return f"Files stay on this machine, below {studio.connection.data_dir}."
    if target.kind == "domains":
        return "The home file system of the domain is kept, and goes on costing, unless RetentionPolicy says Delete."
    if target.kind == "user-profiles":
        ebs = " The storage volumes of its spaces are deleted with all files on them." if spaces else ""
        return f"Files on the domain's home file system are kept.{ebs}"
    settings: Mapping[str, Any] = described.get("SpaceSettings") or {}
    volume = (settings.get("SpaceStorageSettings") or {}).get("EbsStorageSettings") or {}
    if settings.get("AppType") in (None, "JupyterServer", "KernelGateway"):
        return "Files on the domain's home file system are kept."
    size = f" of {volume['EbsVolumeSizeInGb']} GB" if volume.get("EbsVolumeSizeInGb") else ""
    return f"Its storage volume{size} is deleted with all files on it."


def _counted(things: list[Target], noun: str) -> str:
    return f"1 {noun} is" if len(things) == 1 else f"{len(things)} {noun}s are"


def _names(things: list[Target]) -> str:
    names = [thing.name for thing in things[:_NAMED]]
    more = len(things) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _spaces_of(studio: Studio, target: Target) -> list[Target]:
    """Spaces that cannot stay when a target goes."""
    if target.kind not in ("domains", "user-profiles"):
        return []
    found = []
    try:
        for space in studio.list("spaces", DomainIdEquals=target.key[0]):
            owner = (space.get("OwnershipSettingsSummary") or {}).get("OwnerUserProfileName")
            if target.kind == "domains" or owner == target.key[1]:
                found.append(Target("spaces", resource("spaces").key_parts(space)))
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
            studio.call(row.operation("delete"), {**row.key_request(target.key), **(options or {})})
        for number, target in enumerate(targets):
            if len(targets) > 1:
                tell(f"{number} of {len(targets)} are gone")
            left = settled(studio, target.kind, target.key, tell if len(targets) == 1 else lambda _: None)
            if left is not None:
                reason = left.get("FailureReason") or f"it is {left[row.status]}"
                raise SageMakerError(f"{target.name} could not be deleted: {reason}", code="DeleteFailed")
