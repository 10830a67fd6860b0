"""What the engine gives a browser to sign in at an app: good once, for that app, for a short time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

SECONDS = 30.0
"""How long a ticket is good: a browser follows a redirect at once."""


def issue(secret: str, *, user: str, path: str, session_seconds: float) -> str:
    """Make a ticket.

    Parameters
    ----------
    secret : str
        Known to the engine and the app.
    user : str
        Who signs in.
    path : str
        Where to go then, below the app's base URL.
    session_seconds : float
        How long the session lasts.
    """
    now = time.time()
    told = {
        "user": user,
        "path": path,
        "until": now + session_seconds,
        "expires": now + SECONDS,
        "once": secrets.token_urlsafe(12),
    }
    text = base64.urlsafe_b64encode(json.dumps(told).encode()).decode()
    return f"{text}.{_tag(secret, text)}"


class Desk:
    """Where an app takes tickets.

    Parameters
    ----------
    secret : str
        Known to the engine and the app.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._used: dict[str, float] = {}

    def take(self, ticket: str) -> dict[str, Any]:
        """Take a ticket; it is no good afterwards.

        Raises
        ------
        ValueError
            It is not one of ours, or is too old, or was taken before.
        """
        text, _, tag = ticket.partition(".")
        if not hmac.compare_digest(tag.encode(), _tag(self._secret, text).encode()):
            raise ValueError("not a ticket of this app")
        told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text))
        now = time.time()
        self._used = {once: expires for once, expires in self._used.items() if expires > now}
        if told["expires"] <= now or told["once"] in self._used:
            raise ValueError("an old ticket")
        self._used[told["once"]] = told["expires"]
        return told


def _tag(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), b"ticket" + text.encode(), hashlib.sha256).hexdigest()
