"""Commands on whatever SageMaker keeps, by its kind: ``describe``, ``create`` and ``update``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from jupyter_sm_ext import remote
from jupyter_sm_ext.actions.making import (
    change,
    create_request,
    make,
    name_member,
    update_request,
    words_of,
)
from jupyter_sm_ext.actions.named import Tree, app_type_named
from jupyter_sm_ext.actions.targets import Key
from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.commands.kind_arguments import add_kinds, name_of, word_of
from jupyter_sm_ext.commands.space_creation import add_space_options, create_space, space_request
from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import NotFoundError, SageMakerError
from jupyter_sm_ext.resources import Resource, resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.snapshots import WATCHED_JOBS
from jupyter_sm_ext.watching.studio_rows import KERNEL_GATEWAY, STUDIO_KINDS

_SPACES, _APPS, _DOMAINS = "spaces", "apps", "domains"
_CREATE = """
Without a KIND it is a space: %(prog)s desk. What is not said of the others is as their forms begin:

  %(prog)s domain analysis --AppNetworkAccessType VpcOnly
  %(prog)s user-profile ana --domain analysis --UserSettings.ExecutionRole arn:aws:iam::111122223333:role/ana
  %(prog)s app desk
  %(prog)s training-job --json request.json --dry-run

%(prog)s KIND --help lists the members of a kind.
"""
_UPDATE = """
What is not said of a member's inside stays as it is:

  %(prog)s space desk --SpaceSettings.SpaceStorageSettings.EbsStorageSettings.EbsVolumeSizeInGb 50
  %(prog)s domain analysis --DefaultUserSettings.JupyterLabAppSettings.DefaultResourceSpec.InstanceType ml.t3.large

