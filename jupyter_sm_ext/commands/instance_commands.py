"""The command ``instances``: which types of instance there are, with what they have and cost."""

from __future__ import annotations

import argparse

from jupyter_sm_ext.actions.named import app_type_named
from jupyter_sm_ext.checks.instance_table import instance_table
from jupyter_sm_ext.checks.prices import DEFAULT_APP_TYPE, Prices
from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.offers.catalog import KINDS, instances, uses

_SUFFIX = "InstanceType"
_APPS = "AppInstanceType"


def register(add: Add) -> None:
    """Add the command to the tree."""
    parser = add("instances", _instances, "list the types of instances, with what they have and cost")
    parser.add_argument("--accelerator", metavar="KIND", help=f"one of: {', '.join(KINDS).lower()}")
    parser.add_argument("--family", metavar="FAMILY", help="such as trn1, g5 or m5")
    parser.add_argument("--min-memory", type=float, metavar="GIB", help="memory in GiB, at least")
    parser.add_argument("--max-price", type=float, metavar="PRICE", help="price an hour, at most")
    parser.add_argument("--search", metavar="WORDS", help="words that the type or its accelerator has")
    parser.add_argument(
        "--sort", default="family", metavar="BY", help="family, name, vcpus, memory, accelerator or price (%(default)s)"
    )
    parser.add_argument(
        "--use", default="app", metavar="USE", help="what for, such as app, training or processing (%(default)s)"
    )
    parser.add_argument("--app-type", metavar="APP", help="only what this type of app can run on, at its prices")


def use_words() -> dict[str, str]:
    """The service's enums of instance types, by a short word for each."""
    return {(name.removesuffix(_SUFFIX) or "notebook").lower(): name for name in uses()}


def _instances(arguments: argparse.Namespace, surface: Surface) -> None:
    words = use_words()
    use = words.get(arguments.use.lower(), arguments.use)
    if use not in words.values():
        raise ValidationError(f"--use: there is no {arguments.use!r}", hint=f"There are: {', '.join(sorted(words))}.")
    if arguments.app_type and use != _APPS:
        raise ValidationError("--app-type goes with --use app", code="Usage")
    connection = current()
    app_type = app_type_named(arguments.app_type) if arguments.app_type else None
    prices = Prices(connection).per_hour(use, app_type=app_type or DEFAULT_APP_TYPE)
    found = instances(
        use,
        app_type=app_type,
        accelerator=arguments.accelerator,
        family=arguments.family,
        min_memory_gib=arguments.min_memory,
        search=arguments.search,
        per_hour=prices.per_hour,
        max_per_hour=arguments.max_price,
        sort=arguments.sort,
    )
    table = instance_table(found, prices, local=connection.kind == "local")
    surface.table(table)
