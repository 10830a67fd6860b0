"""The options of ``%%sm_train`` and ``%%sm_tune``."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.arguments import Parser, identifier, mapping, name_or_pair, pair, scalar, seconds
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.options import JobOptions, TuningOptions
from jupyter_sm_ext.ranges import FORMS, parse_range

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
    wait, dry_run : bool
        Whether to wait for the job; whether only to show the request.
    """

    options: JobOptions
    script: str
    variable: str
    wait: bool
    dry_run: bool


def read_train(arguments: Sequence[str]) -> CellArguments:
    """Read the options of ``%%sm_train``.

    Raises
    ------
    HelpWanted
        ``--help`` is among them.
    ValidationError
        A mistake, by the name of the option.
    """
    parser = _parser("%%sm_train", "Run this cell's script as a SageMaker training job.")
    parser.usage = "%(prog)s [options]"
    given = parser.parse_args(arguments)
    return _read(parser, given, JobOptions(**_job_options(parser, given)))


def read_tune(arguments: Sequence[str]) -> CellArguments:
    """Read the options of ``%%sm_tune``; raises as `read_train` does."""
    parser = _parser("%%sm_tune", f"Tune this cell's script with a SageMaker tuning job.\n\nA range is {FORMS}.")
    parser.usage = "%(prog)s RANGE [RANGE ...] --objective METRIC [options]"
    tuning = parser.add_argument_group("tuning")
    tuning.add_argument(
        "--objective", required=True, metavar="METRIC", help="metric to make best, as the script prints it"
    )
    tuning.add_argument("--minimize", action="store_true", help="less is better")
    tuning.add_argument("--max-jobs", type=int, default=10, metavar="N", help="training jobs in all (%(default)s)")
    tuning.add_argument("--parallel", type=int, default=2, metavar="N", help="training jobs at a time (%(default)s)")
    tuning.add_argument("--strategy", default="Bayesian", help="how they are proposed (%(default)s)")
    tuning.add_argument("--seed", type=int, metavar="N", help="make the proposals repeatable")
    tuning.add_argument("--early-stopping", action="store_true", help="stop training jobs that do not look promising")
    tuning.add_argument("--max-tuning-time", type=seconds, metavar="TIME", help="end the whole tuning job after this")
    # argparse cannot have a list of positionals between options; what it does not know is a range.
    given, ranges = parser.parse_known_args(arguments)
    unknown = [word for word in ranges if word.startswith("-")]
    if unknown:
        parser.error(f"there is no option {unknown[0]}")
    return _read(
        parser,
        given,
        TuningOptions(
            **_job_options(parser, given),
            objective=given.objective,
            ranges=[parse_range(text) for text in ranges],
            minimize=given.minimize,
            strategy=given.strategy,
            max_jobs=given.max_jobs,
            parallel=given.parallel,
            seed=given.seed,
            early_stopping=given.early_stopping,
            max_tuning_time=given.max_tuning_time,
        ),
    )


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


def _parser(prog: str, description: str) -> Parser:
    parser = Parser(prog=prog, description=f"{description}\n\n{_CONTINUED}")
    job = parser.add_argument_group("job")
    job.add_argument("--name", help="of the job; made from the script's name and the time if not given")
    job.add_argument("--script", default="script.py", metavar="FILE", help="file name the script gets (%(default)s)")
    job.add_argument("--include", action="append", default=[], metavar="PATH", help="file or folder to put beside it")
    job.add_argument(
        "--hp", action="append", default=[], type=pair, metavar="NAME=VALUE", help="a fixed hyperparameter"
    )
    job.add_argument(
        "--data", action="append", default=[], type=pair, metavar="CHANNEL=PATH", help="local file or folder, or s3://"
    )
    job.add_argument(
        "--metric", action="append", default=[], type=name_or_pair, metavar="NAME[=REGEX]",
        help="a metric to read from the output; NAME alone finds NAME=value and NAME: value",
    )  # fmt: skip
    job.add_argument("--env", action="append", default=[], type=pair, metavar="NAME=VALUE", help="environment variable")
    job.add_argument("--image", metavar="URI", help="training image; needed on AWS")
    job.add_argument("--role", metavar="ARN", help="execution role; the connection's own if not given")
    job.add_argument("--instance-type", default=JobOptions.instance_type, metavar="TYPE", help="%(default)s")
    job.add_argument("--instance-count", type=int, default=1, metavar="N", help="instances of a job (%(default)s)")
    job.add_argument(
        "--volume-size", type=int, default=JobOptions.volume_size, metavar="GB", help="storage (%(default)s)"
    )
    job.add_argument(
        "--max-runtime", type=seconds, metavar="TIME", help="stop a training job after 90s, 10m, 2h, 1d (1d)"
    )
    job.add_argument("--max-pending", type=seconds, metavar="TIME", help="longest wait for capacity")
    cell = parser.add_argument_group("cell")
    cell.add_argument(
        "--as", dest="variable", default="job", type=identifier, metavar="NAME", help="variable (%(default)s)"
    )
    cell.add_argument("--no-wait", action="store_true", help="return at once; the panel goes on")
    cell.add_argument("--dry-run", action="store_true", help="show the request as JSON and do nothing")
    return parser


def _job_options(parser: Parser, given: argparse.Namespace) -> dict[str, Any]:
    return {
        "name": given.name,
        "hyperparameters": mapping(parser, "--hp", given.hp, scalar),
        "data": mapping(parser, "--data", given.data, str),
        "metrics": mapping(parser, "--metric", given.metric, lambda regex: regex),
        "include": given.include,
        "environment": mapping(parser, "--env", given.env, str),
        "image": given.image,
        "role": given.role,
        "instance_type": given.instance_type,
        "instance_count": given.instance_count,
        "volume_size": given.volume_size,
        "max_runtime": given.max_runtime,
        "max_pending": given.max_pending,
    }


def _read(parser: Parser, given: argparse.Namespace, options: JobOptions) -> CellArguments:
    if "/" in given.script or not given.script.endswith(".py"):
        parser.error(f"--script {given.script}: a file name that ends with .py is needed")
    return CellArguments(options, given.script, given.variable, not given.no_wait, given.dry_run)
