"""Whether we run inside Studio, and there in which domain, space and profile.

Studio's images have a file that tells; an app of the local engine has one like it, named by `METADATA_VARIABLE`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from jupyter_sm_ext.errors import AccessDeniedError, SageMakerError

if TYPE_CHECKING:
    from jupyter_sm_ext.connections.connection import Connection

METADATA_VARIABLE = "JUPYTER_SM_RESOURCE_METADATA"
_METADATA = Path("/opt/ml/metadata/resource-metadata.json")
_ARN_PARTS = 6


class Here(TypedDict):
    """The app that we run in, in AWS's words; an app belongs to a space or to a profile."""

    DomainId: str
    SpaceName: str | None
    UserProfileName: str | None
    AppType: str
    ResourceArn: str


def find() -> Here | None:
    """The app that we run in; None outside Studio, and on a notebook instance, whose file tells of no domain."""
    file = Path(os.environ.get(METADATA_VARIABLE) or _METADATA)
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        found: Here = {
            "DomainId": str(told["DomainId"]),
            "SpaceName": told.get("SpaceName") or None,
            "UserProfileName": told.get("UserProfileName") or None,
            "AppType": str(told["AppType"]),
            "ResourceArn": str(told["ResourceArn"]),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Not Studio; and a file that we do not understand is none of our user's worries.
        return None
    return found


def find_on(connection: Connection) -> Here | None:
    """The app that we run in, if it belongs to the account and region of a connection."""
    found = find()
    if found is None:
        return None
    parts = found["ResourceArn"].split(":")
    try:
        mine = len(parts) >= _ARN_PARTS and (parts[3], parts[4]) == (connection.region, connection.account)
    except SageMakerError:
        return None  # whose connection it is cannot be told now
    return found if mine else None


def default_domain(connection: Connection) -> str | None:
    """The domain that we are in; else the first there is; None if there is none."""
    here = connection.here
    if here is not None:
        return here["DomainId"]
    domains = connection.renewing(
        lambda: connection.client("sagemaker").list_domains(MaxResults=1)["Domains"], "ListDomains"
    )
    return str(domains[0]["DomainId"]) if domains else None


def domain_role(connection: Connection) -> str | None:
    """The execution role that the default domain gives to its users; None if it gives none or may not be asked."""
    try:
        domain = connection.domain_id
        if domain is None:
            return None
        described = connection.renewing(
            lambda: connection.client("sagemaker").describe_domain(DomainId=domain), "DescribeDomain"
        )
    except AccessDeniedError:
        return None
    role = described.get("DefaultUserSettings", {}).get("ExecutionRole")
    return str(role) if role else None


def default_profile(connection: Connection) -> str | None:
    """The profile that we work as, or that owns the space we are in; else the first of the default domain."""
    here = connection.here
    if here is not None and here["UserProfileName"]:
        return here["UserProfileName"]
    if here is not None and here["SpaceName"]:
        key = {"DomainId": here["DomainId"], "SpaceName": here["SpaceName"]}
        space = connection.renewing(lambda: connection.client("sagemaker").describe_space(**key), "DescribeSpace")
        owner = space.get("OwnershipSettings", {}).get("OwnerUserProfileName")
        if owner:
            return str(owner)
    domain = connection.domain_id
    if domain is None:
        return None
    found = connection.renewing(
        lambda: connection.client("sagemaker").list_user_profiles(MaxResults=1, DomainIdEquals=domain)["UserProfiles"],
        "ListUserProfiles",
    )
    return str(found[0]["UserProfileName"]) if found else None
