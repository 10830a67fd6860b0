"""What a route is: its path, its handler, and what is said of its methods."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.resources import Resource
from jupyter_sm_ext.server.base import SageMakerHandler
from jupyter_sm_ext.shapes.endpoint import Endpoint


@dataclass(frozen=True)
class Route:
    """One path, its handler, and what is said of its methods."""

    path: str
    handler: type[SageMakerHandler]
    endpoints: tuple[Endpoint, ...]

    @property
    def pattern(self) -> str:
        """As tornado matches it."""
        return re.sub(r"\{\w+\}", "([^/]+)", self.path)


def path_of(row: Resource) -> str:
    """Path of one thing, by its key."""
    return f"/{row.kind}/" + "/".join(f"{{{name}}}" for name in row.path_parameters())


def own(method: str, path: str, operation_id: str, summary: str, **more: Any) -> Endpoint:
    """One method of a path that is no resource's own."""
    tag = path.split("/")[1]
    return Endpoint(method, path, operation_id=operation_id, summary=summary, tag=tag, **more)


def single(handler: type[SageMakerHandler], *endpoints: Endpoint) -> Route:
    """The route of endpoints that share a path."""
    return Route(endpoints[0].path, handler, endpoints)
