"""Domains: what user profiles and spaces belong to."""

from __future__ import annotations

import secrets
import string
from typing import Any, ClassVar

from jupyter_sm_ext.engine.family import Answer, Request
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.engine.studio_family import StudioFamily, check_no_sso, check_settings

_ID_CHARACTERS = string.ascii_lowercase + string.digits


class Domains(StudioFamily):
    """Operations on domains."""

    noun: ClassVar[str] = "Domain"

    def create_domain(self, request: Request) -> Answer:
        """Make a domain; several may have one name, as each has its own id."""
        self.engine.quotas.check_request("CreateDomain", request)
        record = self.add(request)
        return {"DomainArn": record.arn, "DomainId": record.key, "Url": record.body["Url"]}

    def add(self, request: Request) -> Record:
        """Make a domain and give its record.

        Raises
        ------
        ValidationError
            It asks for something that no machine has.
        """
        check_no_sso(request)
        check_settings(request["DefaultUserSettings"])
        check_settings(request.get("DefaultSpaceSettings", {}))
        domain_id = "d-" + "".join(secrets.choice(_ID_CHARACTERS) for _ in range(12))
        more: dict[str, Any] = {
            "DomainId": domain_id,
            "Url": f"https://{domain_id}.studio.{self.engine.region}.sagemaker.aws",
            "AppNetworkAccessType": request.get("AppNetworkAccessType", "PublicInternetOnly"),
        }
        if request.get("HomeEfsFileSystemCreation", "Enabled") == "Enabled":
            more["HomeEfsFileSystemId"] = f"fs-{secrets.token_hex(9)[:17]}"
        record = self._new(request, **more)
        self._insert(record)
        return record

    def describe_domain(self, request: Request) -> Answer:
        """Tell all about one."""
        return self._describe(request)

    def list_domains(self, request: Request) -> Answer:
        """A page of domains."""
        return self._list(request)

    def update_domain(self, request: Request) -> Answer:
        """Change its settings, member by member."""
        check_settings(request.get("DefaultUserSettings", {}))
        check_settings(request.get("DefaultSpaceSettings", {}))
        changes = {
            name: value for name, value in request.items() if name not in ("DomainId", "DomainSettingsForUpdate")
        }
        settings = dict(request.get("DomainSettingsForUpdate", {}))
        if settings:
            studio = settings.pop("RStudioServerProDomainSettingsForUpdate", None)
            changes["DomainSettings"] = settings | ({"RStudioServerProDomainSettings": studio} if studio else {})
        return self._update(request, changes)

    def delete_domain(self, request: Request) -> Answer:
        """Delete one that is empty. There is no home file system, so there is none to retain."""
        record = self.find(request)
        for kind, noun in (("user-profiles", "UserProfile"), ("spaces", "Space")):
            if self.engine.store.count(kind, parent=record.key):
                raise self._in_use(record, noun)
        return self._delete(record)
