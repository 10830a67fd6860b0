"""Bodies of the tree of Studio and of what is done with it, as JSON Schema."""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.server.body_parts import ERROR, KEY, STATEMENT, TEXT, TEXT_OR_NULL, object_of
from jupyter_sm_ext.watching.studio_rows import STATES, STUDIO_KINDS

STUDIO_BODIES: dict[str, dict[str, Any]] = {
    "Problem": object_of(
        {
            "message": TEXT,
            "code": TEXT,
            "hint": TEXT_OR_NULL,
            "action": {**TEXT_OR_NULL, "description": "The IAM action that is missing."},
            "statement": STATEMENT,
            "updated": {
                "type": ["number", "null"],
                "description": "When what is kept of it was read, seconds since 1970; null if nothing is.",
            },
        },
        "statement",
    ),
    "DeniedDeed": object_of(
        {
            "kind": {**TEXT, "description": "Of the things that it cannot be done to; * is every kind."},
            "deed": {
                **TEXT,
                "description": "create, update, stop, delete, start, change-instance or open; * is every change.",
            },
            "key": {**KEY, "description": "What their keys begin with; empty: it cannot be done to any."},
            "operation": {**TEXT, "description": "That it needs; * is every one that changes anything."},
            "request": {
                "type": "object",
                "additionalProperties": TEXT,
                "description": "The members that a request of the operation has then; empty: any request.",
            },
            "action": {
                "type": ["string", "null"],
                "description": "The IAM action that is missing; null: this Jupyter server lets the user only look.",
            },
            "statement": STATEMENT,
        }
    ),
    "StudioRow": object_of(
        {
            "kind": {"enum": list(STUDIO_KINDS)},
            "key": KEY,
            "name": TEXT,
            "domain": {**TEXT, "description": "Id of its domain."},
            "owner": {**TEXT_OR_NULL, "description": "Profile that owns a space; space or profile that has an app."},
            "sharing": {**TEXT_OR_NULL, "description": "Private or Shared."},
            "app_type": TEXT_OR_NULL,
            "state": {"enum": sorted(STATES)},
            "text": {**TEXT, "description": "Its one plain status."},
            "instance": {**TEXT_OR_NULL, "description": "Type of the instance that it runs on."},
            "reason": {**TEXT_OR_NULL, "description": "Why it failed, in the service's words."},
            "created": {"type": "number", "description": "Seconds since 1970."},
            "modified": {"type": "number", "description": "Seconds since 1970."},
            "actions": {"type": "array", "items": TEXT, "description": "What can be done with it now."},
            "here": {"type": "boolean", "description": "It is what we run in."},
            "apps": {"type": "array", "items": {"$ref": "#/components/schemas/StudioRow"}},
            "summary": {"type": "object", "description": "As AWS lists it."},
        }
    ),
    "Here": object_of(
        {
            "DomainId": TEXT,
            "SpaceName": TEXT_OR_NULL,
            "UserProfileName": TEXT_OR_NULL,
            "AppType": TEXT,
            "ResourceArn": TEXT,
        },
        description="The app of Studio that the server runs in, if it does.",
    ),
    "Action": object_of(
        {
            "id": TEXT,
            "action": {**TEXT, "description": "What is done: start, stop, change-instance, delete, ..."},
            "kind": TEXT,
            "key": KEY,
            "label": {**TEXT, "description": "For people."},
            "connection": {**TEXT, "description": "Id of the connection that it was begun on."},
            "status": {"enum": ["Running", "Succeeded", "Failed"]},
            "steps": {
                "type": "array",
                "items": object_of(
                    {
                        "text": TEXT,
                        "state": {"enum": ["waiting", "running", "done", "failed"]},
                        "detail": {**TEXT_OR_NULL, "description": "The service's status, or what keeps it."},
                    }
                ),
            },
            "error": ERROR,
            "result": {"description": "What came of it; of a start the key of the app."},
            "created": {"type": "number", "description": "Seconds since 1970."},
            "ended": {"type": ["number", "null"], "description": "Seconds since 1970."},
        }
    ),
    "ActionWanted": object_of(
        {
            "action": {"type": "string", "maxLength": 64},
            "kind": {"type": "string", "maxLength": 64, "description": "As in REST paths."},
            "key": KEY,
            "options": {"type": "object", "description": "AWS's members of CreateApp, ResourceSpec or the Delete."},
        },
        "options",
        additionalProperties=False,
    ),
    "ActionList": object_of({"actions": {"type": "array", "items": {"$ref": "#/components/schemas/Action"}}}),
    "Consequences": object_of(
        {
            "consequences": {"type": "array", "items": TEXT, "description": "One sentence each."},
            "confirm": {**TEXT_OR_NULL, "description": "What the user must type first."},
        }
    ),
    "OpenWanted": object_of(
        {"UserProfileName": {"type": "string", "maxLength": 63, "description": "Who opens a space."}},
        "UserProfileName",
        additionalProperties=False,
    ),
    "OpenUrl": object_of({"url": {**TEXT, "description": "Good once, and soon too old."}}),
}
