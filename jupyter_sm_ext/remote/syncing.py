"""Kernelspecs kept in step with their apps: what does not run is not offered, what runs again is offered again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.errors import NotFoundError, SageMakerError
from jupyter_sm_ext.remote import specs
from jupyter_sm_ext.remote.specs import KernelSpec
from jupyter_sm_ext.studio import Studio

_log = logging.getLogger(__name__)
_IN_SERVICE = "InService"


def sync(studio: Studio) -> bool:
    """Look at the apps of the kernels that this Jupyter has from this connection, and offer those that run.

    One DescribeApp for each app; none if there are no kernels. An engine that does not run is not started for it.
    What cannot be found out (no permission, no network) stays as it is. Blocks.

    Parameters
    ----------
    studio : Studio
        The connection whose kernels are meant.

    Returns
    -------
    bool
        Whether any kernel was parked, removed or offered again.
    """
    connection = studio.connection
    known = [spec for spec in specs.installed(connection.data_dir) if spec.connection == connection.id]
    if not known or (connection.kind == "local" and local_engine.find(connection.data_dir) is None):
        return False
    changed = False
    for app_key in sorted({spec.app_key for spec in known}):
        try:
            changed |= _sync_app(studio, app_key, specs.of_app(known, app_key))
        except SageMakerError as error:
            _log.info("kernels of %s stay as they are: %s", "/".join(app_key), error.message)
    return changed


def _sync_app(studio: Studio, app_key: tuple[str, ...], found: Sequence[KernelSpec]) -> bool:
    try:
        described = studio.describe("apps", *app_key)
    except NotFoundError:
        described = {"Status": "Deleted"}
    if described["Status"] == _IN_SERVICE:
        instance = (described.get("ResourceSpec") or {}).get("InstanceType")
        choice = studio.connection.choice
        wanted = [
            replace(
                spec,
                state=specs.READY,
                instance=instance or spec.instance,
                fips=choice.fips,
                dualstack=choice.dualstack,
            )
            for spec in found
        ]
        for spec in (spec for spec, before in zip(wanted, found, strict=True) if spec != before):
            specs.write(spec)
        return list(found) != wanted
    gone = not _owner_exists(studio, app_key)
    for spec in found:
        if gone:
            specs.remove(spec.name)
        else:
            specs.park(spec)
    return gone or any(spec.state == specs.READY for spec in found)


def _owner_exists(studio: Studio, app_key: tuple[str, ...]) -> bool:
    domain, word, owner, *_ = app_key
    try:
        described = studio.describe("spaces" if word == "space" else "user-profiles", domain, owner)
    except NotFoundError:
        return False
    return str(described["Status"]) != "Deleting"
