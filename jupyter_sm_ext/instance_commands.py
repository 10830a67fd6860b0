"""The command ``instances``: which types of instance there are, with what they have and cost."""

from __future__ import annotations

import argparse

from jupyter_sm_ext.catalog import KINDS, SIMULATED, InstanceType, instances, uses
from jupyter_sm_ext.connection import current
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.prices import PriceList, Prices
from jupyter_sm_ext.surface import Add, Surface
from jupyter_sm_ext.tables import Table

_SUFFIX = "InstanceType"
_HEADS = ("Type", "vCPUs", "Memory", "Accelerator", "Its memory", "Price/h")
_NUMBERS = ("vCPUs", "Memory", "Its memory", "Price/h")
_SYMBOLS = {"USD": "$", "CNY": "¥"}


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


def use_words() -> dict[str, str]:
    """The service's enums of instance types, by a short word for each."""
    return {(name.removesuffix(_SUFFIX) or "notebook").lower(): name for name in uses()}


def _instances(arguments: argparse.Namespace, surface: Surface) -> None:
    words = use_words()
    use = words.get(arguments.use.lower(), arguments.use)
    if use not in words.values():
        raise ValidationError(f"--use: there is no {arguments.use!r}", hint=f"There are: {', '.join(sorted(words))}.")
    connection = current()
    prices = Prices(connection).per_hour(use)
    found = instances(
        use,
        accelerator=arguments.accelerator,
        family=arguments.family,
        min_memory_gib=arguments.min_memory,
        search=arguments.search,
        per_hour=prices.per_hour,
        max_per_hour=arguments.max_price,
        sort=arguments.sort,
    )
    rows = [_cells(each, prices) for each in found]
    local = connection.kind == "local"
    notes = [f"Each is {SIMULATED}."] if local and rows else []
    notes += [prices.message] if prices.message else []
    heads = _HEADS if prices.per_hour else _HEADS[:-1]
    table = Table(heads, [row[: len(heads)] for row in rows], "no type of instance fits all that", notes, _NUMBERS)
    surface.table(table)


def _cells(each: InstanceType, prices: PriceList) -> tuple[str, ...]:
    accelerator = each.accelerator
    price = prices.per_hour.get(each.name)
    symbol = _SYMBOLS.get(prices.currency, f"{prices.currency} ")
    return (
        each.name,
        "?" if each.vcpus is None else str(each.vcpus),
        "?" if each.memory_gib is None else f"{each.memory_gib:g} GiB",
        f"{accelerator.count} x {accelerator.name}" if accelerator else ("-" if each.known else "?"),
        f"{accelerator.memory_gib:g} GiB" if accelerator else "",
        "" if price is None else f"{symbol}{price:.4g}",
    )
