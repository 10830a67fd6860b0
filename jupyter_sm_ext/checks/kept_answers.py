"""Answers that cost a while to get, kept as files below the data directory, for all servers and kernels of a user."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

from jupyter_sm_ext import paths

_FOLDER = "cache"


class KeptAnswer:
    """One answer, a JSON object, and when it was got.

    Parameters
    ----------
    data_dir : Path
        The data directory.
    name : str
        Of the file, without its ending.
    """

    def __init__(self, data_dir: Path, name: str) -> None:
        self.path = data_dir / _FOLDER / f"{name}.json"

    def read(self) -> tuple[dict[str, Any] | None, float]:
        """The answer, or None, and its age in seconds; a file that cannot be read is none."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            answer, age = found["answer"], time.time() - float(found["got"])
        except (OSError, ValueError, KeyError, TypeError):
            return None, math.inf
        # One from the future was written under another clock.
        return (answer, age if age >= 0 else math.inf) if isinstance(answer, dict) else (None, math.inf)

    def write(self, answer: dict[str, Any]) -> None:
        """Keep an answer; where nothing can be written it is got again next time."""
        try:
            paths.write_private(self.path, json.dumps({"got": time.time(), "answer": answer}))
        except OSError:
            return
