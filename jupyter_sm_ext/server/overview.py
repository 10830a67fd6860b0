"""The handler of what runs and what has ended: for status bar, Running panel and notifications."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.errors import CredentialsError, UnreachableError
from jupyter_sm_ext.server.base import SageMakerHandler
from jupyter_sm_ext.server.guard import without_deeds

if TYPE_CHECKING:
    from jupyter_sm_ext.connections.connection import Connection

_VIEWER = "overview"
_STATES = {CredentialsError.status: "credentials", UnreachableError.status: "unreachable"}
_WATCHES = ({"kind": "studio", "key": ()}, {"kind": "jobs", "key": ()})


class OverviewHandler(SageMakerHandler):
    """One glance, which leases nothing: what is watched anyway is given as it was seen, else it is looked at once."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Tell what runs, what it costs, and what has ended."""
        connection = await self.run(self.backend.connections.current)
        if not await self.run(lambda: connection.awake):
            await self._tell(_told(connection, state="asleep"))
            return
        if self._is("fresh"):
            self.backend.hub.hasten()
        studio, jobs = await self.backend.hub.look(_VIEWER, [dict(watch) for watch in _WATCHES], 0.0)
        best = self._is("best")
        await self._tell(await self.run(lambda: self._overview(connection, studio, jobs, best)))

    async def _tell(self, told: dict[str, Any]) -> None:
        self.finish(told if await self.may("write") else without_deeds(told))

    def _is(self, name: str) -> bool:
        return self.get_query_argument(name, "") == "true"

    def _overview(
        self, connection: Connection, studio: dict[str, Any], jobs: dict[str, Any], best: bool
    ) -> dict[str, Any]:
        from jupyter_sm_ext.watching.overview import ended, running

        errors = [self.backend.hub.error(seen["connection"], seen["kind"]) for seen in (studio, jobs)]
        states = [_STATES.get(error.status, "ready") for error in errors if error]
        # With one of the two the connection works.
        state = states[0] if len(states) == len(errors) else "ready"
        untold = [error.message for error in errors if error]
        untold += [problem["message"] for problem in (studio.get("branches") or {}).values() if problem]
        runs, cost, cost_message = running(studio, jobs, self.backend.price_lists.of(connection))
        news = ended(studio, jobs)
        if best and state == "ready":
            news = self.backend.bests.look(self.backend.studio(), jobs) + news
        told = _told(connection, state=state)
        message = untold[0] if untold else None
        return {**told, "message": message, "running": runs, "cost": cost, "cost_message": cost_message, "ended": news}


def _told(connection: Connection, *, state: str) -> dict[str, Any]:
    return {
        "connection": connection.id,
        "kind": connection.kind,
        "label": connection.label,
        "state": state,
        "message": None,
        "running": [],
        "cost": None,
        "cost_message": None,
        "ended": [],
        "denied": connection.denied.told(),
        "now": time.time(),
    }
