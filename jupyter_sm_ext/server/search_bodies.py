"""Bodies of the search for jobs by a text, as JSON Schema."""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.server.body_parts import KEY, TEXT, TEXT_OR_NULL, object_of
from jupyter_sm_ext.server.job_bodies import WAYS_NOW

_LONGEST = 4000

SEARCH_BODIES: dict[str, dict[str, Any]] = {
    "JobSearchWanted": object_of(
        {
            "kind": {"type": "string", "maxLength": 64, "description": "As `%sm search --kind` takes it."},
            "text": {
                "type": "string",
                "maxLength": _LONGEST,
                "description": "As `%sm search` takes it; all jobs if it is empty.",
            },
            "sort": {"type": "string", "maxLength": 512, "description": "A property, most first; `:asc`: least first."},
            "token": {**TEXT, "description": "That of the page before."},
        },
        *("sort", "token"),
        additionalProperties=False,
    ),
    "FoundJob": object_of(
        {
            "kind": TEXT,
            "key": KEY,
            "name": TEXT,
            "status": TEXT,
            "created": {"type": "number", "description": "Seconds since 1970."},
            "ways": WAYS_NOW,
            "cells": {"type": "array", "items": TEXT, "description": "Its values of the columns."},
        }
    ),
    "FoundJobs": object_of(
        {
            "connection": TEXT,
            "label": TEXT,
            "columns": {
                "type": "array",
                "items": object_of({"name": TEXT, "numeric": {"type": "boolean"}}),
                "description": "What the search is about.",
            },
            "jobs": {"type": "array", "items": {"$ref": "#/components/schemas/FoundJob"}},
            "token": {**TEXT_OR_NULL, "description": "Give it for the next page; null: this was the last."},
        }
    ),
    "SearchWords": object_of(
        {
            "properties": {
                "type": "array",
                "items": object_of(
                    {
                        "name": {**TEXT, "description": "As it is written in a text."},
                        "type": TEXT,
                        "operators": {"type": "array", "items": TEXT, "description": "What can stand after it."},
                        "values": {
                            "type": "array",
                            "items": TEXT,
                            "description": "All that it can have, or some that jobs have; none: any.",
                        },
                    }
                ),
            },
        }
    ),
}
