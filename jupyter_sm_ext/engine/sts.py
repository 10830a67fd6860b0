"""STS, as much of it as a client asks to learn who it is; its protocol is the query protocol: form in, XML out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import ClassVar
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.errors import SageMakerError, ValidationError

CONTENT_TYPE = "text/xml"
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


class Sts(Family):
    """GetCallerIdentity."""

    service: ClassVar[str] = "sts"

    def get_caller_identity(self, request: Request) -> Answer:
        """Tell the account, and that the caller is the user of this machine."""
        account = self.engine.account
        return {
            "UserId": self.engine.keys.access_key_id,
            "Account": account,
            "Arn": f"arn:aws:iam::{account}:user/local",
        }


def answer(body: bytes, call: Callable[[str, str, dict[str, str]], str], request_id: str) -> str:
    """Answer a request of the query protocol.

    Parameters
    ----------
    body : bytes
        The form.
    call : callable
        Takes service, operation and request, and gives the response as JSON text.
    request_id : str
        Of this request.

    Raises
    ------
    SageMakerError
        It cannot be done.
    """
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=100))
    except ValueError:
        raise ValidationError("The request is no form.", code="MalformedInput") from None
    operation = form.pop("Action", "")
    form.pop("Version", None)
    if not operation:
        raise ValidationError("Action is missing.", code="MissingAction")
    told = json.loads(call("sts", operation, form))
    members = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items())
    return (
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{members}</{operation}Result>'
        f"{_metadata(request_id)}</{operation}Response>"
    )


def refusal(error: SageMakerError, request_id: str) -> str:
    """Write an error as STS does."""
    code, message = escape(error.code), escape(error.message)
    return (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>'
        f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _metadata(request_id: str) -> str:
    return f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
