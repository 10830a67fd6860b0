"""The single checks of `preflight`: quota, region, price, permission and capacity. Each asks, and tells in one line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jupyter_sm_ext.checks import permissions
from jupyter_sm_ext.checks.account_quotas import AccountQuota, AccountQuotas
from jupyter_sm_ext.checks.in_use import InUse, Used
from jupyter_sm_ext.checks.prices import FREE_HERE, PriceList, Prices, money
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.offers.catalog import SIMULATED, SYSTEM
from jupyter_sm_ext.offers.quota_lines import Line
from jupyter_sm_ext.studio import Studio

OK, WARNING, BLOCKED, UNKNOWN = "ok", "warning", "blocked", "unknown"
CAPACITY_FILE = "capacity.json"


@dataclass(frozen=True)
class Check:
    """What one check found.

    Parameters
    ----------
    check : {"constraints", "quota", "region", "price", "permission", "capacity"}
        What was looked at.
    state : {"ok", "warning", "blocked", "unknown"}
        Blocked: the request would be refused, as far as one can tell. Unknown: nobody said; the message tells why.
    message : str
        For the user, one line.
    link : str, optional
        Where something can be done about it.
    """

    check: str
    state: str
    message: str
    link: str | None = None


@dataclass
class Subject:
    """What is checked.

    Parameters
    ----------
    studio : Studio
        Whose account and region.
    operation, request
        The call, which the model has nothing against.
    lines : list of Line
        What it asks of Service Quotas.
    """

    studio: Studio
    operation: str
    request: Mapping[str, Any]
    lines: list[Line]
    in_use: InUse = field(init=False)

    def __post_init__(self) -> None:
        self.in_use = InUse(self.studio)

    @property
    def connection(self) -> Connection:
        """Its connection."""
        return self.studio.connection

    @property
    def local(self) -> bool:
        """Whether it is this machine."""
        return self.connection.kind == "local"

    @cached_property
    def instances(self) -> list[Line]:
        """The lines that tell what would run: one for each instance type."""
        return [line for line in self.lines if line.instance_type not in (None, SYSTEM)]

    def prices(self, line: Line) -> PriceList:
        """Prices of what a line is about."""
        if line.app_type is not None:
            return Prices(self.connection).per_hour("AppInstanceType", app_type=line.app_type)
        return Prices(self.connection).per_hour("TrainingInstanceType")


def quota(subject: Subject, line: Line) -> list[Check]:
    """Whether a line of Service Quotas has room.

    Raises
    ------
    SageMakerError
        Service Quotas does not answer.
    """
    quotas = AccountQuotas.of(subject.connection)
    found = quotas.find(line.name)
    if found is None:
        if subject.local or line.instance_type == SYSTEM:
            return []  # no line, no limit; on AWS every other instance type has its line where there is one
        message = f"Service Quotas has no line '{line.name}' in {subject.connection.region}."
        return [Check("quota", UNKNOWN, message, quotas.link())]
    try:
        used: Used | None = subject.in_use.of(line)
        why = ""
    except SageMakerError as error:
        used, why = None, error.message
    return [_held_against(line, found, used, why)]


def _held_against(line: Line, found: AccountQuota, used: Used | None, why: str) -> Check:
    in_use = f"{used} in use" if used is not None else f"how many are in use is not known ({why})"
    told = f"quota '{found.name}' is {found.value:,.15g}: {in_use}, {line.delta} more wanted."
    if not line.counted:
        told = f"quota '{found.name}' is {found.value:,.15g}: {line.delta} wanted."
    over = (used.count if used is not None else 0) + line.delta > found.value
    if over and line.later:
        return Check("quota", WARNING, f"What starts with these settings would be refused: {told}", found.link)
    if over:
        return Check("quota", BLOCKED, f"It would be refused: {told}", found.link)
    state = OK if used is not None and used.complete else UNKNOWN
    return Check("quota", state, told[0].upper() + told[1:], found.link)


def region(subject: Subject, line: Line) -> list[Check]:
    """Whether the region has an instance type: by its quota and its price there, as AWS has no list of it.

    Raises
    ------
    SageMakerError
        Nobody who knows has answered.
    """
    if subject.local:
        return [Check("region", OK, f"{line.instance_type}: {SIMULATED}.")]
    where, what = subject.connection.region, f"{line.instance_type} for {_what(line)}"
    try:
        has_quota: bool | None = AccountQuotas.of(subject.connection).has(line.name)
    except SageMakerError:
        has_quota = None
    prices = subject.prices(line)
    has_price = line.instance_type in prices.per_hour if prices.per_hour else None
    signs = [word for word, there in (("a quota", has_quota), ("a price", has_price)) if there]
    if signs:
        return [Check("region", OK, f"{where} has {what}: there is {' and '.join(signs)} for it.")]
    if has_quota is False and has_price is False:
        message = f"{where} probably does not have {what}: AWS lists neither a quota nor a price for it."
        return [Check("region", WARNING, message)]
    return [Check("region", UNKNOWN, f"Whether {where} has {what} is not known: {prices.message or 'no answer'}")]


def price(subject: Subject) -> list[Check]:
    """What it costs an hour, if AWS's Price List says so for all of it."""
    if subject.local:
        return [Check("price", OK, FREE_HERE)]
    at_once: dict[Any, list[Line]] = {}
    for line in subject.instances:
        at_once.setdefault(line if line.later else line.group, []).append(line)
    return [_price_of(subject, lines) for lines in at_once.values()]


