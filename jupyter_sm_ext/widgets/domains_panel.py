"""The panel of domains: each with its user profiles and their apps, and the forms that create them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_sm_ext.actions.targets import Key, Target
from jupyter_sm_ext.connections.denied import denial_in
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.studio_rows import KERNEL_GATEWAY, Row
from jupyter_sm_ext.widgets.model_form import ModelForm
from jupyter_sm_ext.widgets.studio_actions import ActingPanel
from jupyter_sm_ext.widgets.studio_panel import Entry

_STEP = "  "


class DomainsPanel(ActingPanel):
    """Domains, their user profiles, and the apps of these."""

    title = "Domains"
    heads = ("Domain, profile, app", "Status", "Type", "Id")
    kinds = ("domains", "user-profiles", "apps")

    def _entries(self) -> Iterator[Entry]:
        domains = {row["domain"]: row for row in self._all if row["kind"] == "domains"}
        # A domain that could not be listed still has profiles that could.
        ids = dict.fromkeys([*domains, *(row["domain"] for row in self._all if row["kind"] == "user-profiles")])
        for domain in ids:
            above = (domains[domain],) if domain in domains else ()
            yield from map(Entry, above)
            for row in self._all:
                if row["domain"] == domain and row["kind"] in ("user-profiles", "apps"):
                    yield Entry(row, above)
                    yield from (Entry(app, (*above, row)) for app in row["apps"])

    def _cells(self, entry: Entry) -> tuple[str, ...]:
        row = entry.row
        name = f"{row['name']} (you are here)" if row["here"] else row["name"]
        last = row["key"][0] if row["kind"] == "domains" else ""
        return (_STEP * len(entry.above) + name, row["text"], row["app_type"] or _NOUNS[row["kind"]], last)

    def _head_buttons(self) -> list[Any]:
        add = self._deniable.add
        return [
            add(
                "New profile…",
                self.new_profile,
                lambda told: denial_in(told, "user-profiles", "create", self._domain_for_new()),
            ),
            add("New app…", self.new_app, lambda told: denial_in(told, "apps", "create", self._owner_for_new())),
            add("New domain…", self.new_domain, lambda told: denial_in(told, "domains", "create", ())),
        ]

    def _domain_for_new(self) -> Key:
        domain = self.selected["domain"] if self.selected else self.domain
        return (domain,) if domain else ()

    def _owner_for_new(self) -> Key:
        row = self.selected
        return () if row is None else Target(row["kind"], tuple(row["key"])).owner.path

    def new_profile(self, **members: Any) -> ModelForm:
        """Open the form of a new user profile, in the selected row's domain, and return it; ``.create()`` sends it.

        Parameters
        ----------
        **members
            Members of CreateUserProfile that are known already.

        Raises
        ------
        SageMakerError
            The form cannot be made.
        """
        known = dict(zip(resource("domains").key, self._domain_for_new(), strict=False))
        return self._open_form("CreateUserProfile", {**known, **members})

    def new_app(self, **members: Any) -> ModelForm:
        """Open the form of a new app of the selected profile, and return it; ``.create()`` sends it.

        Parameters
        ----------
        **members
            Members of CreateApp that are known already.

        Raises
        ------
        SageMakerError
            The form cannot be made.
        """
        known = _owner_members(self.selected) if self.selected else {}
        return self._open_form("CreateApp", {**known, **members})

    def new_domain(self, **members: Any) -> ModelForm:
        """Open the form of a new domain, and return it; ``.create()`` sends it.

        Parameters
        ----------
        **members
            Members of CreateDomain that are known already.

        Raises
        ------
        SageMakerError
            The form cannot be made.
        """
        return self._open_form("CreateDomain", members)


_NOUNS = {"domains": "domain", "user-profiles": "profile", "apps": "app"}


def _owner_members(row: Row) -> dict[str, str]:
    owner = Target(row["kind"], tuple(row["key"])).owner
    if owner.kind == "user-profiles":
        # New Studio's apps belong to spaces.
        return {"DomainId": owner.key[0], "UserProfileName": owner.key[1], "AppType": KERNEL_GATEWAY}
    return {"DomainId": owner.key[0], **({"SpaceName": owner.key[1]} if owner.kind == "spaces" else {})}


def domains(domain: str | None = None, *, studio: Studio | None = None) -> DomainsPanel:
    """A panel of Studio's domains, their user profiles and the apps of these.

    Parameters
    ----------
    domain : str, optional
        Id of one domain; all if not given.
    studio : Studio, optional
        Whose; that of the current connection if not given.
    """
    return DomainsPanel(domain, studio)
