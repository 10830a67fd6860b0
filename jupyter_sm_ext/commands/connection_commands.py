"""Commands on the connection and what is behind it: ``connect``, ``status``, ``env``, ``engine`` and ``demo``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from jupyter_sm_ext import paths
from jupyter_sm_ext.checks.prices import money
from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice, Connection, choose, connect_to, current
from jupyter_sm_ext.errors import SageMakerError, ValidationError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table, local_time
from jupyter_sm_ext.watching.glance import glance
from jupyter_sm_ext.watching.overview import Cost, Running


def register(add: Add, *, terminal: bool) -> None:
    """Add the commands to the tree.

    Parameters
    ----------
    terminal : bool
        Whether they are typed in a terminal, where a demo can open JupyterLab.
    """
    connecting = add("connect", _connect, "choose which SageMaker to use, here and in JupyterLab")
    connecting.add_argument(
        "kind",
        nargs="?",
        choices=["local", "aws"],
        help="the engine on this machine, or an AWS account; what is in use if not given, to enter a one-time code",
    )
    connecting.add_argument("--profile", help="AWS profile")
    connecting.add_argument("--region", help="AWS region")
    connecting.add_argument("--role", metavar="ARN", help="execution role that jobs get")
    connecting.add_argument("--bucket", help="bucket for code, data and artifacts")
    connecting.add_argument("--fips", action="store_true", default=None, help="endpoints of FIPS 140")
    connecting.add_argument("--dualstack", action="store_true", default=None, help="endpoints that have IPv6, too")
    if not terminal:
        connecting.add_argument("--here", action="store_true", help="for this notebook only")
    add("status", _status, "show the connection, what runs there, and how much of the quotas it takes")
    _add_data_dir(
        add("env", _env, f"send the AWS clients of this {'shell' if terminal else 'notebook'} to the connection")
    )
    engine = add("engine", _engine, "start, stop or look at the local engine")
    engine.add_argument("action", choices=["start", "stop", "status"])
    engine.add_argument("--port", type=int, help="TCP port on loopback, for start")
    _add_data_dir(engine)
    demo = add("demo", lambda arguments, on: on.demo(arguments), "copy the notebooks here")
    demo.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="where to (the current folder)")
    if terminal:
        demo.description = "Copy the notebooks here and open the quickstart in JupyterLab, on the local engine."
        demo.add_argument("--execute", action="store_true", help="run it without a browser and write it as HTML")
        demo.add_argument("--no-browser", action="store_true", help="start JupyterLab but open no browser")
        demo.add_argument("--port", type=int, help="TCP port of JupyterLab")
        _add_data_dir(demo)


def _add_data_dir(parser: Parser) -> None:
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="data directory of the local engine")


def _connect(arguments: argparse.Namespace, surface: Surface) -> None:
    names = ("profile", "region", "role", "bucket", "fips", "dualstack")
    options = {name: getattr(arguments, name) for name in names}
    if arguments.kind is not None:
        choice = Choice(arguments.kind, **options)
        connection = connect_to(choice) if not surface.terminal and arguments.here else choose(choice)
    elif any(options.values()):
        raise ValidationError(f"{surface.prog} connect: options go with aws or local", code="Usage")
    else:
        connection = current()
    connection.ensure()
    told = connection.as_dict()
    if told["state"] == "mfa":
        code = surface.secret(f"One-time code of {told['mfa_serial']}: ")
        if code is not None:
            connection.enter_code(code)
            told = connection.as_dict()
    surface.write("\n".join(_lines(connection, told)))


def _status(_: argparse.Namespace, surface: Surface) -> None:
    connection = current()
    # Looking must not start anything.
    if not connection.awake:
        lines = [f"{connection.label}: not running; it starts when it is needed", f"data {connection.data_dir}"]
        surface.write("\n".join(lines))
        return
    told = connection.as_dict()
    surface.write("\n".join(_lines(connection, told)))
    if told["state"] == "ready":
        _tell_running(connection, surface)


def _tell_running(connection: Connection, surface: Surface) -> None:
    seen = glance(Studio(connection))
    rows = [
        (
            _named(each),
            each["kind"].removesuffix("s"),
            each["text"],
            each["instance"] or "",
            local_time(each["created"]),
        )
        for each in seen.running
    ]
    cost = [_cost(seen.cost)] if seen.cost else []
    heads = ("Running", "Kind", "Status", "Instance", "Created")
    surface.table(Table(heads, rows, "nothing runs", [*cost, *seen.problems]))
    if seen.quotas:
        lines = [(each.name, str(each.used), f"{each.value:g}") for each in seen.quotas]
        surface.table(Table(("Quota", "In use", "Of"), lines, "", (), ("In use", "Of")))


def _cost(cost: Cost) -> str:
    least = "" if cost["complete"] else "at least "
    return f"The apps cost {least}{money(cost['per_hour'], cost['currency'])} an hour."


def _named(each: Running) -> str:
    return f"{each['owner']}/{each['name']}" if each["kind"] == "apps" else each["name"]


def _lines(connection: Connection, told: dict[str, Any]) -> list[str]:
    lines = [f"{told['label']}: {told['state']}"]
    lines += [str(told[name]) for name in ("message", "hint") if told[name]]
    if told["rules"]["fixed"]:
        lines.append(f"fixed by {told['rules']['decided_by']}")
    names = ("region", "account", "role", "bucket", "domain_id", "user_profile_name")
    lines += [f"{name.replace('_', ' ').removesuffix(' id')} {told[name]}" for name in names if told[name]]
    if told["here"]:
        whose = ("space", told["here"]["SpaceName"]) if told["here"]["SpaceName"] else ("profile", told[names[-1]])
        lines.append(f"here the {told['here']['AppType']} of the {' '.join(map(str, whose))}")
    if connection.kind == "local":
        lines.append(f"data {connection.data_dir}")
    return lines


def _env(arguments: argparse.Namespace, surface: Surface) -> None:
    connection = current(arguments.data_dir)
    connection.ensure()
    surface.environment(connection)


def _engine(arguments: argparse.Namespace, surface: Surface) -> None:
    directory = paths.data_dir(arguments.data_dir)
    if arguments.action != "start" and arguments.port is not None:
        raise ValidationError(f"{surface.prog} engine: --port goes with start", code="Usage")
    if arguments.action == "stop":
        stopped = local_engine.stop(directory)
        surface.write("stopped; running jobs go on" if stopped else f"no engine is running on {directory}")
        return
    info = local_engine.find(directory)
    if arguments.action == "start":
        wanted = arguments.port
        if info is not None and wanted is not None and not info.endpoint_url.endswith(f":{wanted}"):
            raise ValidationError(
                f"the engine of {directory} already runs at {info.endpoint_url}",
                hint=f"Stop it first: {surface.prog} engine stop",
            )
        info = local_engine.start(directory, port=wanted)
    if info is None:
        raise SageMakerError(f"no engine is running on {directory}", hint=f"Start it: {surface.prog} engine start")
    lines = [f"running at {info.endpoint_url} (pid {info.pid}, region {info.region}, data {info.data_dir})", info.jobs]
    surface.write("\n".join(filter(None, lines)))
