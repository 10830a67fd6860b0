"""The handlers of actions, of what a delete takes with it, and of links that open something."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.errors import SageMakerError, ValidationError
from jupyter_sm_ext.server.base import SageMakerHandler, authorized_to_write
from jupyter_sm_ext.server.bodies import check_body

if TYPE_CHECKING:
    from jupyter_sm_ext.actions.targets import Target


# What costs less afterwards is never refused for being much.
_ENDING = frozenset({"delete", "stop"})


def _target(kind: str, key: tuple[str, ...] | list[str]) -> Target:
    """The target that a path or body names; raises ValidationError, and only what actions are done to is one."""
    from jupyter_sm_ext.actions.targets import Target
    from jupyter_sm_ext.watching.studio_rows import STUDIO_KINDS

    if kind not in STUDIO_KINDS:
        raise ValidationError(f"there are no actions on {kind!r}, only on: {', '.join(STUDIO_KINDS)}")
    return Target(kind, tuple(key))


class ActionsHandler(SageMakerHandler):
    """All actions."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List those of the connection in use, the newest first."""
        backend = self.backend
        actions = await self.run(lambda: backend.actions.list(backend.connections.current().id))
        self.finish({"actions": actions})

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Begin one."""
        body = self.body()
        check_body("ActionWanted", body)
        if body["action"] not in _ENDING:
            self.limit_creates()

        def begin() -> dict[str, Any]:
            return self.begin(body["action"], _target(body["kind"], body["key"]), body.get("options") or {})

        action = await self.run(begin)
        self.backend.hub.hasten()
        self.set_status(202)
        self.finish(action)


class ActionHandler(SageMakerHandler):
    """One action."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, action_id: str) -> None:
        """Tell how far it is."""
        self.finish(self.backend.actions.get(action_id))

    @web.authenticated
    @authorized
    async def delete(self, action_id: str) -> None:
        """Forget one that is over."""
        self.backend.actions.forget(action_id)
        self.set_status(204)
        self.finish()


class ConsequencesHandler(SageMakerHandler):
    """What a delete takes with it."""

    @web.authenticated
    @authorized
    async def get(self, kind: str, *key: str) -> None:
        """Look, now."""

        def look() -> dict[str, Any]:
            from jupyter_sm_ext.actions.job_removal import can_be_deleted, consequences_for_job
            from jupyter_sm_ext.actions.lifecycle import consequences

            studio = self.backend.studio()
            if can_be_deleted(kind):
                told = consequences_for_job(studio, kind, key)
            else:
                told = consequences(studio, _target(kind, key))
            return {"consequences": told.consequences, "confirm": told.confirm}

        self.finish(await self.run(look))


# The sandbox keeps whatever a message may say from being more than text.
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""


class OpenHandler(SageMakerHandler):
    """Links that open a space, a profile or an app."""

    @web.authenticated
    @authorized_to_write
    async def get(self, kind: str, *key: str) -> None:
        """Lead a browser there: the link in a notebook is this one, which is no key and does not get old."""
        user_profile = self.get_query_argument("UserProfileName", None)
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        try:
            self.redirect(await self.run(lambda: self._url(kind, key, user_profile)))
        except SageMakerError as error:
            page = _PAGE.format(title=escape(error.message), text=escape(error.hint or ""))
            self.set_status(error.status)
            self.finish(page, set_content_type="text/html; charset=UTF-8")

    @web.authenticated
    @authorized
    async def post(self, kind: str, *key: str) -> None:
        """Make one: it is good once, and soon too old."""
        body = self.body(required=False)
        check_body("OpenWanted", body)
        self.set_header("Cache-Control", "no-store")
        self.finish({"url": await self.run(lambda: self._url(kind, key, body.get("UserProfileName")))})

    def _url(self, kind: str, key: tuple[str, ...], user_profile: str | None) -> str:
        from jupyter_sm_ext.actions.lifecycle import open_url

        return open_url(self.backend.studio(), _target(kind, key), user_profile)
