"""The IAM policy that each feature needs: no action more than the operations that it calls.

A feature is a set of operations. Which actions and resources those are follows from `resources`, from botocore's model
(whose roles a request hands over, and whether it can carry tags) and from `denials`. A test reads the code for the
operations it calls, so that a new one has to find its feature here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.failures.denials import ELSEWHERE, Statement, action_of, object_arn, statement
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import TRIALS, Resource, resources

Policy = dict[str, Any]

_JOBS = (*(row.kind for row in resources() if row.kind.endswith("-jobs")), "algorithms")
_HERE = ("spaces", "apps")
_ADMINISTRATED = ("domains", "user-profiles")
_LINKED_ROLE = {"StringEquals": {"iam:AWSServiceName": "sagemaker.amazonaws.com"}}


@dataclass(frozen=True)
class Feature:
    """Something that a user does, and what is called for it.

    Parameters
    ----------
    name : str
        One word, that of the policy's file.
    text : str
        What it is, for people.
    operations : frozenset of str
        AWS operations, of SageMaker and elsewhere; besides those of `WATCH`, which all others build on.
    """

    name: str
    text: str
    operations: frozenset[str]


@dataclass(frozen=True)
class Place:
    """Where a policy allows: any of an account's regions, the SDK's buckets and every role, unless said otherwise."""

    partition: str = "aws"
    region: str = "*"
    account: str = "*"
    bucket: str = "sagemaker-*"
    role: str | None = None

    def arn(self, service: str, rest: str) -> str:
        """ARN of something in the account."""
        region = "" if service == "iam" else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{rest}"


def _verbs(kinds: Iterable[str], *verbs: str) -> frozenset[str]:
    wanted = set(kinds)
    return frozenset(
        row.operation(verb) for row in resources() if row.kind in wanted for verb in verbs if verb in row.verbs
    )


_WRITES = ("create", "update", "stop", "delete")
WATCH = Feature(
    "watch",
    "see what there is: panels, jobs, their logs and files",
    _verbs((row.kind for row in resources()), "describe", "list")
    | {TRIALS, "Search", "DescribeLogStreams", "GetLogEvents", "ListObjectsV2", "GetObject", "HeadObject"},
)
FEATURES: tuple[Feature, ...] = (
    WATCH,
    Feature(
        "jobs",
        "training, tuning and compilation jobs and algorithms: upload, start, stop, delete",
        _verbs(_JOBS, *_WRITES)
        | {"ListTags", "PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"}
        | {"AbortMultipartUpload", "DeleteObject"},
    ),
    Feature(
        "spaces",
        "spaces and apps: create, start, resize, open, stop, delete",
        _verbs(_HERE, *_WRITES) | {"CreatePresignedDomainUrl"},
    ),
    Feature(
        "kernels",
        "kernels on apps: start, stop and move an app, and sign in to it",
        _verbs(("apps",), *_WRITES) | _verbs(("spaces",), "update") | {"CreatePresignedDomainUrl"},
    ),
    Feature(
        "checks",
        "what is checked before a start: quotas, prices, permissions",
        frozenset(name for name, service in ELSEWHERE.items() if service in ("service-quotas", "pricing", "iam")),
    ),
    Feature(
        "administrators",
        "domains and user profiles: create, change, delete",
        _verbs(_ADMINISTRATED, *_WRITES),
    ),
)


def policy(feature: Feature, place: Place | None = None) -> Policy:
    """The IAM policy of a feature; of all but `WATCH` it is what they need besides."""
    place = place or Place()
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for action, about in _allowed(feature, place):
        actions = by_resources.setdefault(about, [])
        if action not in actions:
            actions.append(action)
    found = [statement(sorted(actions), list(about)) for about, actions in sorted(by_resources.items())]
    return {"Version": "2012-10-17", "Statement": [*found, *_roles(feature, place)]}


def operation_statement(operation: str, place: Place) -> Statement:
    """The statement that allows one operation."""
    return statement([action_of(operation)], list(_about(operation, place)))


def _allowed(feature: Feature, place: Place) -> Iterator[tuple[str, tuple[str, ...]]]:
    for operation in sorted(feature.operations):
        yield action_of(operation), _about(operation, place)
        if _takes_tags(operation):
            # A create with tags is a create and an AddTags, as IAM sees it.
            yield action_of("AddTags"), _about(operation, place)


def _about(operation: str, place: Place) -> tuple[str, ...]:
    """ARNs of what an operation is about."""
    service = ELSEWHERE.get(operation, "sagemaker")
    if service == "s3":
        whole = action_of(operation) == "s3:ListBucket"
        return (object_arn(place.partition, place.bucket, None if whole else "*"),)
    if service == "logs":
        groups = [row.logs for row in resources() if row.logs]
        return tuple(place.arn("logs", f"log-group:{group}:*") for group in groups)
    if service == "iam":
        kinds = ("role",) if operation == "GetRole" else ("role", "user")
        return tuple(place.arn("iam", f"{kind}/*") for kind in kinds)
    if operation == "CreatePresignedDomainUrl":
        return (place.arn("sagemaker", "user-profile/*"),)
    if operation == TRIALS:
        return (place.arn("sagemaker", "hyper-parameter-tuning-job/*"),)
    if operation == "ListTags":
        return tuple(_of_row(row, place) for row in resources() if row.kind in _JOBS)
    row = next((row for row in resources() if operation in _verbs([row.kind], *row.verbs - {"list"})), None)
    return ("*",) if row is None else (_of_row(row, place),)


def _of_row(row: Resource, place: Place) -> str:
    return place.arn("sagemaker", f"{row.arn_type}/*")


def _roles(feature: Feature, place: Place) -> Iterator[Statement]:
    calls = [name for name in sorted(feature.operations) if ELSEWHERE.get(name) is None]
    if any(_hands_over(name) for name in calls):
        yield statement(["iam:PassRole"], [place.role or place.arn("iam", "role/*")])
    if "CreateDomain" in feature.operations:
        linked = place.arn("iam", "role/aws-service-role/sagemaker.amazonaws.com/*")
        yield {**statement(["iam:CreateServiceLinkedRole"], [linked]), "Condition": _LINKED_ROLE}


def _takes_tags(operation: str) -> bool:
    if ELSEWHERE.get(operation) is not None or not operation.startswith("Create"):
        return False
    shape: Any = get_model().operation(operation).input_shape
    return "Tags" in shape.members


def _hands_over(operation: str) -> bool:
    """Whether a request can name a role that SageMaker is to work with."""
    shape: Any = get_model().operation(operation).input_shape
    return operation.startswith(("Create", "Update")) and _has_role(shape, set())


def _has_role(shape: Any, seen: set[str]) -> bool:
    if shape.name in seen:
        return False
    seen.add(shape.name)
    if shape.name == "RoleArn":
        return True
    if shape.type_name == "structure":
        return any(_has_role(member, seen) for member in shape.members.values())
    if shape.type_name == "list":
        return _has_role(shape.member, seen)
    return shape.type_name == "map" and _has_role(shape.value, seen)
