"""Routes of the kernels on apps that this Jupyter has."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext import remote
from jupyter_sm_ext.server.actions import ADD_KERNELS
from jupyter_sm_ext.server.base import SageMakerHandler
from jupyter_sm_ext.server.bodies import check_body


class KernelsHandler(SageMakerHandler):
    """All of them."""

    # A page asks by itself.
    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Those that are offered, and those whose app is stopped; reads files only."""
        data_dir = self.backend.connections.data_dir
        found = await self.run(lambda: remote.installed(data_dir))
        self.finish({"kernels": [spec.as_dict() for spec in found]})

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Begin to add those of a space, a profile or an app; an action as any other."""
        body = self.body()
        check_body("KernelsWanted", body)
        self.limit_creates()

        def begin() -> dict[str, Any]:
            from jupyter_sm_ext.actions.targets import Target

            return self.begin(ADD_KERNELS, Target(body["kind"], tuple(body["key"])), body.get("options") or {})

        action = await self.run(begin)
        self.set_status(202)
        self.finish(action)


class KernelHandler(SageMakerHandler):
    """One of them."""

    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Forget it; its app goes on."""
        await self.run(lambda: remote.remove(name))
        self.set_status(204)
        self.finish()
