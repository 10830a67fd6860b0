"""A local engine for tests of what users do, and scripts that are quick."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Iterator
from pathlib import Path

from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice, open_connection
from jupyter_sm_ext.studio import Studio


def script(text: str) -> str:
    return textwrap.dedent(text).lstrip()


#: Prints a metric three times, writes a model and a word to the log; ``x`` decides how good it is.
GOOD = script(
    """
    import argparse, os
    parser = argparse.ArgumentParser()
    parser.add_argument("-x", "--x", type=float, default=0.5)
    arguments, others = parser.parse_known_args()
    print("others", others)
    for epoch in (1, 2, 3):
        print(f"epoch {epoch} score={arguments.x * epoch / 3:.6f}", flush=True)
    with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w") as file:
        file.write(str(arguments.x))
    """
)
#: Fails as Python fails.
BAD = script(
    """
    print("about to fail", flush=True)
    raise ValueError("no good <b>data</b>")
    """
)
#: Runs until it is stopped.
ENDLESS = script(
    """
    import time
    print("score=0.1", flush=True)
    while True:
        time.sleep(0.1)
    """
)


@contextlib.contextmanager
def running_engine(directory: Path) -> Iterator[Studio]:
    """A Studio on an engine of its own; at the end its jobs are stopped and so is the engine."""
    connection = open_connection(Choice(), directory)
    connection.ensure()
    studio = Studio(connection)
    try:
        yield studio
    finally:
        for kind, member in (("tuning-jobs", "HyperParameterTuningJobName"), ("training-jobs", "TrainingJobName")):
            for each in studio.list(kind, StatusEquals="InProgress"):
                studio.stop(kind, each[member])
                studio.wait(kind, each[member], timeout=60)
        local_engine.stop(directory)
