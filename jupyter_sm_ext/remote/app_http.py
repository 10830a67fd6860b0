"""HTTP clients that reach apps wherever they are: beyond the user's proxy, or here under a name of their own."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from jupyter_sm_ext.connections.certificates import bundle_of, trusted

if TYPE_CHECKING:
    from jupyter_sm_ext.connections.connection import Connection

CONNECT_SECONDS = 10.0
"""How long a connection may take; aiohttp sends what is written to it without Nagle's delay."""

_DNS_SECONDS = 60


def new_client(connection: Connection) -> aiohttp.ClientSession:
    """Make a client; within an event loop.

    Parameters
    ----------
    connection : Connection
        Whose apps it is for. To those of the local engine no proxy of the user's leads.

    Raises
    ------
    ValidationError
        The certificates that are to be trusted cannot be read.
    """
    on_this_machine = connection.kind == "local"
    certificates = True if on_this_machine else trusted(bundle_of(connection.profile))
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=_Resolver(), ssl=certificates, ttl_dns_cache=_DNS_SECONDS),
        cookie_jar=new_jar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        trust_env=not on_this_machine,
    )


def new_jar() -> aiohttp.CookieJar:
    """Make a cookie jar."""
    # Quoting is a habit of Python's: nobody says that Studio understands it.
    return aiohttp.CookieJar(quote_cookie=False)


class _Resolver(AbstractResolver):
    """Takes names under ``localhost`` to this machine (RFC 6761), as browsers do; not every system does."""

    def __init__(self) -> None:
        self._others = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host == "localhost" or host.endswith(".localhost"):
            flags = int(socket.AI_NUMERICHOST)
            here = "127.0.0.1"
            return [ResolveResult(hostname=host, host=here, port=port, family=socket.AF_INET, proto=0, flags=flags)]
        return await self._others.resolve(host, port, family)

    async def close(self) -> None:
        await self._others.close()
