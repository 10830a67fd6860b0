"""Where an app is, told by its key: the requests that lead to it, and its base URL in what it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.errors import UnreachableError, ValidationError
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio

AppKey = tuple[str, ...]
"""Domain, owner word (``space`` or ``profile``), owner, type and name: as in the REST path of an app."""

# A page of each that any signed-in user has. Asking JupyterLab's also sets the cookie against cross-site requests.
_LANDINGS = {"JupyterLab": "lab", "JupyterServer": "lab", "KernelGateway": "api"}
_PARTS = 5
_URL_SECONDS = 60


def app_key(text: str | Sequence[str]) -> AppKey:
    """The key of an app that is written as a path, or is given by its parts.

    Raises
    ------
    ValidationError
        It names no app, or one that is no Jupyter Server.
    """
    parts = tuple(text.split("/")) if isinstance(text, str) else tuple(text)
    if len(parts) != _PARTS or not all(parts) or parts[1] not in ("space", "profile"):
        raise ValidationError(
            f"{'/'.join(parts)!r} names no app",
            hint="An app is named like d-abcdefghijkl/space/NAME/JupyterLab/default.",
        )
    if parts[3] not in _LANDINGS:
        raise ValidationError(
            f"a {parts[3]} app is no Jupyter Server",
            hint=f"Apps with kernels are of these types: {', '.join(_LANDINGS)}.",
        )
    return parts


@dataclass(frozen=True)
class AppAddress:
    """The way to one app.

    Parameters
    ----------
    key : tuple of str
        Which one; see `app_key`.
    """

    key: AppKey

    def __str__(self) -> str:
        return "/".join(self.key)

    @property
    def landing(self) -> str:
        """The page that a presigned URL leads to, below the base URL."""
        return _LANDINGS[self.key[3]]

    @property
    def request(self) -> dict[str, str]:
        """Members that name the app in requests."""
        return resource("apps").key_request(self.key)

    def url(self, studio: Studio) -> str:
        """A new presigned URL; good once, for a minute.

        Raises
        ------
        SageMakerError
            The service does not give one.
        """
        domain, word, owner, app_type, name = self.key
        if app_type == "KernelGateway" and studio.connection.kind != "local":
            raise ValidationError(
                "SageMaker gives no URL of a KernelGateway app",
                hint="Take the kernel from the profile's JupyterServer app, or from a JupyterLab space.",
            )
        request: dict[str, Any] = {"DomainId": domain, "ExpiresInSeconds": _URL_SECONDS}
        # The local engine's profiles have several KernelGateway apps each; AWS knows no names in this URI.
        named = f"/{name}" if app_type == "KernelGateway" else ""
        request["LandingUri"] = f"app:{app_type}{named}:{self.landing}"
        request["UserProfileName"] = owner
        if word == "space":
            request |= {"SpaceName": owner, "UserProfileName": self._visitor(studio)}
        return str(studio.call("CreatePresignedDomainUrl", request)["AuthorizedUrl"])

    def _visitor(self, studio: Studio) -> str:
        """Who opens a space: its owner, who alone may if it is private."""
        domain, _, space, *_ = self.key
        told = studio.describe("spaces", domain, space).get("OwnershipSettings", {})
        if told.get("OwnerUserProfileName"):
            return str(told["OwnerUserProfileName"])
        for profile in studio.list("user-profiles", DomainIdEquals=domain):
            return str(profile["UserProfileName"])
        raise ValidationError(f"domain {domain} has no user profile to open the space {space} with")

    def base_path(self, path: str) -> str:
        """Path of the base URL, from that of the page where a presigned URL led to.

        Raises
        ------
        UnreachableError
            It led to somewhere else.
        """
        found = re.match(rf"(/[^/]+/{re.escape(self.key[4])}/){self.landing}(/|$)", path)
        if found is None:
            raise UnreachableError(f"the presigned URL of {self} led to {path}, which is no page of a Jupyter Server")
        return found[1]
