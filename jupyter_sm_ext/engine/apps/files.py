"""The files of an app's directory, by which the engine and the app know of each other."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

LOCK = "lock"
"""Held by the app as long as it lives."""

SPEC = "spec.json"
"""What it is to be, and the secrets it shares with the engine."""

STARTED = "started.json"
"""Its process: ``pid`` and ``created``, epoch seconds."""

READY = "ready.json"
"""Its ``port``, once it answers."""

ACTIVITY = "activity.json"
"""When it was last used: ``last_activity``, epoch seconds."""

METADATA = "resource-metadata.json"
"""What an app finds out about itself by, with the members of the file that Studio's images have."""

LOG = "app.log"


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a small file that is there whole or not at all, and for its owner alone."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """Read one; None if it is not there."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return found
