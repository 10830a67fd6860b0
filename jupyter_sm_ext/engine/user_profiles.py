"""User profiles: who works in a domain."""

from __future__ import annotations

from typing import Any, ClassVar

from jupyter_sm_ext.engine.apps.rules import LIVE
from jupyter_sm_ext.engine.family import Answer, Request
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.engine.studio_family import StudioFamily, check_no_sso, check_settings


class UserProfiles(StudioFamily):
    """Operations on user profiles."""

    noun: ClassVar[str] = "UserProfile"

    def create_user_profile(self, request: Request) -> Answer:
        """Make a profile in a domain."""
        self.engine.quotas.check_request("CreateUserProfile", request)
        return {"UserProfileArn": self.add(request).arn}

    def add(self, request: Request) -> Record:
        """Make a profile and give its record.

        Raises
        ------
        NotFoundError
            There is no such domain.
        ConflictError
            The domain has a profile with this name, or is not in service.
        ValidationError
            It asks for something that no machine has.
        """
        check_no_sso(request)
        check_settings(request.get("UserSettings", {}))
        with self.engine.store.transaction():
            domain = self._domain(request["DomainId"])
            uid = self._uid(domain)
            more: dict[str, Any] = {}
            if "HomeEfsFileSystemId" in domain.body:
                more["HomeEfsFileSystemUid"] = str(uid)
            record = self._new(request, domain.key, **more)
            record.number = uid
            self._insert(record)
        return record

    def describe_user_profile(self, request: Request) -> Answer:
        """Tell all about one."""
        return self._describe(request)

    def list_user_profiles(self, request: Request) -> Answer:
        """A page of profiles."""
        return self._list(request)

    def update_user_profile(self, request: Request) -> Answer:
        """Change its settings, member by member."""
        check_settings(request.get("UserSettings", {}))
        return self._update(request, {name: request[name] for name in ("UserSettings",) if name in request})

    def delete_user_profile(self, request: Request) -> Answer:
        """Delete one that owns no space and has no app."""
        record = self.find(request)
        if self.engine.store.count("apps", prefix=f"{record.key.replace('/', '/profile/')}/", statuses=LIVE):
            raise self._in_use(record, "App")
        for space in self.engine.store.find("spaces", parent=request["DomainId"]):
            owner = space.body.get("OwnershipSettings", {}).get("OwnerUserProfileName")
            if owner == request["UserProfileName"]:
                raise self._in_use(record, "Space")
        return self._delete(record)
