"""Members of a request as plain controls, made from the request's JSON Schema: one control for one plain value."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from jupyter_sm_ext.widgets.pieces import labelled, paragraph

#: What a field has when nothing was entered: the member is left out of the request.
MISSING: Any = object()
Path = tuple[str, ...]
Messages = Mapping[Path, list[str]]
_LABEL = {"description_width": "190px"}
_NUMBERS = ("integer", "number")
_WIDE = {"width": "100%", "max_width": "720px"}


class Field(ABC):
    """A member of a request.

    Parameters
    ----------
    path : tuple of str
        Where it is in the request; items of lists by their number.
    schema : dict
        Its schema, references resolved.
    on_change : callable
        Called when somebody changes it.
    """

    def __init__(self, path: Path, schema: Mapping[str, Any], on_change: Callable[[], None]) -> None:
        self.path = path
        self.schema = schema
        self._on_change = on_change
        self._error = ipywidgets.HTML()
        self.widget: Any = None

    @property
    def label(self) -> str:
        """Its name in words, or its number in a list."""
        return str(self.schema.get("title") or self.path[-1])

    @property
    @abstractmethod
    def value(self) -> Any:
        """What was entered; `MISSING` if nothing."""

    @abstractmethod
    def enter(self, value: Any) -> None:
        """Enter a value; `MISSING` clears it."""

    def show(self, messages: Messages) -> set[Path]:
        """Show what is wrong with it; returns the paths whose messages found a place."""
        told = messages.get(self.path, [])
        self._error.value = "".join(paragraph(text, "error", role="alert") for text in told)
        return {self.path} if told else set()

    def find(self, path: Path) -> Field | None:
        """The field of a path at or below this one."""
        return self if path == self.path else None

    def _framed(self, *controls: Any) -> Any:
        """Controls with the documentation and what is wrong below them."""
        short = str(self.schema.get("description", ""))
        for control in controls:
            labelled(control, "\n".join([self.path[-1], str(self.schema.get("x-more", short))]))
            control.observe(lambda _: self._on_change(), "value")
        below = {"margin": "0 0 6px 196px", "max_width": "524px"}
        help_text = ipywidgets.HTML(paragraph(short, "quiet") if short else "", layout=below)
        self._error.layout = below
        return ipywidgets.VBox([*controls, help_text, self._error])


class TextField(Field):
    """A string or a number."""

    def __init__(self, path: Path, schema: Mapping[str, Any], on_change: Callable[[], None]) -> None:
        super().__init__(path, schema, on_change)
        # Not at each key: what is entered is checked.
        self.control = self._kind()(description=self.label, continuous_update=False, style=_LABEL, layout=_WIDE)
        self.widget = self._framed(self.control)

    def _kind(self) -> Any:
        return ipywidgets.Password if self.schema.get("format") == "password" else ipywidgets.Text

    @property
    def value(self) -> Any:
        text = self.control.value
        if not text:
            return MISSING
        return _number(text, self.schema["type"]) if self.schema["type"] in _NUMBERS else text

    def enter(self, value: Any) -> None:
        self.control.value = "" if value is MISSING else str(value)


class ChoiceField(Field):
    """One of the model's values, or none; also yes or no."""

    def __init__(self, path: Path, schema: Mapping[str, Any], on_change: Callable[[], None]) -> None:
        super().__init__(path, schema, on_change)
        values = [(each, each) for each in schema["enum"]] if "enum" in schema else [("yes", True), ("no", False)]
        options = [("", MISSING), *values]
        self.control = ipywidgets.Dropdown(description=self.label, options=options, style=_LABEL, layout=_WIDE)
        self.widget = self._framed(self.control)

    @property
    def value(self) -> Any:
        return self.control.value

    def enter(self, value: Any) -> None:
        # A value of a later release than this botocore's is kept, not lost.
        if value not in [each for _, each in self.control.options]:
            self.control.options = [*self.control.options, (str(value), value)]
        self.control.value = value


