"""An engine that is gone before or after one of its own calls, with all it had in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Killed(BaseException):
    """Nothing in the engine catches this: what comes after it has only the disk to go by."""


def deadly(real: Callable[..., Any], when: str, here: Callable[..., bool]) -> Callable[..., Any]:
    """Make a call the last one: "before" or "after" it is done, where its arguments fit."""

    def call(*given: Any) -> Any:
        last = here(*given)
        if last and when == "before":
            raise Killed
        found = real(*given)
        if last:
            raise Killed
        return found

    return call
