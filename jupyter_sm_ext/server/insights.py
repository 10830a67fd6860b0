"""Logs of training jobs, and what is worked out of jobs: learning curves, and which hyperparameters matter."""

from __future__ import annotations

import uuid
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.server.base import SageMakerHandler

_LEASE = 5.0  # seconds; whoever asks has a lease of its own on what is watched


async def _seen(handler: SageMakerHandler, noun: str, name: str) -> dict[str, Any]:
    """What the hub saw of a job, without a call if somebody looks at it anyway."""
    row = resource(noun)
    wanted = [{"kind": row.kind, "key": [name]}]
    [snapshot] = await handler.backend.hub.look(f"insight-{uuid.uuid4()}", wanted, _LEASE)
    if snapshot["described"] is None:
        # Nobody could see it: a call tells why.
        await handler.read(row.operation("describe"), row.key_request((name,)))
    return snapshot


class LogsHandler(SageMakerHandler):
    """A training job's log."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """What was logged after a token, and the metrics in it if asked for."""
        from jupyter_sm_ext.curves import metrics_in

        after = self.get_query_argument("after", "") or None
        page = await self.run(lambda: self.backend.studio().logs(name, after))
        told: dict[str, Any] = {"events": page.events, "token": page.token, "more": page.more}
        if self.get_query_argument("metrics", "") == "true" and page.events:
            described = (await _seen(self, "TrainingJob", name))["described"]
            told["metrics"] = await self.run(lambda: metrics_in(page, described))
        self.finish(told)


class LogFileHandler(SageMakerHandler):
    """A training job's log as a file."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """All of it, sent page by page."""
        studio = await self.run(self.backend.studio)
        page = await self.run(lambda: studio.logs(name))
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{name}.log"')
        while True:
            self.write("".join(event["message"].rstrip("\n") + "\n" for event in page.events))
            await self.flush()
            if not page.more:
                break
            token = page.token
            page = await self.run(lambda token=token: studio.logs(name, token))  # type: ignore[misc]
        self.finish()


class ImportancesHandler(SageMakerHandler):
    """Importance of hyperparameters."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Shares of a tuning job's hyperparameters, most important first."""
        from jupyter_sm_ext.importance import importances

        snapshot = await _seen(self, "HyperParameterTuningJob", name)
        self.finish({"importances": await self.run(lambda: importances(snapshot))})


class CurvesHandler(SageMakerHandler):
    """Learning curves."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """The values of each metric that a training job logged after a token."""
        from jupyter_sm_ext.curves import read_curves

        after = self.get_query_argument("after", "") or None
        page = await self.run(lambda: read_curves(self.backend.studio(), name, after))
        self.finish({"metrics": page.metrics, "token": page.token, "more": page.more})
