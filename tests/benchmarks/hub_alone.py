"""The hub without a server: CPU seconds of so many looks at the tuning job, with so many viewers who read each change.

    python tests/benchmarks/hub_alone.py VIEWERS LOOKS

`watching.py` runs it in a process of its own, with the environment that leads to the tuning job.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from jupyter_sm_ext.connections.aws_connection import AwsConnection
from jupyter_sm_ext.connections.connection import Choice
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.hub import Hub

WATCH = {"kind": "tuning-jobs", "key": ["large"]}


async def looked(viewers: int, looks: int) -> float:
    """CPU seconds from the end of the first look on, which is the one that reads all pages."""
    # The real pace would take five minutes; it changes neither what is called nor what is worked out.
    AwsConnection.pace = (0.1, 0.1)
    studio = Studio(AwsConnection(Choice("aws"), Path(tempfile.gettempdir())))
    moved = asyncio.Event()
    hub = Hub(lambda: studio, lambda change: moved.set())
    last: list[int | None] = [None] * viewers

    async def read(viewer: int) -> str:
        wanted: dict[str, Any] = {**WATCH, "since": last[viewer]}
        [snapshot] = await hub.look(f"viewer {viewer}", [wanted])
        last[viewer] = snapshot["seq"]
        return json.dumps(snapshot)

    await asyncio.gather(*map(read, range(viewers)))
    before = time.process_time()
    for _ in range(looks - 1):
        await moved.wait()
        moved.clear()
        await asyncio.gather(*map(read, range(viewers)))
    spent = time.process_time() - before
    await hub.close()
    return spent


if __name__ == "__main__":
    print(asyncio.run(looked(int(sys.argv[1]), int(sys.argv[2]))))
