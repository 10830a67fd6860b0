"""The verbs people type: one tree of commands for ``%sm`` in a notebook and ``jupyter sm`` in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.commands import (
    algorithm_commands,
    compile_commands,
    connection_commands,
    doctor_commands,
    instance_commands,
    job_commands,
    kernel_commands,
    search_commands,
    studio_commands,
    studio_lists,
    succession_commands,
    thing_commands,
)
from jupyter_sm_ext.commands.arguments import HelpWanted, Parser
from jupyter_sm_ext.commands.cell_arguments import train_parser, tune_parser
from jupyter_sm_ext.commands.completion import complete as complete_words
from jupyter_sm_ext.commands.surface import Command, Surface
from jupyter_sm_ext.errors import ValidationError

_CELLS = ("sm_train", "sm_tune")


def run(words: Sequence[str], surface: Surface) -> None:
    """Run a command.

    Parameters
    ----------
    words : sequence of str
        The command and its arguments.
    surface : Surface
        Where the answer goes.

    Raises
    ------
    SageMakerError
        Whatever went wrong, for people.
    """
    parser, names = tree(surface.prog, terminal=surface.terminal)
    if words and not words[0].startswith("-") and words[0] not in names:
        cell = f"sm_{words[0]}"
        if cell in _CELLS:
            raise ValidationError(
                f"{surface.prog}: {words[0]} is a cell of a notebook, %%{cell}",
                code="Usage",
                hint=f"%%{cell} --help tells more; from a file it is sm.{words[0]}(...) in Python.",
            )
        near = meant(words[0], names)
        raise ValidationError(
            f"{surface.prog}: there is no command {words[0]!r}",
            code="Usage",
            hint=f"Did you mean {surface.prog} {near}?" if near else f"There are: {', '.join(names)}.",
        )
    try:
        arguments = parser.parse_args(words or ["--help"])
    except HelpWanted as help_text:
        surface.write(str(help_text))
        return
    command: Command = arguments.command
    command(arguments, surface)


def complete(words: Sequence[str], start: str) -> list[str]:
    """What could follow in a notebook: commands, options and names.

    Parameters
    ----------
    words : sequence of str
        The whole words after ``%sm``.
    start : str
        What is typed of the next one.
    """
    return complete_words(tree("%sm", terminal=False)[0], words, start)


def complete_cell(magic: str, words: Sequence[str], start: str) -> list[str]:
    """The same for the first line of a cell that is a script.

    Parameters
    ----------
    magic : {"sm_train", "sm_tune"}
        Its magic.
    words : sequence of str
        The whole words after it.
    start : str
        What is typed of the next one.
    """
    parser = tune_parser() if magic == "sm_tune" else train_parser()
    return complete_words(parser, words, start, magic)


def tree(prog: str, *, terminal: bool) -> tuple[Parser, list[str]]:
    """Parser of all commands, and their names.

    Parameters
    ----------
    prog : str
        What is typed before a command.
    terminal : bool
        Whether it is typed in a terminal.
    """
    parser = Parser(
        prog=prog,
        usage="%(prog)s COMMAND ...",
        description="SageMaker: a local engine on this machine, or AWS.",
        epilog=f"{prog} COMMAND --help tells all of a command.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser, prog=prog)

    def add(name: str, command: Command, text: str) -> Parser:
        added: Parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        added.set_defaults(command=command)
        return added

    connection_commands.register(add, terminal=terminal)
    doctor_commands.register(add)
    job_commands.register(add)
    search_commands.register(add)
    succession_commands.register(add)
    algorithm_commands.register(add)
    compile_commands.register(add)
    thing_commands.register(add)
    studio_lists.register(add)
    studio_commands.register(add)
    instance_commands.register(add)
    kernel_commands.register(add)
    return parser, list(commands.choices)
