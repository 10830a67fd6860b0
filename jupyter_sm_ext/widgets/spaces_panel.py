"""The panel of spaces: what each is doing, on which instance, and all that can be done with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_sm_ext.connections.denied import denial_in
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets.model_form import ModelForm
from jupyter_sm_ext.widgets.studio_actions import ActingPanel
from jupyter_sm_ext.widgets.studio_panel import Entry


class SpacesPanel(ActingPanel):
    """The spaces of a domain, or of all."""

    title = "Spaces"
    heads = ("Space", "Status", "Type", "Owner", "Sharing", "Domain")
    kinds = ("spaces", "apps")

    def _entries(self) -> Iterator[Entry]:
        return (Entry(row) for row in self._all if row["kind"] == "spaces")

    def _cells(self, entry: Entry) -> tuple[str, ...]:
        row = entry.row
        name = f"{row['name']} (this space)" if row["here"] else row["name"]
        return (name, row["text"], row["app_type"] or "", row["owner"] or "", row["sharing"] or "", row["domain"])

    def _head_buttons(self) -> list[Any]:
        within = (self.domain,) if self.domain else ()
        return [self._deniable.add("New space…", self.new, lambda told: denial_in(told, "spaces", "create", within))]

    def new(self, **members: Any) -> ModelForm:
        """Open the form of a new space below the list, and return it; ``.create()`` sends it.

        Parameters
        ----------
        **members
            Members of CreateSpace that are known already.

        Raises
        ------
        SageMakerError
            The form cannot be made.
        """
        return self._open_form("CreateSpace", {**({"DomainId": self.domain} if self.domain else {}), **members})


def spaces(domain: str | None = None, *, studio: Studio | None = None) -> SpacesPanel:
    """A panel of Studio's spaces: start, stop, resize, open, edit, delete and create them.

    Parameters
    ----------
    domain : str, optional
        Id of a domain; the spaces of all if not given.
    studio : Studio, optional
        Whose; that of the current connection if not given.
    """
    return SpacesPanel(domain, studio)
