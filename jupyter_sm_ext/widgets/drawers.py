"""What opens below a list for one action: choosing an instance before a start, and saying yes before a deletion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets

from jupyter_sm_ext.actions.lifecycle import Consequences
from jupyter_sm_ext.widgets.instance_picker import InstancePicker
from jupyter_sm_ext.widgets.pieces import heading
from jupyter_sm_ext.widgets.preflight_lines import PreflightLines

_FRAME = {
    "border": "1px solid var(--jp-border-color1, #bdbdbd)",
    "padding": "8px",
    "margin": "6px 0",
    "width": "auto",
}


class Drawer(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """A part of a panel that is there for one action, with a button that begins it and one that closes it.

    Parameters
    ----------
    title : str
        What it is about; empty if what is in it says so itself.
    close : callable
        Called when it is not wanted any more.
    """

    def __init__(self, title: str, close: Callable[[], None]) -> None:
        super().__init__(layout=_FRAME)
        self._title = ipywidgets.HTML(heading(title) if title else "")
        self._cancel = ipywidgets.Button(description="Cancel", layout={"width": "auto"})
        self._cancel.on_click(lambda _: close())

    def lay_out(self, *children: Any, buttons: tuple[Any, ...] = ()) -> None:
        """Put the controls in place, the one that closes it last."""
        self.children = (
            *([self._title] if self._title.value else []),
            *children,
            ipywidgets.HBox([*buttons, self._cancel]),
        )


class InstanceDrawer(Drawer):
    """Choose an instance type, and see what would go wrong with it before anything is started.

    Parameters
    ----------
    title : str
        What it is about.
    picker : InstancePicker
        Of the types there are.
    request_for : callable
        The CreateApp request for an instance type, for the checks.
    button : Button
        The button that begins.
    close : callable
        Called when it is not wanted any more.
    needed : bool
        Whether a type must be chosen.
    """

    def __init__(
        self,
        title: str,
        picker: InstancePicker,
        request_for: Callable[[str], Mapping[str, Any]],
        button: Any,
        close: Callable[[], None],
        *,
        needed: bool,
    ) -> None:
        super().__init__(title, close)
        self.picker, self.button = picker, button
        self.preflight = PreflightLines(picker.studio.connection)
        self._request_for, self._verb, self._needed = request_for, button.description, needed
        picker.observe(lambda _: self._on_choice(), "value")
        picker.show_prices()
        self.lay_out(picker, self.preflight, buttons=(button,))
        self._on_choice()

    def choose(self, instance: str) -> None:
        """Begin with a type, if it is one that can be chosen."""
        if self.picker.offers(instance):
            self.picker.select(instance)

    def _on_choice(self) -> None:
        chosen = self.picker.value
        self.button.disabled = self._needed and chosen is None
        self.button.description = f"{self._verb} on {chosen}" if chosen else self._verb
        if chosen:
            self.preflight.ask("CreateApp", self._request_for(chosen))


class ConfirmDrawer(Drawer):
    """What a deletion takes with it, and a field for the name, so that nobody deletes by a slip.

    Parameters
    ----------
    title : str
        What it is about.
    told : Consequences
        As `lifecycle.consequences` gives them.
    button : Button
        The button that deletes.
    close : callable
        Called when it is not wanted any more.
    """

    def __init__(self, title: str, told: Consequences, button: Any, close: Callable[[], None]) -> None:
        super().__init__(title, close)
        self.button = button
        self.consequences = told
        lines = "".join(f"<li>{escape(text)}</li>" for text in told.consequences)
        self._typed = ipywidgets.Text(
            description=f"Type {told.confirm} to confirm",
            style={"description_width": "initial"},
            layout={"width": "100%", "max_width": "520px", "display": "" if told.confirm else "none"},
        )
        self._typed.observe(lambda _: self._on_typed(), "value")
        listed = ipywidgets.HTML(f"<ul style='margin: 0; line-height: 1.5'>{lines}</ul>")
        self.lay_out(listed, self._typed, buttons=(button,))
        self._on_typed()

    def _on_typed(self) -> None:
        self.button.disabled = bool(self.consequences.confirm) and self._typed.value != self.consequences.confirm
