"""Whether IAM would let a call through, as far as IAM tells beforehand (iam:SimulatePrincipalPolicy)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.requests.leaves import leaves
from jupyter_sm_ext.resources import Resource, resources

_ROLE_SHAPE = "RoleArn"
_ASSUMED = re.compile(r"arn:([\w-]+):sts::(\d{12}):assumed-role/([^/]+)/.*")
Context = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What IAM says of one action.

    Parameters
    ----------
    action : str
        As in policies: ``sagemaker:CreateApp``.
    resource : str
        ARN that the action is about.
    allowed : bool or None
        None if IAM does not say.
    reason : str
        Who it is about, and why.
    """

    action: str
    resource: str
    allowed: bool | None
    reason: str


def verdicts(
    connection: Connection, operation: str, request: Mapping[str, Any], instance_types: Sequence[str] = ()
) -> list[Verdict]:
    """Ask IAM about an operation, and about handing over the roles that its request names.

    Parameters
    ----------
    instance_types : sequence of str
        Those that the request is about; policies may allow some only (``sagemaker:InstanceTypes``).

    Raises
    ------
    SageMakerError
        IAM does not answer, or may not be asked.
    """
    caller = connection.renewing(lambda: connection.client("sts").get_caller_identity()["Arn"], "GetCallerIdentity")
    action = f"sagemaker:{operation}"
    about = resource_arn(connection, caller, operation, request)
    if caller.endswith(":root"):
        # IAM simulates no root user; only a service control policy can forbid it anything.
        return [Verdict(action, about, True, "the root user of the account may do it")]
    principal = principal_of(connection, caller)
    context = [context_of("aws:RequestedRegion", "string", connection.region)]
    if instance_types:
        context.append(context_of("sagemaker:InstanceTypes", "stringList", *instance_types))
    found = [_ask(connection, principal, action, about, context)]
    roles = [value for shape, value in leaves(operation, request) if shape.name == _ROLE_SHAPE]
    for role in dict.fromkeys(roles):
        handed_over = [context_of("iam:PassedToService", "string", "sagemaker.amazonaws.com")]
        found.append(_ask(connection, principal, "iam:PassRole", role, handed_over))
    return found


def simulated(
    connection: Connection,
    principal: str,
    actions: Sequence[str],
    about: Sequence[str],
    context: Sequence[Context],
) -> list[str]:
    """Those of some actions that IAM would refuse to a principal on any of some resources.

    Raises
    ------
    SageMakerError
        IAM does not answer, or may not be asked.
    """
    allowed = dict.fromkeys(actions, True)
    for each in _results(connection, principal, actions, about, context):
        allowed[each["EvalActionName"]] &= each["EvalDecision"] == "allowed" and _by_organization(each)
    return [action for action, let in allowed.items() if not let]


def _results(
    connection: Connection,
    principal: str,
    actions: Sequence[str],
    about: Sequence[str],
    context: Sequence[Context],
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = connection.renewing(
        lambda: connection.client("iam").simulate_principal_policy(
            PolicySourceArn=principal, ActionNames=actions, ResourceArns=about, ContextEntries=context
        )["EvaluationResults"],
        "SimulatePrincipalPolicy",
    )
    return found


def _by_organization(result: Mapping[str, Any]) -> bool:
    return bool(result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True))


def context_of(name: str, kind: str, *values: str) -> Context:
    """Something that the conditions of policies may ask for."""
    return {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": list(values)}


def _ask(connection: Connection, principal: str, action: str, about: str, context: Sequence[Context]) -> Verdict:
    [result] = _results(connection, principal, [action], [about], context)
    who = principal.rpartition(":")[2]
    decision = result["EvalDecision"]
    organization = _by_organization(result)
    if decision == "allowed" and organization:
        return Verdict(action, about, True, f"{who} may do it")
    if not organization:
        return Verdict(action, about, False, f"a service control policy of the organization forbids it to {who}")
    if decision == "implicitDeny" and result.get("MissingContextValues"):
        missing = ", ".join(result["MissingContextValues"])
        return Verdict(action, about, None, f"the policies of {who} ask for what is known at the call only: {missing}")
    why = "a policy denies it" if decision == "explicitDeny" else "no policy allows it"
    return Verdict(action, about, False, f"{why} to {who}")


def principal_of(connection: Connection, caller: str) -> str:
    """ARN of the role behind a session, by its caller's identity; of others their own."""
    session = _ASSUMED.fullmatch(caller)
    if session is None:
        return caller
    partition, account, name = session.groups()
    try:
        return str(
            connection.renewing(lambda: connection.client("iam").get_role(RoleName=name)["Role"]["Arn"], "GetRole")
        )
    except SageMakerError:
        # The session does not tell the role's path, and most roles have none.
        return f"arn:{partition}:iam::{account}:role/{name}"


def resource_arn(connection: Connection, caller: str, operation: str, request: Mapping[str, Any]) -> str:
    """ARN of what a request is about; a policy may be about certain names only."""
    row = next((row for row in resources() if any(row.operation(verb) == operation for verb in row.verbs)), None)
    if row is None:
        return "*"
    _, partition, _, _, account, _ = caller.split(":", 5)
    return f"arn:{partition}:sagemaker:{connection.region}:{account}:{row.arn_type}/{_name(row, request)}"


def _name(row: Resource, request: Mapping[str, Any]) -> str:
    names = [str(request.get(member) or "*") for member in row.key]
    if row.owners:
        owner = next((str(request[member]) for member in row.owners.values() if request.get(member)), "*")
        names.insert(1, owner)
    return "/".join(names)
