"""Bodies of the routes of kernels on apps, as JSON Schema."""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.server.body_parts import KEY, TEXT, TEXT_OR_NULL, object_of

KERNEL_BODIES: dict[str, dict[str, Any]] = {
    "RemoteKernel": object_of(
        {
            "name": {**TEXT, "description": "What this Jupyter calls it; stays the same."},
            "display_name": {**TEXT, "description": "For people."},
            "connection": {**TEXT, "description": "Id of the connection on which its app is."},
            "app_key": {**KEY, "description": "Parts of its app's REST path."},
            "kernel": {**TEXT, "description": "What its app calls it."},
            "language": TEXT,
            "instance": {**TEXT_OR_NULL, "description": "Type of the app's instance."},
            "owner": {**TEXT, "description": "Name of the space or profile."},
            "state": {
                "enum": ["ready", "stopped"],
                "description": "Stopped: its app does not run, and no picker has it.",
            },
            "text": {**TEXT, "description": "The state in words."},
        }
    ),
    "RemoteKernels": object_of(
        {"kernels": {"type": "array", "items": {"$ref": "#/components/schemas/RemoteKernel"}}},
    ),
    "KernelsWanted": object_of(
        {
            "kind": {"enum": ["spaces", "user-profiles", "apps"]},
            "key": KEY,
            "options": {"type": "object", "description": "AppType, AppName, and AWS's members of a ResourceSpec."},
        },
        "options",
        additionalProperties=False,
    ),
}
