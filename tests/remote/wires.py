"""A wire to an app that a test can cut: a TCP relay before the app's port."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from apps_running import ask_app

from jupyter_sm_ext.studio import Studio

_RESET = struct.pack("ii", 1, 0)


class _Pair:
    """One connection: the client's end and the app's."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.ended = threading.Event()


class Wire:
    """Relays from a port of its own; as good as new until a test does something to it."""

    def __init__(self, port: int) -> None:
        self._there = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[_Pair] = []
        #: Set: connections are taken and closed at once.
        self.refusing = threading.Event()
        #: Set: what the client (the app) says gets lost on the way.
        self.swallowing = {"client": threading.Event(), "server": threading.Event()}
        #: What got lost so.
        self.swallowed = {"client": b"", "server": b""}
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refusing.is_set():
                    client.close()
                    continue
                pair = _Pair(client, socket.create_connection(self._there))
                self._pairs.append(pair)
                for who in ("client", "server"):
                    threading.Thread(target=self._pump, args=(pair, who), daemon=True).start()

    def _pump(self, pair: _Pair, who: str) -> None:
        here, there = (pair.client, pair.server) if who == "client" else (pair.server, pair.client)
        with suppress(OSError):
            while block := here.recv(65536):
                if self.swallowing[who].is_set():
                    self.swallowed[who] += block
                else:
                    there.sendall(block)
        with suppress(OSError):
            there.shutdown(socket.SHUT_RDWR if who == "server" else socket.SHUT_WR)
        if who == "server":
            pair.ended.set()

    def swallow(self, who: str) -> None:
        """From now on, what this end says gets lost, until the wire is torn."""
        self.swallowed[who] = b""
        self.swallowing[who].set()

    def cut(self) -> None:
        """End every connection; what the app had said by then still arrives."""
        for pair in self._pairs:
            with suppress(OSError):
                pair.server.shutdown(socket.SHUT_WR)
            pair.ended.wait(10)
        self._close()

    def tear(self) -> None:
        """End every connection; what was on the way is lost."""
        for pair in self._pairs:
            for end in (pair.client, pair.server):
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._close()
        for event in self.swallowing.values():
            event.clear()

    def _close(self) -> None:
        for pair in self._pairs:
            for end in (pair.client, pair.server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._pairs.clear()

    def close(self) -> None:
        self._listener.close()
        self._close()


def session_file(studio: Studio, key: str) -> Path:
    """Where the session of an app is kept; there is one when this returns."""
    from jupyter_sm_ext.remote import kept_session

    ask_app(studio, key, "GET", "api/status")
    return kept_session.session_file(studio.connection.data_dir, studio.connection.id, key)


@contextmanager
def wire_to(studio: Studio, key: str) -> Iterator[Wire]:
    """A wire that whoever takes the kept session of an app goes by."""
    file = session_file(studio, key)
    kept = json.loads(file.read_text())
    url = urlsplit(kept["base_url"])
    wire = Wire(url.port or 80)
    by_wire = url._replace(netloc=f"{url.hostname}:{wire.port}")
    file.write_text(json.dumps({**kept, "base_url": urlunsplit(by_wire)}))
    try:
        yield wire
    finally:
        file.write_text(json.dumps(kept))
        wire.close()
