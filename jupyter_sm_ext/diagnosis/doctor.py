"""What is configured, which calls work, what is missing and how to get it. Nothing is created, changed or started.

Who cannot be asked is told of, and never waited for longer than `SECONDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cache, partial
from typing import Any

from jupyter_sm_ext.checks import permissions
from jupyter_sm_ext.checks.deadline import within
from jupyter_sm_ext.checks.policies import FEATURES, WATCH, Feature, Place, operation_statement, policy
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.diagnosis.doctor_calls import NOBODY, WORKS, questions, skipped
from jupyter_sm_ext.diagnosis.doctor_settings import settings
from jupyter_sm_ext.diagnosis.findings import BAD, OK, SKIPPED, WARNING, Finding
from jupyter_sm_ext.diagnosis.installation import installation
from jupyter_sm_ext.errors import SageMakerError, UnknownOperationError
from jupyter_sm_ext.failures.denials import Statement, statement_text

SECONDS = 25.0
"""How long the answers to one round of questions are waited for; there are three rounds."""

_SKEW = 240.0  # seconds; AWS refuses signatures from 300 on
_ASKED = tuple(feature for feature in FEATURES if feature is not WATCH)


def examine(connection: Connection, *, seconds: float = SECONDS) -> list[Finding]:
    """Look at everything.

    Parameters
    ----------
    connection : Connection
        The one that is in use.
    seconds : float
        How long one round of questions may take.
    """
    found = list(installation(connection.data_dir, local=connection.kind == "local"))
    if not connection.awake:
        found.append(Finding("connection", "connection", OK, connection.label))
        told = "The local engine is not running, and nothing is started to look at it."
        fix = "jupyter sm engine start"
        return [*found, Finding("calls", "all", SKIPPED, told, fix)]
    # Credentials may be those that a process or another role lends: that can take its time, too.
    found += _answers(seconds, [("credentials", partial(list, settings(connection)))])
    if any(each.state == BAD and each.topic == "connection" for each in found):
        return [*found, skipped("Without that nothing can be asked.")]
    # Asked once, whoever wants to know.
    caller = cache(connection.caller)
    first = _answers(seconds, [("GetCallerIdentity", partial(_identity, caller))])
    found += first
    if any(each.state == BAD for each in first):
        return [*found, skipped("Nobody is known to ask as.")]
    place = _place(connection)
    more = [(name, partial(_listed, call)) for name, call in questions(connection, connection.bucket, place)]
    more.append(("role", partial(_chosen, connection)))
    if connection.kind == "aws":
        more.append(("simulate", partial(_permissions, connection, place, caller)))
    return [*found, *_answers(seconds, more)]


def _answers(seconds: float, asked: Sequence[tuple[str, Callable[[], list[Finding]]]]) -> list[Finding]:
    futures = within(seconds, [call for _, call in asked])
    return [each for (name, _), future in zip(asked, futures, strict=True) for each in _answer(name, future, seconds)]


def _answer(name: str, future: Future[list[Finding]], seconds: float) -> list[Finding]:
    if not future.done():
        message = f"There was no answer within {seconds:g} seconds."
        return [Finding("calls", name, BAD, message, "Look at network, proxy and VPC endpoints.")]
    return future.result()


def _listed(call: Callable[[], Finding]) -> list[Finding]:
    return [call()]


def _identity(caller: Callable[[], Any]) -> list[Finding]:
    """Who we are, and whether this machine's clock is right: AWS takes no signature of another time."""
    try:
        told = caller()
    except SageMakerError as error:
        return [Finding("calls", "GetCallerIdentity", BAD, error.message, error.hint)]
    found = [Finding("calls", "GetCallerIdentity", OK, f"{told['Arn']} of account {told['Account']}")]
    date = told["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date is not None:
        off = abs((parsedate_to_datetime(date) - datetime.now(timezone.utc)).total_seconds())
        if off > _SKEW:
            message = f"This machine's clock is {off:.0f} s off; AWS takes at most 300 s."
            found.append(Finding("network", "clock", WARNING, message, "Have the clock set by NTP."))
    return found


def _place(connection: Connection) -> Place:
    try:
        role = connection.role
    except SageMakerError:
        role = None
    return Place(connection.partition, connection.region, connection.account, connection.bucket, role)


def _chosen(connection: Connection) -> list[Finding]:
    """What jobs and spaces get if the user says nothing."""
    found = [Finding("connection", "bucket", OK, connection.bucket)]
    for name, what in (("role", "execution role"), ("domain_id", "domain"), ("user_profile_name", "user profile")):
        try:
            value = getattr(connection, name)
        except SageMakerError as error:
            found.append(Finding("connection", what, WARNING, error.message, error.hint))
            continue
        message = value or "There is none."
        fix = None if value else "A job needs none. To work in Studio: New domain in the SageMaker panel."
        found.append(Finding("connection", what, OK if value or name != "domain_id" else WARNING, message, fix))
    return found


def _permissions(connection: Connection, place: Place, who: Callable[[], Any]) -> list[Finding]:
    """What IAM would let through of what a user has not asked for yet."""
    try:
        caller = str(who()["Arn"])
        if caller.endswith(":root"):
            return [Finding("permissions", "all", OK, "The root user of the account may do everything.")]
        principal = permissions.principal_of(connection, caller)
        return [_feature(connection, principal, each, place) for each in _ASKED]
    except SageMakerError as error:
        statement = statement_text(operation_statement("SimulatePrincipalPolicy", place))
        unknown = isinstance(error, UnknownOperationError)
        message = f"Whether jobs and spaces may be started is not known, for IAM does not say: {error.message}"
        return [Finding("permissions", "all", SKIPPED, message, error.hint, None if unknown else statement)]


def _feature(connection: Connection, principal: str, feature: Feature, place: Place) -> Finding:
    missing: list[Statement] = []
    for each in policy(feature, place)["Statement"]:
        refused = permissions.simulated(connection, principal, *_named(each))
        if refused:
            missing.append({**each, "Action": refused[0] if len(refused) == 1 else refused})
    if not missing:
        return Finding("permissions", feature.name, OK, f"IAM allows it: {feature.text}.")
    names = [action for each in missing for action in _list(each["Action"])]
    message = f"IAM does not allow all of it ({feature.text}): {', '.join(dict.fromkeys(names))}."
    told = statement_text(missing[0] if len(missing) == 1 else missing)
    fix = f"Ask whoever administers the account for it: docs/iam/{feature.name}.json"
    return Finding("permissions", feature.name, WARNING, message, fix, told)


def _named(each: Statement) -> tuple[list[str], list[str], list[permissions.Context]]:
    """What IAM is asked of a statement: its actions, on things that have a name, under its conditions."""
    about = [arn if arn == "*" else arn.replace("*", NOBODY) for arn in _list(each["Resource"])]
    context = [
        permissions.context_of(key, "string", value)
        for keys in each.get("Condition", {}).values()
        for key, value in keys.items()
    ]
    return _list(each["Action"]), about, context


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def told(findings: Sequence[Finding]) -> Iterator[tuple[str, str, str]]:
    """Rows for people: topic and name, state, message; calls that work share a row."""
    working = [each.name for each in findings if each.topic == "calls" and each.state == OK and each.message == WORKS]
    for each in findings:
        if each.name not in working:
            yield f"{each.topic}: {each.name}", each.state, each.message
    if working:
        yield "calls: the rest", OK, f"{len(working)} work: {', '.join(working)}"
