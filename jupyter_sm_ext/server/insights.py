"""Logs of jobs, and what is worked out of jobs: learning curves, which hyperparameters matter, and the cost."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.errors import ConflictError
from jupyter_sm_ext.resources import Resource, resource
from jupyter_sm_ext.server.base import SageMakerHandler

if TYPE_CHECKING:
    from jupyter_sm_ext.studio import LogPage, Studio
    from jupyter_sm_ext.watching.costs import Cost

_LEASE = 5.0  # seconds; whoever asks has a lease of its own on what is watched


async def seen(handler: SageMakerHandler, row: Resource, name: str) -> dict[str, Any]:
    """What the hub saw of a job, without a call if somebody looks at it anyway."""
    wanted = [{"kind": row.kind, "key": [name]}]
    [snapshot] = await handler.backend.hub.look(f"insight-{uuid.uuid4()}", wanted, _LEASE)
    if snapshot["described"] is None:
        # Nobody could see it: a call tells why.
        await handler.read(row.operation("describe"), row.key_request((name,)))
    return snapshot


async def seen_there(handler: SageMakerHandler, row: Resource, name: str) -> dict[str, Any]:
    """The same of a job on the connection that the query string may name.

    Raises
    ------
    ConflictError
        It is not the one in use: a job of the same name there is another job.
    """
    snapshot = await seen(handler, row, name)
    _refuse_elsewhere(handler, name, snapshot["connection"], snapshot["label"])
    return snapshot


def _refuse_elsewhere(handler: SageMakerHandler, name: str, connection: str, label: str) -> None:
    wanted = handler.get_query_argument("connection", None)
    if wanted not in (None, connection):
        raise ConflictError(
            f"{name} was seen on another connection than {label}, which is in use now.",
            code="OtherConnection",
            hint="Switch the connection in the SageMaker panel.",
        )


async def _studio_there(handler: SageMakerHandler, name: str) -> tuple[Studio, str]:
    """The connection in use and its id, unless the query string names another one."""

    def find() -> tuple[Studio, str]:
        studio = handler.backend.studio()
        connection = studio.connection
        _refuse_elsewhere(handler, name, connection.id, connection.label)
        return studio, connection.id

    return await handler.run(find)


class LogsHandler(SageMakerHandler):
    """A job's log."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """What was logged after a token; of a training job the metrics in it, too, if asked for."""
        from jupyter_sm_ext.watching.curves import metrics_in

        after = self.get_query_argument("after", "") or None
        studio, connection = await _studio_there(self, name)
        page = await self.backend.log_pages.read(studio, (connection, self.row.kind, name), after)
        told: dict[str, Any] = {"events": page.events, "token": page.token, "more": page.more}
        if self.row.noun == "TrainingJob" and self.get_query_argument("metrics", "") == "true" and page.events:
            described = (await seen(self, self.row, name))["described"]
            told["metrics"] = await self.run(lambda: metrics_in(page, described))
        self.finish(told)


class LogFileHandler(SageMakerHandler):
    """A job's log as a file."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """All of it, sent page by page."""
        studio, _ = await _studio_there(self, name)
        pages = studio.log_pages(name, self.row.kind)
        page: LogPage | None = await self.run(lambda: next(pages))
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{name}.log"')
        while page is not None:
            self.write("".join(event["message"].rstrip("\n") + "\n" for event in page.events))
            await self.flush()
            page = await self.run(lambda: next(pages, None))
        self.finish()


class ImportancesHandler(SageMakerHandler):
    """Importance of hyperparameters."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Shares of a tuning job's hyperparameters, most important first."""
        from jupyter_sm_ext.watching.importance import importances

        snapshot = await seen(self, resource("HyperParameterTuningJob"), name)
        self.finish({"importances": await self.run(lambda: importances(snapshot))})


class CurvesHandler(SageMakerHandler):
    """Learning curves."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """The values of each metric that a training job logged after a token."""
        from jupyter_sm_ext.watching.curves import read_curves

        after = self.get_query_argument("after", "") or None
        page = await self.run(lambda: read_curves(self.backend.studio(), name, after))
        self.finish({"metrics": page.metrics, "token": page.token, "more": page.more})


class CostHandler(SageMakerHandler):
    """What a job costs."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """By what was seen of it last, and the prices as they were read last."""
        snapshot = await seen_there(self, self.row, name)

        def answer() -> Cost:
            from jupyter_sm_ext.watching.costs import cost_of

            prices = self.backend.price_lists.of_training(self.backend.studio().connection)
            return cost_of(snapshot, prices, time.time())

        self.finish(dict(await self.run(answer)))
