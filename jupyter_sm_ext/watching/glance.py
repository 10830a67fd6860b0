"""What runs on a connection now, what that costs an hour, and how much of the quotas it takes: all at a glance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jupyter_sm_ext.checks.account_quotas import AccountQuotas
from jupyter_sm_ext.checks.deadline import within
from jupyter_sm_ext.checks.in_use import InUse, Used
from jupyter_sm_ext.checks.preflight import SECONDS
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.offers.quota_lines import APPS, Line, app_line
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.looks import JOBS, look_for
from jupyter_sm_ext.watching.overview import Cost, PriceLists, Running, running
from jupyter_sm_ext.watching.studio_look import StudioLook
from jupyter_sm_ext.watching.studio_rows import SYSTEM_INSTANCE


@dataclass(frozen=True)
class QuotaUse:
    """One line of Service Quotas.

    Parameters
    ----------
    name : str
        As AWS writes it.
    used : Used
        How much of it is in use.
    value : float
        How much there may be.
    """

    name: str
    used: Used
    value: float


@dataclass(frozen=True)
class Glance:
    """What there is to say of a connection besides that it works.

    Parameters
    ----------
    running : list of Running
        Apps and jobs that run, apps first.
    cost : Cost or None
        Of the apps; None if no price is known.
    quotas : list of QuotaUse
        Lines of the instance types in use.
    problems : list of str
        What could not be found out, and why.
    """

    running: list[Running]
    cost: Cost | None
    quotas: list[QuotaUse]
    problems: list[str]


def glance(studio: Studio, *, seconds: float = SECONDS) -> Glance:
    """Look at what runs, and then at its quotas.

    Parameters
    ----------
    studio : Studio
        Where.
    seconds : float
        How long the quotas may take; the first reading of an account's lines takes longer, and goes on behind.

    Raises
    ------
    SageMakerError
        Neither jobs nor Studio can be read.
    """
    tree, jobs = StudioLook(), look_for(JOBS, ())
    problems: list[str] = []
    errors: list[SageMakerError] = []
    for look in (tree, jobs):
        try:
            look.refresh(studio)
        except SageMakerError as error:
            errors.append(error)
            problems.append(f"{look.kind}: {error.message}")
    if len(errors) == 2:
        raise errors[0]
    now, cost, message = running(tree.contents(None), jobs.contents(None), PriceLists().of(studio.connection))
    problems += [message] if message and cost is None and now else []
    quotas = _quotas(studio, now, seconds, problems) if now else []
    return Glance(now, cost, quotas, problems)


def _quotas(studio: Studio, now: Sequence[Running], seconds: float, problems: list[str]) -> list[QuotaUse]:
    in_use = InUse(studio)
    lines = list(dict.fromkeys(_app_lines(now)))
    try:
        lines += in_use.training_lines()
    except SageMakerError as error:
        problems.append(f"quotas: {error.message}")
    quotas = AccountQuotas.of(studio.connection)
    found: list[QuotaUse] = []
    told: dict[str, None] = {}
    for future in within(seconds, [_asking(quotas, in_use, line) for line in lines]):
        if not future.done():
            told[f"quotas: no answer within {seconds:g} seconds"] = None
            continue
        refused = future.exception()
        if isinstance(refused, SageMakerError):
            told[f"quotas: {refused.message}"] = None
            continue
        use = future.result()
        found += [use] if use else []
    problems += told
    return found


def _app_lines(now: Sequence[Running]) -> list[Line]:
    used = [(each["app_type"], each["instance"]) for each in now]
    return [app_line(of, on) for of, on in used if of in APPS and of and on and on != SYSTEM_INSTANCE]


def _asking(quotas: AccountQuotas, in_use: InUse, line: Line) -> Callable[[], QuotaUse | None]:
    def ask() -> QuotaUse | None:
        quota = quotas.find(line.name)
        return None if quota is None else QuotaUse(quota.name, in_use.of(line), quota.value)

    return ask
