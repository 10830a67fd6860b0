"""The verbs people type: one tree of commands for ``%sm`` in a notebook and ``jupyter sm`` in a terminal."""

from __future__ import annotations

import argparse
import difflib
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Protocol

from jupyter_sm_ext import kernel_commands, local_engine, paths
from jupyter_sm_ext.arguments import HelpWanted, Parser
from jupyter_sm_ext.connection import Choice, Connection, choose, current
from jupyter_sm_ext.errors import SageMakerError, ValidationError
from jupyter_sm_ext.looks import JOBS, look_for
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.snapshots import find_job
from jupyter_sm_ext.studio import Studio


class Surface(Protocol):
    """Where commands are typed and answered."""

    #: What stands before a command: ``%sm`` or ``jupyter sm``.
    prog: str
    #: Whether it is a terminal, which can do some things that a notebook cannot.
    terminal: bool

    def write(self, text: str) -> None:
        """Show lines of text."""

    def watch(self, studio: Studio, kind: str, name: str) -> None:
        """Show a job as it goes on."""

    def environment(self, connection: Connection) -> None:
        """Hand over the environment that sends any AWS client to a connection."""

    def demo(self, arguments: argparse.Namespace) -> None:
        """Copy the packaged notebooks and open the quickstart."""


def run(words: Sequence[str], surface: Surface) -> None:
    """Run a command.

    Parameters
    ----------
    words : sequence of str
        The command and its arguments.
    surface : Surface
        Where the answer goes.

    Raises
    ------
    SageMakerError
        Whatever went wrong, for people.
    """
    parser, names = _parser(surface)
    if words and not words[0].startswith("-") and words[0] not in names:
        near = difflib.get_close_matches(words[0], names, n=1)
        raise ValidationError(
            f"{surface.prog}: there is no command {words[0]!r}",
            code="Usage",
            hint=f"Did you mean {surface.prog} {near[0]}?" if near else f"There are: {', '.join(names)}.",
        )
    try:
        arguments = parser.parse_args(words or ["--help"])
    except HelpWanted as help_text:
        surface.write(str(help_text))
        return
    command: Callable[[argparse.Namespace, Surface], None] = arguments.command
    command(arguments, surface)


def _parser(surface: Surface) -> tuple[Parser, list[str]]:
    parser = Parser(prog=surface.prog, description="SageMaker: a local engine on this machine, or AWS.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)

    def add(name: str, command: Callable[[argparse.Namespace, Surface], None], text: str) -> Parser:
        added: Parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        added.set_defaults(command=command)
        return added

    connecting = add("connect", _connect, "choose which SageMaker to use, here and in JupyterLab")
    connecting.add_argument("kind", choices=["local", "aws"], help="the engine on this machine, or an AWS account")
    connecting.add_argument("--profile", help="AWS profile")
    connecting.add_argument("--region", help="AWS region")
    connecting.add_argument("--role", metavar="ARN", help="execution role that jobs get")
    connecting.add_argument("--bucket", help="bucket for code, data and artifacts")
    add("status", _status, "show the connection and whether it works")
    listing = add("jobs", _jobs, "list the newest jobs")
    listing.add_argument("--limit", type=int, default=20, metavar="N", help="how many (%(default)s)")
    add("spaces", _spaces, "list Studio's spaces")
    add("watch", _watch, "watch a tuning or training job").add_argument("name", help="of the job")
    logging = add("logs", _logs, "show the log of a training job")
    logging.add_argument("name", help="of the training job")
    logging.add_argument("-f", "--follow", action="store_true", help="go on until the job ends")
    add("stop", _stop, "stop a tuning or training job").add_argument("name", help="of the job")
    kernel_commands.register(add)
    environment = add("env", _env, "send the AWS clients of this shell to the connection")
    _add_data_dir(environment)
    engine = add("engine", _engine, "start, stop or look at the local engine")
    engine.add_argument("action", choices=["start", "stop", "status"])
    engine.add_argument("--port", type=int, help="TCP port on loopback, for start")
    _add_data_dir(engine)
    demo = add("demo", lambda arguments, on: on.demo(arguments), "copy the quickstart notebook here")
    demo.add_argument("folder", nargs="?", default=".", help="where to (the current folder)")
    if surface.terminal:
        demo.description = "Copy the quickstart notebook here and open it in JupyterLab, on the local engine."
        demo.add_argument("--execute", action="store_true", help="run it without a browser and write it as HTML")
        demo.add_argument("--no-browser", action="store_true", help="start JupyterLab but open no browser")
        demo.add_argument("--port", type=int, help="TCP port of JupyterLab")
        _add_data_dir(demo)
    return parser, list(commands.choices)


def _add_data_dir(parser: Parser) -> None:
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="data directory of the local engine")


