"""The kernel at the app's Jupyter Server: started, interrupted, restarted and ended through its REST API."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from jupyter_sm_ext.errors import NotFoundError, SageMakerError
from jupyter_sm_ext.remote.failures import FarKernelGoneError, NotSpokenError
from jupyter_sm_ext.remote.messages import PROTOCOL
from jupyter_sm_ext.remote.sign_in import AppNotRunningError, AppSession
from jupyter_sm_ext.remote.state import FarState, StateFile

_START_SECONDS = 120.0
_DELETE_SECONDS = 2.0  # Jupyter kills a kernel that takes longer to end
_HEARTBEAT_SECONDS = 40.0

_log = logging.getLogger(__name__)


class FarKernel:
    """One far kernel.

    It is started with a *session*, because an app is judged idle by the kernels that have one.

    Parameters
    ----------
    app : AppSession
        Where it runs.
    spec : str
        Name of its kernelspec there.
    state : StateFile
        Where it is remembered.
    """

    def __init__(self, app: AppSession, spec: str, state: StateFile) -> None:
        self._app = app
        self._spec = spec
        self._state = state
        self._kernel = ""
        self._session = ""
        self._starting = asyncio.Lock()
        # The same for all websockets: the far server keeps messages for it while it is away.
        self._client = uuid.uuid4().hex

    @property
    def started(self) -> bool:
        """Whether there is one."""
        return bool(self._kernel)

    async def start(self) -> None:
        """Start it; if an earlier proxy on our connection file had one, that one is started afresh.

        Raises
        ------
        SageMakerError
            The app is not running, or does not let us.
        """
        async with self._starting:
            await self._start()

    async def _start(self) -> None:
        before = self._state.read()
        if before is not None and await self._restart(before):
            self._kernel, self._session = before.kernel, before.session
        else:
            name = Path(os.environ.get("JPY_SESSION_NAME", "")).name or "notebook"
            body = {
                # A console: the app's own JupyterLab can open one on this kernel, but has no such notebook.
                "type": "console",
                "path": f"remote-{uuid.uuid4().hex}",
                "name": f"{name} on {socket.gethostname()}",
                "kernel": {"name": self._spec},
            }
            told = await self._app.request("POST", "api/sessions", json=body, timeout=_START_SECONDS)
            self._kernel, self._session = str(told["kernel"]["id"]), str(told["id"])
        await asyncio.to_thread(self._state.write, self._kernel, self._session)

    async def _restart(self, before: FarState) -> bool:
        path = f"api/kernels/{quote(before.kernel, safe='')}"
        try:
            # Asked first: the answer to the restart of a kernel that is not there is a server error.
            await self._app.request("GET", path)
            await self._app.request("POST", f"{path}/restart", timeout=_START_SECONDS)
        except AppNotRunningError:
            raise
        except NotFoundError:
            return False
        return True

    async def connect(self) -> aiohttp.ClientWebSocketResponse[bool]:
        """Open a websocket to it.

        Raises
        ------
        FarKernelGoneError
            It is gone for good.
        SageMakerError
            It cannot be reached now.
        """
        try:
            opened = await self._app.websocket(
                f"api/kernels/{quote(self._kernel, safe='')}/channels",
                params={"session_id": self._client},
                protocols=(PROTOCOL,),
                heartbeat=_HEARTBEAT_SECONDS,
            )
        except NotFoundError as error:
            raise _gone(error) from error
        if opened.protocol != PROTOCOL:
            await opened.close()
            raise NotSpokenError(
                f"the Jupyter Server of the app {self._app.address} does not speak {PROTOCOL}",
                hint="Take an image with Jupyter Server 2 or newer (SageMaker Distribution has it).",
            )
        return opened

    async def check(self) -> None:
        """Make sure that it is there: nobody tells a websocket that its kernel was shut down by somebody else.

        Raises
        ------
        FarKernelGoneError
            It is gone for good.
        SageMakerError
            The app cannot be asked now.
        """
        try:
            await self._app.request("GET", f"api/kernels/{quote(self._kernel, safe='')}")
        except NotFoundError as error:
            raise _gone(error) from error

    async def interrupt(self) -> None:
        """Interrupt what it runs.

        Raises
        ------
        SageMakerError
            The app does not let us, or cannot be reached.
        """
        await self._app.request("POST", f"api/kernels/{quote(self._kernel, safe='')}/interrupt")

    async def end(self) -> None:
        """End it, if the app answers soon; otherwise the next proxy of this app does."""
        with suppress(asyncio.TimeoutError, SageMakerError):
            await asyncio.wait_for(self._end(), _DELETE_SECONDS)

    async def _end(self) -> None:
        # One that is being started would be left behind.
        async with self._starting:
            if self._kernel:
                await self._delete(self._session)
                self._state.forget()

    async def reap(self) -> None:
        """End the far kernels of this app that a killed proxy has left."""
        for path, state in await asyncio.to_thread(self._state.orphans):
            try:
                await self._delete(state.session)
            except SageMakerError as error:
                _log.warning("the left kernel %s could not be ended: %s", state.kernel, error.message)
            else:
                _log.warning("the kernel %s, left by a proxy that was killed, is ended", state.kernel)
                path.unlink(missing_ok=True)

    async def _delete(self, session: str) -> Any:
        with suppress(NotFoundError):
            await self._app.request("DELETE", f"api/sessions/{quote(session, safe='')}")


def _gone(error: NotFoundError) -> FarKernelGoneError:
    if isinstance(error, AppNotRunningError):
        return FarKernelGoneError(error.message, hint=error.hint)
    return FarKernelGoneError(
        "The kernel is not on the app any more: it was shut down there, or the app's server was started again"
    )
