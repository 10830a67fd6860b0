"""Presigned S3 URLs of the old kind (Signature Version 2): what boto3 and ``aws s3 presign`` still make by default.

Version 2 does not sign every parameter of the query, so one it does not sign is not taken.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Callable, Mapping
from http.client import HTTPMessage
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import HmacV1QueryAuth
from botocore.credentials import Credentials

from jupyter_sm_ext.engine.context import Keys

_ITS_OWN = frozenset({"AWSAccessKeyId", "Signature", "Expires"})
_LONGEST = 7 * 24 * 3600
_SIGNED = frozenset(HmacV1QueryAuth.QSAOfInterest) | _ITS_OWN


class _Signer(HmacV1QueryAuth):
    """botocore's, with the time of the URL in place of its own."""

    def __init__(self, credentials: Credentials, expires: str) -> None:
        super().__init__(credentials)
        self._date = expires

    def _get_date(self) -> str:
        return self._date


def is_one(target: str) -> bool:
    """Whether a request's target is such a URL's."""
    return "AWSAccessKeyId=" in target


def without_signature(target: str) -> str:
    """The target without what signs it: what S3 is asked for."""
    path, _, query = target.partition("?")
    rest = "&".join(pair for pair in query.split("&") if pair.partition("=")[0] not in _ITS_OWN)
    return f"{path}?{rest}" if rest else path


def reason_to_refuse(
    keys: Keys, method: str, target: str, headers: Mapping[str, str], now: Callable[[], float] = time.time
) -> str | None:
    """Check one.

    Parameters
    ----------
    keys : Keys
        The pair that is taken.
    method, target, headers
        Of the request.
    now : callable, optional
        Gives epoch seconds.

    Returns
    -------
    str or None
        A reason as `auth` names them: incomplete, key, expired or signature; None if it is good.
    """
    given = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
    expires = given.get("Expires", "")
    if not (given.keys() >= _ITS_OWN and re.fullmatch(r"\d{1,11}", expires) and given.keys() <= _SIGNED):
        return "incomplete"
    if not hmac.compare_digest(given["AWSAccessKeyId"].encode(), keys.access_key_id.encode()):
        return "key"
    # boto3's limit is a week; the signature would bear any time.
    if not now() <= int(expires) <= now() + _LONGEST + 60:
        return "expired"
    signer = _Signer(Credentials(keys.access_key_id, keys.secret_access_key), expires)
    message: Any = HTTPMessage()
    for name, value in headers.items():
        if name.lower().startswith("x-amz-") or name.lower() in ("content-md5", "content-type"):
            message[name] = value
    expected = signer.get_signature(method, urlsplit(f"http://engine{target}"), message)
    return None if hmac.compare_digest(expected.encode(), given["Signature"].encode()) else "signature"
