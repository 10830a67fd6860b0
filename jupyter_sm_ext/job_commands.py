"""Commands on jobs: ``jobs``, ``watch`` and ``logs``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable

from jupyter_sm_ext.connection import current
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.looks import JOBS, look_for
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.snapshots import find_job
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.surface import Add, Surface
from jupyter_sm_ext.tables import Table, local_time


def register(add: Add) -> None:
    """Add the commands to the tree."""
    listing = add("jobs", _jobs, "list the newest jobs")
    listing.add_argument("--limit", type=int, default=20, metavar="N", help="how many (%(default)s)")
    add("watch", _watch, "watch a tuning or training job").add_argument("name", metavar="JOB", help="its name")
    logging = add("logs", _logs, "show the log of a training job")
    logging.add_argument("name", metavar="JOB", help="name of the training job")
    logging.add_argument("-f", "--follow", action="store_true", help="go on until the job ends")


def _jobs(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    look = look_for(JOBS, ())
    look.refresh(studio)
    items = look.contents(None)["items"][: arguments.limit]
    rows = [
        (item["name"], item["kind"].removesuffix("-jobs"), item["status"], local_time(item["created"]))
        for item in items
    ]
    surface.table(Table(("Name", "Kind", "Status", "Created"), rows, f"{studio.connection.label}: no jobs yet"))


def _watch(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    surface.watch(studio, find_job(studio, arguments.name), arguments.name)


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
