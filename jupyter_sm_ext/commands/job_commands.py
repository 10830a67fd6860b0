"""Commands on jobs: ``jobs``, ``watch`` and ``logs``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable

from jupyter_sm_ext.commands.surface import Add, Surface
from jupyter_sm_ext.connections.connection import current
from jupyter_sm_ext.errors import PASSING, NotFoundError, ValidationError
from jupyter_sm_ext.pacing import Pace
from jupyter_sm_ext.resources import resource
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table, local_time
from jupyter_sm_ext.watching.job_lists import JOB_KINDS, find_jobs, trials_of_job
from jupyter_sm_ext.watching.snapshots import duration, find_job, number_of

_MOST = 1000


def register(add: Add) -> None:
    """Add the commands to the tree."""
    listing = add("jobs", _jobs, "list the newest jobs")
    listing.add_argument("--kind", choices=list(JOB_KINDS), help="only such jobs")
    listing.add_argument("--status", metavar="STATUS", help="only those in it, such as running or failed")
    listing.add_argument("--name", metavar="TEXT", help="only those with this in their name")
    listing.add_argument("--of", metavar="JOB", help="the training jobs of this tuning job")
    listing.add_argument("--limit", type=int, default=20, metavar="N", help="how many (%(default)s)")
    add("watch", _watch, "watch a job as it goes on").add_argument("name", metavar="JOB", help="its name")
    comparing = add("compare", _compare, "show tuning jobs beside each other")
    comparing.add_argument("names", metavar="JOB", nargs="+", help="their names, 2 to 8")
    logging = add("logs", _logs, "show the log of a training or compilation job, or of a tuning job's trial")
    logging.add_argument("name", metavar="JOB", help="its name")
    logging.add_argument("--trial", type=int, metavar="N", help="of a tuning job: which of its training jobs")
    logging.add_argument("-f", "--follow", action="store_true", help="go on until the job ends")


def _jobs(arguments: argparse.Namespace, surface: Surface) -> None:
    if not 1 <= arguments.limit <= _MOST:
        raise ValidationError(f"{surface.prog} jobs: --limit is from 1 to {_MOST}", code="Usage")
    if arguments.of and (arguments.kind or arguments.name):
        raise ValidationError(f"{surface.prog} jobs: --of goes with neither --kind nor --name", code="Usage")
    studio = Studio(current())
    problems: list[str] = []
    if arguments.of:
        jobs = trials_of_job(studio, arguments.of, status=arguments.status, limit=arguments.limit)
    else:
        kinds = [JOB_KINDS[arguments.kind]] if arguments.kind else list(JOB_KINDS.values())
        jobs, problems = find_jobs(
            studio, kinds=kinds, status=arguments.status, name=arguments.name, limit=arguments.limit
        )
    rows = [
        (
            job["name"],
            job["kind"].removesuffix("-jobs"),
            job["status"],
            local_time(job["created"]),
            duration(job["ended"] - job["created"]) if job["ended"] else "",
        )
        for job in jobs
    ]
    asked = arguments.of or arguments.kind or arguments.status or arguments.name
    nothing = f"{studio.connection.label}: {'no such jobs' if asked else 'no jobs yet'}"
    surface.table(Table(("Name", "Kind", "Status", "Created", "Took"), rows, nothing, problems, ("Took",)))


def _watch(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    surface.watch(studio, find_job(studio, arguments.name), arguments.name)


def _compare(arguments: argparse.Namespace, surface: Surface) -> None:
    surface.compare(Studio(current()), arguments.names)


def _logs(arguments: argparse.Namespace, surface: Surface) -> None:
    studio = Studio(current())
    name, kind = arguments.name, find_job(studio, arguments.name)
    if kind == "tuning-jobs":
        name, kind = _trial(studio, name, arguments.trial, surface.prog), "training-jobs"
    elif arguments.trial is not None:
        raise ValidationError(f"{name} is no tuning job, so that it has no trials", code="Usage")
    for lines in follow(studio, name, kind=kind, until_ended=arguments.follow):
        surface.write(lines)


def _trial(studio: Studio, tuning_job: str, number: int | None, prog: str) -> str:
    """Name of a tuning job's training job by its number."""
    newest = None
    for summary in studio.trials(tuning_job, SortBy="CreationTime", SortOrder="Descending"):
        newest = newest or summary["TrainingJobName"]
        if number is None:
            hint = f"Its newest one: {prog} logs {tuning_job} --trial {number_of(summary) or 1}"
            raise ValidationError(f"{tuning_job} is a tuning job; only its training jobs have logs", hint=hint)
        if number_of(summary) == number:
            return str(summary["TrainingJobName"])
    if number is None:
        raise ValidationError(f"{tuning_job} is a tuning job, and has no training jobs yet")
    hint = f"Its newest one is {newest}." if newest else "It has none yet."
    raise NotFoundError(f"{tuning_job} has no training job {number}", hint=hint)


def follow(studio: Studio, name: str, *, kind: str = "training-jobs", until_ended: bool) -> Iterable[str]:
    """The log of a job, in blocks of lines as they come.

    Parameters
    ----------
    studio : Studio
        Where the job is.
    name : str
        Of the job.
    kind : str
        Which kind of job; one that has logs of its own.
    until_ended : bool
        Whether to go on until the job has ended; throttling, a cut network and expired credentials are told in a line,
        and pass.
    """
    row = resource(kind)
    token = trouble = None
    read = time.time()
    pace = Pace(*studio.connection.pace)
    while True:
        try:
            # First the status: what is logged between the two calls is then read in the next round, not lost.
            ended = not until_ended or studio.describe(row.kind, name)[row.status] not in row.transitional
            page = studio.logs(name, token, row.kind)
        except PASSING as error:
            if not until_ended:
                raise
            if error.code != trouble:
                yield f"[no news since {local_time(read)}: {error.message.rstrip('.')}; trying again]"
            trouble = error.code
            pace.failed()
            time.sleep(pace.pause)
            continue
        token, read, trouble = page.token, time.time(), None
        pace.moved()
        if page.events:
            yield "\n".join(event["message"] for event in page.events)
        elif ended:
            return
        if not ended:
            time.sleep(pace.pause)
