"""What can go wrong, and the one place where botocore's words become ours.

::

    SageMakerError                      400
    ├── ValidationError                 400   the request is not what the service takes
    │   └── UnknownOperationError       400   the service has no such operation
    ├── NotFoundError                   404   it is not there
    ├── ConflictError                   409   the name is taken, or it is in use
    ├── LimitError                      403   a quota
    ├── AccessDeniedError               403   permission or signature
    ├── ThrottledError                  429   too many calls
    ├── ForbiddenConnectionError        403   an administrator has decided otherwise
    ├── CredentialsError                424   missing or expired credentials
    │   └── MfaRequiredError            424   a one-time code is wanted
    └── UnreachableError                502   nobody answers, or not as SageMaker would
        ├── ClockError                  502   a clock is wrong, so that no signature is taken
        ├── TroubleError                502   the service answers that it cannot
        └── EngineError                 502   the local engine could not be started
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from jupyter_sm_ext.failures import skew
from jupyter_sm_ext.failures.denials import Denial, denial_of, statement_text


class SageMakerError(Exception):
    """Anything that went wrong between a user's wish and SageMaker.

    Parameters
    ----------
    message : str
        For the user, in the service's words where they are known.
    code : str, optional
        The service's error code; the class's own one if not given.
    operation, request_id : str, optional
        Which call it was.
    hint : str, optional
        What the user can do about it, one sentence.
    resource : str, optional
        ARN of what the call was about, where the caller knows it and the service may not tell it.
    """

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "SageMakerError"
    #: How often botocore had sent the call before: then this need not be the answer to the first.
    retries: int = 0

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        operation: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
        resource: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.operation = operation
        self.request_id = request_id
        self.hint = hint
        self.resource = resource

    @property
    def denial(self) -> Denial | None:
        """The permission that was missing, if that is what was wrong."""
        return denial_of(self.message, self.code, self.operation, self.resource)

    @property
    def statement(self) -> str | None:
        """The policy statement that gives the missing permission, as it is copied into a policy."""
        found = self.denial and self.denial.statement
        return statement_text(found) if found else None

    def as_dict(self) -> dict[str, str | None]:
        """The REST body: message, code, operation, request_id, hint, statement."""
        return {
            "message": self.message,
            "code": self.code,
            "operation": self.operation,
            "request_id": self.request_id,
            "hint": self.hint,
            "statement": self.statement,
        }


class ValidationError(SageMakerError):
    """The request is not what the service takes."""

    default_code = "ValidationException"


class UnknownOperationError(ValidationError):
    """The service has no such operation."""

    default_code = "UnknownOperationException"


class NotFoundError(SageMakerError):
    """The thing is not there."""

    status = 404
    default_code = "ResourceNotFound"


class ConflictError(SageMakerError):
    """The name is taken, or the thing is in use."""

    status = 409
    default_code = "ResourceInUse"


class LimitError(SageMakerError):
    """A quota of the account is used up."""

    status = 403
    default_code = "ResourceLimitExceeded"


class AccessDeniedError(SageMakerError):
    """No permission, or a signature that does not fit."""

    status = 403
    default_code = "AccessDeniedException"


class ThrottledError(SageMakerError):
    """Too many calls; it works again in a moment."""

    status = 429
    default_code = "ThrottlingException"


class ForbiddenConnectionError(SageMakerError):
    """Somebody who may has decided that this connection is not used here."""

    status = 403
    default_code = "ConnectionNotAllowed"


class CredentialsError(SageMakerError):
    """Credentials are missing, incomplete or expired."""

    status = 424
    default_code = "CredentialsError"

    #: Whether there was nothing to ask with, rather than that it was refused.
    keyless: bool = False
    #: The profile that it is about, if it is told in the message.
    source: str | None = None

    @property
    def lasting(self) -> bool:
        """Whether asking again is of no use until there are others: these have expired, or there are none."""
        return self.keyless or self.code in ("ExpiredToken", "ExpiredTokenException")


class MfaRequiredError(CredentialsError):
    """A one-time code is wanted before there are credentials."""

    default_code = "MfaRequired"
    keyless = True
    #: The device that shows it.
    serial: str = ""


class UnreachableError(SageMakerError):
    """Nobody answers at the endpoint, or not as SageMaker would."""

    status = 502
    default_code = "Unreachable"


class ClockError(UnreachableError):
    """The clock of this machine is wrong: until it is right the service refuses whatever is signed."""

    default_code = "RequestTimeTooSkewed"


class TroubleError(UnreachableError):
    """The service answers, with trouble of its own: nothing is wrong with what was asked for."""

    default_code = "InternalFailure"


class EngineError(UnreachableError):
    """The local engine could not be started."""

    default_code = "EngineError"


PASSING = (ThrottledError, UnreachableError, CredentialsError)
"""What is wrong with the connection and not with a call: somebody may renew the keys, or plug the cable in again."""

# botocore's words for keys that it could not find or get, which it tells of before anything is asked with them.
_NO_KEYS = (
    "CredentialRetrievalError",
    "InvalidConfigError",
    "LoginError",
    "MetadataRetrievalError",
    "NoCredentialsError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "RefreshWithMFAUnsupportedError",
    "SSOError",
    "TokenRetrievalError",
)
# What botocore itself asks to get keys.
_LENDING = ("AssumeRole", "AssumeRoleWithWebIdentity", "CreateToken", "GetRoleCredentials")

_BY_CODE: dict[str, type[SageMakerError]] = {
    "ResourceNotFound": NotFoundError,
    "ResourceNotFoundException": NotFoundError,
    "NoSuchResourceException": NotFoundError,
    "NoSuchBucket": NotFoundError,
    "NoSuchKey": NotFoundError,
    "404": NotFoundError,
    "ResourceInUse": ConflictError,
    "ConflictException": ConflictError,
    "BucketAlreadyExists": ConflictError,
    "ResourceLimitExceeded": LimitError,
    "AccessDenied": AccessDeniedError,
    "AccessDeniedException": AccessDeniedError,
    "UnauthorizedOperation": AccessDeniedError,
    "SignatureDoesNotMatch": AccessDeniedError,
    "InvalidSignatureException": AccessDeniedError,
    "403": AccessDeniedError,
    "Throttling": ThrottledError,
    "ThrottlingException": ThrottledError,
    "TooManyRequestsException": ThrottledError,
    "RequestLimitExceeded": ThrottledError,
    "ThrottledException": ThrottledError,
    "SlowDown": ThrottledError,
    "ExpiredToken": CredentialsError,
    "ExpiredTokenException": CredentialsError,
    "InvalidClientTokenId": CredentialsError,
    "UnrecognizedClientException": CredentialsError,
    "InvalidAccessKeyId": CredentialsError,
    "UnknownOperationException": UnknownOperationError,
    "ValidationException": ValidationError,
}

# The service answers these with ValidationException although the thing is missing or taken (facts: error messages).
_BY_MESSAGE: tuple[tuple[re.Pattern[str], type[SageMakerError]], ...] = (
    (re.compile(r"Requested resource not found|Could not find requested job|does not exist\.$"), NotFoundError),
    (re.compile(r"already exists"), ConflictError),
)

_HINTS: dict[type[SageMakerError], str] = {
    CredentialsError: "Renew the credentials of this profile (for SSO: `aws sso login`) or choose another connection.",
    ThrottledError: "The service limits how often it may be called; try again in a moment.",
    TroubleError: "This is trouble of the service's own, which mostly passes within minutes.",
    ClockError: skew.HINT,
}
NEVER_HEARD = ("EndpointConnectionError", "ConnectTimeoutError")
"""botocore's words for a call that came nowhere."""
_NO_WAY = "Nothing answers there: see to the network, the proxy and, in a VPC, its endpoints."
_OF_PROXY = re.compile(r"Tunnel connection failed: [\w -]+")
# What stands between, by botocore's words.
_BETWEEN = {
    **dict.fromkeys(NEVER_HEARD, _NO_WAY),
    "SSLError": "If a proxy or an endpoint here has a certificate of your organization's own, name the file of its "
    "authority: AWS_CA_BUNDLE in the environment, or ca_bundle in the profile.",
    "ProxyConnectionError": "That is the proxy of HTTPS_PROXY or HTTP_PROXY. Set it right, or name the hosts that need "
    "none in NO_PROXY.",
}


