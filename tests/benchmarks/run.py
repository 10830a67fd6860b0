"""``nox -s bench``: what the product costs, each figure beside a peer's or a floor in the same run.

Prints a Markdown table. Nothing is asserted: what counts is the ratio, and a person judges it.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import engine_requests
import first_script
import large_view
import reading
import starts
import to_pixel
import trials
import watching
from measure import HEAD, Figure
from remote_kernel import no_op

import jupyter_sm_ext as sm
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection_base import Connection


@contextmanager
def _engine() -> Iterator[Connection]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(JUPYTER_SM_DATA_DIR=folder, AWS_EC2_METADATA_DISABLED="true")
        try:
            yield sm.connect("local")
        finally:
            local_engine.stop(Path(folder))


def _on_an_engine(options: Namespace) -> Iterator[Figure]:
    with _engine() as connection:
        yield from trials.figures(connection, options.trials, options.rounds)
        yield no_op(connection, options.requests)


def _in_lab(options: Namespace) -> Iterator[Figure]:
    with _engine() as connection:
        yield from first_script.figures()
        yield from to_pixel.figures(connection)
        yield from large_view.figures(rounds=options.rounds)


PARTS: dict[str, Callable[[Namespace], Iterator[Figure]]] = {
    "starts": lambda options: starts.figures(2 * options.rounds + 1),
    "engine": lambda options: engine_requests.figures(options.requests),
    "trials": _on_an_engine,
    "reading": lambda options: reading.figures(options.requests, options.rounds),
    "watching": lambda options: watching.figures(1, pages=False),
    "browser": _in_lab,
    "pages": lambda options: watching.figures(options.rounds, pages=True),
}
"""Rows of the table, by part; all but the last when no part is named."""
APART = {
    "beside_dashboard": "the view beside optuna-dashboard, in a browser",
    "growth": "how cost grows, drawn as growth.svg (minutes)",
    "optimisers": "how good the proposed trials are (minutes)",
}


def main() -> None:
    """Run what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300, help="requests of each sort and round")
    parser.add_argument("--rounds", type=int, default=3, help="turns of what takes its time")
    parser.add_argument("--trials", type=int, default=100, help="trials of the tuning job")
    parser.add_argument("--only", choices=PARTS, action="append", help="these rows alone")
    for name, what in APART.items():
        parser.add_argument(f"--{name.removeprefix('beside_')}", dest=name, action="store_true", help=f"only {what}")
    options = parser.parse_args()
    wanted = [name for name in APART if getattr(options, name)]
    for name in wanted:
        subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)
    if not wanted:
        _table(options)


def _table(options: Namespace) -> None:
    packages = ", ".join(f"{name} {version(name)}" for name in ("boto3", "moto", "optuna", "tornado", "jupyter-server"))
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}\n\n{HEAD}", flush=True)
    for part in options.only or [name for name in PARTS if name != "pages"]:
        for figure in PARTS[part](options):
            print(figure.row(), flush=True)
    print(f"\nLoad of the machine: {os.getloadavg()[1]:.1f} on average of the last 5 minutes.")


if __name__ == "__main__":
    main()
