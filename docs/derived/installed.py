"""The version that the site is of."""

from __future__ import annotations

import json
from pathlib import Path


def version() -> str:
    """As the checkout has it; nothing need be installed."""
    told: str = json.loads((Path(__file__).parents[2] / "labextension/package.json").read_text("utf-8"))["version"]
    return told