def _class_of(code: str, message: str, status: int) -> type[SageMakerError]:
    if code == "ValidationException":
        for pattern, cls in _BY_MESSAGE:
            if pattern.search(message):
                return cls
    if status == 429:
        return ThrottledError
    return _BY_CODE.get(code, TroubleError if status >= 500 else SageMakerError)


def translate(error: Exception, operation: str | None = None, resource: str | None = None) -> SageMakerError:
    """Turn what botocore raised into ours; ours comes back as it is.

    Parameters
    ----------
    error : Exception
        A botocore exception or a `SageMakerError`.
    operation : str, optional
        The AWS operation that was called.
    resource : str, optional
        ARN of what it was about.

    Raises
    ------
    TypeError
        It is neither; a bug is not dressed up as a service error.
    """
    # botocore costs 0.1 s to import, and a kernel that only draws a panel never needs it.
    from botocore import exceptions as aws
    from botocore.parsers import ResponseParserError

    if isinstance(error, SageMakerError):
        return error
    if isinstance(error, aws.ClientError):
        found = error.response.get("Error", {})
        code, message = str(found.get("Code", "Unknown")), str(found.get("Message") or error)
        meta = error.response.get("ResponseMetadata", {})
        status = int(meta.get("HTTPStatusCode", 0))
        # What refuses keys on the way to them is asked by botocore, not by us.
        lends = error.operation_name in _LENDING and error.operation_name != operation
        cls = CredentialsError if lends else _class_of(code, message, status)
        operation = error.operation_name if lends else operation or error.operation_name
        if clock := skew.skew_of(code, message):
            cls, message = ClockError, clock
        elif message.lstrip().startswith("<"):
            # A page of a proxy or a load balancer, for people with a browser.
            message = f"instead of the service somebody on the way answered, with status {status}"
        denial = denial_of(message, code, operation, resource)
        told = cls(
            message,
            code=code,
            operation=operation,
            request_id=meta.get("RequestId"),
            hint=denial.hint if denial else _HINTS.get(cls),
            resource=resource,
        )
        told.retries = int(meta.get("RetryAttempts", 0))
        return told
    if isinstance(error, aws.ParamValidationError):
        return ValidationError(str(error), code="ParamValidationError", operation=operation)
    if any(cls.__name__ in _NO_KEYS for cls in type(error).__mro__):
        missing = CredentialsError(
            str(error), code=type(error).__name__, operation=operation, hint=_HINTS[CredentialsError]
        )
        missing.keyless = True
        return missing
    if isinstance(error, (aws.NoRegionError, aws.InvalidRegionError)):
        return ValidationError(
            str(error), code=type(error).__name__, operation=operation, hint="Choose a region for this connection."
        )
    if isinstance(error, (aws.HTTPClientError, aws.ConnectionError, ResponseParserError)):
        code = type(error).__name__
        # A proxy's own words are in botocore's cause alone.
        refusal = _OF_PROXY.search(str(getattr(error, "kwargs", {}).get("error", "")))
        message = f"{error} ({refusal[0]})" if refusal else str(error)
        return UnreachableError(message, code=code, operation=operation, hint=_BETWEEN.get(code))
    if isinstance(error, aws.BotoCoreError):
        return SageMakerError(str(error), code=type(error).__name__, operation=operation)
    raise TypeError(f"not a service error: {error!r}") from error


@contextmanager
def translated(operation: str | None = None, resource: str | None = None) -> Iterator[None]:
    """What botocore raises within is raised as ours."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        raise translate(error, operation, resource) from error
