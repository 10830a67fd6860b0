"""The proxy: between the sockets of this machine's clients and the kernel on the app.

Messages are relayed as they are. What the proxy answers itself: interrupts and shutdowns (through the far server's REST
API), requests that get no other answer any more, and everything while there is no far kernel.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.remote import failures
from jupyter_sm_ext.remote.answers import Answers
from jupyter_sm_ext.remote.failures import Failure, FarKernelGoneError
from jupyter_sm_ext.remote.far_kernel import FarKernel
from jupyter_sm_ext.remote.gaps import Gaps
from jupyter_sm_ext.remote.link import Link
from jupyter_sm_ext.remote.messages import Author, Message, pack, unpack
from jupyter_sm_ext.remote.pending import Pending, Request
from jupyter_sm_ext.remote.sockets import LocalSockets

ENDED, GONE = 0, 1
"""Exit codes: told to end; the far kernel is gone for good."""

_TICK_SECONDS = 1.0
_NOTICE_SECONDS = 10.0
_CHECK_SECONDS = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """How a proxy behaves.

    Parameters
    ----------
    message_bytes : int
        The largest message that the far server takes.
    language : str
        What is said of the kernel's language while there is no far kernel.
    patience : float
        Seconds without a connection after which requests are answered by an error.
    keep_alive : float
        Seconds between two signs of life of a busy kernel, by which its app is judged in use.
    """

    message_bytes: int
    language: str = "python"
    patience: float = 300.0
    keep_alive: float = 60.0


class Proxy:
    """One proxy; `run` it.

    Parameters
    ----------
    sockets : LocalSockets
        Where the clients are.
    far : FarKernel
        The kernel on the app.
    settings : Settings
        How to behave.
    """

    def __init__(self, sockets: LocalSockets, far: FarKernel, settings: Settings) -> None:
        self._sockets = sockets
        self._far = far
        self._settings = settings
        self._link = Link(far, on_frame=self._on_frame, on_up=self._on_up, on_down=self._on_down)
        self._author = Author()
        self._pending = Pending()
        self._answers = Answers(sockets, self._author, self._pending, settings.language)
        self._probes: dict[str, list[Request]] = {}
        self._gaps = Gaps()
        self._busy = False
        self._noticed = self._ending = False
        self._trouble: Failure | None = None
        self._try_again = asyncio.Event()
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Relay until it ends; gives the exit code."""
        for work in (*map(self._read, ("shell", "control", "stdin")), self._sockets.welcome(), self._sockets.beat()):
            self._start(work)
        for work in (self._live(), self._tick(), self._check(), self._keep_alive()):
            self._start(work)
        try:
            return await self._code
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._link.close()

    def interrupt(self) -> None:
        """Interrupt the far kernel, because we got the signal for it."""
        self._start(self._interrupt())

    def end(self) -> None:
        """End, and the far kernel too."""
        self._start(self._end(None))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        # A proxy that does only half of its work must not live on.
        if error is not None and not self._code.done():
            self._code.set_exception(error)

    async def _live(self) -> None:
        """From the far kernel's start to its end."""
        while True:
            try:
                await self._far.start()
                await self._link.open()
                break
            except (SageMakerError, OSError) as error:
                said = error if isinstance(error, SageMakerError) else SageMakerError(str(error))
                self._trouble = failures.not_started(said)
                _log.warning("no kernel on the app: %s", said.message)
            self._answers.fail(self._pending, self._trouble)
            await self._try_again.wait()
            self._try_again.clear()
        self._trouble = None
        self._start(self._far.reap())
        try:
            await self._link.keep()
        except FarKernelGoneError as error:
            if not self._ending:
                self._give_up(error)

    def _give_up(self, error: FarKernelGoneError) -> None:
        _log.error("%s", error.message)
        self._trouble = failures.gone(error)
        self._answers.fail(self._pending, self._trouble)
        self._finish(GONE)

    def _finish(self, code: int) -> None:
        if not self._code.done():
            self._code.set_result(code)

    async def _read(self, channel: str) -> None:
        """What clients say on a channel."""
        while True:
            try:
                identities, message = await self._sockets.receive(channel)
                type_ = message.type
            except ValueError as error:
                _log.warning("a message on %s is not heard: %s", channel, error)
                continue
            if channel == "control" and type_ == "shutdown_request":
                await self._end((identities, message))
            elif channel == "control" and type_ == "interrupt_request":
                self._start(self._interrupt((identities, message)))
            else:
                await self._relay(channel, identities, message)

    async def _relay(self, channel: str, identities: Sequence[bytes], message: Message) -> None:
        request = Request(channel, identities, message) if message.type.endswith("_request") else None
        if request is not None:
            self._pending.add(request)
        frame = pack(channel, message.parts)
        if len(frame) > self._settings.message_bytes:
            self._refuse(request, message, failures.too_large(len(frame), self._settings.message_bytes))
        elif self._trouble is not None:
            self._answer_alone(request, self._trouble)
            if request is not None and not request.answered:
                await self._link.send(frame, request)
        elif request is not None and self._link.down_seconds > self._settings.patience:
            self._answers.fail([request], failures.too_long(self._link.down_seconds, self._link.reason))
        else:
            await self._link.send(frame, request)

    def _answer_alone(self, request: Request | None, trouble: Failure) -> None:
        """While there is no far kernel: tell why, and have it tried again when somebody wants to run something."""
        if request is None:
            return
        if request.message.type == "execute_request":
            self._try_again.set()
        else:
            self._answers.fail([request], trouble)

    def _refuse(self, request: Request | None, message: Message, failure: Failure) -> None:
        if request is not None:
            self._answers.fail([request], failure)
        else:
            self._answers.note(message.parts[0], f"{failure.what} {failure.todo}")

    def _on_frame(self, frame: bytes) -> None:
        """What the far kernel says."""
        try:
            channel, message = unpack(frame)
            parent = message.parent
            lost = self._gaps.lost(message)
        except ValueError as error:
            _log.warning("the app's server sent what nobody understands: %s", error)
            return
        if lost:
            self._tell_lost(lost)
        if self._author.wrote(parent):
            if channel != "iopub":
                self._settle(self._probes.pop(message.parent_id, []))
        elif channel == "iopub":
            self._on_output(message)
        elif channel == "stdin":
            asked = self._pending.get(message.parent_id)
            if asked is not None:
                self._sockets.send(channel, asked.identities, message)
        else:
            answered = self._pending.pop(message.parent_id)
            if answered is not None:
                self._sockets.send(answered.channel, answered.identities, message)

    def _on_output(self, message: Message) -> None:
        request = self._pending.get(message.parent_id)
        if request is not None:
            request.begun = True
        if message.type != "status":
            self._sockets.publish(message)
            if message.type == "shutdown_reply" and not self._ending:
                # Not by us: another websocket shows whether it is gone or was restarted.
                self._start(self._link.close())
            return
        state = message.content.get("execution_state")
        self._busy = state == "busy"
        self._sockets.publish(message)
        if state in ("restarting", "autorestarting"):
            # The far server told so; what was sent before is lost with the kernel's memory.
            self._answers.fail([request for request in self._pending if request.link is not None], failures.restarted())
        elif state == "dead":
            self._give_up(FarKernelGoneError("The kernel on the app died, and could not be started again"))

    def _on_up(self) -> None:
        """A websocket is open: ask, behind what was sent before, what has become of it."""
        self._noticed = False
        lanes: dict[tuple[str, str | None], list[Request]] = {}
        for request in self._pending.sent_before(self._link.number):
            lanes.setdefault(request.lane, []).append(request)
        self._probes.clear()
        for (channel, subshell), requests in lanes.items():
            header = {} if subshell is None else {"subshell_id": subshell}
            probe = self._author.write("kernel_info_request", {}, header=header)
            self._probes[probe.id] = requests
            self._start(self._link.send(pack(channel, probe.parts)))

    def _on_down(self) -> None:
        self._gaps.broken()
        if not self._ending:
            _log.warning("%s; it is opened again", self._link.reason)

    def _settle(self, requests: Sequence[Request]) -> None:
        """A probe was answered, and so was everything before it: what has no answer now gets none any more."""
        for request in requests:
            if self._pending.get(request.id) is not request:
                continue
            if request.harmless:
                self._start(self._link.send(pack(request.channel, request.message.parts), request))
            else:
                self._answers.fail([request], failures.lost(seen=request.begun))

    def _tell_lost(self, count: int) -> None:
        for request in self._pending:
            if request.begun and request.message.type == "execute_request":
                text = (
                    f"The connection to the app broke, and at least {count} of the kernel's messages were lost with it"
                )
                self._answers.note(request.message.parts[0], f"{text}: output is missing here.")

    async def _interrupt(self, asked: tuple[Sequence[bytes], Message] | None = None) -> None:
        content: dict[str, Any] = {"status": "ok"}
        try:
            if self._far.started:
                await self._far.interrupt()
        except SageMakerError as error:
            _log.warning("the kernel on the app is not interrupted: %s", error.message)
            content = failures.of_error(error).reply
        if asked is not None:
            self._answers.reply(Request("control", *asked), content)

    async def _end(self, asked: tuple[Sequence[bytes], Message] | None) -> None:
        restart = asked is not None and bool(asked[1].content.get("restart"))
        self._ending = True
        if not restart:
            await self._far.end()
        if asked is not None:
            self._answers.reply(Request("control", *asked), {"status": "ok", "restart": restart})
        self._finish(ENDED)

    async def _check(self) -> None:
        """As long as somebody waits, for an answer or for a websocket, look whether there is still a kernel."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            if not self._link.number or (self._link.up and not self._pending):
                continue
            try:
                await self._far.check()
            except FarKernelGoneError as error:
                self._give_up(error)
            except SageMakerError as error:
                _log.warning("the app cannot be asked for its kernel: %s", error.message)

    async def _tick(self) -> None:
        """Tell of a connection that is away, and lose patience with it."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            away = self._link.down_seconds
            if away > self._settings.patience:
                self._answers.fail(self._pending, failures.too_long(away, self._link.reason))
            elif away > min(_NOTICE_SECONDS, self._settings.patience / 10) and not self._noticed:
                self._noticed = True
                text = f"The connection to the app is lost ({self._link.reason}); it is tried again. The cell goes on."
                for request in self._pending:
                    if request.begun and request.message.type == "execute_request":
                        self._answers.note(request.message.parts[0], text)

    async def _keep_alive(self) -> None:
        """Keep the app of a busy kernel from being judged idle: it counts only what the kernel says."""
        while True:
            await asyncio.sleep(self._settings.keep_alive)
            running = any(request.link and request.message.type == "execute_request" for request in self._pending)
            if self._link.up and (running or self._busy):
                sign = self._author.write("kernel_info_request", {})
                await self._link.send(pack("control", sign.parts))
