"""Commands on kernels of apps, and on the files beside them: ``kernels``, ``upload`` and ``download``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_sm_ext import remote
from jupyter_sm_ext.actions.named import Tree, instance_named
from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections import own_space
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table

if TYPE_CHECKING:
    from jupyter_sm_ext.actions.targets import Target
    from jupyter_sm_ext.remote import KernelSpec, Moved

_QUIET_SECONDS = 5.0  # between two lines about one large file


def register(add: Add) -> None:
    """Add the commands to the tree."""
    kernels = add("kernels", _list, "list, add and remove kernels on apps")
    actions = kernels.add_subparsers(metavar="ACTION", parser_class=Parser)
    adding = actions.add_parser("add", help="bring a space's kernels into this Jupyter", description=_ADD)
    adding.set_defaults(command=_add)
    adding.add_argument("space", nargs="?", help="name of the space")
    adding.add_argument("--instance", metavar="TYPE", help="such as ml.trn1.2xlarge; a running app is moved to it")
    adding.add_argument("--image", metavar="ARN", help="SageMaker image to run")
    _add_place(adding)
    removing = actions.add_parser("remove", help="take kernels out of this Jupyter; their app goes on")
    removing.set_defaults(command=_remove)
    removing.add_argument("name", help="of the kernel, or of its space for all of them")
    actions.add_parser("list", help="list the kernels on apps").set_defaults(command=_list)
    for name, command, text, what in (
        ("upload", _upload, "copy files to a running app", _UPLOAD),
        ("download", _download, "copy files from a running app", _DOWNLOAD),
    ):
        parser = add(name, command, text)
        parser.description = what
        parser.add_argument("paths", nargs="+", metavar="PATH", help="what to copy; the last one may say where to")
        parser.add_argument("-f", "--force", action="store_true", help="replace files that are there already")
        _add_place(parser)


_ADD = """\
Bring the kernels of a space, or of a profile, into this Jupyter: its app is started, or moved to another
instance, if need be. Every Jupyter client then offers them; a notebook on one runs on the app's instance."""
_UPLOAD = """\
Copy files and folders to an app: FILE... [SPACE:FOLDER]

  %(prog)s data.csv                   to the only app there is
  %(prog)s data.csv images my-space:  to the top of an app's files
  %(prog)s data.csv my-space:data/    into a folder there, made if need be"""
_DOWNLOAD = """\
Copy files and folders from an app: SPACE:PATH... [FOLDER]

  %(prog)s my-space:results.csv       into the current folder
  %(prog)s :results ~/runs            from the only app there is"""


def _add_place(parser: Parser) -> None:
    parser.add_argument("--domain", metavar="ID", help="domain that it is in, by id or name")
    parser.add_argument("--profile", metavar="NAME", help="a user profile's app (Studio Classic), not a space's")


