"""The space that ``create`` makes, by options of its own and by members."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from jupyter_sm_ext.actions import lifecycle
from jupyter_sm_ext.actions.making import check, make
from jupyter_sm_ext.actions.named import Tree, app_type_named, instance_named
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.checks.request_forms import put_in
from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.commands.surface import Surface
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio

_SPACE = resource("spaces")
_DEFAULT_TYPE = "JupyterLab"


def add_space_options(parser: Parser) -> None:
    """Add the options that a space has, besides its members."""
    parser.add_argument("name", help="of the new space")
    parser.add_argument("--instance", metavar="TYPE", help="that it starts on, such as ml.trn1.2xlarge")
    parser.add_argument("--app-type", default=_DEFAULT_TYPE, metavar="APP", help="that it is for (%(default)s)")
    parser.add_argument("--shared", action="store_true", help="for every profile of the domain, not its owner alone")
    parser.add_argument("--ebs", type=int, metavar="GB", help="size of its storage volume")
    parser.add_argument("--profile", metavar="NAME", help="that owns it (your own, else the domain's first)")
    parser.add_argument("--start", action="store_true", help="and start it")


def space_request(
    studio: Studio, arguments: argparse.Namespace, given: Mapping[str, Any], members: Mapping[tuple[str, ...], Any]
) -> dict[str, Any]:
    """The request for a space.

    Parameters
    ----------
    studio : Studio
        The connection in use, which knows a domain and an owner.
    arguments : Namespace
        The options of `add_space_options`, and ``domain``.
    given, members : mapping
        As for `making.create_request`; they say more than the options do.

    Raises
    ------
    ValidationError
        SageMaker would not take it.
    """
    domain = (
        Tree(studio).find(arguments.domain, ["domains"]).key[0] if arguments.domain else studio.connection.domain_id
    )
    owner = arguments.profile or studio.connection.user_profile_name
    if domain is None or owner is None:
        raise ValidationError("a space needs a domain with a user profile, and there is none", code="Usage")
    app_type = app_type_named(arguments.app_type)
    settings: dict[str, Any] = {"AppType": app_type}
    if arguments.instance:
        spec = {"InstanceType": instance_named(arguments.instance)}
        settings[f"{app_type}AppSettings"] = {"DefaultResourceSpec": spec}
    if arguments.ebs is not None:
        settings["SpaceStorageSettings"] = {"EbsStorageSettings": {"EbsVolumeSizeInGb": arguments.ebs}}
    request = {
        "DomainId": domain,
        "SpaceName": arguments.name,
        "SpaceSettings": settings,
        "OwnershipSettings": {"OwnerUserProfileName": owner},
        "SpaceSharingSettings": {"SharingType": "Shared" if arguments.shared else "Private"},
        **given,
    }
    for steps, value in members.items():
        put_in(request, steps, value)
    check(_SPACE.operation("create"), request)
    return request


def create_space(studio: Studio, arguments: argparse.Namespace, surface: Surface, request: dict[str, Any]) -> None:
    """Make a space, and start it if that is wanted.

    Raises
    ------
    SageMakerError
        It could not be made, or not be started.
    """
    on_step = surface.on_step()
    key = make(studio, _SPACE, request, on_step)
    name = key[-1]
    if arguments.start:
        lifecycle.start(studio, Target(_SPACE.kind, key), {}, on_step)
        tell_started(surface, name)
    else:
        surface.write(f"{name} is there. Start it: {surface.prog} start {name}")


def tell_started(surface: Surface, name: str) -> None:
    """Say what can be done with a space that runs."""
    prog = surface.prog
    surface.write(f"{name} runs. Open it: {prog} open {name}; its kernels here: {prog} kernels add {name}")
