"""Spaces: where an app runs, one instance and one file system each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from jupyter_sm_ext.engine.apps.rules import LIVE
from jupyter_sm_ext.engine.family import Answer, Request
from jupyter_sm_ext.engine.studio_family import StudioFamily, check_settings
from jupyter_sm_ext.errors import ValidationError

_APP_PATHS: Mapping[str, str] = {"JupyterLab": "jupyterlab", "CodeEditor": "codeeditor"}


class Spaces(StudioFamily):
    """Operations on spaces."""

    noun: ClassVar[str] = "Space"

    def create_space(self, request: Request) -> Answer:
        """Make a space in a domain.

        Raises
        ------
        NotFoundError
            There is no such domain.
        ConflictError
            The domain has a space with this name, or is not in service.
        ValidationError
            Ownership and sharing are not both given, or the owner is not there.
        """
        check_settings(request.get("SpaceSettings", {}))
        if ("OwnershipSettings" in request) != ("SpaceSharingSettings" in request):
            raise ValidationError("OwnershipSettings and SpaceSharingSettings must be given together.")
        with self.engine.store.transaction():
            domain = self._domain(request["DomainId"])
            owner = request.get("OwnershipSettings", {}).get("OwnerUserProfileName")
            if owner is not None and self.engine.store.get("user-profiles", f"{domain.key}/{owner}") is None:
                arn = self.engine.arn("UserProfile", (domain.key, owner))
                raise ValidationError(f"UserProfile [{arn}] does not exist.")
            self.engine.quotas.check_request("CreateSpace", request)
            path = _APP_PATHS.get(request.get("SpaceSettings", {}).get("AppType", ""), "jupyter")
            uid = self._uid(domain)
            more: dict[str, Any] = {"Url": f"{domain.body['Url']}/{path}/default"}
            if "HomeEfsFileSystemId" in domain.body:
                more["HomeEfsFileSystemUid"] = str(uid)
            record = self._new(request, domain.key, **more)
            record.number = uid
            self._insert(record)
        return {"SpaceArn": record.arn}

    def describe_space(self, request: Request) -> Answer:
        """Tell all about one."""
        return self._describe(request)

    def list_spaces(self, request: Request) -> Answer:
        """A page of spaces."""
        return self._list(request)

    def update_space(self, request: Request) -> Answer:
        """Change its settings, member by member, or its display name."""
        check_settings(request.get("SpaceSettings", {}))
        changes = {name: value for name, value in request.items() if name in ("SpaceSettings", "SpaceDisplayName")}
        return self._update(request, changes)

    def delete_space(self, request: Request) -> Answer:
        """Delete one; its apps are gone first, or it is in use."""
        record = self.find(request)
        if self.engine.store.count("apps", prefix=f"{record.key.replace('/', '/space/')}/", statuses=LIVE):
            raise self._in_use(record, "App")
        return self._delete(record)
