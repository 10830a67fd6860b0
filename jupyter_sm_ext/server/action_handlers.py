"""The handlers of actions, of what a delete takes with it, and of links that open something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.server.base import SageMakerHandler
from jupyter_sm_ext.server.bodies import check_body

if TYPE_CHECKING:
    from jupyter_sm_ext.targets import Target


def _target(kind: str, key: tuple[str, ...] | list[str]) -> Target:
    """The target that a path or body names; raises ValidationError, and only what actions are done to is one."""
    from jupyter_sm_ext.errors import ValidationError
    from jupyter_sm_ext.studio_rows import STUDIO_KINDS
    from jupyter_sm_ext.targets import Target

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

        def begin() -> dict[str, Any]:
            target = _target(body["kind"], body["key"])
            backend = self.backend
            return backend.actions.begin(backend.studio(), body["action"], target, body.get("options") or {})

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
            from jupyter_sm_ext.lifecycle import consequences

            told = consequences(self.backend.studio(), _target(kind, key))
            return {"consequences": told.consequences, "confirm": told.confirm}

        self.finish(await self.run(look))


class OpenHandler(SageMakerHandler):
    """Links that open a space, a profile or an app."""

    @web.authenticated
    @authorized
    async def post(self, kind: str, *key: str) -> None:
        """Make one: it is good once, and soon too old."""
        body = self.body(required=False)
        check_body("OpenWanted", body)

        def make() -> str:
            from jupyter_sm_ext.lifecycle import open_url

            return open_url(self.backend.studio(), _target(kind, key), body.get("UserProfileName"))

        self.set_header("Cache-Control", "no-store")
        self.finish({"url": await self.run(make)})
