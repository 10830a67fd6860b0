"""The JSON protocol's bodies: what comes in is read with care, what goes wrong is told in the protocol's words."""

from __future__ import annotations

import json
import logging
import sqlite3
from typing import Any, NoReturn

from jupyter_sm_ext.engine.store import dumps
from jupyter_sm_ext.errors import SageMakerError, ValidationError

JSON_TYPE = "application/x-amz-json-1.1"
INTERNAL = "InternalFailure"

_log = logging.getLogger(__name__)


def read(body: bytes) -> Any:
    """Parse a request; members that are null count as not given, as in the protocol.

    Raises
    ------
    ValidationError
        It is not JSON (code SerializationException).
    """
    if not body:
        return {}
    try:
        value = json.loads(body, parse_constant=_refuse)
        if b"\\u" in body:
            # Half a surrogate pair is a text that no file and no database can hold.
            json.dumps(value, ensure_ascii=False).encode()
        return _without_nulls(value) if b"null" in body else value
    except (ValueError, RecursionError):
        raise ValidationError("The request is not valid JSON.", code="SerializationException") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def refusal(error: SageMakerError) -> bytes:
    """Body of an error."""
    return dumps({"__type": error.code, "message": error.message}).encode()


def internal(error: Exception, what: str, request_id: str) -> SageMakerError:
    """Log an error that is the engine's own, and turn it into one that tells the client no more than it may know.

    Parameters
    ----------
    error : Exception
        What was raised.
    what : str
        What was being done; no part of a signature or key.
    request_id : str
        By which the user finds it in the log.
    """
    _log.error("%s failed (request %s)", what, request_id, exc_info=error)
    words = "The request processing has failed because of an unknown error, exception or failure."
    if isinstance(error, OSError) and error.strerror:
        words = f"The local engine could not use its disk: {error.strerror}."
    elif isinstance(error, sqlite3.OperationalError):
        words = f"The local engine could not use its database: {error}."
    return SageMakerError(words, code=INTERNAL)
