"""An AWS that a script serves in a process of its own, so that its work is not counted with that of who asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent


def environment_of(endpoint_url: str) -> dict[str, str]:
    """What sends AWS clients to an address; any key will do."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIDMADEUP",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_MAX_ATTEMPTS": "1",
    }


@contextmanager
def aws_of(script: str, *options: str) -> Iterator[dict[str, str]]:
    """Run a script of this folder that prints such an environment as JSON and ends with its standard input.

    Gives the whole environment of who is to ask it.
    """
    command = [sys.executable, str(HERE / script), *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield {**os.environ, **json.loads(process.stdout.readline())}
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()
