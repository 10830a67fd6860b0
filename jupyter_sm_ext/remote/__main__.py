"""``python -m jupyter_sm_ext.remote -f {connection_file} --connection ID --app KEY --kernel NAME``: a kernel on an app.

To Jupyter it is a kernel like any other. Exit codes: 0 told to end, 1 the far kernel is gone for good, 2 cannot start.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_sm_ext.connections.connection import Connection
    from jupyter_sm_ext.remote.proxy import Proxy
    from jupyter_sm_ext.remote.sockets import LocalSockets

CANNOT_START = 2
MESSAGE_VARIABLE = "JUPYTER_SM_MAX_MESSAGE_MIB"
"""For those whose apps take larger messages than a Jupyter Server as it is shipped."""

_MIB = 1024**2
# Tornado's default, which Jupyter Server leaves as it is; the local engine's apps take more.
_MESSAGE_MIB = {"aws": 10, "local": 512}
_PARENT_SECONDS = 1.0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m jupyter_sm_ext.remote", description="A kernel that runs on a SageMaker app."
    )
    add = parser.add_argument
    add("-f", "--connection-file", type=Path, required=True, help="as Jupyter writes it")
    add("--connection", required=True, help="id of the connection: local, or aws:PROFILE:REGION")
    for name in ("fips", "dualstack"):
        add(f"--{name}", action=argparse.BooleanOptionalAction, help="endpoints of it; as the AWS configuration has it")
    add("--app", required=True, help="which app: DOMAIN/space|profile/OWNER/TYPE/NAME")
    add("--kernel", required=True, help="name of the kernelspec on the app")
    add("--language", default="python", help="the kernel's language, told while the app does not run")
    add("--data-dir", type=Path, help="our data directory; as for all of jupyter_sm_ext if not given")
    # Argparse reads a default that is text like an argument.
    limit = os.environ.get(MESSAGE_VARIABLE)
    add(
        "--max-message-mib",
        type=int,
        default=limit,
        help=f"largest message that the app's server takes: else ${MESSAGE_VARIABLE}, else 10 as Jupyter Server has it",
    )
    add("--patience", type=float, default=300.0, help="seconds without a connection until requests fail")
    add("--keep-alive", type=float, default=60.0, help="seconds between signs of life of a busy kernel")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Be the kernel; gives the exit code."""
    # Until there is somebody to hand it to; Jupyter interrupts by message, but a terminal by Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # `jupyter run` and `jupyter console` append words that are meant for themselves.
    options, _ = _parser().parse_known_args(arguments)
    from jupyter_sm_ext.errors import SageMakerError

    try:
        return asyncio.run(_run(options))
    except (OSError, ValueError, KeyError, SageMakerError) as error:
        sys.stderr.write(f"the kernel cannot start: {error}\n")
        return CANNOT_START


async def _run(options: Any) -> int:
    from jupyter_sm_ext.remote.sockets import LocalSockets

    sockets = LocalSockets(options.connection_file)
    try:
        return await _serve(options, sockets)
    finally:
        sockets.close()


def _connection(options: Any) -> Connection:
    from jupyter_sm_ext import paths
    from jupyter_sm_ext.connections.connection import choice_of, open_connection

    choice = replace(choice_of(options.connection), fips=options.fips, dualstack=options.dualstack)
    return open_connection(choice, paths.data_dir(options.data_dir))


async def _serve(options: Any, sockets: LocalSockets) -> int:
    # The sockets are bound: clients can connect while the rest is loaded.
    from jupyter_sm_ext.remote.far_kernel import FarKernel
    from jupyter_sm_ext.remote.proxy import Proxy, Settings
    from jupyter_sm_ext.remote.sign_in import AppSession
    from jupyter_sm_ext.remote.state import StateFile
    from jupyter_sm_ext.studio import Studio

    # Warnings go where a kernel's own go; nothing of a request is in them.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="[jupyter_sm_ext] %(message)s")
    connection = _connection(options)
    settings = Settings(
        message_bytes=(options.max_message_mib or _MESSAGE_MIB[connection.kind]) * _MIB,
        language=options.language,
        patience=options.patience,
        keep_alive=options.keep_alive,
    )
    async with AppSession(Studio(connection), options.app) as app:
        state = StateFile(connection.data_dir, options.connection_file, options.connection, str(app.address))
        proxy = Proxy(sockets, FarKernel(app, options.kernel, state), settings)
        watch = asyncio.ensure_future(_watch_parent(proxy))
        with contextlib.suppress(NotImplementedError):  # Windows has no such signals
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGINT, proxy.interrupt)
            loop.add_signal_handler(signal.SIGTERM, proxy.end)
        try:
            return await proxy.run()
        finally:
            watch.cancel()


async def _watch_parent(proxy: Proxy) -> None:
    """End with the Jupyter server that started us, as its other kernels do."""
    parent = os.getppid()
    if os.environ.get("JPY_PARENT_PID") != str(parent):
        return
    while os.getppid() == parent:  # noqa: ASYNC110 (nobody tells when a parent ends)
        await asyncio.sleep(_PARENT_SECONDS)
    proxy.end()


if __name__ == "__main__":
    sys.exit(main())
