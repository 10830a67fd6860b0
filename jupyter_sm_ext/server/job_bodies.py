"""Bodies of what follows from a job, as JSON Schema."""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.server.body_parts import TEXT, object_of
from jupyter_sm_ext.watching.job_ways import TRAIN, WAYS

WAYS_NOW: dict[str, Any] = {
    "type": "array",
    "items": {"enum": list(WAYS)},
    "description": "Of a job: how it can be followed now.",
}

JOB_BODIES: dict[str, dict[str, Any]] = {
    "Successor": object_of(
        {
            "way": {"enum": [*WAYS, TRAIN]},
            "kind": {**TEXT, "description": "Of the new job."},
            "operation": {**TEXT, "description": "That creates it."},
            "request": {"type": "object", "description": "Of that operation, with a name that is free."},
            "notes": {"type": "array", "items": TEXT, "description": "What could not be taken over."},
        }
    ),
}
