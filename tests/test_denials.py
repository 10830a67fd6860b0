"""Which permission was missing: in AWS's words, and where AWS says nothing."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from jupyter_sm_ext.errors import AccessDeniedError, CredentialsError, SageMakerError, translate
from jupyter_sm_ext.failures.denials import action_of, denial_of, object_arn
from jupyter_sm_ext.quiet import text_of

USER = "User: arn:aws:sts::111122223333:assumed-role/analyst/someone is not authorized to perform: "
APP = "arn:aws:sagemaker:eu-west-1:111122223333:app/d-1/s/JupyterLab/default"
ROLE = "arn:aws:iam::111122223333:role/jobs"
LOGS = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/sagemaker/TrainingJobs:log-stream:"


def denied(message: str, operation: str = "CreateApp", code: str = "AccessDeniedException") -> SageMakerError:
    return translate(ClientError({"Error": {"Code": code, "Message": message}}, operation), operation)


@pytest.mark.parametrize(
    ("message", "action", "resource", "hint"),
    [
        (
            (
                f"{USER}sagemaker:CreateApp on resource: {APP} because no identity-based policy allows the"
                " sagemaker:CreateApp action"
            ),
            "sagemaker:CreateApp",
            APP,
            f"The missing permission is sagemaker:CreateApp on {APP}: ask whoever administers the account for it.",
        ),
        (
            # S3 puts the ARN in quotes.
            (
                f'{USER}s3:ListBucket on resource: "arn:aws:s3:::data" because no identity-based policy allows the'
                " s3:ListBucket action"
            ),
            "s3:ListBucket",
            "arn:aws:s3:::data",
            "The missing permission is s3:ListBucket on arn:aws:s3:::data: ask whoever administers the account for it.",
        ),
        (
            (
                f"{USER}logs:DescribeLogStreams on resource: {LOGS} because no permissions boundary allows the"
                " logs:DescribeLogStreams action"
            ),
            "logs:DescribeLogStreams",
            LOGS,
            (
                f"The missing permission is logs:DescribeLogStreams on {LOGS} (in the permissions boundary): ask"
                " whoever administers the account for it."
            ),
        ),
        (
            f"{USER}sagemaker:ListSpaces",
            "sagemaker:ListSpaces",
            "*",
            "The missing permission is sagemaker:ListSpaces: ask whoever administers the account for it.",
        ),
    ],
)
def test_in_the_words_of_aws(message: str, action: str, resource: str, hint: str) -> None:
    error = denied(message)
    assert isinstance(error, AccessDeniedError)
    assert error.hint == hint
    assert error.statement is not None
    assert json.loads(error.statement) == {"Effect": "Allow", "Action": action, "Resource": resource}
    assert error.as_dict()["statement"] == error.statement


def test_a_role_may_be_handed_to_sagemaker_only() -> None:
    error = denied(f"{USER}iam:PassRole on resource: {ROLE} because no identity-based policy allows the iam:PassRole")
    assert json.loads(error.statement or "") == {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": ROLE,
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    }


@pytest.mark.parametrize(
    ("words", "policy"),
    [
        ("with an explicit deny in a service control policy", "service control policy"),
        ("with an explicit deny in an identity-based policy", "identity-based policy"),
        ("with an explicit deny", "policy"),
    ],
)
def test_what_is_denied_in_so_many_words_no_statement_allows(words: str, policy: str) -> None:
    error = denied(f"{USER}sagemaker:CreateApp on resource: {APP} {words}")
    assert error.statement is None
    assert (error.hint or "").startswith(f"A {policy} denies sagemaker:CreateApp on {APP}, and no other policy")


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("ListObjectsV2", "s3:ListBucket"),
        ("HeadObject", "s3:GetObject"),
        ("UploadPart", "s3:PutObject"),
        ("CreateApp", "sagemaker:CreateApp"),
        ("GetLogEvents", "logs:GetLogEvents"),
        ("ListServiceQuotas", "servicequotas:ListServiceQuotas"),
    ],
)
def test_where_nobody_says_which_the_operation_does(operation: str, action: str) -> None:
    assert action_of(operation) == action
    arn = object_arn("aws-cn", "data", "a/b.csv")
    error = ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, operation)
    told = translate(error, operation, arn)
    assert told.hint == f"The missing permission is probably {action} on arn:aws-cn:s3:::data/a/b.csv."
    assert json.loads(told.statement or "")["Action"] == action
    # A HEAD has no body at all.
    bare = denial_of("Forbidden", "403", operation)
    assert bare is not None
    assert (bare.action, bare.resource) == (action, "*")


def test_what_is_no_matter_of_permissions() -> None:
    for code, message in (
        ("SignatureDoesNotMatch", "The request signature we calculated does not match"),
        ("ExpiredTokenException", "The security token included in the request is expired"),
        ("ThrottlingException", "Rate exceeded"),
    ):
        assert denied(message, code=code).statement is None
    assert denial_of("Access denied", "AccessDenied", None) is None
    assert CredentialsError("x", operation="ListApps").statement is None


def test_a_cell_and_a_terminal_show_the_statement() -> None:
    error = denied(f"{USER}sagemaker:CreateApp on resource: {APP}")
    assert text_of(error).splitlines() == [
        error.message,
        error.hint,
        "The policy statement that allows it:",
        "{",
        '  "Effect": "Allow",',
        '  "Action": "sagemaker:CreateApp",',
        f'  "Resource": "{APP}"',
        "}",
    ]
