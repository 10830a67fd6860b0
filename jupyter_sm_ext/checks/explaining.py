"""Why a call was refused, and what can be done about it: the hint of an error."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from jupyter_sm_ext.checks.account_quotas import AccountQuotas
from jupyter_sm_ext.checks.deadline import within
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import LimitError, SageMakerError, UnknownOperationError
from jupyter_sm_ext.failures.denials import denial_of
from jupyter_sm_ext.offers.catalog import requested

QUOTA_FILE = "quotas.json"
_SECONDS = 4.0
# In the words of the service (facts: error messages).
_OVER = re.compile(
    r"service limit '(?P<name>[^']+)' is (?P<value>[\d.]+) [^,]*, with current utilization of (?P<used>[\d.]+)"
    r" .*?and a request delta of (?P<delta>[\d.]+)"
)
_NOT_HERE = re.compile(r"not (?:available|supported) in (?:this|the) region", re.IGNORECASE)
_NO_CAPACITY = re.compile(
    r"CapacityError|InsufficientInstanceCapacity|insufficient capacity|Unable to provision", re.IGNORECASE
)


def explain(
    connection: Connection, operation: str, request: Mapping[str, Any], error: SageMakerError
) -> SageMakerError:
    """The same error with a hint that tells which quota, permission, region or capacity it was, and the way out.

    Parameters
    ----------
    connection : Connection
        Where it happened.
    operation, request
        What was asked for; the request may lack whatever its caller does not know.
    error : SageMakerError
        As it was raised; a FailureReason can be wrapped in one.

    Returns
    -------
    SageMakerError
        The error itself, if there is nothing to add.
    """
    hint = _hint(connection, operation, request, error)
    if hint is None:
        return error
    told = copy.copy(error)
    # What `translate` knows of a denial it has told already.
    told.hint = " ".join(dict.fromkeys([*([error.hint] if error.hint else []), hint]))
    # A traceback in a cell shows notes, where Python has them (3.11), but no hints.
    note = getattr(told, "add_note", None)
    if note is not None:
        note("\n".join([told.hint, *([told.statement] if told.statement else [])]))
    return told


def _hint(connection: Connection, operation: str, request: Mapping[str, Any], error: SageMakerError) -> str | None:
    over = _OVER.search(error.message)
    if over is not None:
        return _of_quota(connection, over)
    if isinstance(error, LimitError):
        return "A quota of the account is used up; the message tells which."
    denial = denial_of(error.message, error.code, error.operation or operation, error.resource)
    if denial is not None:
        return denial.hint
    types = _types(operation, request)
    if _NOT_HERE.search(error.message):
        return f"{connection.region} has no {types}: choose another instance type or region."
    if _NO_CAPACITY.search(error.message):
        return (
            f"AWS has no {types} free in {connection.region} now. This is no quota: try again later, or choose another"
            " instance type or region."
        )
    return None


def _of_quota(connection: Connection, over: re.Match[str]) -> str:
    name = over["name"]
    told = f"Quota '{name}' is {over['value']}: {over['used']} in use, {over['delta']} more wanted. "
    if connection.kind == "local":
        return f"{told}Set it in {connection.data_dir / QUOTA_FILE}."
    quotas = AccountQuotas.of(connection)
    [asked] = within(_SECONDS, [lambda: quotas.link_of(name)])
    link = asked.result() if asked.done() else quotas.link()
    return told + (f"Ask for more at {link}" if link else "Ask AWS for more through Service Quotas.")


def _types(operation: str, request: Mapping[str, Any]) -> str:
    try:
        names = list(dict.fromkeys(name for _, name in requested(operation, request)))
    except UnknownOperationError:
        names = []
    return " and ".join(names) or "such instance"
