"""One engine from its first breath to its last: put together, started, kept going, taken down."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tornado.netutil import bind_sockets

from jupyter_sm_ext.engine import bell
from jupyter_sm_ext.engine.context import Clock, Engine, Settings
from jupyter_sm_ext.engine.domains import Domains
from jupyter_sm_ext.engine.home import Home, Identity
from jupyter_sm_ext.engine.s3.http import ObjectsHttp
from jupyter_sm_ext.engine.s3.objects import Objects
from jupyter_sm_ext.engine.server import Front, new_server
from jupyter_sm_ext.engine.service import Service, families
from jupyter_sm_ext.engine.store import Store
from jupyter_sm_ext.engine.ticker import Ticker
from jupyter_sm_ext.engine.user_profiles import UserProfiles
from jupyter_sm_ext.errors import EngineError

_DEFAULTS = "defaults"
_FAREWELL_SECONDS = 2.0
_log = logging.getLogger(__name__)


def build(home: Home, identity: Identity, *, settings: Settings | None = None, clock: Clock | None = None) -> Engine:
    """Open what an engine keeps.

    Raises
    ------
    EngineError
        The database cannot be opened or read.
    """
    clock = clock or Clock()
    path = home.path / "engine.sqlite"
    try:
        store = Store(path, clock.now)
    except sqlite3.Error as error:
        raise EngineError(f"cannot open {path}: {error}") from error
    try:
        objects = Objects(home.path / "objects", store.database)
        clock.keep_up_with(store.latest())
    except OSError as error:
        store.close()
        raise EngineError(f"cannot use {home.path / 'objects'}: {error.strerror}") from error
    return Engine(
        data_dir=home.path,
        store=store,
        objects=objects,
        region=identity.region,
        account=identity.account,
        keys=identity.keys,
        clock=clock,
        settings=settings or Settings(),
    )


def listen(wanted: int | None, last: int) -> socket.socket:
    """Take a port on loopback.

    Parameters
    ----------
    wanted : int, optional
        This one and no other.
    last : int
        Else this one if it is free; 0 for any.

    Raises
    ------
    EngineError
        The wanted one is taken.
    """
    for port in [wanted] if wanted is not None else [last, 0]:
        try:
            return bind_sockets(port, "127.0.0.1", family=socket.AF_INET)[0]
        except OSError as error:
            reason = error.strerror
        except OverflowError:
            reason = "there is no such port"
    raise EngineError(f"cannot listen on port {wanted if wanted is not None else last}: {reason}")


def make_defaults(engine: Engine, service: Service) -> None:
    """Make what every connection counts on: a bucket, and at the first start a domain with a user profile.

    A user who deletes the domain has it gone for good; the bucket is made again as SageMaker's SDK would.
    """
    engine.objects.create_bucket(engine.bucket)
    if engine.store.fact(_DEFAULTS) is not None:
        return
    (domains,) = (family for family in service.families if isinstance(family, Domains))
    (profiles,) = (family for family in service.families if isinstance(family, UserProfiles))
    with engine.store.transaction():
        domain = domains.add(
            {"DomainName": "local", "AuthMode": "IAM", "DefaultUserSettings": {"ExecutionRole": engine.role_arn}}
        )
        domains.settle(domain)
        profiles.settle(profiles.add({"DomainId": domain.key, "UserProfileName": "default"}))
        engine.store.remember(_DEFAULTS, domain.key)


async def run(
    home: Home,
    engine: Engine,
    identity: Identity,
    listener: socket.socket,
    *,
    ready: Callable[[str], None],
    stop: asyncio.Event | None = None,
) -> None:
    """Serve until told to stop, or until nobody has wanted anything for long enough.

    Parameters
    ----------
    ready : callable
        Gets the ready line once requests are answered.
    stop : asyncio.Event, optional
        Ends it; SIGTERM and SIGINT do if it is not given.
    """
    if stop is None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
    port = listener.getsockname()[1]
    identity.endpoint_url = engine.endpoint_url = f"http://127.0.0.1:{port}"
    engine.boxes.begin()
    service = Service(engine, families(engine))
    make_defaults(engine, service)
    ticker = Ticker(service.families)
    engine.wake = ticker.wake
    s3 = ObjectsHttp(
        engine.objects,
        region=engine.region,
        account=engine.account,
        secret=engine.keys.secret_access_key,
        request_id=engine.request_id,
    )
    front = Front(engine, service, s3)
    front.listen_on(port)
    server = new_server(front)
    ticking = asyncio.ensure_future(ticker.run())
    try:
        server.add_socket(listener)
        identity.jobs = engine.boxes.told
        _log.info("%s", identity.jobs)
        home.publish(identity)
        _log.info("ready at %s", engine.endpoint_url)
        ready(json.dumps(identity.told()))
        with bell.listening(home.path / bell.NAME, ticker.wake):
            await _until_stopped_or_idle(front, engine, service, ticking, stop)
    finally:
        server.stop()
        if front.transfers:
            await asyncio.wait(front.transfers, timeout=_FAREWELL_SECONDS)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(server.close_all_connections(), _FAREWELL_SECONDS)
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking


async def _until_stopped_or_idle(
    front: Front, engine: Engine, service: Service, ticking: asyncio.Future[None], stop: asyncio.Event
) -> None:
    idle = engine.settings.idle_seconds
    stopped = asyncio.ensure_future(stop.wait())
    try:
        while True:
            # Its end is a bug: leave, so that the next client starts a sound engine, and say so.
            ends: set[asyncio.Future[Any]] = {stopped, ticking}
            await asyncio.wait(ends, timeout=min(idle / 4, 60.0), return_when=asyncio.FIRST_COMPLETED)
            if ticking.done():
                ticking.result()
            if stopped.done():
                _log.info("told to stop")
                return
            if time.monotonic() - front.last_request > idle and not front.transfers and not service.active():
                _log.info("nobody has asked for anything for %g s and nothing runs: leaving", idle)
                return
    finally:
        stopped.cancel()
