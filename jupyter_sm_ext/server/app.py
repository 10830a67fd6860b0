"""The extension itself: its configuration, its routes, its event, and the end of it."""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from tornado.routing import PathMatches, Rule
from traitlets import Dict, Enum, Integer, List, Unicode

from jupyter_sm_ext.connections.connection_rules import ADMINISTRATOR, KINDS, RULES_VARIABLE, Rules
from jupyter_sm_ext.server.lazy_routes import ROOT, LazyRoutes

if TYPE_CHECKING:
    from jupyter_sm_ext.server.audit import Audit
    from jupyter_sm_ext.server.backend import Backend
    from jupyter_sm_ext.server.kernel_keeper import KernelKeeper
    from jupyter_sm_ext.server.limits import Creates
    from jupyter_sm_ext.watching.hub import Change

CHANGE = "https://events.jupyter.org/jupyter_sm_ext/change/v1"
_CHANGE_FILE = Path(__file__).parent / "events" / "change.v1.yaml"


class SageMakerExtension(ExtensionApp):
    """SageMaker for the front ends of this server."""

    name = "jupyter_sm_ext"
    description = "SageMaker inside JupyterLab, on this machine or on AWS."

    data_dir = Unicode(
        "", help="Where the local engine keeps everything; the user's data directory if empty, or JUPYTER_SM_DATA_DIR."
    ).tag(config=True)
    threads = Integer(64, min=1, help="Calls to SageMaker that may wait at the same time.").tag(config=True)
    max_body_bytes = Integer(4 * 1024 * 1024, min=1, help="Largest request body that is taken.").tag(config=True)

    creates_per_minute = Integer(
        60,
        min=0,
        help="How many jobs, spaces, apps and the like one user may create in a minute; more are refused with status "
        "429. 0: any number. Kernels do not pass here: what they may create is for IAM and SageMaker's quotas.",
    ).tag(config=True)
    audit_file = Unicode(
        "",
        help="File to which a line is added for each write: who, what, on which connection, and what came of it. If "
        "empty they go to the server's log, unless logging_config has handlers for jupyter_sm_ext.audit.",
    ).tag(config=True)

    connection = Dict(
        help="The connection that everybody has here, as {'kind': 'aws', 'profile': ..., 'region': ..., 'role': ..., "
        "'bucket': ...}; what is left out is the AWS configuration's. Nobody can choose another one. Empty: the user's."
    ).tag(config=True)
    allowed_connections = List(
        Enum(KINDS),
        list(KINDS),
        minlen=1,
        help="Kinds that may be chosen; the first is used until one is.",
    ).tag(config=True)
    allowed_profiles = List(
        Unicode(),
        help="AWS profiles that may be chosen, or patterns of them (team-*); 'default' is the default chain of "
        "credentials. Empty: any.",
    ).tag(config=True)
    allowed_regions = List(
        Unicode(), help="AWS regions that may be chosen, or patterns of them (eu-*). Empty: any."
    ).tag(config=True)
    connection_decided_by = Unicode(
        ADMINISTRATOR, help="Who is named where a connection is refused, and who to ask."
    ).tag(config=True)

    @cached_property
    def backend(self) -> Backend:
        """Connection, threads and hub, made at the first request."""
        from jupyter_sm_ext.server.backend import Backend

        return Backend(self.data_dir or None, self.threads, self._emit)

    @cached_property
    def creates(self) -> Creates:
        """How much each user has created lately."""
        from jupyter_sm_ext.server.limits import Creates

        return Creates(self.creates_per_minute)

    @cached_property
    def audit(self) -> Audit:
        """The log of writes."""
        from jupyter_sm_ext.server.audit import Audit

        return Audit(self.audit_file, self.log)

    @cached_property
    def kernels(self) -> KernelKeeper:
        """What keeps the kernels on apps in step with their apps."""
        from jupyter_sm_ext.paths import data_dir
        from jupyter_sm_ext.server.kernel_keeper import KernelKeeper

        return KernelKeeper(lambda: self.backend, data_dir(self.data_dir or None), self._emit)

    def initialize_settings(self) -> None:
        """Register the event, and tell kernels that this server draws the panels."""
        self._server.event_logger.register_event_schema(_CHANGE_FILE)
        os.environ["JUPYTER_SM_EXT_SERVER"] = "1"
        os.environ["JUPYTER_SM_EXT_BASE_URL"] = self._server.base_url
        if self.data_dir:
            os.environ["JUPYTER_SM_DATA_DIR"] = self.data_dir
        rules = self._rules()
        if rules != Rules():
            os.environ[RULES_VARIABLE] = rules.as_json()

    def _rules(self) -> Rules:
        rules = Rules(
            self.connection or None,
            tuple(self.allowed_connections),
            tuple(self.allowed_profiles),
            tuple(self.allowed_regions),
            self.connection_decided_by,
        )
        # A mistake in them is told when the server starts, not when somebody needs it.
        _ = rules.fixed
        return rules

    def initialize_handlers(self) -> None:
        """Add the routes."""
        application, root = self._server.web_app, url_path_join(re.escape(self._server.base_url), ROOT)
        routes = LazyRoutes(application, lambda: self._routes(root))
        application.add_handlers(".*$", [Rule(PathMatches(f"{root}(?:/.*)?"), routes)])
        self.kernels.start()
        # A file that cannot be written is told of now, not when somebody has created something.
        _ = self.audit

    def _routes(self, root: str) -> list[Any]:
        from jupyter_sm_ext.server.routes import tornado_handlers

        return tornado_handlers(self, root)

    async def stop_extension(self) -> None:
        """End watches and threads; jobs and the engine go on."""
        await self.kernels.close()
        if "backend" in self.__dict__:
            await self.backend.close()
        if "audit" in self.__dict__:
            self.audit.close()

    @property
    def _server(self) -> Any:
        if self.serverapp is None:
            raise RuntimeError("the extension is not part of a server")
        return self.serverapp

    def _emit(self, change: Change) -> None:
        data = {
            "connection": change.connection,
            "kind": change.kind,
            "key": list(change.key),
            "status": change.status,
            "seq": change.seq,
        }
        self._server.event_logger.emit(schema_id=CHANGE, data=data)
        self.kernels.changed(change.kind)
