"""The command ``search``: jobs by what they are and what became of them."""

from __future__ import annotations

import argparse

from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.job_lists import SEARCHED_KINDS

_MOST = 1000

_HELP = """
PROPERTY OPERATOR VALUE, joined by and, or and parentheses:

  Metrics.loss < 0.2                              its last value
  HyperParameters.opt in (adam, sgd)
  Tags.team = red and status = failed
  created > 2026-11-01 or FailureReason exists
  ResourceConfig.InstanceType ~ trn1              contains

Operators: = != < <= > >= ~ (or contains), in (...), exists, not exists.
name, status, created and modified are short for AWS's members, which can all be used.
In a terminal put it in quotes: < and > are the shell's.
"""


def register(add: Add) -> None:
    """Add the command to the tree."""
    parser: Parser = add("search", _search, "find jobs by metrics, hyperparameters, tags and more")
    parser.epilog = _HELP
    parser.add_argument("expression", nargs="*", metavar="EXPRESSION", help="what they must be; all if it is left out")
    parser.add_argument("--kind", choices=list(SEARCHED_KINDS), default="training", help="of jobs (%(default)s)")
    parser.add_argument("--sort", metavar="PROPERTY", help="most first; PROPERTY:asc for least first")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many (%(default)s)")


def _search(arguments: argparse.Namespace, surface: Surface) -> None:
    # It needs botocore, which a `--help` does not wait for.
    from jupyter_sm_ext.watching.job_search import job_search

    if not 1 <= arguments.limit <= _MOST:
        raise ValidationError(f"{surface.prog} search: --limit is from 1 to {_MOST}", code="Usage")
    search = job_search(" ".join(arguments.expression), arguments.kind, arguments.sort)
    studio = Studio(current())
    found = search.first(studio, arguments.limit + 1)
    notes = [f"There are more: --limit {min(arguments.limit * 5, _MOST)}"] if len(found) > arguments.limit else []
    surface.table(search.table(found[: arguments.limit], studio.connection.label, notes))
