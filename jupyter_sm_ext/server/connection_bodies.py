"""Bodies of the routes of the connection."""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.connections.connection_rules import KINDS
from jupyter_sm_ext.server.body_parts import TEXT, TEXT_OR_NULL, object_of

_YES_NO_OR_CONFIGURED: dict[str, Any] = {
    "type": ["boolean", "null"],
    "description": "null: as the AWS configuration has it.",
}

CONNECTION_BODIES: dict[str, dict[str, Any]] = {
    "ConnectionState": object_of(
        {
            "id": {**TEXT, "description": "local, or aws:<profile>:<region>."},
            "kind": {"enum": [*KINDS]},
            "label": {**TEXT, "description": "For people."},
            "profile": TEXT_OR_NULL,
            "region": TEXT_OR_NULL,
            "account": TEXT_OR_NULL,
            "role": TEXT_OR_NULL,
            "bucket": TEXT_OR_NULL,
            "domain_id": TEXT_OR_NULL,
            "user_profile_name": TEXT_OR_NULL,
            "fips": _YES_NO_OR_CONFIGURED,
            "dualstack": _YES_NO_OR_CONFIGURED,
            "chosen": object_of(
                {"role": TEXT_OR_NULL, "bucket": TEXT_OR_NULL, "region": TEXT_OR_NULL},
            ),
            "state": {
                "enum": ["ready", "unreachable", "credentials", "mfa", "forbidden"],
                "description": "mfa: a one-time code is wanted; forbidden: an administrator has decided otherwise.",
            },
            "message": {**TEXT_OR_NULL, "description": "What is wrong or missing, if anything is."},
            "hint": {**TEXT_OR_NULL, "description": "What the user can do about it."},
            "mfa_serial": {**TEXT_OR_NULL, "description": "The device whose code is wanted."},
            "rules": object_of(
                {
                    "fixed": {"type": "boolean", "description": "Nobody can choose another connection."},
                    "kinds": {"type": "array", "items": {"enum": [*KINDS]}, "description": "Those that may be chosen."},
                    "decided_by": TEXT,
                }
            ),
            "profiles": {
                "type": "array",
                "items": object_of(
                    {
                        "name": {**TEXT_OR_NULL, "description": "null: the default chain of credentials."},
                        "way": {**TEXT, "description": "Where its keys come from: sso, keys, role sso, process ..."},
                        "region": TEXT_OR_NULL,
                    }
                ),
                "description": "Those of the user's AWS configuration that may be chosen.",
            },
            "regions": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": TEXT},
                "description": "Regions that have SageMaker and may be chosen, by partition.",
            },
            "may_write": {"type": "boolean", "description": "Whether this user may change anything, or only watch."},
            "data_dir": TEXT,
            "here": {"anyOf": [{"$ref": "#/components/schemas/Here"}, {"type": "null"}]},
        }
    ),
    "ConnectionChoice": object_of(
        {
            "kind": {"enum": [*KINDS]},
            "profile": {"type": ["string", "null"], "maxLength": 256},
            "region": {"type": ["string", "null"], "pattern": "^[a-z0-9-]{1,32}$"},
            "role": {"type": ["string", "null"], "maxLength": 2048},
            "bucket": {"type": ["string", "null"], "maxLength": 63},
            "fips": {"type": ["boolean", "null"]},
            "dualstack": {"type": ["boolean", "null"]},
        },
        *("profile", "region", "role", "bucket", "fips", "dualstack"),
        additionalProperties=False,
    ),
    "OneTimeCode": object_of(
        # No pattern: what does not fit would be told with the refusal.
        {"code": {"type": "string", "description": "What the MFA device shows: six digits."}},
        additionalProperties=False,
    ),
}
