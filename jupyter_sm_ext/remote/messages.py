"""Kernel messages as they travel: parts between ZMQ sockets, frames of the v1 protocol on a websocket.

Parts are header, parent header, metadata, content and buffers, still serialized: what is relayed is never written
anew, so that nothing in it is lost, whatever it is.
"""

from __future__ import annotations

import json
import os
import struct
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

PROTOCOL = "v1.kernel.websocket.jupyter.org"
"""Subprotocol of the websocket; Jupyter Server has it since 2.0."""

Part = bytes | memoryview

_WORD = 8
_FIXED_PARTS = 4
_VIEW_BYTES = 65_536  # below that a copy costs less than a view
_EMPTY = b"{}"


@dataclass
class Message:
    """One message.

    Parameters
    ----------
    parts : list of bytes
        As above.
    """

    parts: list[Part]

    @cached_property
    def header(self) -> dict[str, Any]:
        """The parsed header."""
        return _object(self.parts[0])

    @cached_property
    def parent(self) -> dict[str, Any]:
        """The parsed header of the message that this one answers; empty if there is none."""
        return _object(self.parts[1])

    @property
    def content(self) -> dict[str, Any]:
        """The parsed content."""
        return _object(self.parts[3])

    @property
    def type(self) -> str:
        """Its ``msg_type``."""
        return str(self.header.get("msg_type", ""))

    @property
    def id(self) -> str:
        """Its ``msg_id``."""
        return str(self.header.get("msg_id", ""))

    @property
    def parent_id(self) -> str:
        """``msg_id`` of the message that it answers."""
        return str(self.parent.get("msg_id", ""))


def _object(part: Part) -> dict[str, Any]:
    found = json.loads(bytes(part))
    if not isinstance(found, dict):
        raise ValueError("a part of a message is no JSON object")  # noqa: TRY004 (as for all that cannot be read)
    return found


class Author:
    """Writes messages of our own.

    Parameters
    ----------
    username : str
        Told in their headers.
    """

    def __init__(self, username: str = "jupyter_sm_ext") -> None:
        self._username = username
        self._session = uuid.uuid4().hex
        self._count = 0

    def wrote(self, header: Mapping[str, Any]) -> bool:
        """Whether the message with this header is one of ours."""
        return header.get("session") == self._session

    def write(
        self, type_: str, content: Mapping[str, Any], parent: Part = _EMPTY, *, header: Mapping[str, Any] | None = None
    ) -> Message:
        """Write one.

        Parameters
        ----------
        type_ : str
            Its ``msg_type``.
        content : mapping
            Its content.
        parent : bytes
            Header of the message that it answers.
        header : mapping, optional
            More members of its header.
        """
        self._count += 1
        head = {
            "msg_id": f"{self._session}_{os.getpid()}_{self._count}",
            "msg_type": type_,
            "username": self._username,
            "session": self._session,
            "date": datetime.now(timezone.utc).isoformat(),
            "version": "5.4",
            **(header or {}),
        }
        return Message([json.dumps(head).encode(), bytes(parent), _EMPTY, json.dumps(content).encode()])


def pack(channel: str, parts: Sequence[Part]) -> bytes:
    """Make a frame: the number of offsets, the offsets, the channel, the parts."""
    name = channel.encode()
    offsets = [_WORD * (len(parts) + 3)]
    for part in (name, *parts):
        offsets.append(offsets[-1] + len(part))
    return b"".join((struct.pack(f"<{len(offsets) + 1}Q", len(offsets), *offsets), name, *parts))


def unpack(frame: bytes) -> tuple[str, Message]:
    """Channel and message of a frame.

    Raises
    ------
    ValueError
        It is none of this protocol.
    """
    if len(frame) < _WORD:
        raise ValueError("a frame without a length")
    (count,) = struct.unpack_from("<Q", frame)
    if count < _FIXED_PARTS + 2 or _WORD * (count + 1) > len(frame):
        raise ValueError(f"a frame of {len(frame)} bytes that tells of {count} offsets")
    offsets = struct.unpack_from(f"<{count}Q", frame, _WORD)
    if list(offsets) != sorted(offsets) or offsets[-1] > len(frame):
        raise ValueError("a frame whose offsets lead nowhere")
    view = memoryview(frame)
    channel = frame[offsets[0] : offsets[1]].decode()
    return channel, Message([_cut(view, offsets[at], offsets[at + 1]) for at in range(1, count - 1)])


def _cut(view: memoryview, start: int, end: int) -> Part:
    part = view[start:end]
    return part if end - start >= _VIEW_BYTES else bytes(part)