%(prog)s KIND --help lists the members of a kind.
"""


def register(add: Add) -> None:
    """Add the commands to the tree."""
    describing = add("describe", _describe, "show all that SageMaker says of something")
    add_kinds(describing, "describe", _add_describe)
    making = add("create", _create, "create a space, or something of another kind")
    making.epilog = _CREATE
    add_kinds(making, "create", _add_create, otherwise="space")
    updating = add("update", _update, "change something that is there")
    updating.epilog = _UPDATE
    add_kinds(updating, "update", _add_update)


def _add_describe(parser: Parser, row: Resource) -> None:
    parser.add_argument("names", metavar=name_of(row), nargs="+", help=_help_of_name(row))
    _add_domain(parser, row)
    parser.add_argument("--json", action="store_true", help="AWS's own response")


def _add_create(parser: Parser, row: Resource) -> None:
    if row.kind == _SPACES:
        add_space_options(parser)
    elif row.kind == _APPS:
        parser.add_argument("name", metavar="OWNER", help="space or profile that it is for; OWNER/APP names it, too")
        parser.add_argument("--app-type", metavar="APP", help="such as KernelGateway; else that of its space")
    else:
        parser.add_argument("name", metavar="NAME", nargs="?", help="of the new one; made up if it is left out")
    _add_domain(parser, row)
    _add_request(parser)


def _add_update(parser: Parser, row: Resource) -> None:
    parser.add_argument("name", metavar=name_of(row), help=_help_of_name(row))
    _add_domain(parser, row)
    _add_request(parser)


def _help_of_name(row: Resource) -> str:
    return "its name or id" if row.kind == _DOMAINS else "its name"


def _add_domain(parser: Parser, row: Resource) -> None:
    if row.kind in STUDIO_KINDS and row.kind != _DOMAINS:
        parser.add_argument("--domain", metavar="ID", help="domain that it is in, by id or name")


def _add_request(parser: Parser) -> None:
    parser.add_argument("--json", metavar="FILE|TEXT", help="members as JSON, with AWS's names")
    parser.add_argument("--dry-run", action="store_true", help="send nothing, show the request and its boto3 code")


def _describe(arguments: argparse.Namespace, surface: Surface) -> None:
    from jupyter_sm_ext.watching.description import description_table

    studio, row = Studio(current()), arguments.row
    for name, key in [(name, _key(studio, row, name, arguments)) for name in arguments.names]:
        try:
            if arguments.json:
                answer = studio.read(row.operation("describe"), row.key_request(key))
                surface.write(json.dumps(json.loads(answer), indent=2))
            else:
                surface.table(description_table(studio.describe(row.kind, *key), name))
        except NotFoundError as error:
            raise _missing(studio, row, name, error) from error


def _key(studio: Studio, row: Resource, name: str, arguments: argparse.Namespace) -> Key:
    if row.kind not in STUDIO_KINDS:
        return (name,)
    return Tree(studio).find(name, [row.kind], getattr(arguments, "domain", None)).key


def _missing(studio: Studio, row: Resource, name: str, error: NotFoundError) -> NotFoundError:
    if row.kind in STUDIO_KINDS:
        return error
    try:
        known = [str(each[row.key[-1]]) for each in studio.page(row.kind, MaxResults=100)[row.summaries]]
    except SageMakerError:
        known = []  # that there is none of the name is what matters
    near = meant(name, known)
    message = f"{studio.connection.label} has no {words_of(row)} named {name!r}"
    hint = f"Did you mean {near}?" if near else None
    return NotFoundError(message, code=error.code, operation=error.operation, hint=hint)


def _create(arguments: argparse.Namespace, surface: Surface) -> None:
    studio, row = Studio(current()), arguments.row
    given, members = _given(arguments, row.operation("create"))
    if row.kind == _SPACES:
        request = space_request(studio, arguments, given, members)
    else:
        known = _known_of_app(studio, arguments) if row.kind == _APPS else _known(studio, row, arguments)
        request = create_request(studio, row, {**known, **given}, members)
    if arguments.dry_run:
        _show(studio, row.operation("create"), request, surface)
    elif row.kind == _SPACES:
        create_space(studio, arguments, surface, request)
    else:
        key = make(studio, row, request, surface.on_step())
        if row.kind == _APPS:
            remote.sync(studio)
        surface.write(_told(row, str(request[name_member(row)]), key, surface.prog))


def _known(studio: Studio, row: Resource, arguments: argparse.Namespace) -> dict[str, Any]:
    known = {name_member(row): arguments.name} if arguments.name else {}
    domain = getattr(arguments, "domain", None)
    return {**known, **({"DomainId": Tree(studio).find(domain, [_DOMAINS]).key[0]} if domain else {})}


def _known_of_app(studio: Studio, arguments: argparse.Namespace) -> dict[str, Any]:
    owner, slash, name = arguments.name.partition("/")
    tree = Tree(studio)
    target = tree.find(owner, [_SPACES, "user-profiles"], arguments.domain)
    # A space says what it is for; new Studio's other apps belong to spaces.
    of_space = next(row["app_type"] for row in tree.of(target.kind) if tuple(row["key"]) == target.key)
    app_type = app_type_named(arguments.app_type) if arguments.app_type else of_space
    known = {"AppType": app_type or KERNEL_GATEWAY, **({"AppName": name} if slash else {})}
    return {"DomainId": target.key[0], resource(target.kind).key[-1]: target.key[1], **known}


def _told(row: Resource, name: str, key: Key, prog: str) -> str:
    if row.kind in WATCHED_JOBS:
        return f"{name}: started. Watch it: {prog} watch {name}"
    if row.kind.endswith("-jobs"):
        return f"{name}: started. Look at it: {prog} describe {word_of(row)} {name}"
    if row.kind == _APPS:
        return f"{'/'.join(key[2:])} runs."
    return f"{name} is there{f': {key[-1]}' if row.names_itself else ''}."


def _update(arguments: argparse.Namespace, surface: Surface) -> None:
    studio, row = Studio(current()), arguments.row
    operation = row.operation("update")
    given, members = _given(arguments, operation)
    key = _key(studio, row, arguments.name, arguments)
    changes = update_request(studio, row, key, given, members)
    if arguments.dry_run:
        _show(studio, operation, {**row.key_request(key), **changes}, surface)
        return
    change(studio, row, key, changes, surface.on_step())
    surface.write(f"The {words_of(row)} {arguments.name} has {', '.join(changes)} changed.")


def _given(arguments: argparse.Namespace, operation: str) -> tuple[dict[str, Any], Any]:
    from jupyter_sm_ext.requests.member_values import read_members, read_request

    given = read_request(arguments.json) if arguments.json else {}
    members = read_members(operation, arguments.members)
    return given, members


def _show(studio: Studio, operation: str, request: dict[str, Any], surface: Surface) -> None:
    from jupyter_sm_ext.launching.request_code import request_text

    surface.write(request_text(studio.connection, operation, request))
