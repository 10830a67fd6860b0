"""Types of instances as a table: the same columns wherever they are listed."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_sm_ext.checks.prices import PriceList, money
from jupyter_sm_ext.offers.catalog import SIMULATED, InstanceType
from jupyter_sm_ext.tables import Table

_HEADS = ("Type", "vCPUs", "Memory", "Accelerator", "Its memory", "Price/h")
_NUMBERS = ("vCPUs", "Memory", "Its memory", "Price/h")


def instance_table(found: Sequence[InstanceType], prices: PriceList | None, *, local: bool) -> Table:
    """A table of types: what each has, and what it costs if any price is known.

    Parameters
    ----------
    found : sequence of InstanceType
        The types, in the order in which they are shown.
    prices : PriceList or None
        None if nobody has asked for them.
    local : bool
        Whether it is the local engine, where each is simulated.
    """
    priced = prices is not None and bool(prices.per_hour)
    heads = _HEADS if priced else _HEADS[:-1]
    notes = [f"Each is {SIMULATED}."] if local and found else []
    notes += [prices.message] if prices is not None and prices.message else []
    rows = [_cells(each, prices)[: len(heads)] for each in found]
    return Table(heads, rows, "no type of instance fits all that", notes, _NUMBERS)


def _cells(each: InstanceType, prices: PriceList | None) -> tuple[str, ...]:
    accelerator = each.accelerator
    price = prices.per_hour.get(each.name) if prices is not None else None
    return (
        each.name,
        "?" if each.vcpus is None else str(each.vcpus),
        "?" if each.memory_gib is None else f"{each.memory_gib:g} GiB",
        f"{accelerator.count} x {accelerator.name}" if accelerator else ("-" if each.known else "?"),
        f"{accelerator.memory_gib:g} GiB" if accelerator else "",
        "" if price is None or prices is None else money(price, prices.currency),
    )
