"""Apps of a local engine that really run, for tests of their kernels."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_sm_ext.remote.sign_in import AppSession
from jupyter_sm_ext.studio import Studio

SPACE = "far"


def domain_of(studio: Studio) -> str:
    found = studio.connection.domain_id
    assert found is not None
    return found


def new_space(studio: Studio, name: str = SPACE) -> str:
    """A private space of the default profile; gives the id of its domain."""
    domain = domain_of(studio)
    studio.create(
        "spaces",
        {
            "DomainId": domain,
            "SpaceName": name,
            "SpaceSettings": {"AppType": "JupyterLab"},
            "OwnershipSettings": {"OwnerUserProfileName": "default"},
            "SpaceSharingSettings": {"SharingType": "Private"},
        },
    )
    studio.wait("spaces", domain, name, timeout=60)
    return domain


def start_app(studio: Studio, *key: str, instance: str = "ml.trn1.2xlarge") -> str:
    """Start an app and wait until it is in service; gives its key as a path."""
    domain, word, owner, app_type, name = key
    request: dict[str, Any] = {"DomainId": domain, "AppType": app_type, "AppName": name}
    request["SpaceName" if word == "space" else "UserProfileName"] = owner
    if app_type != "JupyterServer":
        request["ResourceSpec"] = {"InstanceType": instance}
    studio.create("apps", request)
    told = studio.wait("apps", *key, timeout=60)
    assert told["Status"] == "InService", told
    return "/".join(key)


def stop_app(studio: Studio, key: str) -> None:
    studio.delete("apps", *key.split("/"))
    studio.wait("apps", *key.split("/"), timeout=60)


def start_space(studio: Studio, name: str = SPACE) -> str:
    """A new space and its app; gives the app's key as a path."""
    return start_app(studio, new_space(studio, name), "space", name, "JupyterLab", "default")


def ask_app(studio: Studio, key: str, method: str, path: str, **options: Any) -> Any:
    """One request to an app."""

    async def ask() -> Any:
        async with AppSession(studio, key) as session:
            return await session.request(method, path, **options)

    return asyncio.run(ask())
