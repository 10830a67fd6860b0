"""NextToken: opaque to clients, and good only for the call whose page it continues."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_sm_ext.errors import ValidationError

_TAG_BYTES = 12
_FREE = ("NextToken", "MaxResults")


class Tokens:
    """The tokens of one call. A token names the place where a page ended; its tag binds it to engine and request.

    Parameters
    ----------
    secret : str
        Of the engine.
    call : sequence
        What is called, in words JSON has.
    request : mapping
        Its parameters; NextToken and MaxResults may differ from page to page.
    """

    def __init__(self, secret: str, call: Sequence[Any], request: Mapping[str, Any]) -> None:
        asked = {name: value for name, value in request.items() if name not in _FREE}
        told = json.dumps([*call, asked], sort_keys=True, default=str)
        self._secret = secret.encode()
        self._asked = hashlib.sha256(told.encode()).digest()

    def given(self, request: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The place that a request's NextToken names; None if it has none.

        Raises
        ------
        ValidationError
            The token is not one of ours, or was given for another call.
        """
        token = request.get("NextToken")
        return self.read(token) if token else None

    def write(self, place: Sequence[Any]) -> str:
        """Make the token of a place."""
        text = json.dumps(list(place), separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._tag(text) + text).decode().rstrip("=")

    def read(self, token: str) -> tuple[Any, ...]:
        """The place that a token names.

        Raises
        ------
        ValidationError
            It is not one of ours, or was given for another call.
        """
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _not_ours() from None
        tag, text = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(text)):
            raise _not_ours()
        return tuple(json.loads(text))

    def _tag(self, text: bytes) -> bytes:
        return hmac.new(self._secret, b"NextToken" + self._asked + text, hashlib.sha256).digest()[:_TAG_BYTES]


def _not_ours() -> ValidationError:
    return ValidationError("Invalid NextToken: it was not given for this list with these filters.")
