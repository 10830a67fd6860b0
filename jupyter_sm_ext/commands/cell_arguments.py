"""The options of ``%%sm_train`` and ``%%sm_tune``."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.commands.arguments import Parser, identifier
from jupyter_sm_ext.commands.job_arguments import add_job_options, add_tuning_options, job_options, tuning_options
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.options import JobOptions, TuningOptions
from jupyter_sm_ext.launching.ranges import FORMS
from jupyter_sm_ext.launching.source import DEFAULT_NAME

_CONTINUED = "The options may go on in the next lines, each line but the last ending with a backslash."


@dataclass(frozen=True)
class CellArguments:
    """What stands above the script.

    Parameters
    ----------
    options : JobOptions
        Of the job; `TuningOptions` for ``%%sm_tune``.
    script : str
        File name that the script gets.
    variable : str
        Python variable for the job's handle.
    wait, dry_run, local : bool
        Whether to wait for the job; whether only to show the request; whether to try it on this machine first.
    """

    options: JobOptions
    script: str
    variable: str
    wait: bool
    dry_run: bool
    local: bool


def read_train(arguments: Sequence[str]) -> CellArguments:
    """Read the options of ``%%sm_train``.

    Raises
    ------
    HelpWanted
        ``--help`` is among them.
    ValidationError
        A mistake, by the name of the option.
    """
    parser = train_parser()
    given, others = _parse(parser, arguments)
    if others:
        parser.error(f"{others[0]} belongs to no option; only %%sm_tune takes ranges")
    return _read(parser, given, JobOptions(**job_options(parser, given)))


def read_tune(arguments: Sequence[str]) -> CellArguments:
    """Read the options of ``%%sm_tune``; raises as `read_train` does."""
    parser = tune_parser()
    given, ranges = _parse(parser, arguments)
    return _read(parser, given, TuningOptions(**tuning_options(parser, given, ranges)))


def split_line(line: str) -> list[str]:
    """The words of a line, as a shell splits them.

    Raises
    ------
    ValidationError
        A quotation is not closed.
    """
    try:
        return shlex.split(line)
    except ValueError as error:
        raise ValidationError(f"{line.strip()}: {str(error).lower()}", code="Usage") from error


def continued(line: str, body: str) -> tuple[str, str]:
    """Move the lines that a backslash continues from the body of a cell to its first line."""
    while line.rstrip().endswith("\\"):
        following, _, body = body.partition("\n")
        line = f"{line.rstrip()[:-1]} {following}"
    return line, body


def train_parser() -> Parser:
    """What ``%%sm_train`` takes."""
    parser = _parser("%%sm_train", "Run this cell's script as a SageMaker training job.")
    parser.usage = "%(prog)s [options]"
    return parser


def tune_parser() -> Parser:
    """What ``%%sm_tune`` takes besides its ranges."""
    parser = _parser("%%sm_tune", f"Tune this cell's script with a SageMaker tuning job.\n\nA range is {FORMS}.")
    parser.usage = "%(prog)s RANGE [RANGE ...] --objective METRIC [options]"
    add_tuning_options(parser)
    return parser


def _parser(prog: str, description: str) -> Parser:
    parser = Parser(prog=prog, description=f"{description}\n\n{_CONTINUED}")
    cell = parser.add_argument_group("cell")
    cell.add_argument("--script", default=DEFAULT_NAME, metavar="FILE", help="file name it gets (%(default)s)")
    cell.add_argument(
        "--as", dest="variable", default="job", type=identifier, metavar="NAME", help="variable (%(default)s)"
    )
    cell.add_argument(
        "--local", action="store_true", help="first run it once on this machine with a sample of the data"
    )
    cell.add_argument("--no-wait", action="store_true", help="return at once; the panel goes on")
    cell.add_argument("--dry-run", action="store_true", help="show the request and its boto3 code, and do nothing")
    add_job_options(parser)
    return parser


def _parse(parser: Parser, arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    # argparse cannot have a list of positionals between options; what it does not know is left over.
    given, others = parser.parse_known_args(arguments)
    unknown = next((word.partition("=")[0] for word in others if word.startswith("-")), None)
    if unknown is not None:
        options = [option for option in parser._option_string_actions if option.startswith("--")]
        near = meant(unknown, options)
        parser.error(f"there is no option {unknown}{f'; did you mean {near}?' if near else ''}")
    return given, others


def _read(parser: Parser, given: argparse.Namespace, options: JobOptions) -> CellArguments:
    if "/" in given.script or not given.script.endswith(".py"):
        parser.error(f"--script {given.script}: a file name that ends with .py is needed")
    return CellArguments(options, given.script, given.variable, not given.no_wait, given.dry_run, given.local)
