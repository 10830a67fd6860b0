"""Commands on algorithms: ``algorithms`` lists them, ``algorithm`` shows one, or makes one of a script."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from jupyter_sm_ext.actions.steps import Progress, settled
from jupyter_sm_ext.commands.arguments import Parser, mapping, name_or_pair, names, pair, scalar, seconds
from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table, local_time
from jupyter_sm_ext.watching.algorithm_text import algorithm_lines, failure_of_algorithm, hyperparameter_table

_KIND = "algorithms"
_HELP = """
Without a script it shows the algorithm. With one it makes it, and SageMaker validates it by a run:

  %(prog)s digits train.py --data train=./digits --range depth=2..12 --hp depth=8 --objective accuracy

Then `%%%%sm_train --algorithm digits --data train=./digits`, or the same with %%%%sm_tune.
"""


def register(add: Add) -> None:
    """Add the commands to the tree."""
    add("algorithms", _algorithms, "list the algorithms").add_argument(
        "--name", metavar="TEXT", help="only those with this in their name"
    )
    parser: Parser = add("algorithm", _algorithm, "show an algorithm, or make one of a script")
    parser.epilog = _HELP
    parser.add_argument("name", metavar="ALGORITHM", help="its name")
    parser.add_argument("script", nargs="?", metavar="SCRIPT", help="file of which it is made")
    parser.add_argument("--data", type=pair, action="append", default=[], metavar="NAME=PATH", help="a channel of data")
    parser.add_argument(
        "--hp", type=pair, action="append", default=[], metavar="NAME=VALUE", help="default of an argument"
    )
    parser.add_argument("--range", action="append", default=[], metavar="RANGE", help="what can be tuned: depth=2..8")
    parser.add_argument(
        "--metric",
        type=name_or_pair,
        action="append",
        default=[],
        metavar="NAME[=REGEX]",
        help="a metric that it prints",
    )
    parser.add_argument("--objective", metavar="METRIC", help="metric by which it can be tuned")
    parser.add_argument("--minimize", action="store_true", help="less of it is better")
    parser.add_argument("--description", metavar="TEXT", help="what it is, for people")
    parser.add_argument("--instance", metavar="TYPE", help="type of instance of its validation (ml.m5.large)")
    parser.add_argument(
        "--instances", type=names, default=[], metavar="TYPE,...", help="other types of instances that it may run on"
    )
    parser.add_argument("--image", metavar="URI", help="training image")
    parser.add_argument("--role", metavar="ARN", help="execution role (the connection's)")
    parser.add_argument(
        "--include", action="append", default=[], metavar="PATH", help="file or folder to put beside the script"
    )
    parser.add_argument("--max-runtime", type=seconds, metavar="TIME", help="stop its validation after 90s, 10m, 2h")
    parser.add_argument("--no-validation", action="store_true", help="do not run it once first")
    parser.add_argument("--dry-run", action="store_true", help="make nothing, show the request and its boto3 code")


def _algorithms(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    filters = {"NameContains": arguments.name} if arguments.name else {}
    rows = [
        (
            each["AlgorithmName"],
            each["AlgorithmStatus"],
            local_time(each["CreationTime"].timestamp()),
            each.get("AlgorithmDescription", ""),
        )
        for each in studio.list(_KIND, SortBy="CreationTime", SortOrder="Descending", **filters)
    ]
    nothing = f"{studio.connection.label}: {'no such algorithms' if arguments.name else 'no algorithms yet'}"
    surface.table(Table(("Name", "Status", "Created", "Description"), rows, nothing))


def _algorithm(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    if arguments.script is None:
        _show(studio.describe(_KIND, arguments.name), surface)
    else:
        _make(studio, arguments, surface)


def _show(described: Mapping[str, Any], surface: Surface) -> None:
    surface.write("\n".join(algorithm_lines(described)))
    surface.table(hyperparameter_table(described))


def _make(studio: Studio, arguments: argparse.Namespace, surface: Surface) -> None:
    # Packing a script needs much that the other commands do not.
    from jupyter_sm_ext.launching.algorithm_plan import AlgorithmOptions, plan_algorithm
    from jupyter_sm_ext.launching.ranges import parse_range
    from jupyter_sm_ext.launching.source import Script

    parser = Parser(prog=f"{surface.prog} algorithm")
    options = AlgorithmOptions(
        name=arguments.name,
        data=mapping(parser, "--data", arguments.data, str),
        hyperparameters=mapping(parser, "--hp", arguments.hp, scalar),
        ranges=[parse_range(text) for text in arguments.range],
        metrics=mapping(parser, "--metric", arguments.metric, lambda regex: regex),
        objective=arguments.objective,
        minimize=arguments.minimize,
        description=arguments.description,
        instance_type=arguments.instance,
        instances=arguments.instances,
        image=arguments.image,
        role=arguments.role,
        include=arguments.include,
        max_runtime=arguments.max_runtime,
        validate=not arguments.no_validation,
    )
    plan = plan_algorithm(studio.connection, Script.read(arguments.script), options)
    if arguments.dry_run:
        surface.write(plan.text())
        return
    for line in plan.lines:
        surface.write(line)
    with Progress(surface.on_step()).step(f"Validate {plan.name}") as tell:
        plan.start(studio)
        described = settled(studio, _KIND, (plan.name,), tell)
        if described is None or described["AlgorithmStatus"] != "Completed":
            why = failure_of_algorithm(described) if described else "it was deleted"
            raise SageMakerError(f"{plan.name} could not be validated: {why}")
    surface.write(
        f"{plan.name} can be used: %%sm_train --algorithm {plan.name}, or sm.algorithm({plan.name!r}).train()"
    )
