"""What the pages show of the code: made when the site is built, kept nowhere.

A page has a line ``<!-- derived: name -->`` where the text of a module of that name goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from derived import commands, house, outputs, public_names, rest, settings, surfaces

_PLACE = re.compile(r"^<!-- derived: (\w+) -->$", re.MULTILINE)
_SOURCES: dict[str, Callable[[], str]] = {
    "commands": commands.text,
    "house": house.text,
    "lab_settings": settings.of_jupyterlab,
    "public_names": public_names.text,
    "rest": rest.text,
    "settings": settings.of_server,
    "surfaces": surfaces.text,
}


def fill(_app: object, page: str, source: list[str]) -> None:
    """Put the derived texts in their places; a name that there is not is a KeyError, and the end of the build."""
    if page.startswith("notebooks/"):
        source[0] = outputs.put_in(page, source[0])
        return
    source[0] = _PLACE.sub(lambda place: _SOURCES[place[1]](), source[0])