class InstanceField(ChoiceField):
    """An instance type: by its name, or by what it has."""

    def __init__(
        self, path: Path, schema: Mapping[str, Any], on_change: Callable[[], None], picker: Callable[[], Any]
    ) -> None:
        super().__init__(path, schema, on_change)
        self._make_picker = picker
        self._picker: Any = None
        self._place = ipywidgets.VBox()
        button = ipywidgets.ToggleButton(description="Choose by what it has", icon="search")
        button.layout = ipywidgets.Layout(width="auto", margin="0 0 6px 196px", align_self="flex-start")
        button.observe(self._on_toggle, "value")
        self.widget = ipywidgets.VBox([self.widget, button, self._place])

    def _on_toggle(self, change: Any) -> None:
        if not change["new"]:
            self._place.children = ()
            return
        if self._picker is None:
            self._picker = self._make_picker()
            self._picker.observe(lambda seen: self.enter(seen["new"]), "value")
        if self.value is not MISSING:
            self._picker.value = self.value
        self._picker.show_prices()
        self._place.children = (self._picker,)


class LinesField(Field):
    """Several plain values: each on a line of its own, or all as JSON where lines cannot hold them."""

    hint = "one a line"

    def __init__(self, path: Path, schema: Mapping[str, Any], on_change: Callable[[], None]) -> None:
        super().__init__(path, schema, on_change)
        self.control = ipywidgets.Textarea(
            description=self.label,
            placeholder=self.hint,
            rows=3,
            continuous_update=False,
            style=_LABEL,
            layout=_WIDE,
        )
        self.widget = self._framed(self.control)

    @property
    def value(self) -> Any:
        return self._parsed(self.control.value)

    def enter(self, value: Any) -> None:
        text = "" if value is MISSING else self._written(value)
        self.control.value = text if self._parsed(text) == value else json.dumps(value, indent=1)

    def _written(self, value: Any) -> str:
        return "\n".join(map(str, value))

    def _parsed(self, text: str) -> Any:
        if text.startswith("["):
            return _json(text)
        kind = self.schema["items"].get("type", "string")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return [_number(line, kind) if kind in _NUMBERS else line for line in lines] or MISSING

    def show(self, messages: Messages) -> set[Path]:
        # What is wrong with one line is told here, with its number.
        found = {path: texts for path, texts in messages.items() if path[: len(self.path)] == self.path}
        place = len(self.path)
        own = [": ".join([*path[place:], text]) for path, texts in found.items() for text in texts]
        super().show({self.path: own})
        return set(found)


class ManyField(LinesField):
    """Several of the model's values."""

    def __init__(self, path: Path, schema: Mapping[str, Any], on_change: Callable[[], None]) -> None:
        Field.__init__(self, path, schema, on_change)
        options = schema["items"]["enum"]
        rows = min(len(options), 6)
        self.control = ipywidgets.SelectMultiple(
            description=self.label, options=options, rows=rows, style=_LABEL, layout=_WIDE
        )
        self.widget = self._framed(self.control)

    @property
    def value(self) -> Any:
        return list(self.control.value) or MISSING

    def enter(self, value: Any) -> None:
        self.control.value = () if value is MISSING else tuple(value)


class PairsField(LinesField):
    """Names and values: ``name=value`` on lines of their own, or all as JSON where lines cannot hold them."""

    hint = "name=value, one a line"

    def _written(self, value: Any) -> str:
        return "\n".join(f"{name}={text}" for name, text in value.items())

    def _parsed(self, text: str) -> Any:
        if text.startswith("{"):
            return _json(text)
        pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
        return {name.strip(): value.strip() for name, _, value in pairs} or MISSING


class JsonField(LinesField):
    """Whatever has no control of its own, as JSON."""

    hint = "JSON"

    def _written(self, value: Any) -> str:
        return json.dumps(value, indent=1)

    def _parsed(self, text: str) -> Any:
        return _json(text) if text.strip() else MISSING


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text  # the model's check tells what it should have been


def _number(text: str, kind: str) -> Any:
    try:
        return int(text) if kind == "integer" else float(text)
    except ValueError:
        return text  # the model's check tells what it should have been
