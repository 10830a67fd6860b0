"""Commands that change Studio: ``start``, ``stop``, ``resize``, ``open`` and ``delete``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from jupyter_sm_ext import remote
from jupyter_sm_ext.actions import lifecycle
from jupyter_sm_ext.actions.job_removal import consequences_for_job
from jupyter_sm_ext.actions.named import KIND_WORDS, Tree, ambiguous, app_type_named, instance_named
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.commands.space_creation import tell_started
from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.snapshots import find_job

_JOB, _ALGORITHM = "job", "algorithm"


def register(add: Add) -> None:
    """Add the commands to the tree."""
    starting = add("start", _start, "start a space, or an app of a profile, and wait until it can be used")
    starting.add_argument("name", nargs="?", metavar="SPACE", help="name of the space")
    starting.add_argument("--instance", metavar="TYPE", help="such as ml.trn1.2xlarge; else the space's own")
    starting.add_argument("--profile", metavar="NAME", help="a user profile's app (Studio Classic), not a space's")
    starting.add_argument("--app-type", metavar="APP", help="such as KernelGateway; else the space's own")
    starting.add_argument("--image", metavar="ARN", help="SageMaker image to run")
    _add_domain(starting)
    stopping = add("stop", _stop, "stop a space, an app or a job")
    stopping.add_argument("what", metavar="NAME", help="of the space or job; an app is OWNER/APP")
    _add_kind(stopping, _JOB, "space", "app", "profile")
    _add_domain(stopping)
    resizing = add("resize", _resize, "move a space or an app to another type of instance")
    resizing.add_argument("name", metavar="SPACE", help="name of the space; an app is OWNER/APP")
    resizing.add_argument("--instance", metavar="TYPE", required=True, help="such as ml.trn1.2xlarge")
    _add_domain(resizing)
    opening = add("open", _open, "open a space or a profile's Studio in the browser")
    opening.add_argument("name", metavar="SPACE", help="name of the space; an app is OWNER/APP")
    opening.add_argument("--profile", metavar="NAME", help="who opens it (its owner, else your own)")
    _add_kind(opening, "space", "profile", "app")
    _add_domain(opening)
    deleting = add("delete", _delete, "delete a job, an algorithm, or a space, profile or domain with all of it")
    deleting.add_argument("what", metavar="NAME", help="of it; a domain's id will do, an app is OWNER/APP")
    deleting.add_argument("-y", "--yes", action="store_true", help="do not ask")
    _add_kind(deleting, _JOB, _ALGORITHM, *KIND_WORDS)
    _add_domain(deleting)


def _add_domain(parser: Parser) -> None:
    parser.add_argument("--domain", metavar="ID", help="domain that it is in, by id or name")


def _add_kind(parser: Parser, *words: str) -> None:
    parser.add_argument("--kind", choices=words, help="if several kinds have the name")


def _start(arguments: argparse.Namespace, surface: Surface) -> None:
    if (arguments.name is None) == (arguments.profile is None):
        raise ValidationError(
            f"{surface.prog} start: name a space, or a profile with --profile",
            code="Usage",
            hint=f"{surface.prog} start --help tells more.",
        )
    options = _options(arguments)
    studio = Studio(current())
    kind, name = ("spaces", arguments.name) if arguments.name else ("user-profiles", arguments.profile)
    target = Tree(studio).find(name, [kind], arguments.domain)
    try:
        lifecycle.start(studio, target, options, surface.on_step())
    except ConflictError as error:
        if error.code == "AlreadyRunning":
            error.hint = f"Move it: {surface.prog} resize {name} --instance {options['InstanceType']}"
        raise
    remote.sync(studio)
    if kind == "spaces":
        tell_started(surface, name)
    else:
        surface.write(f"{name}: started")


def _options(arguments: argparse.Namespace) -> dict[str, str]:
    given = {
        "InstanceType": instance_named(arguments.instance) if arguments.instance else None,
        "AppType": app_type_named(arguments.app_type) if arguments.app_type else None,
        "SageMakerImageArn": arguments.image,
    }
    return {name: value for name, value in given.items() if value is not None}


def _stop(arguments: argparse.Namespace, surface: Surface) -> None:
    studio, name = Studio(current()), arguments.what
    kinds = [KIND_WORDS[arguments.kind]] if arguments.kind in KIND_WORDS else ["spaces", "apps"]
    tree = Tree(studio)
    job = _job_meant(studio, tree, arguments, kinds, [_JOB])
    if job is not None:
        studio.stop(job, name)
        surface.write(f"{name}: asked to stop")
        return
    if lifecycle.stop(studio, _target_meant(tree, arguments, kinds), surface.on_step()):
        remote.sync(studio)
    else:
        surface.write(f"{name}: nothing runs there")


def _job_meant(
    studio: Studio, tree: Tree, arguments: argparse.Namespace, kinds: Sequence[str], words: Sequence[str]
) -> str | None:
    """The kind of the job (or algorithm) that is meant; None if it is something of Studio."""
    name = arguments.what
    if arguments.kind not in (None, *words) or arguments.domain is not None or "/" in name:
        return None
    job = None
    for word in [arguments.kind] if arguments.kind else words:
        try:
            job = _found(studio, word, name)
            break
        except (NotFoundError, ValidationError):  # the service refuses a name that none of them can have
            if arguments.kind == word:
                raise
    if job is not None and arguments.kind is None and tree.matches(name, kinds):
        raise ambiguous(name, [f"the {job.removesuffix('s').replace('-', ' ')} {name}", f"the space {name}"])
    return job


def _found(studio: Studio, word: str, name: str) -> str:
    if word == _JOB:
        return find_job(studio, name)
    studio.describe("algorithms", name)
    return "algorithms"


def _target_meant(tree: Tree, arguments: argparse.Namespace, kinds: Sequence[str]) -> Target:
    try:
        return tree.find(arguments.what, kinds, arguments.domain)
    except NotFoundError as error:
        if arguments.kind is None:
            error.message = error.message.replace(" no ", " no job, ", 1)
        raise


def _resize(arguments: argparse.Namespace, surface: Surface) -> None:
    options = {"InstanceType": instance_named(arguments.instance)}
    studio = Studio(current())
    target = Tree(studio).find(arguments.name, ["spaces", "apps"], arguments.domain)
    key = lifecycle.change_instance(studio, target, options, surface.on_step())
    remote.sync(studio)
    if key is None:
        surface.write(f"{arguments.name} is stopped; it starts on {options['InstanceType']} from now on.")


def _open(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    kinds = [KIND_WORDS[arguments.kind]] if arguments.kind else ["spaces", "apps", "user-profiles"]
    tree = Tree(studio)
    surface.open(studio, tree.find(arguments.name, kinds, arguments.domain), arguments.profile)


def _delete(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    kinds = [KIND_WORDS[arguments.kind]] if arguments.kind in KIND_WORDS else list(KIND_WORDS.values())
    tree = Tree(studio)
    job = _job_meant(studio, tree, arguments, kinds, [_JOB, _ALGORITHM])
    if job is not None:
        _delete_job(studio, job, arguments.what, surface)
        return
    target = _target_meant(tree, arguments, kinds)
    told = lifecycle.consequences(studio, target)
    # An app takes nothing with it that does not come back: it is stopped as `stop` stops it.
    if told.confirm is not None and not arguments.yes:
        noun = next(word for word, kind in KIND_WORDS.items() if kind == target.kind)
        surface.write("\n".join([f"This deletes the {noun} {target.name}.", *told.consequences]))
        if not surface.confirm("Type its name to delete it", told.confirm):
            raise ValidationError(
                f"{target.name} was not deleted", code="NotConfirmed", hint=_how(surface, arguments.what)
            )
    lifecycle.delete(studio, target, {}, surface.on_step())
    remote.sync(studio)


def _delete_job(studio: Studio, kind: str, name: str, surface: Surface) -> None:
    told = consequences_for_job(studio, kind, (name,)).consequences[1:] if kind != "algorithms" else []
    studio.delete(kind, name)
    # What it takes with it does not need a question: what counts, the log and the artifacts, is kept.
    surface.write("\n".join([f"{name}: deleted", *told]))


def _how(surface: Surface, name: str) -> str:
    return f"To delete it without being asked: {surface.prog} delete {name} --yes"
