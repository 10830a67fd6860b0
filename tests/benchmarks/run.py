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
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import engine_requests
import starts
import trials
from measure import HEAD, Figure
from remote_kernel import no_op

import jupyter_sm_ext as sm
from jupyter_sm_ext import local_engine

APART = {
    "watching": "what watching a tuning job costs (minutes)",
    "beside_dashboard": "the view beside optuna-dashboard, in a browser",
    "reading": "reads through Jupyter, beside others' (minutes)",
    "growth": "how cost grows, drawn as growth.svg (minutes)",
    "optimisers": "how good the proposed trials are (minutes)",
}


def main() -> None:
    """Run what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="requests of each sort")
    parser.add_argument("--trials", type=int, default=100, help="trials of the tuning job")
    for name, what in APART.items():
        parser.add_argument(f"--{name.removeprefix('beside_')}", dest=name, action="store_true", help=f"only {what}")
    options = parser.parse_args()
    wanted = [name for name in APART if getattr(options, name)]
    for name in wanted:
        subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)
    if not wanted:
        _table(options.rounds, options.trials)


def _table(rounds: int, count: int) -> None:
    packages = ", ".join(f"{name} {version(name)}" for name in ("boto3", "moto", "optuna", "tornado", "jupyter-server"))
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}\n\n{HEAD}", flush=True)
    for figure in _figures(rounds, count):
        print(figure.row(), flush=True)
    print(f"\nLoad of the machine: {os.getloadavg()[1]:.1f} on average of the last 5 minutes.")


def _figures(rounds: int, count: int) -> Iterator[Figure]:
    yield from starts.figures(7)
    yield from engine_requests.figures(rounds)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(JUPYTER_SM_DATA_DIR=folder, AWS_EC2_METADATA_DISABLED="true")
        connection = sm.connect("local")
        try:
            yield from trials.figures(connection, count, 3)
            yield no_op(connection, rounds)
        finally:
            local_engine.stop(Path(folder))


if __name__ == "__main__":
    main()
