"""The command ``search``: jobs by what they are and what became of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.resources import Resource, resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table

if TYPE_CHECKING:
    from jupyter_sm_ext.requests.search_properties import Property

_KINDS = {"training": "training-jobs", "tuning": "tuning-jobs"}
_ORDERS = {"asc": "Ascending", "desc": "Descending"}
_PAGE, _MOST = 100, 1000

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
    parser.add_argument("--kind", choices=list(_KINDS), default="training", help="of jobs (%(default)s)")
    parser.add_argument("--sort", metavar="PROPERTY", help="most first; PROPERTY:asc for least first")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many (%(default)s)")


def _search(arguments: argparse.Namespace, surface: Surface) -> None:
    # These need botocore, which a `--help` does not wait for.
    from jupyter_sm_ext.requests.search_expression import cell_of, property_named, read_search
    from jupyter_sm_ext.requests.search_properties import NUMBER

    if not 1 <= arguments.limit <= _MOST:
        raise ValidationError(f"{surface.prog} search: --limit is from 1 to {_MOST}", code="Usage")
    row = resource(_KINDS[arguments.kind])
    request: dict[str, Any] = {"Resource": row.noun}
    shown: list[Property] = []
    text = " ".join(arguments.expression)
    if text.strip():
        sought = read_search(text, row)
        request["SearchExpression"] = sought.expression
        shown += sought.properties
    if arguments.sort:
        order, request["SortOrder"] = _order(arguments.sort, row)
        request["SortBy"] = order.name
        shown += [] if order in shown else [order]
    fixed = {row.key[0], row.status, "CreationTime"}
    shown = [each for each in shown if each.name not in fixed]
    studio = Studio(current())
    columns = [property_named(name, row) for name in ("name", "status", "created")]
    found = list(_records(studio, request, arguments.limit + 1))
    rows = [[cell_of(each, record) for each in (*columns, *shown)] for record in found[: arguments.limit]]
    notes = [f"There are more: --limit {min(arguments.limit * 5, _MOST)}"] if len(found) > arguments.limit else []
    heads = ["Name", "Status", "Created", *(each.name for each in shown)]
    nothing = f"{studio.connection.label}: no {row.kind.replace('-', ' ')} fit"
    numbers = [each.name for each in shown if each.type == NUMBER]
    surface.table(Table(heads, rows, nothing, notes, numbers))


def _order(text: str, row: Resource) -> tuple[Property, str]:
    from jupyter_sm_ext.requests.search_expression import property_named
    from jupyter_sm_ext.requests.search_properties import WHOLE

    name, colon, word = text.rpartition(":")
    # A metric's own name may have a colon, as validation:loss has.
    if not colon or word.lower() not in _ORDERS:
        name, word = text, "desc"
    found = property_named(name, row)
    if found.type == WHOLE:
        raise ValidationError(f"--sort: {found.name} is no single value")
    return found, _ORDERS[word.lower()]


def _records(studio: Studio, request: dict[str, Any], most: int) -> Iterator[dict[str, Any]]:
    left, asked = most, dict(request)
    while left > 0:
        answer = studio.call("Search", {**asked, "MaxResults": min(_PAGE, left)})
        records = [each[request["Resource"]] for each in answer.get("Results", ())]
        yield from records
        left -= len(records)
        if not answer.get("NextToken"):
            return
        asked["NextToken"] = answer["NextToken"]
