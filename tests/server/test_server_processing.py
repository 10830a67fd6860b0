"""A processing job over REST: nothing of the server knows of it but its row."""

from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any

from jupyter_sm_ext.connections.connection import Connections


async def test_one_is_created_watched_listed_stopped_and_deleted(api: Any, data_dir: Path) -> None:
    connection = Connections(data_dir).current()
    name = f"processing-{uuid.uuid4().hex[:8]}"
    request = {
        "ProcessingJobName": name,
        "RoleArn": connection.role,
        "AppSpecification": {
            "ImageUri": "local/python",
            "ContainerEntrypoint": ["python", "-c", "import time; print('begun', flush=True); time.sleep(60)"],
        },
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
    }
    assert (await api("POST", "/processing-jobs", request)).status == 201
    assert name in [
        row["ProcessingJobName"] for row in (await api("GET", "/processing-jobs")).json["ProcessingJobSummaries"]
    ]
    watch = {"viewer": "tab", "seconds": 60, "watches": [{"kind": "processing-jobs", "key": [name]}]}

    async def watched(until: str, member: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while True:
            [snapshot] = (await api("POST", "/watches", watch)).json["watches"]
            if snapshot["status"] == until and member in snapshot["described"]:
                return dict(snapshot)
            assert time.monotonic() < deadline, snapshot
            await asyncio.sleep(0.05)

    assert not (await watched("InProgress", "ProcessingStartTime"))["terminal"]
    assert (await api("POST", f"/processing-jobs/{name}/stop")).status in (200, 202, 204)
    assert (await watched("Stopped", "ProcessingEndTime"))["terminal"]
    assert b"begun" in (await api("GET", f"/processing-jobs/{name}/log.txt")).raw
    again = (await api("GET", f"/processing-jobs/{name}/successors/clone")).json
    assert (again["operation"], again["request"]["AppSpecification"]) == (
        "CreateProcessingJob",
        request["AppSpecification"],
    )
    assert (await api("DELETE", f"/processing-jobs/{name}")).status == 204
    assert (await api("GET", f"/processing-jobs/{name}")).status == 404