def _price_of(subject: Subject, lines: list[Line]) -> Check:
    """What instances cost that run at the same time."""
    total, currency, parts = 0.0, "", []
    for line in lines:
        prices = subject.prices(line)
        one = prices.per_hour.get(line.instance_type or "")
        if one is None:
            why = prices.message or f"AWS's Price List for {subject.connection.region} has no {line.instance_type}."
            return Check("price", UNKNOWN, f"No price is known. {why}")
        total, currency = total + one * line.delta, prices.currency
        parts.append(f"{line.delta} × {line.instance_type}" if line.delta > 1 else f"{line.instance_type}")
    when = " while it runs" if any(line.later for line in lines) else ""
    told = f"{money(total, currency)} an hour{when} for {' and '.join(parts)} (AWS's Price List, on demand)"
    if any(line.spot for line in lines):
        told += "; spot costs less, how much AWS tells afterwards only"
    return Check("price", OK, f"{told}.")


def permission(subject: Subject) -> list[Check]:
    """Whether IAM would allow it.

    Raises
    ------
    SageMakerError
        IAM may not be asked.
    """
    if subject.local:
        return [Check("permission", OK, "This machine asks for no permission.")]
    states = {True: OK, False: BLOCKED, None: UNKNOWN}
    types = list(dict.fromkeys(line.instance_type for line in subject.lines if line.instance_type))
    return [
        Check("permission", states[each.allowed], f"{each.action} on {each.resource}: {each.reason}.")
        for each in permissions.verdicts(subject.connection, subject.operation, subject.request, types)
    ]


def capacity(subject: Subject) -> list[Check]:
    """Whether this machine has room now, where its owner has set limits; AWS does not tell.

    Raises
    ------
    SageMakerError
        Running jobs cannot be listed.
    """
    limits = _limits(subject.connection)
    wanted: Counter[str] = Counter()
    for line in subject.instances:
        if line.counted == "training-jobs" and line.instance_type in limits:
            wanted[line.instance_type] += line.delta
    checks = []
    for name, count in wanted.items():
        markets = [Line("", "", counted="training-jobs", instance_type=name, spot=spot) for spot in (False, True)]
        used = sum(subject.in_use.of(line).count for line in markets)
        told = f"This machine's {CAPACITY_FILE} has {limits[name]} × {name}; {used} in use, {count} more wanted"
        full = used + count > limits[name]
        checks.append(Check("capacity", WARNING if full else OK, f"{told}{': it will wait as Pending' * full}."))
    return checks


def _limits(connection: Connection) -> dict[str, int]:
    try:
        found = json.loads((connection.data_dir / CAPACITY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # none; and of a file that it cannot use the engine tells by itself
    return found if isinstance(found, dict) else {}


def _what(line: Line) -> str:
    return f"{line.app_type} apps" if line.app_type else "spot training jobs" if line.spot else "training jobs"


def checks_of(subject: Subject) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    """Every check that fits, in the order in which it is shown: its name, the function and what it is given."""
    for line in subject.lines:
        yield "quota", quota, (subject, line)
    for line in subject.instances:
        yield "region", region, (subject, line)
    if subject.instances:
        yield "price", price, (subject,)
    yield "permission", permission, (subject,)
    if subject.local and subject.instances:
        yield "capacity", capacity, (subject,)
