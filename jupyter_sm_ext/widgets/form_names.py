"""Names of what is there already, offered by the fields that name one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets.form_fields import Path, TextField


class Names:
    """Asks for names in threads, each list once; one that may not be read offers nothing.

    Parameters
    ----------
    studio : Studio
        Where.
    request : callable
        What is filled in now: a name may belong to another that is named there.
    """

    def __init__(self, studio: Studio, request: Callable[[], Mapping[str, Any]]) -> None:
        self._studio, self._request = studio, request
        self._known: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self._fields: list[NameField] = []
        self._lock = threading.Lock()
        self.asking: list[threading.Thread] = []

    def watch(self, field: NameField) -> None:
        """Offer names in a field from now on."""
        self._fields.append(field)
        self.offer()

    def offer(self) -> None:
        """Bring what is offered up to date with what is filled in."""
        request = self._request()
        for field in self._fields:
            kind, within = field.schema["x-kind"], field.schema.get("x-within")
            around = request.get(within) if within else None
            asked = (kind, around if isinstance(around, str) else None)
            with self._lock:
                names = self._known.get(asked)
                if names is None:
                    self._known[asked] = ()
                    thread = threading.Thread(target=self._ask, args=(*asked, within), daemon=True)
                    self.asking.append(thread)
                    thread.start()
                    continue
            field.control.options = names

    def _ask(self, kind: str, around: str | None, within: str | None) -> None:
        row = resource(kind)
        try:
            page = self._studio.page(kind, MaxResults=100, **({f"{within}Equals": around} if around else {}))
        except SageMakerError:
            return
        with self._lock:
            self._known[kind, around] = tuple(str(each[row.key[-1]]) for each in page[row.summaries])
        self.offer()


class NameField(TextField):
    """The name of something that is there already, which is offered; another can be typed."""

    def __init__(
        self, path: Path, schema: Mapping[str, Any], on_change: Callable[[], None], names: Callable[[NameField], None]
    ) -> None:
        super().__init__(path, schema, on_change)
        names(self)

    def _kind(self) -> Any:
        return ipywidgets.Combobox
