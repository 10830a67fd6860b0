"""The five ZMQ sockets that a Jupyter client of this machine knows as its kernel."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio

from jupyter_sm_ext.remote.messages import Author, Message, Part

DELIMITER = b"<IDS|MSG>"
_LINGER_MILLISECONDS = 1000
_KINDS = {"shell": zmq.ROUTER, "control": zmq.ROUTER, "stdin": zmq.ROUTER, "iopub": zmq.XPUB, "hb": zmq.ROUTER}
_SIGNED = slice(0, 4)
_SUBSCRIBE = 1


class UnsignedError(ValueError):
    """A message without the signature of the connection file's key."""


class LocalSockets:
    """Binds the sockets of a connection file, which Jupyter has written before it started us.

    Signing is done here and not by jupyter_client's Session, whose import alone takes as long as all of ours.

    Parameters
    ----------
    path : Path
        The connection file.

    Raises
    ------
    OSError, ValueError
        The file cannot be read, or its ports are taken.
    """

    def __init__(self, path: Path) -> None:
        self._told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        scheme = str(self._told.get("signature_scheme", "hmac-sha256"))
        kind, _, digest = scheme.partition("-")
        if kind != "hmac" or digest not in hashlib.algorithms_available:
            raise ValueError(f"the connection file asks for signatures by {scheme}, which is not known here")
        key = str(self._told.get("key", "")).encode()
        # A copy of one that has read the key costs less than a new one.
        self._mac = hmac.new(key, digestmod=digest) if key else None
        self._author = Author()
        self._context = zmq.asyncio.Context()
        self._sockets = {name: self._bind(name, kind) for name, kind in _KINDS.items()}

    def _bind(self, name: str, kind: int) -> zmq.asyncio.Socket:
        told = self._told
        socket: zmq.asyncio.Socket = self._context.socket(kind)
        socket.linger = _LINGER_MILLISECONDS
        # With a limit, output would be dropped without a word as soon as a client is slow.
        socket.sndhwm = socket.rcvhwm = 0
        if kind == zmq.ROUTER:
            # A client that comes back has the identity it had.
            socket.router_handover = 1
        if kind == zmq.XPUB:
            socket.xpub_verbose = 1
        if told.get("curve_secretkey"):
            socket.curve_secretkey = str(told["curve_secretkey"]).encode()
            socket.curve_publickey = str(told["curve_publickey"]).encode()
            socket.curve_server = 1
        transport, port = told.get("transport", "tcp"), told[f"{name}_port"]
        socket.bind(f"{transport}://{told['ip']}{'-' if transport == 'ipc' else ':'}{port}")
        return socket

    async def receive(self, channel: str) -> tuple[list[bytes], Message]:
        """The next message of a client, and to whom an answer goes.

        Raises
        ------
        UnsignedError
            It is not signed by the connection's key, or is no message at all.
        """
        parts = await self._sockets[channel].recv_multipart()
        try:
            at = parts.index(DELIMITER)
        except ValueError:
            raise UnsignedError("no delimiter") from None
        message = Message(list(parts[at + 2 :]))
        if len(message.parts) < _SIGNED.stop:
            raise UnsignedError("parts are missing")
        if not hmac.compare_digest(parts[at + 1], self._sign(message.parts)):
            raise UnsignedError("the signature does not fit")
        return parts[:at], message

    def send(self, channel: str, identities: Sequence[bytes], message: Message) -> None:
        """Send to a client; nothing is heard if it is gone."""
        signature = self._sign(message.parts)
        self._sockets[channel].send_multipart([*identities, DELIMITER, signature, *message.parts], copy=False)

    def publish(self, message: Message) -> None:
        """Send to whoever listens."""
        self.send("iopub", [f"kernel.{message.type}".encode()], message)

    async def welcome(self) -> None:
        """Greet who begins to listen (JEP 65), so that clients know when they miss nothing any more."""
        while True:
            (told, *_) = await self._sockets["iopub"].recv_multipart()
            if told[:1] == bytes([_SUBSCRIBE]):
                greeting = self._author.write("iopub_welcome", {"subscription": told[1:].decode(errors="replace")})
                self.send("iopub", [told[1:]], greeting)

    async def beat(self) -> None:
        """Send back every heartbeat: this proves that the proxy lives, and no more."""
        socket = self._sockets["hb"]
        while True:
            await socket.send_multipart(await socket.recv_multipart())

    def close(self) -> None:
        """Send what is left, for a second at most, and let go."""
        self._context.destroy(linger=_LINGER_MILLISECONDS)

    def _sign(self, parts: Sequence[Part]) -> bytes:
        if self._mac is None:
            return b""
        mac = self._mac.copy()
        for part in parts[_SIGNED]:
            mac.update(part)
        return mac.hexdigest().encode()
