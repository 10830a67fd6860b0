"""Commands that list Studio: ``domains``, ``spaces`` and ``apps``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from jupyter_sm_ext.actions.named import Tree
from jupyter_sm_ext.commands.surface import Add, Command, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table, local_time
from jupyter_sm_ext.watching.studio_rows import Row


def register(add: Add) -> None:
    """Add the commands to the tree."""
    add("domains", _domains, "list Studio's domains")
    for kind, columns in (("spaces", _SPACES), ("apps", _APPS)):
        parser = add(kind, _listing(kind, columns), f"list Studio's {kind}")
        parser.add_argument("--domain", metavar="ID", help="only those of this domain, by id or name")


_Columns = Sequence[tuple[str, Callable[[Row], str]]]

_SPACES: _Columns = (
    ("Name", lambda row: row["name"] + (" (here)" if row["here"] else "")),
    ("Status", lambda row: row["text"]),
    ("Owner", lambda row: row["owner"] or ""),
    ("Sharing", lambda row: row["sharing"] or ""),
    ("Type", lambda row: row["app_type"] or ""),
    ("Domain", lambda row: row["domain"]),
    ("Created", lambda row: local_time(row["created"])),
)
_APPS: _Columns = (
    ("App", lambda row: "/".join(row["key"][2:])),
    ("Of a", lambda row: row["key"][1]),
    ("Status", lambda row: row["text"]),
    ("Instance", lambda row: row["instance"] or ""),
    ("Domain", lambda row: row["domain"]),
    ("Created", lambda row: local_time(row["created"])),
)


def _listing(kind: str, columns: _Columns) -> Command:
    def command(arguments: argparse.Namespace, surface: Surface) -> None:
        studio = Studio(current())
        tree = Tree(studio)
        rows = tree.of(kind, arguments.domain)
        heads, cells = zip(*columns, strict=True)
        where = f"domain {arguments.domain}" if arguments.domain else studio.connection.label
        nothing = f"{where}: no {kind} yet"
        shown = [[cell(row) for cell in cells] for row in rows]
        surface.table(Table(heads, shown, nothing, _problems(tree, kind)))

    return command


def _domains(_: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    tree = Tree(studio)
    rows = []
    for domain in tree.of("domains"):
        counts = [
            "?" if kind in tree.problems else str(sum(row["domain"] == domain["domain"] for row in tree.of(kind)))
            for kind in ("user-profiles", "spaces", "apps")
        ]
        rows.append([domain["name"], domain["domain"], domain["text"], *counts, local_time(domain["created"])])
    heads = ("Name", "Id", "Status", "Profiles", "Spaces", "Apps", "Created")
    nothing = f"{studio.connection.label}: no domains yet"
    surface.table(Table(heads, rows, nothing, _problems(tree, "domains"), ("Profiles", "Spaces", "Apps")))


def _problems(tree: Tree, *kinds: str) -> list[str]:
    """What keeps a list from being whole."""
    return [
        f"{kind}: {told['message']}{' ' + told['hint'] if told['hint'] else ''}"
        for kind, told in tree.problems.items()
        if kind in kinds or kind == "apps"
    ]
