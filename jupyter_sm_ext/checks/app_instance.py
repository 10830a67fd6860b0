"""On which instance type an app would run, if its request does not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_sm_ext.offers.catalog import SYSTEM
from jupyter_sm_ext.studio import Studio

_DEFAULT = "ml.t3.medium"
_WITH_DEFAULT = ("JupyterLab", "CodeEditor")

Json = Mapping[str, Any]


def app_instance(studio: Studio, request: Json) -> str | None:
    """Instance type of the app that a CreateApp request makes; None if none is set anywhere.

    Its ResourceSpec overrides that of the space or profile, which overrides the domain's; JupyterServer runs on
    ``system`` only, and ``system`` means ml.t3.medium to a KernelGateway (API reference, CreateApp, ResourceSpec).

    Raises
    ------
    SageMakerError
        The space, profile or domain cannot be described.
    """
    app_type = request["AppType"]
    if app_type == "JupyterServer":
        return SYSTEM
    found = request.get("ResourceSpec", {}).get("InstanceType")
    if found is None:
        member = f"{app_type}AppSettings"
        specs = (level.get(member, {}).get("DefaultResourceSpec", {}) for level in _levels(studio, request))
        found = next((spec["InstanceType"] for spec in specs if spec.get("InstanceType")), None)
    if found == SYSTEM and app_type == "KernelGateway":
        return _DEFAULT
    return found or (_DEFAULT if app_type in _WITH_DEFAULT else None)


def _levels(studio: Studio, request: Json) -> Iterator[Json]:
    """Settings that hold, the strongest first, each read when the one before says nothing."""
    domain, profile = request["DomainId"], request.get("UserProfileName")
    private = True
    if request.get("SpaceName"):
        space = studio.describe("spaces", domain, request["SpaceName"])
        yield space.get("SpaceSettings", {})
        private = space.get("SpaceSharingSettings", {}).get("SharingType") == "Private"
        profile = space.get("OwnershipSettings", {}).get("OwnerUserProfileName") if private else None
    if profile:
        yield studio.describe("user-profiles", domain, profile).get("UserSettings", {})
    described = studio.describe("domains", domain)
    yield described.get("DefaultUserSettings" if profile else "DefaultSpaceSettings", {})
