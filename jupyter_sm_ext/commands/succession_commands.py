"""Commands that follow a job by another one: ``clone``, ``retry``, ``warm-start`` and ``promote``; and ``code``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from jupyter_sm_ext.checks.preflight import create
from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.launching.request_code import aws_command, boto3_code
from jupyter_sm_ext.launching.successors import as_created, successor
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.job_ways import CLONE, PROMOTE, RETRY, WARM_START
from jupyter_sm_ext.watching.snapshots import find_job

_TUNING = "tuning-jobs"


def register(add: Add) -> None:
    """Add the commands to the tree."""
    for way, text, kind in (
        (CLONE, "make the request of a job anew, to be edited or started", None),
        (RETRY, "start a job that failed or was stopped once more", None),
        (WARM_START, "make a tuning job that knows the trials of another one", _TUNING),
        (PROMOTE, "make a training job of a tuning job's best trial", _TUNING),
    ):
        parser = add(way, partial(_follow, way, kind), text)
        parser.add_argument("name", metavar="JOB", help="name of the job")
        _add_changes(parser, starts=way == RETRY)
    coding = add("code", _code, "show a job as the code that creates it")
    coding.add_argument("name", metavar="JOB", help="name of the job")
    coding.add_argument("--aws", action="store_true", help="as a command of the AWS command line, not as Python")


def _add_changes(parser: Parser, *, starts: bool) -> None:
    parser.add_argument("--name", dest="new_name", metavar="NAME", help="of the new job, instead of one that is free")
    parser.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="MEMBER=VALUE",
        help="change a member by its dotted name, such as ResourceConfig.InstanceType=ml.trn1.2xlarge; "
        "nothing after the equals sign takes it away",
    )
    if starts:
        parser.set_defaults(start=True)
    else:
        parser.add_argument("--start", action="store_true", help="start it, instead of showing its request")


def _follow(way: str, kind: str | None, arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    found = find_job(studio, arguments.name) if kind is None else kind
    new = successor(studio, found, arguments.name, way).edited(_values(arguments.changes), arguments.new_name)
    for note in new.notes:
        surface.write(note)
    if arguments.start:
        create(studio, new.kind, new.request)
        surface.write(f"Started {new.name}.")
        surface.watch(studio, new.kind, new.name)
    else:
        surface.form(studio, new)


def _values(changes: list[str]) -> dict[str, Any]:
    """Values by dotted member names; each change is one, an equals sign and a value: JSON, or else text."""
    values: dict[str, Any] = {}
    for change in changes:
        member, sign, text = change.partition("=")
        if not sign:
            raise ValidationError(f"--set: {change!r} is not MEMBER=VALUE", code="Usage")
        values[member] = _value(member, text)
    return values


def _value(member: str, text: str) -> Any:
    if text == "":
        return None
    # Hyperparameters and environment variables are texts, whatever they look like.
    if member.split(".")[-2:-1] and member.split(".")[-2] in (
        "HyperParameters",
        "StaticHyperParameters",
        "Environment",
    ):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _code(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    found = as_created(studio, find_job(studio, arguments.name), arguments.name)
    write: Callable[..., str] = aws_command if arguments.aws else boto3_code
    surface.write(write(studio.connection, found.operation, found.request))
