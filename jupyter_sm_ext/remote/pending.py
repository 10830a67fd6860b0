"""Requests of clients that have no answer yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_sm_ext.remote.messages import Message

# Asked once more if the answer was lost: they change nothing.
_HARMLESS = frozenset(
    {
        "kernel_info_request",
        "complete_request",
        "inspect_request",
        "is_complete_request",
        "history_request",
        "comm_info_request",
        "list_subshell_request",
        "usage_request",
    }
)


@dataclass
class Request:
    """One request.

    Parameters
    ----------
    channel : str
        Where it came from.
    identities : sequence of bytes
        To whom the answer goes.
    message : Message
        The request itself. Its content is let go of when it cannot be needed any more.
    link : int, optional
        Number of the link that it was sent by; None if it was not sent yet.
    begun : bool
        Whether the far kernel was seen to begin with it.
    answered : bool
        Whether the proxy itself has answered it.
    """

    channel: str
    identities: Sequence[bytes]
    message: Message
    link: int | None = None
    begun: bool = False
    answered: bool = False

    @property
    def id(self) -> str:
        """Its ``msg_id``."""
        return self.message.id

    @property
    def harmless(self) -> bool:
        """Whether it may be sent twice."""
        return self.message.type in _HARMLESS

    @property
    def lane(self) -> tuple[str, str | None]:
        """Those of one lane are answered in the order in which they were asked."""
        return self.channel, self.message.header.get("subshell_id")


class Pending:
    """All of them, by their ``msg_id``."""

    def __init__(self) -> None:
        self._requests: dict[str, Request] = {}

    def __iter__(self) -> Iterator[Request]:
        return iter(list(self._requests.values()))

    def __bool__(self) -> bool:
        return bool(self._requests)

    def add(self, request: Request) -> None:
        """Keep one until it is answered."""
        self._requests[request.id] = request

    def get(self, id_: str) -> Request | None:
        """The one with this ``msg_id``, if it has no answer yet."""
        return self._requests.get(id_)

    def pop(self, id_: str) -> Request | None:
        """It has its answer now."""
        return self._requests.pop(id_, None)

    def sent_before(self, link: int) -> list[Request]:
        """Those that were sent by an earlier link, oldest first: their answers may be lost."""
        return [request for request in self if request.link is not None and request.link < link]
