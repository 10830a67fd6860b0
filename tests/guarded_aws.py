"""An AWS that answers over TLS, with a certificate of an authority of ours, and a proxy that leads to it."""

from __future__ import annotations

import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme
from faulty_aws import FaultyAWS

HOST = "aws.invalid"
"""Where nobody gets without the proxy: names that end so have no address (RFC 6761)."""
AUTHORITY, OTHER = "authority.pem", "other-authority.pem"
"""Files of the authority, and of one that has signed nothing here."""


class GuardedAWS(FaultyAWS):
    """See `FaultyAWS`; it is found at 127.0.0.1, and beyond the proxy at `HOST`.

    Parameters
    ----------
    data_dir : Path
        Of the engine behind it, which runs.
    folder : Path
        Where the files of authorities are written to.
    """

    def __init__(self, data_dir: Path, folder: Path) -> None:
        super().__init__(data_dir)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / AUTHORITY)
        trustme.CA().cert_pem.write_to_path(folder / OTHER)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST, "127.0.0.1").configure_cert(context)
        self._server.handle_error = _quiet  # type: ignore[method-assign, assignment]
        # Each connection shakes hands in its own thread, so that one that breaks off holds up nobody.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    @property
    def endpoint_url(self) -> str:
        return f"https://127.0.0.1:{self.port}"


class Tunnel:
    """A proxy that opens tunnels, whatever the name, to one port of this machine.

    Parameters
    ----------
    port : int
        Where tunnels end.
    login : str, optional
        ``user:password`` that it asks for.
    """

    def __init__(self, port: int, login: str | None = None) -> None:
        self.end = ("127.0.0.1", port)
        self.login = login
        #: What was asked for, in order.
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def address(self) -> str:
        """Host and port of the proxy."""
        return f"127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator[Tunnel]:
        """Open tunnels as long as the context lasts."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _handler(tunnel: Tunnel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            tunnel.asked.append(self.path)
            wanted = None if tunnel.login is None else f"Basic {b64encode(tunnel.login.encode()).decode()}"
            if wanted is not None and self.headers.get("Proxy-Authorization") != wanted:
                self.send_error(407)
                return
            with socket.create_connection(tunnel.end) as far:
                self.send_response_only(200)
                self.end_headers()
                back = threading.Thread(target=_pass_on, args=(far, self.connection), daemon=True)
                back.start()
                _pass_on(self.connection, far)
                back.join()
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Tests tell what they see themselves."""

    return Handler


def _quiet(*_: object) -> None:
    """Leave out what somebody broke off who does not trust us."""


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
