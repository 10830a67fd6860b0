"""The verbs of a resource as handler methods: parse, one call, show. `routes` puts them together into handlers."""

from __future__ import annotations

import json

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.server.base import SageMakerHandler


@web.authenticated
@authorized
async def list_page(self: SageMakerHandler) -> None:
    """One page of summaries; the query string holds AWS's own filters."""
    operation = self.row.operation("list")
    filters = await self.run(lambda: self.filters(operation))
    self.finish(await self.read(operation, filters))


@web.authenticated
@authorized
async def create(self: SageMakerHandler) -> None:
    """Create one."""
    body = self.body()
    self.limit_creates()
    answer = await self.read(self.row.operation("create"), body)
    self.hasten()
    self.set_status(201)
    self.finish(answer)


@web.authenticated
@authorized
async def describe(self: SageMakerHandler, *parts: str) -> None:
    """Describe one."""
    self.finish(await self.read(self.row.operation("describe"), self.key(parts)))


@web.authenticated
@authorized
async def update(self: SageMakerHandler, *parts: str) -> None:
    """Change one."""
    request = with_key(self.body(), self.key(parts))
    answer = await self.read(self.row.operation("update"), request)
    self.hasten()
    self.finish(answer)


@web.authenticated
@authorized
async def delete(self: SageMakerHandler, *parts: str) -> None:
    """Delete one; the body holds what the operation takes beyond the key."""
    request = with_key(self.body(required=False), self.key(parts))
    await self.read(self.row.operation("delete"), request)
    await _done(self)


@web.authenticated
@authorized
async def stop(self: SageMakerHandler, *parts: str) -> None:
    """Ask one to stop."""
    await self.read(self.row.operation("stop"), self.key(parts))
    await _done(self)


async def _done(handler: SageMakerHandler) -> None:
    handler.hasten()
    handler.set_status(204)
    handler.finish()


def with_key(body: dict[str, object], key: dict[str, object]) -> dict[str, object]:
    """Put what the path names into a request.

    Raises
    ------
    ValidationError
        The body says otherwise.
    """
    for name, value in key.items():
        if body.setdefault(name, value) != value:
            raise ValidationError(f"{name} in the body is {json.dumps(body[name])[:200]}, in the path it is {value}")
    return body
