"""What every handler of ours does the same way: read a body, run a call, tell what went wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import responses
from typing import TYPE_CHECKING, Any, TypeVar

from tornado.web import HTTPError

from jupyter_sm_ext.errors import AccessDeniedError, SageMakerError, ValidationError
from jupyter_sm_ext.server.guard import GuardedHandler
from jupyter_sm_ext.server.guard import authorized_to_read as authorized_to_read
from jupyter_sm_ext.server.guard import authorized_to_write as authorized_to_write
from jupyter_sm_ext.studio import READS

if TYPE_CHECKING:
    from jupyter_sm_ext.actions.targets import Target
    from jupyter_sm_ext.resources import Resource
    from jupyter_sm_ext.server.actions import Action
    from jupyter_sm_ext.server.backend import Backend

T = TypeVar("T")

# Query parameters that are Jupyter's own, not filters of a list.
_JUPYTERS = frozenset({"token", "_xsrf", "no_track_activity"})
_CODES = {403: "Forbidden", 404: "NoSuchRoute", 405: "MethodNotAllowed"}


class SageMakerHandler(GuardedHandler):
    """Base of all handlers."""

    row: Resource

    @property
    def backend(self) -> Backend:
        """Connection, threads and hub."""
        return self.extension.backend

    async def run(self, call: Callable[[], T]) -> T:
        """Run what blocks in a thread."""
        try:
            return await self.backend.run(call)
        except AccessDeniedError:
            # What cannot be done is not offered any longer: now, not with the next look.
            self.backend.hub.heed_denials()
            raise

    async def read(self, operation: str, request: dict[str, Any]) -> bytes:
        """Call an AWS operation and give its JSON, unparsed; a refusal is explained."""
        refusal: SageMakerError | None = None
        if operation.startswith(READS):
            try:
                if (answer := await self.backend.reads.read(operation, request)) is not None:
                    return answer
            except SageMakerError as error:
                refusal = error

        def call() -> bytes:
            from jupyter_sm_ext.checks.preflight import explained

            studio = self.backend.studio()
            with explained(studio.connection, operation, request):
                if refusal is not None:
                    raise refusal
                return studio.read(operation, request)

        return await self.run(call)

    def begin(self, action: str, target: Target, options: dict[str, Any]) -> dict[str, Any]:
        """Begin an action of several steps for this user, in a thread; its end is written down, as its beginning is."""
        from jupyter_sm_ext.server.audit import Write

        user, audit = self.current_user.username, self.extension.audit

        def ended(done: Action, failure: SageMakerError | None) -> None:
            status, code = (failure.status, failure.code) if failure else (200, None)
            kind, key = done.target.kind, done.target.key
            audit.tell(Write(user, f"endAction:{done.action}", kind, key, done.connection, status, code))

        return self.backend.actions.begin(self.backend.studio(), action, target, options, ended)

    def hasten(self) -> None:
        """Something of this handler's kind was created, changed or stopped: who looks should see it soon."""
        self.backend.hub.hasten()
        self.extension.kernels.changed(self.row.kind)

    def key(self, parts: tuple[str, ...]) -> dict[str, Any]:
        """Request members that a path names.

        Raises
        ------
        ValidationError
            The path names no owner.
        """
        try:
            return dict(self.row.key_request(parts))
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def body(self, *, required: bool = True) -> dict[str, Any]:
        """The JSON object in the body.

        Raises
        ------
        ValidationError
            It is too large, no JSON, or no object.
        """
        raw, largest = self.request.body, self.extension.max_body_bytes
        if len(raw) > largest:
            raise ValidationError(f"the body has {len(raw)} bytes; at most {largest} are taken")
        if not raw and not required:
            return {}
        try:
            body = json.loads(raw, parse_constant=_refuse)
        except RecursionError as error:
            raise ValidationError("the body is nested too deeply") from error
        except ValueError as error:
            raise ValidationError(f"the body is not JSON: {error}") from error
        if not isinstance(body, dict):
            raise ValidationError("the body must be a JSON object")
        self.asked = body
        return body

    def filters(self, operation: str) -> dict[str, Any]:
        """The query string as members of an AWS request; it takes the model, so run it in a thread.

        Raises
        ------
        ValidationError
            An unknown member, or a value that is no such number or time.
        """
        from jupyter_sm_ext.model import get_model

        try:
            texts = {
                name: [value.decode() for value in values]
                for name, values in self.request.query_arguments.items()
                # Lab adds the time, without a name, so that nothing is answered from a cache.
                if name not in _JUPYTERS and not (name.isdigit() and not any(values))
            }
        except UnicodeDecodeError as error:
            raise ValidationError("the query string is not UTF-8") from error
        return get_model().from_strings(operation, texts)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell any failure in one shape."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        failure = self._failure(status_code, error)
        self.note(failure)
        self.set_status(failure.status if isinstance(error, SageMakerError) else status_code)
        self.finish(json.dumps(failure.as_dict()))

    def _failure(self, status_code: int, error: BaseException | None) -> SageMakerError:
        if isinstance(error, SageMakerError):
            return error
        if isinstance(error, HTTPError):
            message = error.log_message or error.reason or responses.get(status_code, "Unknown")
            if error.log_message and error.args:
                message = error.log_message % error.args
            return self.told_of(error, message, _CODES.get(status_code, "HTTPError"))
        return SageMakerError(
            f"the server has a bug: {type(error).__name__}",
            code="InternalError",
            hint="The server's log tells more; please report it.",
        )

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Log bugs with their traceback; what SageMaker refused is no news for the server's log."""
        if isinstance(value, SageMakerError):
            self.log.debug("%s %s: %s", self.request.method, value.operation, value.code)
        else:
            super().log_exception(typ, value, tb)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
