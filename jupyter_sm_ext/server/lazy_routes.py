"""The routes, made when the first of them is asked for: Jupyter's start does not wait for what nobody may want."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from tornado.routing import RuleRouter

if TYPE_CHECKING:
    from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
    from tornado.web import Application

ROOT = "/jupyter-sm-ext"


class LazyRoutes(RuleRouter):
    """Routes below one path.

    Parameters
    ----------
    application : tornado.web.Application
        Whose routes they are.
    make : callable
        Gives them, as tornado adds handlers.
    """

    # Jupyter asks whatever is added which of its methods let everybody in. This has none; a test asks the handlers.
    SUPPORTED_METHODS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, application: Application, make: Callable[[], Sequence[Any]]) -> None:
        super().__init__()
        self._application = application
        self._make: Callable[[], Sequence[Any]] | None = make

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """Find who answers a request."""
        if self._make is not None:
            self.add_rules(self._make())
            self._make = None
        return super().find_handler(request, **kwargs)

    def get_target_delegate(
        self, target: Any, request: HTTPServerRequest, **target_params: Any
    ) -> HTTPMessageDelegate | None:
        """Let a handler answer, as an application does."""
        return self._application.get_handler_delegate(request, target, **target_params)
