"""The command ``doctor``: what is configured, what works, what is missing and how to get it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.diagnosis.findings import BAD, OK, works
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.tables import Table


def register(add: Add) -> None:
    """Add the command to the tree."""
    doctor = add("doctor", _doctor, "show what works here and what is missing; creates and changes nothing")
    doctor.add_argument("--json", action="store_true", help="as JSON, for programs")
    doctor.add_argument("--data-dir", type=Path, metavar="DIR", help="data directory of the local engine")


def _doctor(arguments: argparse.Namespace, surface: Surface) -> None:
    # With all that it looks at it takes long to import, and few ask for it.
    from jupyter_sm_ext.diagnosis.doctor import examine, told

    found = examine(current(arguments.data_dir))
    well = works(found)
    if arguments.json:
        told_all = {"works": well, "findings": [each.as_dict() for each in found]}
        surface.write(json.dumps(told_all, indent=2))
    else:
        surface.table(Table(("What", "State", "Told"), list(told(found)), ""))
        for each in found:
            if each.state != OK and (each.fix or each.statement):
                lines = [f"\n{each.name}: {each.message}", *([each.fix] if each.fix else [])]
                surface.write("\n".join([*lines, *([each.statement] if each.statement else [])]))
    if not well:
        count = sum(each.state == BAD for each in found)
        problems = "one thing that everybody needs does" if count == 1 else f"{count} things that everybody needs do"
        raise SageMakerError(f"{problems} not work", code="Doctor")
