"""The notebooks with what their cells gave when ``nox -s outputs`` ran them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[1] / "outputs"


def put_in(page: str, source: str) -> str:
    """The source of a notebook with its outputs; a cell that has been edited since has none."""
    book: dict[str, Any] = json.loads(source)
    kept = _FOLDER / f"{Path(page).name}.json"
    made = {each["source"]: each["outputs"] for each in json.loads(kept.read_text("utf-8"))}
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = made.get("".join(cell["source"]), [])
    return json.dumps(book)
