"""Who may do what by these routes, how often, and what is written down of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

from jupyter_sm_ext.connections.denied import ONLY_LOOKING
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.server.limits import TooManyCreatesError
from jupyter_sm_ext.shapes.endpoint import Endpoint

if TYPE_CHECKING:
    from jupyter_sm_ext.server.app import SageMakerExtension

Method = TypeVar("Method", bound=Callable[..., Any])

_ACTION = "sagemaker_action"
# What is told instead to who may only look.
_TOLD: dict[str, list[Any]] = {"actions": [], "ways": [], "denied": [ONLY_LOOKING]}
_READING = ("GET", "HEAD", "OPTIONS")
# Jupyter's words to somebody whom the authorizer has refused.
_REFUSED = "User is not authorized to "
_PLAIN = {
    "read": ("You may not see SageMaker here.", "Forbidden"),
    "write": ("You may look at SageMaker here, but not change anything.", "ReadOnly"),
}


def authorized_to_read(method: Method) -> Method:
    """Ask the authorizer for ``read`` although the HTTP method is not GET."""
    return _marked(method, "read")


def authorized_to_write(method: Method) -> Method:
    """Ask the authorizer for ``write`` although the HTTP method is GET."""
    return _marked(method, "write")


def _marked(method: Method, action: str) -> Method:
    asked: Any = authorized(action=action)(method)
    setattr(asked, _ACTION, action)
    return cast("Method", asked)


def without_deeds(seen: Any) -> Any:
    """What is seen, without what can be done with the things in it, for who may only look.

    What the service tells has names that begin with a capital; these are ours.
    """
    if isinstance(seen, Mapping):
        return {name: _TOLD[name] if name in _TOLD else without_deeds(value) for name, value in seen.items()}
    if isinstance(seen, (list, tuple)):
        return [without_deeds(value) for value in seen]
    return seen


class GuardedHandler(APIHandler):
    """What stands before every handler of ours.

    One name for all of them is what an authorizer is asked about, with ``read`` or ``write``: who may see a tuning
    job may see its watches and pictures too.
    """

    auth_resource = "sagemaker"
    _code: str | None = None

    def initialize(self, extension: SageMakerExtension, endpoints: tuple[Endpoint, ...] = ()) -> None:
        """Take the extension, and what is said of the route's methods, from the route."""
        self.extension = extension
        #: The request, of which names are told in the audit log.
        self.asked: Mapping[str, Any] = {}
        self.endpoints = {endpoint.method: endpoint for endpoint in endpoints}

    @property
    def content_security_policy(self) -> str:
        """Jupyter's for APIs, and a sandbox: an answer is data, also where a browser takes it for a page."""
        return f"{super().content_security_policy}; sandbox"

    async def may(self, action: str) -> bool:
        """Whether the authorizer lets this user ``read`` or ``write``."""
        answer = self.authorizer.is_authorized(self, self.current_user, action, self.auth_resource)
        return bool(await ensure_async(answer))

    def limit_creates(self) -> None:
        """Count a create of this user.

        Raises
        ------
        TooManyCreatesError
            There were as many as may be.
        """
        # Who comes with the server's token alone has another name each time.
        self.extension.creates.take("token" if self.token_authenticated else self.current_user.username)

    def on_finish(self) -> None:
        """Write down what somebody has changed, or wanted to."""
        super().on_finish()
        user = getattr(self, "_jupyter_current_user", None)
        endpoint = self.endpoints.get((self.request.method or "").lower())
        if user is None or endpoint is None or not self._writes():
            return
        # Not with the server's start.
        from jupyter_sm_ext.server.audit import Write

        kind, key = self._what(endpoint)
        status = self.get_status()
        code = self._code if status >= 400 else None
        backend = self.extension.backend
        self.extension.audit.tell(
            Write(user.username, self._operation(endpoint), kind, key, backend.connection_id, status, code)
        )

    def _writes(self) -> bool:
        method = getattr(self, (self.request.method or "").lower(), None)
        default = "read" if self.request.method in _READING else "write"
        return getattr(method, _ACTION, default) == "write"

    def _operation(self, endpoint: Endpoint) -> str:
        action = self.asked.get("action")
        return f"{endpoint.name}:{action[:64]}" if isinstance(action, str) else endpoint.name

    def _what(self, endpoint: Endpoint) -> tuple[str, list[str]]:
        from jupyter_sm_ext.server.audit import names_in

        if row := getattr(self, "row", None):
            return row.kind, [*self.path_args] or names_in(self.asked, row.key)
        parts = [*self.path_args]
        if not parts and isinstance(self.asked.get("key"), list):
            parts = [part for part in self.asked["key"] if isinstance(part, str)]
        if "kind" in endpoint.parameters and parts:
            return parts[0], parts[1:]
        kind = self.asked.get("kind")
        return (kind[:64] if isinstance(kind, str) else endpoint.tag), parts

    def told_of(self, error: HTTPError, message: str, code: str) -> SageMakerError:
        """What is told where Jupyter itself refuses."""
        if error.status_code == 403 and message.startswith(_REFUSED):
            action = message.removeprefix(_REFUSED).partition(" ")[0]
            message, code = _PLAIN.get(action, (message, code))
            hint = f"Whoever runs this Jupyter server can let you {action} {self.auth_resource!r} by its authorizer."
            return SageMakerError(message, code=code, hint=hint)
        return SageMakerError(message, code=code)

    def note(self, failure: SageMakerError) -> None:
        """Remember why it is refused, and tell when to come again."""
        self._code = failure.code
        if isinstance(failure, TooManyCreatesError):
            self.set_header("Retry-After", str(failure.retry_after))
