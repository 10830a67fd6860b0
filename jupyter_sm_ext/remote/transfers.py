"""Copying files to and from an app that runs, named as people name it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_sm_ext.actions.targets import Key
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.remote import specs
from jupyter_sm_ext.remote.app_files import OnMove
from jupyter_sm_ext.remote.downloads import Download
from jupyter_sm_ext.remote.sign_in import AppSession
from jupyter_sm_ext.remote.uploads import Upload
from jupyter_sm_ext.remote.waiting import wait_for
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.studio_rows import JUPYTER_SERVER, KERNEL_GATEWAY

_WITH_FILES = ("JupyterLab", JUPYTER_SERVER, KERNEL_GATEWAY)


def upload(
    studio: Studio, app_key: Key, sources: Sequence[Path], to: str, *, force: bool, on_move: OnMove
) -> list[str]:
    """Send files and folders to an app; see `uploads.Upload`. Blocks."""

    async def run() -> list[str]:
        async with AppSession(studio, app_key) as app:
            return await Upload(app, force, on_move).run(sources, to)

    return wait_for(run())


def download(
    studio: Studio,
    app_key: Key,
    sources: Sequence[str],
    to: str | os.PathLike[str],
    *,
    force: bool,
    on_move: OnMove,
) -> list[Path]:
    """Fetch files and folders from an app; see `downloads.Download`. Blocks."""

    async def run() -> list[Path]:
        async with AppSession(studio, app_key) as app:
            return await Download(app, force, on_move).run(sources, to)

    return wait_for(run())


def running_app(
    studio: Studio, space: str | None = None, *, domain: str | None = None, profile: str | None = None
) -> Key:
    """Key of the app that somebody means.

    Parameters
    ----------
    studio : Studio
        The connection.
    space, profile : str, optional
        Name of the space, or of the profile whose own app it is. Without them the app whose kernels this Jupyter has,
        if there is one such, or else the only one that runs.
    domain : str, optional
        Id of its domain.

    Raises
    ------
    NotFoundError
        None such runs.
    ValidationError
        Several do.
    """
    filters = {"DomainIdEquals": domain, "SpaceNameEquals": space, "UserProfileNameEquals": profile}
    row = resource("App")
    apps = studio.list("apps", **{name: value for name, value in filters.items() if value is not None})
    found = {row.key_parts(app): app for app in apps if _is_meant(app, space, profile)}
    if space is None and profile is None and len(found) > 1:
        known = {spec.app_key for spec in specs.installed(studio.connection.data_dir) if spec.state == specs.READY}
        chosen = found.keys() & known
        found = {key: app for key, app in found.items() if len(chosen) != 1 or key in chosen}
    if not found:
        name = space or profile
        raise NotFoundError(
            f"no app of {name} is running" if name else "no app is running",
            hint=f"Start it first: %sm start {name or 'SPACE'}",
        )
    if len(found) > 1:
        names = ", ".join(sorted("/".join(key) for key in found))
        raise ValidationError(f"several apps are meant: {names}", hint="Say which: SPACE:PATH, --domain, --profile.")
    return next(iter(found))


def _is_meant(app: Mapping[str, Any], space: str | None, profile: str | None) -> bool:
    if app["Status"] != "InService" or app["AppType"] not in _WITH_FILES:
        return False
    # The owner of a private space is no reason to take the space's app for the profile's.
    return (space is None or app.get("SpaceName") == space) and (
        profile is None or (app.get("UserProfileName") == profile and not app.get("SpaceName"))
    )
