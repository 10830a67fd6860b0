"""Bodies of what is worked out of jobs and of what they have stored, as JSON Schema."""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.server.body_parts import TEXT, TEXT_OR_NULL, object_of

_AMOUNT: dict[str, Any] = {"type": ["number", "null"]}

MEANING: dict[str, Any] = {
    "oneOf": [{"$ref": "#/components/schemas/FailureMeaning"}, {"type": "null"}],
    "description": "Of a job: what its failure means; null if it has not failed, or nobody knows.",
}

INSIGHT_BODIES: dict[str, dict[str, Any]] = {
    "FailureMeaning": object_of({"text": {**TEXT, "description": "For people."}, "advice": TEXT}),
    "JobCost": object_of(
        {
            "free": {"type": "boolean", "description": "It runs on this machine, which costs nothing."},
            "so_far": {**_AMOUNT, "description": "null: nobody knows a price."},
            "projected": {**_AMOUNT, "description": "In the end; null: nobody can tell."},
            "per_hour": {**_AMOUNT, "description": "Of what runs now."},
            "currency": TEXT,
            "complete": {"type": "boolean", "description": "Whether each price is known; what has none is left out."},
            "at_most": {"type": "boolean", "description": "It is less, and nobody knows how much: spot instances."},
            "message": {**TEXT_OR_NULL, "description": "Why something is not told, or what else is to be said."},
        }
    ),
    "JobArtifacts": object_of(
        {
            "uri": {**TEXT_OR_NULL, "description": "Where all of it is; null: such a job stores nothing."},
            "artifacts": {
                "type": "array",
                "items": object_of(
                    {
                        "path": {**TEXT, "description": "Ask for it by this."},
                        "uri": TEXT,
                        "size": {"type": "integer", "description": "Bytes."},
                        "modified": {"type": "number", "description": "Seconds since 1970."},
                    }
                ),
            },
            "more": {"type": "boolean", "description": "Whether there are more than are listed."},
            "link": {**TEXT_OR_NULL, "description": "Their page in AWS's console."},
        }
    ),
}
