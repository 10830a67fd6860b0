"""Where commands are typed and answered: a notebook's cell or a terminal."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Protocol

from jupyter_sm_ext.actions.steps import OnStep
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.launching.successors import Successor
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table


class Surface(Protocol):
    """Where commands are typed and answered."""

    #: What stands before a command: ``%sm`` or ``jupyter sm``.
    prog: str
    #: Whether it is a terminal, which can do some things that a notebook cannot.
    terminal: bool

    def write(self, text: str) -> None:
        """Show lines of text."""

    def table(self, table: Table) -> None:
        """Show a table."""

    def on_step(self) -> OnStep:
        """Show the steps of one action as they go; what is returned is told each."""

    def open(self, studio: Studio, target: Target, user_profile: str | None) -> None:
        """Let the user open a space, a profile or an app in the browser."""

    def confirm(self, question: str, word: str) -> bool:
        """Have the user type a word, if anybody can be asked here."""

    def secret(self, question: str) -> str | None:
        """Have the user type something that is not shown, if anybody can be asked here."""

    def watch(self, studio: Studio, kind: str, name: str) -> None:
        """Show a job as it goes on."""

    def form(self, studio: Studio, wanted: Successor) -> None:
        """Show a request that can be edited and sent; where nothing can be edited, as it is."""

    def compare(self, studio: Studio, names: Sequence[str]) -> None:
        """Show tuning jobs beside each other."""

    def environment(self, connection: Connection) -> None:
        """Hand over the environment that sends any AWS client to a connection."""

    def demo(self, arguments: argparse.Namespace) -> None:
        """Copy the packaged notebooks and open the quickstart."""


Command = Callable[[argparse.Namespace, Surface], None]
#: Adds a command to the tree: its name, what it does, and one line of help.
Add = Callable[[str, Command, str], Parser]