def _connect(arguments: argparse.Namespace, surface: Surface) -> None:
    choice = Choice(arguments.kind, arguments.profile, arguments.region, arguments.role, arguments.bucket)
    connection = choose(choice)
    connection.ensure()
    surface.write("\n".join(_told(connection)))


def _status(_: argparse.Namespace, surface: Surface) -> None:
    connection = current()
    # Looking must not start anything.
    if connection.kind == "local" and local_engine.find(connection.data_dir) is None:
        lines = [f"{connection.label}: not running; it starts when it is needed", f"data {connection.data_dir}"]
    else:
        lines = _told(connection)
    surface.write("\n".join(lines))


def _told(connection: Connection) -> list[str]:
    told = connection.as_dict()
    lines = [f"{told['label']}: {told['state']}"]
    if told["message"]:
        lines.append(str(told["message"]))
    names = ("region", "account", "role", "bucket", "domain_id", "user_profile_name")
    lines += [f"{name.replace('_', ' ').removesuffix(' id')} {told[name]}" for name in names if told[name]]
    if connection.kind == "local":
        lines.append(f"data {connection.data_dir}")
    return lines


def _jobs(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    look = look_for(JOBS, ())
    look.refresh(studio)
    items = look.contents(None)["items"][: arguments.limit]
    rows = [
        (item["name"], item["kind"].removesuffix("-jobs"), item["status"], _time(item["created"])) for item in items
    ]
    surface.write(_table(("NAME", "KIND", "STATUS", "CREATED"), rows, f"{studio.connection.label}: no jobs yet"))


def _spaces(_: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    rows = [
        (each["SpaceName"], each["DomainId"], each["Status"], _time(each["CreationTime"].timestamp()))
        for each in studio.list("spaces")
    ]
    surface.write(_table(("NAME", "DOMAIN", "STATUS", "CREATED"), rows, f"{studio.connection.label}: no spaces yet"))


def _watch(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    surface.watch(studio, find_job(studio, arguments.name), arguments.name)


def _stop(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    studio.stop(find_job(studio, arguments.name), arguments.name)
    surface.write(f"{arguments.name}: asked to stop")


def _logs(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    if find_job(studio, arguments.name) == "tuning-jobs":
        trials = studio.trials(arguments.name, SortBy="CreationTime", SortOrder="Descending", MaxResults=1)
        newest = next(trials, None)
        hint = f"Its newest one: {newest['TrainingJobName']}." if newest else "It has none yet."
        raise ValidationError(f"{arguments.name} is a tuning job; only its training jobs have logs", hint=hint)
    for lines in follow(studio, arguments.name, until_ended=arguments.follow):
        surface.write(lines)


def follow(studio: Studio, name: str, *, until_ended: bool) -> Iterable[str]:
    """The log of a training job, in blocks of lines as they come.

    Parameters
    ----------
    studio : Studio
        Where the job is.
    name : str
        Of the training job.
    until_ended : bool
        Whether to go on until the job has ended.
    """
    row = resource("training-jobs")
    token = None
    while True:
        # First the status: what is logged between the two calls is then read in the next round, not lost.
        ended = not until_ended or studio.describe(row.kind, name)[row.status] not in row.transitional
        page = studio.logs(name, token)
        token = page.token
        if page.events:
            yield "\n".join(event["message"] for event in page.events)
        elif ended:
            return
        if not ended:
            time.sleep(studio.connection.pace[0])


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
    surface.write(f"running at {info.endpoint_url} (pid {info.pid}, region {info.region}, data {info.data_dir})")


def _time(epoch: float) -> str:
    return f"{datetime.fromtimestamp(epoch, timezone.utc).astimezone():%Y-%m-%d %H:%M:%S}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> str:
    if not rows:
        return nothing
    widths = [max(len(str(row[column])) for row in [heads, *rows]) for column in range(len(heads))]
    lines = (
        "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [heads, *rows]
    )
    return "\n".join(line.rstrip() for line in lines)
