"""Buttons whose deed may be denied: dimmed then, but within reach, for pressing one tells why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.connections.denied import DeniedDeed
from jupyter_sm_ext.errors import AccessDeniedError
from jupyter_sm_ext.widgets.pieces import DENIED

if TYPE_CHECKING:
    from typing_extensions import Self

#: Which of the things that are denied now stands before a button; None if none does.
Aim = Callable[[list[DeniedDeed]], DeniedDeed | None]


class DeniedLatelyError(AccessDeniedError):
    """What was refused a short while ago, and is not tried again by itself."""

    #: Of what was refused; None: what follows from the operation.
    known: str | None = None

    @classmethod
    def of(cls, denied: DeniedDeed) -> Self:
        """The refusal of a deed."""
        hint = "It was refused a short while ago. It can be tried all the same."
        error = cls(why(denied), operation=denied["operation"], hint=hint)
        error.known = denied["statement"]
        return error

    @property
    def statement(self) -> str | None:
        """The policy statement that gives the missing permission."""
        return self.known or super().statement


class DeniableButtons:
    """The buttons of a panel or a form that dim when IAM has denied what they are for.

    Parameters
    ----------
    connection : Connection
        That of the panel.
    make : callable
        Makes a button of a text, of what it does, and of the style that ipywidgets knows.
    """

    def __init__(self, connection: Connection, make: Callable[..., Any]) -> None:
        self._connection = connection
        self._make = make
        self._buttons: list[tuple[Any, Aim]] = []
        self._refused: tuple[Callable[[], Any], Aim] | None = None
        #: Does what was refused last; there as long as that is denied.
        self.insist = make("Try all the same", self._insist)
        self.withdraw()

    def add(self, text: str, action: Callable[[], Any], aim: Aim, style: str = "") -> Any:
        """A button that does something, unless that was denied lately."""

        def act() -> None:
            denied = self._denied(aim)
            self._refused = None if denied is None else (action, aim)
            self._draw_insist()
            if denied is not None:
                raise DeniedLatelyError.of(denied)
            action()

        button = self._make(text, act, style=style)
        self._buttons.append((button, aim))
        return button

    def draw(self) -> None:
        """Dim what is denied now, and nothing else."""
        for button, aim in self._buttons:
            denied = self._denied(aim)
            # Browsers tell it to screen readers, too, as the description of the button.
            button.tooltip = why(denied) if denied else button.description
            (button.add_class if denied else button.remove_class)(DENIED)
        if self._refused is not None and self._denied(self._refused[1]) is None:
            self._refused = None
        self._draw_insist()

    def withdraw(self) -> None:
        """What was refused is not what one is about any more."""
        self._refused = None
        self._draw_insist()

    def _insist(self) -> None:
        refused = self._refused
        self.withdraw()
        if refused is not None:
            refused[0]()

    def _draw_insist(self) -> None:
        self.insist.layout.display = "none" if self._refused is None else ""

    def _denied(self, aim: Aim) -> DeniedDeed | None:
        told = self._connection.denied.told()
        return aim(told) if told else None


def why(denied: DeniedDeed) -> str:
    """Why it cannot be done, in one line."""
    return f"{denied['action']} is denied to you"
