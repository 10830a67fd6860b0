"""What is worked out of jobs: which hyperparameters matter, and learning curves."""

from __future__ import annotations

import uuid

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.server.base import SageMakerHandler

_LEASE = 5.0  # seconds; whoever asks has a lease of its own on what is watched


class ImportancesHandler(SageMakerHandler):
    """Importance of hyperparameters."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Shares of a tuning job's hyperparameters, most important first."""
        from jupyter_sm_ext.importance import importances

        wanted = [{"kind": "tuning-jobs", "key": [name]}]
        [snapshot] = await self.backend.hub.look(f"importances-{uuid.uuid4()}", wanted, _LEASE)
        if snapshot["described"] is None:
            # Nobody has seen it yet: a call tells why.
            await self.read("DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": name})
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
