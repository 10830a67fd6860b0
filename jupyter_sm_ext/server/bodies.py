"""Bodies of the routes that are ours and not SageMaker's, as JSON Schema: documented by it and checked against it."""

from __future__ import annotations

import functools
from typing import Any

from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.server.body_parts import ERROR
from jupyter_sm_ext.server.body_parts import KEY as _KEY
from jupyter_sm_ext.server.body_parts import OBJECTS as _OBJECTS
from jupyter_sm_ext.server.body_parts import TEXT as _TEXT
from jupyter_sm_ext.server.body_parts import TEXT_OR_NULL as _TEXT_OR_NULL
from jupyter_sm_ext.server.body_parts import object_of as _object
from jupyter_sm_ext.server.connection_bodies import CONNECTION_BODIES
from jupyter_sm_ext.server.insight_bodies import INSIGHT_BODIES, MEANING
from jupyter_sm_ext.server.job_bodies import JOB_BODIES, WAYS_NOW
from jupyter_sm_ext.server.kernel_bodies import KERNEL_BODIES
from jupyter_sm_ext.server.search_bodies import SEARCH_BODIES
from jupyter_sm_ext.server.studio_bodies import STUDIO_BODIES

_DENIED: dict[str, Any] = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/DeniedDeed"},
    "description": "What IAM has denied lately, to things of any kind; to who may only look: everything.",
}
_POINTS: dict[str, Any] = {
    "type": "object",
    "description": "Points of each metric: epoch seconds and value, as logged.",
    "additionalProperties": {
        "type": "array",
        "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    },
}

BODIES: dict[str, dict[str, Any]] = {
    "WatchWanted": _object(
        {
            "kind": {"type": "string", "maxLength": 64, "description": 'As in REST paths, "jobs" or "studio".'},
            "key": {**_KEY, "description": "Parts of its REST path; empty for a list."},
            "since": {"type": ["integer", "null"], "description": "seq of the last snapshot: only what changed after."},
        },
        "since",
        additionalProperties=False,
    ),
    "WatchesWanted": _object(
        {
            "viewer": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "description": "Any word of the viewer's own.",
            },
            "seconds": {"type": "number", "minimum": 0, "maximum": 300, "default": 60},
            "watches": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/WatchWanted"},
                "maxItems": 100,
                "description": "All that this viewer looks at; none ends its leases.",
            },
            "again": {
                "type": "boolean",
                "default": False,
                "description": "Forget what was denied: it may be allowed by now.",
            },
        },
        "seconds",
        "again",
        additionalProperties=False,
    ),
    "WatchSnapshot": _object(
        {
            "connection": _TEXT,
            "label": _TEXT,
            "kind": _TEXT,
            "key": _KEY,
            "seq": {"type": "integer"},
            "since": {"type": ["integer", "null"], "description": "null: everything; else only what changed after."},
            "status": _TEXT_OR_NULL,
            "terminal": {"type": "boolean", "description": "It cannot change by itself any more."},
            "described": {"type": ["object", "null"], "description": "The Describe response; none for a list."},
            "training_jobs": {**_OBJECTS, "description": "Of a tuning job."},
            "figures": {
                "oneOf": [{"$ref": "#/components/schemas/TuningFigures"}, {"type": "null"}],
                "description": "Of a tuning job; null before it was seen.",
            },
            "ways": WAYS_NOW,
            "meaning": MEANING,
            "items": {**_OBJECTS, "description": "Of a list; each a StudioRow for the kind studio."},
            "missing": {
                "type": "object",
                "additionalProperties": _TEXT,
                "description": "Kinds of job that can't be listed, and why.",
            },
            "statements": {
                "type": "object",
                "additionalProperties": _TEXT,
                "description": "The policy statements that would list those, by kind.",
            },
            "gone": {
                "type": "array",
                "items": _KEY,
                "description": "Kind and key of the items that are gone; then `items` has only those that changed.",
            },
            "branches": {
                "type": "object",
                "additionalProperties": {"oneOf": [{"$ref": "#/components/schemas/Problem"}, {"type": "null"}]},
                "description": "Of the tree of Studio: what is wrong with each of its lists, by kind.",
            },
            "denied": _DENIED,
            "updated": {"type": "number", "description": "When it was last seen, seconds since 1970."},
            "error": ERROR,
        },
        *("described", "training_jobs", "figures", "ways", "meaning", "items", "missing", "statements"),
        *("gone", "branches"),
    ),
    "TuningFigures": _object(
        {
            "eta": {"type": ["number", "null"], "description": "When it will probably have ended, seconds since 1970."},
            "criteria": {
                "type": "array",
                "items": _object(
                    {
                        "name": {"type": "string", "description": "The member of the request that sets it."},
                        "at": {"type": ["number", "null"], "description": "How far it is."},
                        "of": {"type": ["number", "null"], "description": "Where it ends the job."},
                        "since": {
                            "type": ["number", "null"],
                            "description": "Of one that grows with the time: when it began to, seconds since 1970.",
                        },
                        "met": {"type": "boolean"},
                    }
                ),
            },
        }
    ),
    "WatchSnapshots": _object({"watches": {"type": "array", "items": {"$ref": "#/components/schemas/WatchSnapshot"}}}),
    "LogPage": _object(
        {
            "events": {
                "type": "array",
                "items": _object(
                    {
                        "timestamp": {"type": "integer", "description": "Milliseconds since 1970."},
                        "message": _TEXT,
                        "stream": _TEXT,
                    }
                ),
            },
            "token": {**_TEXT_OR_NULL, "description": "Give it as `after` to get only what is new."},
            "more": {"type": "boolean", "description": "Whether there is more already."},
            "metrics": _POINTS,
        },
        "metrics",
    ),
    "CurvePage": _object(
        {
            "metrics": _POINTS,
            "token": {**_TEXT_OR_NULL, "description": "Give it as `after` to get only what is new."},
            "more": {"type": "boolean", "description": "Whether there is more already."},
        }
    ),
    "Importances": _object(
        {
            "importances": {
                "type": "object",
                "description": "Shares that add up to 1, most important first; empty while too few trials have ended.",
                "additionalProperties": {"type": "number"},
            }
        }
    ),
    "Picture": _object({"html": {**_TEXT, "description": "Static, complete in itself, no script."}}),
    "Notebook": _object({"name": _TEXT, "content": {"type": "object", "description": "As nbformat has it."}}),
    "Form": _object(
        {
            "schema": {"type": "object", "description": "JSON Schema of the request; structures by name in x-shape."},
            "ui": _object(
                {
                    "title": _TEXT,
                    "verb": {"enum": ["create", "update"]},
                    "kind": {**_TEXT, "description": "As in REST paths."},
                    "key": {**_KEY, "description": "Members that name one."},
                    "first": {"type": "array", "items": {"$ref": "#/components/schemas/FormField"}},
                }
            ),
            "defaults": {"type": "object", "description": "A request to start with."},
            "error": {**ERROR, "description": "Why some of what the connection knows is not in it."},
        }
    ),
    "FormField": _object(
        {
            "path": {"type": "array", "items": _TEXT},
            "when": _object({"path": {"type": "array", "items": _TEXT}, "value": _TEXT}),
            "default": {"type": ["string", "integer", "boolean"]},
            "label": {**_TEXT, "description": "Instead of the member's title."},
        },
        *("when", "default", "label"),
    ),
    "Violations": _object(
        {
            "violations": {
                "type": "array",
                "items": _object(
                    {"path": {"type": "array", "items": {"type": ["string", "integer"]}}, "message": _TEXT}
                ),
            }
        }
    ),
    "RequestCode": _object({"boto3": _TEXT, "aws": _TEXT}),
    "InstanceTypeRow": _object(
        {
            "name": _TEXT,
            "vcpus": {"type": ["integer", "null"], "description": "null: unknown."},
            "memory_gib": {"type": ["number", "null"], "description": "null: unknown."},
            "accelerator": {
                "type": ["object", "null"],
                "properties": {
                    "kind": {"enum": ["Trainium", "Inferentia", "GPU", "Gaudi"]},
                    "name": _TEXT,
                    "count": {"type": "integer"},
                    "memory_gib": {"type": "number", "description": "Of all of them together."},
                },
                "required": ["kind", "name", "count", "memory_gib"],
            },
            "family": _TEXT,
            "known": {"type": "boolean", "description": "Whether the catalogue knows what it has."},
        }
    ),
    "InstanceTypes": _object(
        {
            "use": _TEXT,
            "note": {**_TEXT, "description": "What is to be said of each, if anything."},
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/InstanceTypeRow"}},
        }
    ),
    "Prices": _object(
        {
            "currency": _TEXT,
            "per_hour": {
                "type": "object",
                "additionalProperties": {"type": "number"},
                "description": "By instance type; one that is not there has no known price.",
            },
            "message": {**_TEXT_OR_NULL, "description": "Why there is none, or what else is to be said."},
        }
    ),
    "RunningThing": _object(
        {
            "kind": _TEXT,
            "key": _KEY,
            "name": _TEXT,
            "owner": {**_TEXT_OR_NULL, "description": "Space or profile of an app."},
            "app_type": _TEXT_OR_NULL,
            "text": {**_TEXT, "description": "Its one plain status; of a job AWS's own word."},
            "instance": _TEXT_OR_NULL,
            "per_hour": {"type": ["number", "null"], "description": "null: nobody knows the price."},
            "created": {"type": "number", "description": "Seconds since 1970."},
        }
    ),
    "EndedThing": _object(
        {
            "id": {**_TEXT, "description": "The same as long as it is the same news."},
            "kind": _TEXT,
            "key": _KEY,
            "name": _TEXT,
            "owner": _TEXT_OR_NULL,
            "outcome": {"enum": ["failed", "finished", "best"]},
            "text": {**_TEXT_OR_NULL, "description": "Why it failed; the best trial's objective."},
            "at": {"type": "number", "description": "Seconds since 1970."},
        }
    ),
    "Overview": _object(
        {
            "connection": _TEXT,
            "kind": {"enum": ["local", "aws"]},
            "label": _TEXT,
            "state": {
                "enum": ["ready", "asleep", "unreachable", "credentials"],
                "description": "asleep: the local engine does not run, so nothing does.",
            },
            "message": {**_TEXT_OR_NULL, "description": "What is wrong, or why something is not told."},
            "running": {"type": "array", "items": {"$ref": "#/components/schemas/RunningThing"}},
            "cost": {
                "type": ["object", "null"],
                "properties": {
                    "per_hour": {"type": "number", "description": "Of the running apps."},
                    "currency": _TEXT,
                    "complete": {"type": "boolean", "description": "Whether the price of each is known."},
                },
                "required": ["per_hour", "currency", "complete"],
                "description": "null: no price is known.",
            },
            "cost_message": _TEXT_OR_NULL,
            "ended": {"type": "array", "items": {"$ref": "#/components/schemas/EndedThing"}},
            "denied": _DENIED,
            "now": {"type": "number", "description": "Seconds since 1970."},
        }
    ),
    "PreflightWanted": _object(
        {
            "operation": {"type": "string", "maxLength": 128, "description": "AWS operation name."},
            "request": {"type": "object", "description": "Its parameters."},
        },
        additionalProperties=False,
    ),
    "PreflightCheck": _object(
        {
            "check": {"enum": ["constraints", "quota", "region", "price", "permission", "capacity"]},
            "state": {"enum": ["ok", "warning", "blocked", "unknown"]},
            "message": _TEXT,
            "link": {**_TEXT_OR_NULL, "description": "Where something can be done about it."},
        }
    ),
    "Checks": _object({"checks": {"type": "array", "items": {"$ref": "#/components/schemas/PreflightCheck"}}}),
    "AnyObject": {"type": "object"},
    **CONNECTION_BODIES,
    **INSIGHT_BODIES,
    **JOB_BODIES,
    **KERNEL_BODIES,
    **SEARCH_BODIES,
    **STUDIO_BODIES,
}


def check_body(name: str, body: dict[str, Any]) -> None:
    """Refuse a body that its schema does not allow.

    Raises
    ------
    ValidationError
        Tells what and where.
    """
    from jsonschema.exceptions import best_match

    error = best_match(_validator(name).iter_errors(body))
    if error is not None:
        where = ".".join(str(part) for part in error.absolute_path) or "the body"
        raise ValidationError(f"{where}: {error.message[:500]}")


@functools.cache
def _validator(name: str) -> Any:
    # Jupyter's own event validation has imported it long before a request comes in.
    from jsonschema import Draft202012Validator

    return Draft202012Validator({"components": {"schemas": BODIES}, "$ref": f"#/components/schemas/{name}"})
