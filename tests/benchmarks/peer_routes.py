"""Jupyter routes of others beside ours, in the same server: nothing, a plain handler with boto3, aws-jupyter-proxy.

aws-jupyter-proxy asks for Notebook 6: its code runs as it is on the handlers of Jupyter Server, which Notebook 6 had
them from in the end. It finds endpoints by botocore's table and takes no other, so it is told of this AWS's here.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import types
from typing import Any

import boto3
import botocore.session
from botocore.utils import datetime2timestamp
from jupyter_server import utils
from jupyter_server.base import handlers
from jupyter_server.base.handlers import APIHandler
from tornado import web


class NothingHandler(APIHandler):
    """What Jupyter itself takes for any request."""

    @web.authenticated
    async def get(self) -> None:
        """Answer nothing."""
        self.finish("{}")


class PlainHandler(APIHandler):
    """A handler as people write it: one client, and Tornado's own threads."""

    client: Any = None

    @web.authenticated
    async def get(self, name: str) -> None:
        """Describe a training job."""
        kind = type(self)
        if kind.client is None:
            kind.client = boto3.client("sagemaker")
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(None, lambda: kind.client.describe_training_job(TrainingJobName=name))
        self.finish(json.dumps(answer, default=datetime2timestamp))


def _proxy_handler() -> tuple[type, dict[str, Any]]:
    notebook, base = types.ModuleType("notebook"), types.ModuleType("notebook.base")
    notebook.__path__, base.__path__ = [], []  # type: ignore[attr-defined]
    taken = {
        "notebook": notebook,
        "notebook.base": base,
        "notebook.base.handlers": handlers,
        "notebook.utils": utils,
    }
    before = {name: sys.modules.get(name) for name in taken}
    sys.modules.update(taken)
    try:
        from aws_jupyter_proxy import awsproxy
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    service = awsproxy.ServiceInfo("sagemaker", endpoint.partition("//")[2], endpoint, None)
    awsproxy.get_service_info = lambda *_: service
    return awsproxy.AwsProxyHandler, {"endpoint_resolver": None, "session": botocore.session.Session()}


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "peer_routes"}]


def _load_jupyter_server_extension(app: Any) -> None:
    base = app.web_app.settings["base_url"].rstrip("/")
    proxy, options = _proxy_handler()
    # Tornado's client lets ten requests go at once, and the rest wait: as it comes, as its users have it.
    app.web_app.add_handlers(
        ".*",
        [
            (f"{base}/peers/nothing", NothingHandler),
            (f"{base}/peers/plain/([^/]+)", PlainHandler),
            (f"{base}/awsproxy(?:/.*)?", proxy, options),
        ],
    )
