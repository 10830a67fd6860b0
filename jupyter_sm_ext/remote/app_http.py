"""HTTP clients that reach apps wherever they are: beyond the user's proxy, or here under a name of their own."""

from __future__ import annotations

import os
import socket
import ssl

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

CONNECT_SECONDS = 10.0
"""How long a connection may take; aiohttp sends what is written to it without Nagle's delay."""

_DNS_SECONDS = 60


def new_client(*, on_this_machine: bool) -> aiohttp.ClientSession:
    """Make a client; within an event loop.

    Parameters
    ----------
    on_this_machine : bool
        The app is the local engine's: no proxy of the user's leads there.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=_Resolver(), ssl=_certificates(), ttl_dns_cache=_DNS_SECONDS),
        cookie_jar=new_jar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        trust_env=not on_this_machine,
    )


def new_jar() -> aiohttp.CookieJar:
    """Make a cookie jar."""
    # Quoting is a habit of Python's: nobody says that Studio understands it.
    return aiohttp.CookieJar(quote_cookie=False)


def _certificates() -> ssl.SSLContext | bool:
    """Where AWS's own clients look for them."""
    bundle = os.environ.get("AWS_CA_BUNDLE")
    return ssl.create_default_context(cafile=bundle) if bundle else True


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
