"""Presigned URLs: made by CreatePresignedDomainUrl, and answered here, on the engine's own port.

The URL names the domain's host (``http://d-xxx.studio.localhost:PORT/auth?token=...``). Whoever opens it is sent on to
the app with a ticket, and from then on talks to the app alone. As in Studio a JupyterServer app is started by the first
visit; other apps must run already.
"""

from __future__ import annotations

import hashlib
import html
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from jupyter_sm_ext.engine.apps import rules, tickets, urls
from jupyter_sm_ext.engine.store import Record
from jupyter_sm_ext.errors import NotFoundError, SageMakerError, ValidationError

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.apps.family import Apps
    from jupyter_sm_ext.engine.context import Engine

_EXPIRES, _SESSION = 300, 43_200
_PATIENCE = 60.0
_CLASSIC = "JupyterServer"
_TABLE = """
CREATE TABLE IF NOT EXISTS presigned (token TEXT PRIMARY KEY, expires REAL NOT NULL, request TEXT NOT NULL)
WITHOUT ROWID
"""
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>
<body style="font-family: sans-serif; max-width: 40em; margin: 4em auto"><h1>{title}</h1><p>{text}</p></body></html>
"""
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Page:
    """An answer to a browser."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Portal:
    """The presigned URLs of one engine.

    A URL is kept as a hash only, outlives a restart of the engine, and is good for one visit to a running app.

    Parameters
    ----------
    engine : Engine
        Its context.
    apps : Apps
        What they lead to.
    """

    def __init__(self, engine: Engine, apps: Apps) -> None:
        self._engine = engine
        self._apps = apps
        self._database = engine.store.database
        self._database.execute(_TABLE)

    def issue(self, request: dict[str, Any]) -> str:
        """Make a URL.

        Raises
        ------
        NotFoundError
            There is no such domain, profile or space.
        ValidationError
            The space is somebody else's, or the LandingUri leads nowhere.
        """
        store = self._engine.store
        domain_id, user, space = request["DomainId"], request["UserProfileName"], request.get("SpaceName")
        domain = store.get("domains", domain_id)
        if domain is None:
            raise NotFoundError(f"Domain [{self._engine.arn('Domain', domain_id)}] does not exist.")
        profile = rules.find_owner(store, domain, {"UserProfileName": user}, self._engine.arn)
        default = _CLASSIC
        if space:
            owner = rules.find_owner(store, domain, {"SpaceName": space}, self._engine.arn)
            if owner.profile is not None and owner.profile.key != profile.record.key:
                raise ValidationError(f"Space [{owner.record.arn}] is private: only its owner can open it.")
            default = owner.record.body.get("SpaceSettings", {}).get("AppType", _CLASSIC)
        goal = urls.landing(request.get("LandingUri"), default)
        kept = {
            "prefix": f"{domain_id}/{'space' if space else 'profile'}/{space or user}/{goal.app_type}/",
            "owner": {"SpaceName": space} if space else {"UserProfileName": user},
            "user": user,
            "name": goal.app_name,
            "path": goal.path,
            "session": request.get("SessionExpirationDurationInSeconds", _SESSION),
        }
        token, now = secrets.token_urlsafe(48), self._engine.now()
        expires = now + request.get("ExpiresInSeconds", _EXPIRES)
        with store.transaction():
            self._database.execute("DELETE FROM presigned WHERE expires<=?", (now,))
            self._database.execute("INSERT INTO presigned VALUES (?,?,?)", (_hash(token), expires, json.dumps(kept)))
        port = urlsplit(self._engine.endpoint_url).port or 80
        return f"http://{urls.portal_host(domain_id)}:{port}/auth?token={token}"

    def is_at(self, host: str) -> bool:
        """Whether a Host header names a domain of this engine, at this engine's port."""
        name, _, port = host.lower().partition(":")
        domain_id = name.removesuffix(f".{urls.ROOT}")
        if domain_id == name or port != str(urlsplit(self._engine.endpoint_url).port):
            return False
        return self._engine.store.get("domains", domain_id) is not None

    def visit(self, method: str, target: str) -> Page:
        """Answer a browser that comes by a presigned URL."""
        path, _, query = target.partition("?")
        if path != "/auth" or method != "GET":
            return _page(404, "Nothing is here", "A presigned URL leads to an app. This is not one.")
        token = parse_qs(query).get("token", [""])[0]
        row = self._database.execute("SELECT expires, request FROM presigned WHERE token=?", (_hash(token),)).fetchone()
        if row is None or row[0] <= self._engine.now():
            return _page(403, "This link is no good any more", "It was used before, or is too old. Ask for a new one.")
        kept = json.loads(row[1])
        record = self._find(kept)
        if record is None:
            try:
                record = self._start(kept)
            except SageMakerError as error:
                return _page(409, "The app cannot be started", error.message)
        if record is None:
            app_type = kept["prefix"].split("/")[3]
            return _page(404, "The app is not running", f"Start the {app_type} app first, then open it again.")
        process = self._apps.process(record)
        port = process.port() if process is not None else None
        if record.status == "Deleting":
            return _page(409, "The app is being stopped", "Start it again when it is gone.")
        if record.status != "InService" or process is None or port is None:
            return self._wait(token)
        self._database.execute("DELETE FROM presigned WHERE token=?", (_hash(token),))
        spec = process.spec
        ticket = tickets.issue(
            spec["secret"], user=kept["user"], path=kept["path"], session_seconds=float(kept["session"])
        )
        location = f"http://{spec['hostname']}:{port}{spec['base_url']}auth?token={ticket}"
        return Page(302, headers={**_HEADERS, "Location": location})

    def _find(self, kept: dict[str, Any]) -> Record | None:
        """The app that a URL leads to: the one it names, else "default", else the newest."""
        found = self._engine.store.find("apps", prefix=kept["prefix"], statuses=rules.LIVE, descending=True)
        names = [kept["name"]] if kept["name"] else ["default"]
        named = [record for record in found if record.body["AppName"] in names]
        return next(iter(named if named or kept["name"] else found), None)

    def _start(self, kept: dict[str, Any]) -> Record | None:
        domain_id, _, _, app_type, _ = kept["prefix"].split("/")
        if app_type != _CLASSIC:
            return None
        name = kept["name"] or "default"
        record = self._apps.add({"DomainId": domain_id, **kept["owner"], "AppType": app_type, "AppName": name})
        self._engine.wake()
        return record

    def _wait(self, token: str) -> Page:
        """Let the browser ask again; what was opened in time does not get too old while the app starts."""
        later = self._engine.now() + _PATIENCE
        self._database.execute("UPDATE presigned SET expires=max(expires,?) WHERE token=?", (later, _hash(token)))
        page = _page(503, "The app is starting", "One moment, please.", '<meta http-equiv="refresh" content="1">')
        return Page(page.status, page.body, {**page.headers, "Retry-After": "1"})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _page(status: int, title: str, text: str, head: str = "") -> Page:
    body = _PAGE.format(title=html.escape(title), text=html.escape(text), head=head).encode()
    return Page(status, body, {**_HEADERS, "Content-Type": "text/html; charset=utf-8"})
