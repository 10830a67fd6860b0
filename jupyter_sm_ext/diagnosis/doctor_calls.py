"""Which calls of AWS work: each that reading needs is made, with questions that create and change nothing.

What a write needs is asked of IAM (see `doctor`): there is no call that creates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore import xform_name

from jupyter_sm_ext.checks.policies import WATCH, Place, operation_statement
from jupyter_sm_ext.checks.prices import asked_in
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.diagnosis.findings import BAD, OK, SKIPPED, WARNING, Finding
from jupyter_sm_ext.errors import (
    AccessDeniedError,
    NotFoundError,
    SageMakerError,
    ThrottledError,
    UnknownOperationError,
)
from jupyter_sm_ext.failures.denials import ELSEWHERE, statement_text
from jupyter_sm_ext.resources import TRIALS, Resource, resources

TOPIC, WORKS = "calls", "It works."
NOBODY = "jupyter-sm-doctor"
"""The name of what is asked for: that there is no such thing is an answer, too."""

_NO_DOMAIN = "d-000000000000"
_KEYS = {"DomainId": _NO_DOMAIN, "AppType": "JupyterLab"}
_LOCAL = ("sagemaker", "s3", "logs", "service-quotas")


@dataclass(frozen=True)
class Call:
    """A question.

    Parameters
    ----------
    operation : str
        By its AWS name.
    request : dict
        Its parameters.
    region : str, optional
        Another region than the connection's.
    """

    operation: str
    request: dict[str, Any]
    region: str | None = None

    @property
    def service(self) -> str:
        """boto3's name of the service."""
        return ELSEWHERE.get(self.operation, "sagemaker")


def calls(connection: Connection, bucket: str | None) -> Iterator[Call]:
    """Every question, for a connection.

    Parameters
    ----------
    bucket : str, optional
        The connection's, if it is known.
    """
    for row in resources():
        yield Call(row.operation("list"), {"MaxResults": 1})
        yield Call(row.operation("describe"), _nobody(row))
    yield Call(TRIALS, {"HyperParameterTuningJobName": NOBODY, "MaxResults": 1})
    yield Call("Search", {"Resource": "TrainingJob", "MaxResults": 1})
    group = next(row.logs for row in resources() if row.logs)
    yield Call("DescribeLogStreams", {"logGroupName": group, "limit": 1})
    yield Call("GetLogEvents", {"logGroupName": group, "logStreamName": NOBODY, "limit": 1})
    if bucket is not None:
        yield Call("ListObjectsV2", {"Bucket": bucket, "MaxKeys": 1})
        yield Call("GetObject", {"Bucket": bucket, "Key": NOBODY})
    yield Call("ListServiceQuotas", {"ServiceCode": "sagemaker", "MaxResults": 1})
    where = asked_in(connection.partition)
    if connection.kind == "aws" and where is not None:
        yield Call("GetProducts", {"ServiceCode": "AmazonSageMaker", "MaxResults": 1}, where)


def ask(connection: Connection, call: Call, place: Place) -> Finding:
    """Ask it.

    Parameters
    ----------
    place : Place
        Where a policy would have to allow it.
    """
    name, needed = call.operation, call.operation in WATCH.operations
    try:
        with connection.translated(name):
            client = connection.client(call.service, region=call.region)
            getattr(client, xform_name(name))(**call.request)
    except NotFoundError as error:
        if error.code == "NoSuchBucket":
            bucket = call.request["Bucket"]
            fix = f"aws s3 mb s3://{bucket} --region {connection.region}, or jupyter sm connect ... --bucket NAME"
            return Finding(TOPIC, name, BAD, f"There is no bucket {bucket}.", fix)
    except AccessDeniedError as error:
        denial = error.denial
        helps = denial is not None and not denial.explicit
        statement = statement_text(operation_statement(name, place)) if helps else None
        return Finding(TOPIC, name, BAD if needed else WARNING, error.message, error.hint, statement)
    except UnknownOperationError as error:
        return Finding(TOPIC, name, WARNING, error.message, "This endpoint has no such operation.")
    except ThrottledError as error:
        return Finding(TOPIC, name, WARNING, error.message, error.hint)
    except SageMakerError as error:
        return Finding(TOPIC, name, BAD if needed else WARNING, error.message, error.hint)
    return Finding(TOPIC, name, OK, WORKS)


def skipped(why: str) -> Finding:
    """The calls were not made."""
    return Finding(TOPIC, "all others", SKIPPED, why)


def questions(connection: Connection, bucket: str | None, place: Place) -> list[tuple[str, Callable[[], Finding]]]:
    """Every call by its name, ready to be made."""

    def asking(call: Call) -> Callable[[], Finding]:
        return lambda: ask(connection, call, place)

    found = calls(connection, bucket)
    wanted = [call for call in found if connection.kind == "aws" or call.service in _LOCAL]
    return [(call.operation, asking(call)) for call in wanted]


def _nobody(row: Resource) -> dict[str, Any]:
    names = {member: _KEYS.get(member, NOBODY) for member in row.key}
    return {**names, **({row.owners["space"]: NOBODY} if row.owners else {})}
