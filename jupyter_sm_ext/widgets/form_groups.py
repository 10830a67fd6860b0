"""Structures and lists of a request as controls: made when somebody opens them, for some contain themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ipywidgets

from jupyter_sm_ext.widgets.form_fields import (
    MISSING,
    ChoiceField,
    Field,
    InstanceField,
    JsonField,
    LinesField,
    ManyField,
    Messages,
    PairsField,
    Path,
    TextField,
)
from jupyter_sm_ext.widgets.form_names import NameField
from jupyter_sm_ext.widgets.pieces import paragraph

_DEFS = "#/$defs/"
_PLAIN = ("string", "integer", "number")


class Fields:
    """Makes the fields of a form.

    Parameters
    ----------
    schema : dict
        As `form_schema` makes it.
    on_change : callable
        Called when somebody changes a field.
    picker : callable
        Makes a picker of instance types, given the name of their list.
    names : callable
        Sees to it that a field offers names of what is there.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        on_change: Callable[[], None],
        picker: Callable[[str], Any],
        names: Callable[[NameField], None],
    ) -> None:
        self._defs = schema["$defs"]
        self._names = names
        self._changed = on_change
        self._picker = picker
        self._muted = 0

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Within, fields are set by code: nobody is told of a change."""
        self._muted += 1
        try:
            yield
        finally:
            self._muted -= 1

    def _on_change(self) -> None:
        if not self._muted:
            self._changed()

    def resolved(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """A schema with the structure or enum that it names; what is said of the member itself comes first."""
        name = schema.get("x-shape") or str(schema.get("$ref", "")).removeprefix(_DEFS)
        return {**self._defs[name], **schema} if name in self._defs else dict(schema)

    def make(self, path: Path, schema: Mapping[str, Any]) -> Field:
        """The field of a member."""
        found = self.resolved(schema)
        if "items" in found:
            found["items"] = self.resolved(found["items"])
        if found.get("x-instances") and "enum" in found:
            return InstanceField(path, found, self._on_change, lambda: self._picker(found["x-instances"]))
        if "x-kind" in found:
            return NameField(path, found, self._on_change, self._names)
        made: Field = self._class_of(found)(path, found, self._on_change)
        return made

    def _class_of(self, schema: Mapping[str, Any]) -> Any:
        kind = schema.get("type")
        if "enum" in schema or kind == "boolean":
            return ChoiceField
        if kind in _PLAIN:
            return TextField
        if "properties" in schema:
            return self._grouped(GroupField)
        if kind == "array":
            item = schema["items"]
            if "enum" in item:
                return ManyField
            return LinesField if item.get("type") in _PLAIN else self._grouped(ListField)
        values = schema.get("additionalProperties")
        return PairsField if isinstance(values, dict) and self.resolved(values).get("type") == "string" else JsonField

    def _grouped(self, kind: Any) -> Callable[..., Field]:
        def make(path: Path, schema: Mapping[str, Any], on_change: Callable[[], None]) -> Field:
            made: Field = kind(path, schema, on_change, self)
            return made

        return make


class GroupField(Field):
    """A structure: its members, below a line that opens it."""

    def __init__(self, path: Path, schema: Mapping[str, Any], on_change: Callable[[], None], fields: Fields) -> None:
        super().__init__(path, schema, on_change)
        self._fields = fields
        self._members: dict[str, Field] = {}
        self._unmade: dict[str, Any] = {}
        self._box = ipywidgets.VBox()
        self.widget = ipywidgets.Accordion([self._box], titles=(self.label,))
        self.widget.observe(self._on_open, "selected_index")

    @property
    def value(self) -> Any:
        entered = {name: field.value for name, field in self._members.items()}
        # In the schema's order, whatever was opened first.
        known = {**self._unmade, **{name: value for name, value in entered.items() if value is not MISSING}}
        names = [*self.schema["properties"], *known]
        return {name: known[name] for name in dict.fromkeys(names) if name in known} or MISSING

    def enter(self, value: Any) -> None:
        given = {} if value is MISSING else dict(value)
        for name, field in self._members.items():
            field.enter(given.pop(name, MISSING))
        self._unmade = given

    def member(self, name: str) -> Field | None:
        """The field of one member, made now if it was not; None if there is no such member."""
        if name not in self._members and name in self.schema["properties"]:
            field = self._fields.make((*self.path, name), self.schema["properties"][name])
            if name in self._unmade:
                with self._fields.muted():
                    field.enter(self._unmade.pop(name))
            self._members[name] = field
        return self._members.get(name)

    def find(self, path: Path) -> Field | None:
        depth = len(self.path)
        if path[:depth] != self.path:
            return None
        if path == self.path:
            return self
        field = self.member(path[depth])
        return None if field is None else field.find(path)

    def show(self, messages: Messages) -> set[Path]:
        placed = super().show(messages)
        depth = len(self.path)
        # A member that was never opened is made, so that what is wrong with it has a place.
        for path in messages:
            if len(path) > depth and path[:depth] == self.path:
                self.member(path[depth])
        for field in self._members.values():
            placed |= field.show(messages)
        mark = " (to be mended)" if placed else ""
        self.widget.titles = (f"{self.label}{mark}",)
        return placed

    def open(self) -> None:
        """Make all its members."""
        fields = [field for field in map(self.member, self.schema["properties"]) if field is not None]
        text = str(self.schema.get("description", ""))
        help_text = [ipywidgets.HTML(paragraph(text, "quiet"))] if text else []
        self._box.children = (*help_text, *(field.widget for field in fields), self._error)

    def _on_open(self, change: Any) -> None:
        if change["new"] is not None and not self._box.children:
            self.open()


class ListField(Field):
    """A list of structures: each with a button that takes it out, and one that adds another."""

    def __init__(self, path: Path, schema: Mapping[str, Any], on_change: Callable[[], None], fields: Fields) -> None:
        super().__init__(path, schema, on_change)
        self._fields = fields
        self._items: list[Field] = []
        self._box = ipywidgets.VBox()
        self._add = ipywidgets.Button(description="Add", icon="plus", tooltip=f"Add to {self.label}")
        self._add.on_click(lambda _: self.add())
        self.widget = ipywidgets.Accordion([ipywidgets.VBox([self._box, self._add, self._error])], titles=(self.label,))

    @property
    def value(self) -> Any:
        found = [field.value for field in self._items]
        # An item with nothing in it is still an item, which the model's check tells of.
        return [{} if each is MISSING else each for each in found] or MISSING

    def enter(self, value: Any) -> None:
        self._items = []
        for each in () if value is MISSING else value:
            self._append(each)
        self._draw()

    def add(self, value: Any = MISSING) -> Field:
        """Add an item, with a value or empty."""
        field = self._append(value)
        self._draw()
        self._on_change()
        return field

    def remove(self, index: int) -> None:
        """Take an item out."""
        values = [field.value for field in self._items]
        del values[index]
        self.enter(values)
        self._on_change()

    def find(self, path: Path) -> Field | None:
        depth = len(self.path)
        if path[:depth] != self.path or path == self.path:
            return super().find(path)
        index = int(path[depth]) if path[depth].isdigit() else len(self._items)
        return self._items[index].find(path) if index < len(self._items) else None

    def show(self, messages: Messages) -> set[Path]:
        placed = super().show(messages)
        for field in self._items:
            placed |= field.show(messages)
        return placed

    def _append(self, value: Any) -> Field:
        schema = {key: text for key, text in self.schema["items"].items() if key != "title"}
        number = len(self._items)
        field = self._fields.make((*self.path, str(number)), {**schema, "title": f"{self.label} {number + 1}"})
        if value is not MISSING:
            with self._fields.muted():
                field.enter(value)
        if isinstance(field, GroupField):
            field.widget.selected_index = 0
        self._items.append(field)
        return field

    def _draw(self) -> None:
        rows = []
        for index, field in enumerate(self._items):
            button = ipywidgets.Button(description="Remove", tooltip=f"Remove {field.label}")
            button.layout.width = "auto"
            button.on_click(lambda _, at=index: self.remove(at))
            rows.append(ipywidgets.VBox([field.widget, button]))
        self._box.children = tuple(rows)
        self.widget.titles = (f"{self.label} ({len(self._items)})" if self._items else self.label,)
