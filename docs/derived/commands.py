"""The commands, as they tell of themselves by ``--help``."""

from __future__ import annotations

import argparse

from jupyter_sm_ext.commands.cell_arguments import train_parser, tune_parser
from jupyter_sm_ext.commands.commands import tree


def text() -> str:
    """Both cell magics and every command."""
    parser, names = tree("%sm", terminal=False)
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    cells = {"%%sm_train": train_parser(), "%%sm_tune": tune_parser()}
    parts = ["## Cells that are scripts\n", *(_section(name, each) for name, each in cells.items())]
    parts += ["## Commands\n", *(_section(f"%sm {name}", commands.choices[name]) for name in sorted(names))]
    return "\n".join(parts)


def _section(title: str, parser: argparse.ArgumentParser) -> str:
    return f"### `{title}`\n\n```text\n{parser.format_help().rstrip()}\n```\n"
