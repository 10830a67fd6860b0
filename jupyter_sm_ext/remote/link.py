"""The websocket to the far kernel, opened again whenever it breaks."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable

import aiohttp

from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.remote.failures import FarKernelGoneError
from jupyter_sm_ext.remote.far_kernel import FarKernel
from jupyter_sm_ext.remote.pending import Request

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class Link:
    """One way to the far kernel, however many websockets it takes.

    Parameters
    ----------
    far : FarKernel
        The far kernel.
    on_frame : callable
        Called with each frame.
    on_up : callable
        Called when a websocket is open, before anything is sent by it.
    on_down : callable
        Called when it broke.
    """

    def __init__(
        self,
        far: FarKernel,
        *,
        on_frame: Callable[[bytes], None],
        on_up: Callable[[], None],
        on_down: Callable[[], None],
    ) -> None:
        self._far = far
        self._on_frame, self._on_up, self._on_down = on_frame, on_up, on_down
        self._socket: aiohttp.ClientWebSocketResponse[bool] | None = None
        self._waiting: deque[tuple[bytes, Request | None]] = deque()
        self._down_since: float | None = None
        self.number = 0
        """How many websockets there were, this one included."""
        self.reason = ""
        """Why there is none."""

    @property
    def up(self) -> bool:
        """Whether what is sent goes out at once."""
        return self._socket is not None and not self._socket.closed

    @property
    def down_seconds(self) -> float:
        """How long there has been no websocket; 0 as long as there never was one."""
        return 0.0 if self._down_since is None else asyncio.get_running_loop().time() - self._down_since

    async def open(self) -> None:
        """Open the first websocket.

        Raises
        ------
        SageMakerError
            It cannot be opened.
        """
        await self._begin(await self._far.connect())

    async def keep(self) -> None:
        """Receive, and connect again and again, until the far kernel is gone.

        Raises
        ------
        FarKernelGoneError
            It is gone for good.
        """
        pause = _FIRST_PAUSE
        while True:
            # One that breaks before anything came by it is no better than none.
            pause = _FIRST_PAUSE if await self._receive() else pause
            while not self.up:
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))
                pause = min(pause * 2, _LONGEST_PAUSE)
                try:
                    await self._begin(await self._far.connect())
                except FarKernelGoneError:
                    raise
                except SageMakerError as error:
                    self.reason = error.message

    async def send(self, frame: bytes, request: Request | None = None) -> None:
        """Send a frame, now or as soon as there is a websocket.

        Parameters
        ----------
        frame : bytes
            The frame.
        request : Request, optional
            What it is: marked when it is sent, and not sent if it was answered meanwhile.
        """
        if not self.up or self._waiting:
            self._waiting.append((frame, request))
            return
        await self._send(frame, request)

    async def close(self) -> None:
        """End this websocket; `keep` opens another."""
        if self._socket is not None:
            await self._socket.close()

    async def _begin(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket, self._down_since = socket, None
        self.number += 1
        self._on_up()
        while self._waiting and self.up:
            await self._send(*self._waiting.popleft())

    async def _send(self, frame: bytes, request: Request | None) -> None:
        assert self._socket is not None
        if request is not None:
            if request.answered:
                return
            request.link = self.number
        try:
            await self._socket.send_bytes(frame)
        except (aiohttp.ClientError, OSError) as error:
            # Whether the far server has it shows when there is a websocket again.
            self.reason = str(error)

    async def _receive(self) -> bool:
        """Receive until the websocket breaks; gives whether anything came."""
        assert self._socket is not None
        heard = False
        async for told in self._socket:
            if told.type is aiohttp.WSMsgType.BINARY:
                heard = True
                self._on_frame(told.data)
        self.reason = _why(self._socket)
        self._down_since = asyncio.get_running_loop().time()
        self._on_down()
        return heard


def _why(socket: aiohttp.ClientWebSocketResponse[bool]) -> str:
    error = socket.exception()
    if isinstance(error, (asyncio.TimeoutError, aiohttp.ServerTimeoutError)):
        return "the app gave no sign of life"
    return f"the connection was closed{f', code {socket.close_code}' if socket.close_code else ''}"
