"""Buttons whose deed may be denied: dimmed then, but within reach, for pressing one tells why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jupyter_sm_ext.connection import Connection
from jupyter_sm_ext.denied import DeniedDeed, denial_in
from jupyter_sm_ext.errors import AccessDeniedError
from jupyter_sm_ext.widgets.pieces import DENIED

#: Kind, deed and key of what a button is for now; None while it is for nothing.
Aim = Callable[[], "tuple[str, str, tuple[str, ...]] | None"]


class DeniedLatelyError(AccessDeniedError):
    """What was refused a short while ago, and is not tried again by itself.

    Parameters
    ----------
    denied : DeniedDeed
        What, and which policy statement allows it.
    """

    def __init__(self, denied: DeniedDeed) -> None:
        hint = "It was refused a short while ago. Refresh, and it can be tried again."
        super().__init__(why(denied), operation=denied["operation"], hint=hint)
        self._denied = denied

    @property
    def statement(self) -> str | None:
        """The policy statement that gives the missing permission."""
        return self._denied["statement"]


class DeniableButtons:
    """The buttons of a panel that dim when IAM has denied what they are for.

    Parameters
    ----------
    connection : Connection
        That of the panel.
    make : callable
        Makes a button of a text and of what it does.
    """

    def __init__(self, connection: Connection, make: Callable[[str, Callable[[], Any]], Any]) -> None:
        self._connection = connection
        self._make = make
        self._buttons: list[tuple[Any, Aim]] = []

    def add(self, text: str, action: Callable[[], Any], aim: Aim) -> Any:
        """A button that does something, unless that was denied lately."""

        def act() -> None:
            denied = self._denied(aim)
            if denied is not None:
                raise DeniedLatelyError(denied)
            action()

        button = self._make(text, act)
        self._buttons.append((button, aim))
        return button

    def draw(self) -> None:
        """Dim what is denied now, and nothing else."""
        for button, aim in self._buttons:
            denied = self._denied(aim)
            # Browsers tell it to screen readers, too, as the description of the button.
            button.tooltip = why(denied) if denied else button.description
            (button.add_class if denied else button.remove_class)(DENIED)

    def _denied(self, aim: Aim) -> DeniedDeed | None:
        told = self._connection.denied.told()
        found = aim() if told else None
        return denial_in(told, *found) if found else None


def why(denied: DeniedDeed) -> str:
    """Why it cannot be done, in one line."""
    return f"{denied['action']} is denied to you"
