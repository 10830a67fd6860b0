"""Commands on kernels of apps, and on the files beside them: ``kernels``, ``upload`` and ``download``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from jupyter_sm_ext import remote
from jupyter_sm_ext.arguments import Parser
from jupyter_sm_ext.connection import current
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio

if TYPE_CHECKING:
    from jupyter_sm_ext.remote import KernelSpec, Moved
    from jupyter_sm_ext.steps import Step
    from jupyter_sm_ext.targets import Target

_QUIET_SECONDS = 5.0  # between two lines about one large file


class Surface(Protocol):
    """Where the answer goes."""

    def write(self, text: str) -> None:
        """Show lines of text."""


Command = Callable[[argparse.Namespace, Surface], None]


def register(add: Callable[[str, Command, str], Parser]) -> None:
    """Add the commands to the tree; ``add`` takes name, function and one line of help."""
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

  upload data.csv                   to the only app there is
  upload data.csv images my-space:  to the top of an app's files
  upload data.csv my-space:data/    into a folder there, made if need be"""
_DOWNLOAD = """\
Copy files and folders from an app: SPACE:PATH... [FOLDER]

  download my-space:results.csv       into the current folder
  download :results ~/runs            from the only app there is"""


def _add_place(parser: Parser) -> None:
    parser.add_argument("--domain", metavar="ID", help="domain of the space, if several have one of this name")
    parser.add_argument("--profile", metavar="NAME", help="a user profile's app (Studio Classic), not a space's")


def _list(_: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    remote.sync(studio)
    found = remote.installed(studio.connection.data_dir)
    widths = [max((len(text) for text in column), default=0) for column in zip(*map(_columns, found), strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(_columns(each), widths, strict=True)) for each in found]
    surface.write("\n".join(line.rstrip() for line in lines) or "no kernels on apps; add some: kernels add SPACE")


def _columns(kernel: KernelSpec) -> tuple[str, ...]:
    return kernel.display_name, kernel.state, kernel.name


def _add(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    told: list[tuple[str, str | None]] = []

    def on_step(step: Step) -> None:
        news = (step.text, step.detail)
        if step.state == "running" and news not in told:
            told.append(news)
            surface.write(f"{step.text} ..." if step.detail is None else f"  {step.detail}")

    options = {"InstanceType": arguments.instance, "SageMakerImageArn": arguments.image}
    given = {name: value for name, value in options.items() if value is not None}
    kernels = remote.add(studio, _target(studio, arguments), given, on_step)
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
    from jupyter_sm_ext.targets import Target

    space, profile, domain = arguments.space, arguments.profile, arguments.domain
    if (space is None) == (profile is None):
        raise ValidationError("name a space, or a profile with --profile", code="Usage")
    kind, member, name = ("spaces", "SpaceName", space) if space else ("user-profiles", "UserProfileName", profile)
    filters = {f"{member}Contains": name, **({"DomainIdEquals": domain} if domain else {})}
    found = [each for each in studio.list(kind, **filters) if each[member] == name]
    if not found:
        raise NotFoundError(
            f"{studio.connection.label} has no {resource(kind).noun} named {name!r}",
            hint="The spaces there are: %sm spaces",
        )
    if len(found) > 1:
        domains = ", ".join(each["DomainId"] for each in found)
        raise ValidationError(f"several domains have a {name}: {domains}", hint="Say which: --domain ID")
    return Target(kind, (found[0]["DomainId"], name))


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
    app_key = remote.running_app(studio, space, domain=arguments.domain, profile=arguments.profile)
    return studio, app_key


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
