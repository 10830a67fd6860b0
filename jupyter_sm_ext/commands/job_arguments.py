"""The options of training and tuning jobs as words of a line."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_sm_ext.commands.arguments import Parser, mapping, name_or_pair, names, pair, scalar, seconds
from jupyter_sm_ext.launching.options import JobOptions, TuningOptions
from jupyter_sm_ext.launching.ranges import parse_range


def add_job_options(parser: Parser) -> None:
    """Add what every job has."""
    _add_script(parser)
    _add_machines(parser)
    job = parser.add_argument_group("job")
    job.add_argument("--name", help="of the job; made from the script's name and the time if not given")
    job.add_argument("--role", metavar="ARN", help="execution role; the connection's own if not given")
    job.add_argument("--output", metavar="S3URI", help="where models go; the connection's bucket if not given")
    job.add_argument("--checkpoints", metavar="S3URI", help="kept there while it runs, and put back after a break")
    _pairs(job, "--tag", pair, "NAME=VALUE", "a tag of the job")


def _add_script(parser: Parser) -> None:
    script = parser.add_argument_group("script and data")
    _pairs(script, "--hp", pair, "NAME=VALUE", "a fixed hyperparameter")
    _pairs(
        script, "--data", pair, "CHANNEL=PATH",
        "local file or folder, uploaded once for each content, or s3:// as it is",
    )  # fmt: skip
    _pairs(
        script, "--metric", name_or_pair, "NAME[=REGEX]",
        "a metric to read from the output, in any common format; what the script prints if none is given",
    )  # fmt: skip
    _pairs(script, "--env", pair, "NAME=VALUE", "environment variable")
    _pairs(script, "--include", str, "PATH", "file or folder to put beside the script")
    _pairs(script, "--requirements", str, "FILE", "requirements file, or one requirement like 'numpy>=1.26'")
    script.add_argument(
        "--no-imports", action="store_true", help="do not pack modules of this folder that the script imports"
    )
    script.add_argument("--yes", action="store_true", help="folders above 100 MB or 1,000 files are meant")


def _add_machines(parser: Parser) -> None:
    machines = parser.add_argument_group("machines and time")
    machines.add_argument(
        "--instance", "--instance-type", dest="instance_type", metavar="TYPE", help="type of instance (ml.m5.large)"
    )
    machines.add_argument(
        "--count", "--instance-count", dest="instance_count", type=int, default=1, metavar="N",
        help="instances of a job (%(default)s)",
    )  # fmt: skip
    machines.add_argument(
        "--volume-size", type=int, default=JobOptions.volume_size, metavar="GB", help="storage (%(default)s)"
    )
    machines.add_argument("--image", metavar="URI", help="training image")
    machines.add_argument("--algorithm", metavar="NAME", help="run this algorithm instead of a script and an image")
    machines.add_argument(
        "--spot", action="store_true", help="on spot instances, which cost less and may be taken away"
    )
    _time(machines, "--max-runtime", "stop a training job after 90s, 10m, 2h, 1d (1d)")
    _time(machines, "--max-wait", "on spot instances: longest time in all (--max-runtime)")
    _time(machines, "--max-pending", "longest wait for capacity")
    _time(machines, "--warm-pool", "keep the instances for the next job")


def add_tuning_options(parser: Parser) -> None:
    """Add what only a tuning job has."""
    tuning = parser.add_argument_group("tuning")
    tuning.add_argument(
        "--objective", required=True, metavar="METRIC", help="metric to make best, as the script prints it"
    )
    tuning.add_argument("--minimize", action="store_true", help="less is better")
    tuning.add_argument("--max-jobs", type=int, metavar="N", help="training jobs in all (10)")
    tuning.add_argument("--parallel", type=int, default=2, metavar="N", help="training jobs at a time (%(default)s)")
    tuning.add_argument(
        "--strategy", default=TuningOptions.strategy, help="Bayesian, Random, Grid or Hyperband (%(default)s)"
    )
    tuning.add_argument("--min-resource", type=int, metavar="N", help="of Hyperband: epochs of the shortest run")
    tuning.add_argument("--max-resource", type=int, metavar="N", help="of Hyperband: epochs of the longest run")
    tuning.add_argument("--seed", type=int, metavar="N", help="make the proposals repeatable")
    tuning.add_argument(
        "--warm-start", type=names, default=(), metavar="JOB[,JOB]", help="learn from tuning jobs that have ended"
    )
    tuning.add_argument(
        "--warm-start-type", default=TuningOptions.warm_start_type, metavar="TYPE",
        help="identical data and algorithm, or transfer (%(default)s)",
    )  # fmt: skip
    ends = parser.add_argument_group("end of the tuning job")
    ends.add_argument("--early-stopping", action="store_true", help="stop training jobs that do not look promising")
    ends.add_argument("--target", type=float, metavar="VALUE", help="end when the objective is that good")
    ends.add_argument("--not-improving", type=int, metavar="N", help="end when N training jobs brought nothing better")
    ends.add_argument("--convergence", action="store_true", help="end when little is to be gained")
    _time(ends, "--max-tuning-time", "end the whole tuning job after this")


def job_options(parser: Parser, given: argparse.Namespace) -> dict[str, Any]:
    """What `JobOptions` takes, from the words of a line.

    Raises
    ------
    ValidationError
        A name is given twice.
    """
    return {
        "hyperparameters": mapping(parser, "--hp", given.hp, scalar),
        "data": mapping(parser, "--data", given.data, str),
        "metrics": mapping(parser, "--metric", given.metric, lambda regex: regex),
        "environment": mapping(parser, "--env", given.env, str),
        "tags": mapping(parser, "--tag", given.tag, str),
        "imports": not given.no_imports,
        **{name: getattr(given, name) for name in _PLAIN},
    }


def tuning_options(parser: Parser, given: argparse.Namespace, ranges: list[str]) -> dict[str, Any]:
    """What `TuningOptions` takes, from the words of a line; raises what `job_options` and `parse_range` raise."""
    found = {name: getattr(given, name) for name in _TUNING}
    return {**job_options(parser, given), **found, "ranges": [parse_range(text) for text in ranges]}


_PLAIN = (
    "name", "include", "requirements", "yes", "image", "algorithm", "role", "instance_type", "instance_count",
    "volume_size", "spot", "max_runtime", "max_pending", "max_wait", "warm_pool", "output", "checkpoints",
)  # fmt: skip
_TUNING = (
    "objective", "minimize", "strategy", "max_jobs", "parallel", "seed", "early_stopping", "max_tuning_time", "target",
    "not_improving", "convergence", "min_resource", "max_resource", "warm_start", "warm_start_type",
)  # fmt: skip


def _pairs(group: argparse._ArgumentGroup, option: str, convert: Any, metavar: str, text: str) -> None:
    group.add_argument(option, action="append", default=[], type=convert, metavar=metavar, help=text)


def _time(group: argparse._ArgumentGroup, option: str, text: str) -> None:
    group.add_argument(option, type=seconds, metavar="TIME", help=text)