def _list(_: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    remote.sync(studio)
    found = remote.installed(studio.connection.data_dir)
    rows = [(kernel.display_name, kernel.state, kernel.name) for kernel in found]
    nothing = f"no kernels on apps; add some: {surface.prog} kernels add SPACE"
    surface.table(Table(("kernel", "state", "name"), rows, nothing))


def _add(arguments: argparse.Namespace, surface: Surface) -> None:
    options = {
        "InstanceType": instance_named(arguments.instance) if arguments.instance else None,
        "SageMakerImageArn": arguments.image,
    }
    given = {name: value for name, value in options.items() if value is not None}
    studio = Studio(current())
    kernels = remote.add(studio, _target(studio, arguments), given, surface.on_step())
    names = ", ".join(kernel.display_name for kernel in kernels)
    surface.write(f"Added: {names}. Choose it in the kernel picker; files and working directory are the app's.")


def _remove(arguments: argparse.Namespace, surface: Surface) -> None:
    name = arguments.name
    found = remote.installed(current().data_dir)
    chosen = [kernel for kernel in found if name in (kernel.name, kernel.owner, kernel.display_name)]
    if not chosen:
        raise NotFoundError(f"no kernel on an app is called {name!r}", hint=_known(found))
    for kernel in chosen:
        remote.remove(kernel.name)
        surface.write(f"Removed: {kernel.display_name}; its app goes on.")


def _known(found: list[KernelSpec]) -> str:
    return f"There are: {', '.join(kernel.name for kernel in found)}." if found else "There are none."


def _target(studio: Studio, arguments: argparse.Namespace) -> Target:
    """The space or profile that somebody means."""
    if (arguments.space is None) == (arguments.profile is None):
        raise ValidationError("name a space, or a profile with --profile", code="Usage")
    kind, name = ("spaces", arguments.space) if arguments.space else ("user-profiles", arguments.profile)
    return Tree(studio).find(name, [kind], arguments.domain)


def _upload(arguments: argparse.Namespace, surface: Surface) -> None:
    *files, last = arguments.paths
    space, to = _far(last)
    if to is None:
        files, to = [*files, last], ""
    if not files:
        raise ValidationError("name a file to upload", code="Usage")
    studio, app_key = _app(arguments, space)
    said = _Said(surface, lambda moved: f"{moved.local} -> {app_key[2]}:{moved.path}")
    sources = [Path(file).expanduser() for file in files]
    remote.upload(studio, app_key, sources, to, force=arguments.force, on_move=said)


def _download(arguments: argparse.Namespace, surface: Surface) -> None:
    *first, last = arguments.paths
    to = "." if _far(last)[1] is not None else last
    named = [_far(path) for path in (first if to is last else arguments.paths)]
    if not named or any(path is None for _, path in named):
        raise ValidationError("name what to download as SPACE:PATH, or :PATH", code="Usage")
    spaces = {space for space, _ in named}
    if len(spaces) > 1:
        raise ValidationError("download from one space at a time", code="Usage")
    studio, app_key = _app(arguments, spaces.pop())
    said = _Said(surface, lambda moved: f"{app_key[2]}:{moved.path} -> {moved.local}")
    sources = [path or "" for _, path in named]
    remote.download(studio, app_key, sources, to, force=arguments.force, on_move=said)


def _far(path: str) -> tuple[str | None, str | None]:
    """Space and path of ``SPACE:PATH``; no path if it is one of this machine."""
    space, colon, rest = path.partition(":")
    # As with scp: a file whose name has a colon is written ./like:this.
    return (space or None, rest) if colon and "/" not in space else (None, None)


def _app(arguments: argparse.Namespace, space: str | None) -> tuple[Studio, tuple[str, ...]]:
    if space and arguments.profile:
        raise ValidationError("name a space or a profile, not both", code="Usage")
    studio = Studio(current())
    domain = Tree(studio).find(arguments.domain, ["domains"]).key[0] if arguments.domain else None
    app_key = remote.running_app(studio, space, domain=domain, profile=arguments.profile)
    if _is_here(app_key):
        raise ValidationError(
            f"this runs in the app of {app_key[2]} itself, where its files are already",
            hint="In a terminal of the machine whose files you mean: jupyter sm upload, or jupyter sm download.",
        )
    return studio, app_key


def _is_here(app_key: tuple[str, ...]) -> bool:
    """Whether we run in that app, as the magics of a notebook do whose kernel is there."""
    here = own_space.find()
    if here is None:
        return False
    domain, word, owner, app_type, _ = app_key
    mine = here["SpaceName"] if word == "space" else here["UserProfileName"]
    return (here["DomainId"], mine, here["AppType"]) == (domain, owner, app_type)


class _Said:
    """Tells of files that arrive, and now and then of a large one that is under way.

    Parameters
    ----------
    surface : Surface
        Whom.
    words : callable
        A file in words.
    """

    def __init__(self, surface: Surface, words: Callable[[Moved], str]) -> None:
        self._surface = surface
        self._words = words
        self._last = time.monotonic()

    def __call__(self, moved: Moved) -> None:
        if moved.done == moved.size:
            self._say(f"{self._words(moved)} ({_size(moved.size)})")
        elif time.monotonic() - self._last > _QUIET_SECONDS:
            self._say(f"{self._words(moved)}: {100 * moved.done // moved.size} % of {_size(moved.size)}")

    def _say(self, text: str) -> None:
        self._last = time.monotonic()
        self._surface.write(text)


def _size(count: float) -> str:
    """Bytes as people read them."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
