"""What would go wrong with a request, told before it is made; and what did go wrong, told with the way out.

Checks that ask a service run side by side and have a deadline: what has not answered by then is unknown, and never
holds up a user who wants to go on. Checks change nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from textwrap import shorten
from typing import Any, NoReturn

from jupyter_sm_ext.checks.app_instance import app_instance
from jupyter_sm_ext.checks.deadline import within
from jupyter_sm_ext.checks.explaining import explain
from jupyter_sm_ext.checks.preflight_checks import BLOCKED, OK, UNKNOWN, Check, Subject, checks_of
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.offers.quota_lines import lines
from jupyter_sm_ext.studio import Studio

__all__ = ["SECONDS", "Check", "create", "explain", "explained", "preflight"]

SECONDS = 8.0
"""How long a user waits for checks; the first reading of an account's quotas takes longer, and goes on behind."""

_MOST_WORDS = 400  # characters; an enum of instance types would fill a page


def preflight(
    connection: Connection, operation: str, request: Mapping[str, Any], *, seconds: float = SECONDS
) -> list[Check]:
    """Check a request before it is made.

    Parameters
    ----------
    connection : Connection
        Where it would go.
    operation : str
        AWS operation name.
    request : mapping
        Its parameters.
    seconds : float
        How long checks may take.

    Returns
    -------
    list of Check
        What the model has against it, alone; or else all that could be found out: quotas, region, price, permission,
        and on the local engine capacity.

    Raises
    ------
    UnknownOperationError
        The service has no such operation.
    """
    violations = get_model().check(operation, request)
    if violations:
        return [Check("constraints", BLOCKED, shorten(str(each), _MOST_WORDS)) for each in violations]
    end = time.monotonic() + seconds
    connection.ensure()
    found = [Check("constraints", OK, "All values are as SageMaker takes them.")]
    studio = Studio(connection)
    instance, doubt = _app_instance(studio, operation, request, seconds)
    subject = Subject(studio, operation, request, lines(operation, request, instance))
    todo = list(checks_of(subject))
    calls: list[Callable[[], list[Check]]] = [partial(call, *given) for _, call, given in todo]
    futures = within(max(end - time.monotonic(), 0), calls)
    for (name, _, _), future in zip(todo, futures, strict=True):
        found += _outcome(name, future, seconds)
    # Definitions of a tuning job may ask the same of one line.
    return list(dict.fromkeys([found[0], *doubt, *found[1:]]))


@contextmanager
def explained(connection: Connection, operation: str, request: Mapping[str, Any]) -> Iterator[None]:
    """What SageMaker refuses within is raised with the explanation of `explain`."""
    try:
        yield
    except SageMakerError as error:
        _raise_explained(connection, operation, request, error)


def create(studio: Studio, kind: str, request: dict[str, Any]) -> dict[str, Any]:
    """Create one of a kind (or AWS noun), as `Studio.create`; a refusal tells what it was and the way out.

    Raises
    ------
    SageMakerError
        SageMaker refuses it, or cannot be reached.
    """
    try:
        return studio.create(kind, request)
    except SageMakerError as error:
        _raise_explained(studio.connection, error.operation or "", request, error)


def _raise_explained(
    connection: Connection, operation: str, request: Mapping[str, Any], error: SageMakerError
) -> NoReturn:
    told = explain(connection, operation, request, error)
    if told is error:
        raise error
    raise told from error


def _app_instance(
    studio: Studio, operation: str, request: Mapping[str, Any], seconds: float
) -> tuple[str | None, list[Check]]:
    """Instance type that an app would get, or why it is not known."""
    if operation != "CreateApp":
        return None, []
    [future] = within(seconds, [lambda: app_instance(studio, request)])
    why = _why(future, seconds)
    if why is None:
        return future.result(), []
    return None, [Check("quota", UNKNOWN, f"On which instance the app would run is not known: {why}")]


def _outcome(name: str, future: Future[list[Check]], seconds: float) -> list[Check]:
    why = _why(future, seconds)
    return future.result() if why is None else [Check(name, UNKNOWN, _UNKNOWN[name].format(why))]


_UNKNOWN = {
    "quota": "Whether a quota has room is not known: {}",
    "region": "Whether the region has it is not known: {}",
    "price": "No price is known: {}",
    "permission": "Whether it is allowed is not known: {}",
    "capacity": "Whether there is room is not known: {}",
}


def _why(future: Future[Any], seconds: float) -> str | None:
    """Why there is no answer; None if there is one."""
    if not future.done():
        return f"no answer within {seconds:g} seconds."
    error = future.exception()
    if error is None:
        return None
    if isinstance(error, SageMakerError):
        return error.message
    raise error
