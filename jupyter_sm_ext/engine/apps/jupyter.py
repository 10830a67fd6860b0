"""``python -m jupyter_sm_ext.engine.apps.jupyter``, in an app's directory: the Jupyter Server that the app is.

``spec.json`` there says what it is to be (see `processes`). It holds ``lock`` as long as it lives, and writes
``started.json`` (who it is) at once and ``ready.json`` (its port) when it answers. A directory is used once: a second
process leaves without a word.
"""

from __future__ import annotations

import fcntl
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from jupyter_sm_ext.engine.apps.files import ACTIVITY, LOCK, READY, SPEC, STARTED, read_json, write_json

_MESSAGE_BYTES = 512 * 1024**2  # tornado cannot read more in one piece


def main() -> int:
    """Be the app until told to stop."""
    directory = Path.cwd()
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    if (directory / STARTED).exists():
        return 0
    # Everything heavier comes after the lock.
    import psutil

    from jupyter_sm_ext.engine.apps.activity import Activity

    write_json(directory / STARTED, {"pid": os.getpid(), "created": psutil.Process().create_time()})
    spec = read_json(directory / SPEC)
    assert spec is not None
    os.chdir(spec["root"])
    app = _server(spec)
    write_json(directory / READY, {"port": app.port})
    Activity(app, directory / ACTIVITY, spec["look_seconds"]).start()
    app.start()
    return 0


def _server(spec: dict[str, Any]) -> Any:
    """Make the server; it listens when this returns."""
    from jupyter_server.serverapp import ServerApp
    from jupyter_server.utils import url_path_join

    from jupyter_sm_ext.engine.apps.sign_in import DESK, TicketHandler
    from jupyter_sm_ext.engine.apps.tickets import Desk

    config = _config(spec)
    if spec["lab"]:
        # By name: jupyterlab has no types.
        LabApp: Any = import_module("jupyterlab.labapp").LabApp  # noqa: N806

        app = LabApp.initialize_server(argv=[], config=config)
    else:
        app = ServerApp.instance(config=config)
        app.initialize(argv=[], find_extensions=False)
    app.web_app.settings[DESK] = Desk(spec["secret"])
    app.web_app.add_handlers(".*$", [(url_path_join(spec["base_url"], "auth"), TicketHandler)])
    return app


def _config(spec: dict[str, Any]) -> Any:
    from tornado.netutil import bind_sockets
    from traitlets.config import Config

    from jupyter_sm_ext.engine.apps.sign_in import PromptConnection, SignedOutHandler, StudioIdentity

    config = Config()
    server = config.ServerApp
    (listener,) = bind_sockets(0, "127.0.0.1")
    server.port = listener.getsockname()[1]
    listener.close()
    server.ip, server.port_retries = "127.0.0.1", 0
    server.base_url, server.root_dir = spec["base_url"], spec["root"]
    if not spec["lab"]:
        server.default_url = "/api"
        server.jpserver_extensions = {"jupyter_server_terminals": True}
    server.open_browser = False
    # The engine itself was allowed to run as this user.
    server.allow_root = True
    # The app's own name, and no other: a page that makes its own name point here is refused.
    server.local_hostnames = [spec["hostname"]]
    server.allow_unauthenticated_access = False
    server.cookie_secret = bytes.fromhex(spec["cookie_secret"])
    server.identity_provider_class = StudioIdentity
    config.IdentityProvider.token = ""
    config.IdentityProvider.cookie_name = "studio-session"
    config.IdentityProvider.login_handler_class = SignedOutHandler
    server.kernel_websocket_connection_class = PromptConnection
    # Its 1 MB/s limit drops output without a word, its 10 MiB limit drops the connection.
    config.ZMQChannelsWebsocketConnection.limit_rate = False
    server.tornado_settings = {"websocket_max_message_size": _MESSAGE_BYTES}
    return config


if __name__ == "__main__":
    sys.exit(main())
