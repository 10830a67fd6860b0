"""Who may use an app: whoever came by a presigned URL, for as long as its session lasts. No token, as in Studio."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado import web

DESK = "studio_desk"
"""Where the tornado settings of an app keep its desk."""

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Signed out</title></head>
<body style="font-family: sans-serif; max-width: 40em; margin: 4em auto">
<h1>{title}</h1><p>Open this app again from the place where you opened it; every link works once.</p></body></html>
"""


class StudioIdentity(IdentityProvider):
    """Takes the session cookie of `TicketHandler` and nothing else; so a write needs the XSRF token, always."""

    @property
    def auth_enabled(self) -> bool:
        """Always."""
        return True

    def get_user(self, handler: web.RequestHandler) -> User | None:
        """Tell who asks."""
        text = handler.get_signed_cookie(self.get_cookie_name(handler), max_age_days=1)
        if not text:
            return None
        session = json.loads(text)
        if session["until"] <= time.time():
            return None
        name: str = session["user"]
        return User(username=name, name=name, display_name=name)

    def should_check_origin(self, handler: web.RequestHandler) -> bool:
        """Always."""
        return True

    def is_token_authenticated(self, handler: web.RequestHandler) -> bool:
        """Never."""
        return False


def _tell(handler: JupyterHandler, title: str) -> None:
    handler.set_status(403)
    handler.set_header("Content-Type", "text/html; charset=utf-8")
    handler.finish(_PAGE.format(title=title))


class SignedOutHandler(JupyterHandler):
    """Where Jupyter Server sends whoever has no session."""

    @allow_unauthenticated
    def get(self) -> None:
        """Tell what to do; there is no form to fill in."""
        _tell(self, "You are not signed in, or your session is over")


class TicketHandler(JupyterHandler):
    """Where the engine sends a browser with a ticket."""

    @allow_unauthenticated
    def get(self) -> None:
        """Sign in and go on."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        try:
            told: dict[str, Any] = self.settings[DESK].take(self.get_argument("token", ""))
        except ValueError:
            _tell(self, "This link was used before, or is too old")
            return
        session = json.dumps({"user": told["user"], "until": told["until"]})
        self.set_signed_cookie(
            self.identity_provider.get_cookie_name(self),
            session,
            expires=told["until"],
            path=self.base_url,
            httponly=True,
            samesite="Lax",
        )
        # Asking for it sets its cookie; a KernelGateway app has no page that would.
        _ = self.xsrf_token
        # Below the base URL in any case: the path cannot name another host.
        self.redirect(self.base_url.rstrip("/") + "/" + quote(told["path"].lstrip("/"), safe="/?=&%#~+@,;:!"))


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Kernel messages without Nagle's delay, which costs 40 ms an exchange on loopback."""

    def connect(self) -> Any:
        """Begin to relay."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
