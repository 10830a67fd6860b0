"""The handlers of forms: what to draw, what is wrong with what was filled in, and the same as code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.errors import NotFoundError, UnknownOperationError
from jupyter_sm_ext.server.base import SageMakerHandler, authorized_to_read


@contextmanager
def known() -> Iterator[None]:
    """An operation that is unknown within is a path that is not there."""
    try:
        yield
    except UnknownOperationError as error:
        raise NotFoundError(error.message, code=error.code, operation=error.operation) from error


class FormHandler(SageMakerHandler):
    """Forms of Create and Update operations."""

    @web.authenticated
    @authorized
    async def get(self, operation: str) -> None:
        """The one of an operation; the query string holds members that are known already."""

        def answer() -> str:
            from jupyter_sm_ext.checks.request_forms import form

            with known():
                return json.dumps(form(self.backend.studio(), operation, self.filters(operation)))

        self.finish(await self.run(answer))


class ChecksHandler(SageMakerHandler):
    """What the service would have against a request."""

    @web.authenticated
    @authorized_to_read
    async def post(self, operation: str) -> None:
        """Check a request against the model; the service is not asked."""
        request = self.body()

        def violations() -> list[dict[str, Any]]:
            from jupyter_sm_ext.checks.request_forms import checks

            with known():
                return checks(operation, request)

        self.finish({"violations": await self.run(violations)})


class CodeHandler(SageMakerHandler):
    """A request as code."""

    @web.authenticated
    @authorized_to_read
    async def post(self, operation: str) -> None:
        """Write it for boto3 and for the AWS command line."""
        request = self.body()

        def code() -> dict[str, str]:
            from jupyter_sm_ext.launching.request_code import aws_command, boto3_code

            connection = self.backend.connections.current()
            with known():
                return {
                    "boto3": boto3_code(connection, operation, request),
                    "aws": aws_command(connection, operation, request),
                }

        self.finish(await self.run(code))
