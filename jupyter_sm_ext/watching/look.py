"""What has been seen of one thing: the base of every way to look."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from jupyter_sm_ext.studio import Studio


class Look(ABC):
    """What has been seen of one thing."""

    kind: str
    key: tuple[str, ...] = ()

    @property
    def status(self) -> str | None:
        """The service's status; None for a list or before the first look."""
        return None

    @property
    def terminal(self) -> bool:
        """Whether it cannot change by itself any more."""
        return False

    @abstractmethod
    def refresh(self, studio: Studio) -> bool:
        """Look again, in any thread. Returns whether anything changed."""

    def mark(self, seq: int) -> None:  # noqa: B027 - only a look that can tell what changed needs it
        """Give what changed since the last mark this sequence number; not while it is being refreshed."""

    def hasten(self) -> None:  # noqa: B027 - only a look that does not read all each time needs it
        """Something was just done that should show: take nothing for known; in any thread."""

    @abstractmethod
    def contents(self, since: int | None) -> dict[str, Any]:
        """The snapshot's own members; only what changed after ``since`` where that can be told."""
