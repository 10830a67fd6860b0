"""The handlers of what a job has stored: the list of its objects, and each of them as a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from jupyter_sm_ext.server.base import SageMakerHandler
from jupyter_sm_ext.server.insights import seen_there

if TYPE_CHECKING:
    from jupyter_sm_ext.launching.artifacts import Artifacts, Content

_BINARY = "application/octet-stream"


class ArtifactsHandler(SageMakerHandler):
    """What a job has stored."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """List its objects."""
        described = (await seen_there(self, self.row, name))["described"]

        def answer() -> Artifacts:
            from jupyter_sm_ext.launching.artifacts import artifacts

            return artifacts(self.backend.studio().connection, self.row.kind, described)

        self.finish(dict(await self.run(answer)))


class ArtifactHandler(SageMakerHandler):
    """One object of a job."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Send it as a file, piece by piece: it may be larger than the memory."""
        path = self.get_query_argument("path", strip=False)
        described = (await seen_there(self, self.row, name))["described"]

        def opened() -> Content:
            from jupyter_sm_ext.launching.artifacts import open_artifact

            return open_artifact(self.backend.studio().connection, self.row.kind, described, path)

        content = await self.run(opened)
        if self.get_query_argument("check", "") == "true":
            await self.run(content.close)
            await self.finish({"size": content.size})
            return
        self.set_header("Content-Type", _BINARY)
        self.set_header("Content-Length", str(content.size))
        self.set_header("Content-Disposition", _attachment(content.name))
        try:
            while chunk := await self.run(content.read):
                self.write(chunk)
                # Not before the browser has taken it is the next piece read.
                await self.flush()
        except StreamClosedError:
            return  # the browser does not want the rest
        finally:
            await self.run(content.close)
        await self.finish(set_content_type=_BINARY)


def _attachment(name: str) -> str:
    plain = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
