"""Which permission was missing, as AWS's own words tell it, and the policy statement that gives it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Statement = dict[str, Any]

# A wrong signature is refused, too, but no policy helps with that. A HEAD has no body, its code is the status.
_CODES = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403")
_DENIED = re.compile(r"not authorized to perform: (?P<action>[\w-]+:\w+)(?: on resource: \"?(?P<about>[^\s\"]+))?")
_DENIES = re.compile(r"with an explicit deny(?: in (?:an? |the )?(?P<policy>[\w-]+(?: [\w-]+)*))?")
_SILENT = re.compile(r"because no (?P<policy>[\w-]+(?: [\w-]+)*?) allows")
# Which IAM action lets an operation of S3 through, where it does not have the operation's name.
_S3_ACTIONS: Mapping[str, str] = {
    "ListObjectsV2": "ListBucket",
    "HeadObject": "GetObject",
    "GetObject": "GetObject",
    "PutObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "AbortMultipartUpload": "AbortMultipartUpload",
    "DeleteObject": "DeleteObject",
}
_PREFIXES: Mapping[str, str] = {"service-quotas": "servicequotas"}

ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(_S3_ACTIONS, "s3"),
    **dict.fromkeys(("DescribeLogStreams", "GetLogEvents"), "logs"),
    **dict.fromkeys(("ListServiceQuotas", "GetServiceQuota", "GetAWSDefaultServiceQuota"), "service-quotas"),
    **dict.fromkeys(("GetRole", "SimulatePrincipalPolicy"), "iam"),
    "GetProducts": "pricing",
    "GetCallerIdentity": "sts",
}
"""boto3's name of the service of each operation that we call elsewhere than at SageMaker."""

_PASSED_TO = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


@dataclass(frozen=True)
class Denial:
    """A permission that was missing.

    Parameters
    ----------
    action : str
        As in policies: ``sagemaker:CreateApp``.
    resource : str
        ARN that it was about; ``*`` if nobody says.
    told : bool
        Whether the service named the action; else it follows from the operation.
    policy : str, optional
        Which kind of policy it was, where the service says so.
    explicit : bool
        Whether that policy denies it in so many words, so that no statement allows it.
    """

    action: str
    resource: str
    told: bool = True
    policy: str | None = None
    explicit: bool = False

    @property
    def statement(self) -> Statement | None:
        """The policy statement that allows it; None if none can."""
        return None if self.explicit else statement([self.action], [self.resource])

    @property
    def hint(self) -> str:
        """What the user can do about it."""
        about = f" on {self.resource}" if self.resource != "*" else ""
        if not self.told:
            return f"The missing permission is probably {self.action}{about}."
        if self.explicit:
            policy = self.policy or "policy"
            return (
                f"A {policy} denies {self.action}{about}, and no other policy can allow it then: ask whoever"
                " administers the account to change that one."
            )
        # What AWS leaves unsaid or calls identity-based is the user's own, and whoever administers it knows that.
        which = f" (in the {self.policy})" if self.policy and not self.policy.startswith("identity") else ""
        return f"The missing permission is {self.action}{about}{which}: ask whoever administers the account for it."


def denial_of(message: str, code: str, operation: str | None, resource: str | None = None) -> Denial | None:
    """The permission that an error was about; None if it was about none.

    Parameters
    ----------
    message, code : str
        As the service gave them.
    operation : str, optional
        What was called; it tells the action where the message does not, as in S3's bare "Access Denied".
    resource : str, optional
        ARN that the call was about, if the message names none.
    """
    found = _DENIED.search(message)
    if found is not None:
        denies, silent = _DENIES.search(message), _SILENT.search(message)
        kind = denies or silent
        policy = kind["policy"] if kind else None
        about = (found["about"] or resource or "*").rstrip(".,;")
        return Denial(found["action"], about, True, policy, denies is not None)
    if code in _CODES and operation:
        return Denial(action_of(operation), resource or "*", told=False)
    return None


def action_of(operation: str) -> str:
    """The IAM action of an operation of SageMaker, or of one that we call elsewhere."""
    service = ELSEWHERE.get(operation, "sagemaker")
    if service == "s3":
        return f"s3:{_S3_ACTIONS.get(operation, operation)}"
    return f"{_PREFIXES.get(service, service)}:{operation}"


def statement(actions: list[str], resources: list[str]) -> Statement:
    """A policy statement that allows actions on resources; roles may be handed to SageMaker only."""
    told: Statement = {"Effect": "Allow", "Action": _one_or(actions), "Resource": _one_or(resources)}
    return {**told, "Condition": _PASSED_TO} if actions == ["iam:PassRole"] else told


def statement_text(found: Statement | Sequence[Statement]) -> str:
    """A statement, or several, as they are copied into a policy."""
    return json.dumps(found, indent=2)


def object_arn(partition: str, bucket: str, key: str | None = None) -> str:
    """ARN of a bucket, or of what is in it."""
    return f"arn:{partition}:s3:::{bucket}" + (f"/{key}" if key is not None else "")


def _one_or(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
