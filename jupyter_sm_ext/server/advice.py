"""The handlers of what a user should know before creating something: instance types, prices, checks of a request."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.server.base import SageMakerHandler, authorized_to_read
from jupyter_sm_ext.server.bodies import check_body

_DEFAULT_USE = "AppInstanceType"


class InstanceTypesHandler(SageMakerHandler):
    """What instances there are."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Tell every type of a use, with what the catalogue knows of it."""
        use = self.get_query_argument("use", _DEFAULT_USE)
        app_type = self.get_query_argument("app_type", None)

        def answer() -> dict[str, Any]:
            from jupyter_sm_ext.offers.catalog import SIMULATED, instance_types

            local = self.backend.connections.current().kind == "local"
            items = [asdict(each) for each in instance_types(use, app_type)]
            return {"use": use, "note": SIMULATED if local else "", "items": items}

        self.finish(await self.run(answer))


class PricesHandler(SageMakerHandler):
    """What instances cost."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Tell the prices an hour of a use; one that is not known is not there."""
        use = self.get_query_argument("use", _DEFAULT_USE)
        app_type = self.get_query_argument("app_type", None)

        def answer() -> dict[str, Any]:
            from jupyter_sm_ext.checks.prices import DEFAULT_APP_TYPE, Prices

            prices = Prices(self.backend.connections.current())
            return asdict(prices.per_hour(use, app_type=app_type or DEFAULT_APP_TYPE))

        self.finish(await self.run(answer))


class PreflightHandler(SageMakerHandler):
    """What would go wrong with a request."""

    @web.authenticated
    @authorized_to_read
    async def post(self) -> None:
        """Check it; nothing is changed."""
        body = self.body()
        check_body("PreflightWanted", body)

        def answer() -> dict[str, Any]:
            from jupyter_sm_ext.checks.preflight import preflight

            connection = self.backend.connections.current()
            return {"checks": [asdict(each) for each in preflight(connection, body["operation"], body["request"])]}

        self.finish(await self.run(answer))
