"""The handlers that are not a resource's own verbs."""

from __future__ import annotations

import json
import uuid
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.errors import NotFoundError, UnknownOperationError
from jupyter_sm_ext.resources import TRIALS
from jupyter_sm_ext.server.base import SageMakerHandler, authorized_to_read
from jupyter_sm_ext.server.bodies import check_body
from jupyter_sm_ext.server.guard import without_deeds
from jupyter_sm_ext.server.verbs import with_key

URL = "CreatePresignedDomainUrl"
_PICTURE_LEASE = 5.0  # seconds; whoever wants the picture has a lease of its own


class ConnectionHandler(SageMakerHandler):
    """Which SageMaker."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Show the connection and its state."""
        told = await self.run(self.backend.connections.told)
        self.finish({**told, "may_write": await self.may("write")})

    @web.authenticated
    @authorized
    async def put(self) -> None:
        """Make it the user's choice."""
        from jupyter_sm_ext.connections.connection import Choice

        body = self.body()
        check_body("ConnectionChoice", body)
        choice = Choice(**body)
        told = await self.backend.run_now(lambda: self.backend.connections.choose(choice).as_dict())
        self.backend.connection_id = told["id"]
        self.finish({**told, "may_write": True})

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Take a one-time code for it, which is kept nowhere."""
        body = self.body()
        check_body("OneTimeCode", body)

        def enter() -> dict[str, Any]:
            connection = self.backend.connections.current()
            connection.enter_code(body["code"])
            return connection.as_dict()

        told = await self.run(enter)
        self.backend.hub.hasten()
        self.finish({**told, "may_write": True})


class WatchesHandler(SageMakerHandler):
    """Leases on watches."""

    # A tab that is only open must not keep a hub's server from being culled.
    _track_activity = False

    @web.authenticated
    @authorized_to_read
    async def post(self) -> None:
        """Renew a viewer's leases and give their snapshots."""
        body = self.body()
        check_body("WatchesWanted", body)
        again, seconds = body.get("again", False), body.get("seconds", 60.0)
        snapshots = await self.backend.hub.look(body["viewer"], body["watches"], seconds, again=again)
        self.finish({"watches": snapshots if await self.may("write") else without_deeds(snapshots)})


class PictureHandler(SageMakerHandler):
    """Static pictures of what is watched."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, kind: str, *key: str) -> None:
        """Draw one."""
        from jupyter_sm_ext.watching.picture import render

        viewer = f"picture-{uuid.uuid4()}"
        [snapshot] = await self.backend.hub.look(viewer, [{"kind": kind, "key": key}], _PICTURE_LEASE)
        self.finish({"html": await self.run(lambda: render(snapshot))})


class TrialsHandler(SageMakerHandler):
    """A tuning job's training jobs."""

    @web.authenticated
    @authorized
    async def get(self, *parts: str) -> None:
        """One page of them; the query string holds AWS's own filters."""
        filters = await self.run(lambda: self.filters(TRIALS))
        self.finish(await self.read(TRIALS, {**filters, **self.key(parts)}))


class UrlHandler(SageMakerHandler):
    """Links that open a space's or a profile's app."""

    @web.authenticated
    @authorized
    async def post(self, *parts: str) -> None:
        """Make one: it is good once, and soon too old."""
        request = with_key(self.body(required=False), self.key(parts))
        self.set_header("Cache-Control", "no-store")
        self.finish(await self.read(URL, request))


class SearchHandler(SageMakerHandler):
    """AWS's Search."""

    @web.authenticated
    @authorized_to_read
    async def post(self) -> None:
        """Search."""
        self.finish(await self.read("Search", self.body()))


class QuickstartHandler(SageMakerHandler):
    """The packaged quickstart."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Give the notebook, for a front end that makes the user's own copy of it."""

        def notebook() -> dict[str, Any]:
            from jupyter_sm_ext.demo import QUICKSTART, packaged

            content = (packaged() / QUICKSTART).read_text(encoding="utf-8")
            return {"name": QUICKSTART, "content": json.loads(content)}

        self.finish(await self.run(notebook))


class SchemaHandler(SageMakerHandler):
    """JSON Schemas of requests."""

    @web.authenticated
    @authorized
    async def get(self, operation: str) -> None:
        """The one of an AWS operation."""

        def schema() -> str:
            from jupyter_sm_ext.model import get_model

            try:
                return json.dumps(get_model().json_schema(operation))
            except UnknownOperationError as error:
                raise NotFoundError(error.message, code=error.code, operation=error.operation) from error

        self.finish(await self.run(schema))


class OpenAPIHandler(SageMakerHandler):
    """The description of these routes."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """As OpenAPI 3.1."""
        from jupyter_sm_ext.server.openapi import document

        url = self.base_url.rstrip("/") + "/jupyter-sm-ext"
        self.finish(await self.run(lambda: json.dumps(document(url))))


class NothingHandler(SageMakerHandler):
    """Whatever else is asked for under our root."""

    @web.authenticated
    @authorized_to_read
    async def get(self) -> None:
        """Tell that it is not there, in the shape of all errors."""
        raise web.HTTPError(404, "there is no such route")

    post = put = patch = delete = get
