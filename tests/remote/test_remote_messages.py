"""Messages as they travel: as Jupyter Server itself writes and reads them, and what is none."""

from __future__ import annotations

import struct

import pytest
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1

from jupyter_sm_ext.remote.gaps import Gaps
from jupyter_sm_ext.remote.messages import Author, Message, pack, unpack

PARTS = [b'{"msg_id": "a_1_2", "msg_type": "x"}', b'{"msg_id": "b"}', b"{}", b'{"a": 1}', b"", b"\0" * 100_000, b"end"]


def test_frames_are_jupyter_servers() -> None:
    frame = serialize_msg_to_ws_v1(PARTS, "iopub")
    assert pack("iopub", PARTS) == frame
    channel, message = unpack(frame)
    assert (channel, [bytes(part) for part in message.parts]) == ("iopub", PARTS)
    assert deserialize_msg_from_ws_v1(pack("shell", message.parts)) == ("shell", PARTS)
    assert (message.type, message.id, message.parent_id, message.content) == ("x", "a_1_2", "b", {"a": 1})


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\1",
        struct.pack("<Q", 2**63),
        struct.pack("<Q", 3) + b"\0" * 100,
        struct.pack("<8Q", 7, *range(7)),
        struct.pack("<8Q", 7, 64, 60, 64, 64, 64, 64, 64),
        struct.pack("<8Q", 7, 64, 64, 64, 64, 64, 64, 900),
    ],
)
def test_what_is_no_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(ValueError, match=r"frame|part|Expecting"):
        _ = unpack(frame)[1].header
    with pytest.raises(ValueError, match="no JSON object"):
        _ = Message([b"[]", b"{}", b"{}", b"{}"]).header


def test_an_author_knows_what_it_wrote() -> None:
    author, other = Author(), Author()
    message = author.write("kernel_info_request", {}, header={"subshell_id": "s"})
    assert (author.wrote(message.header), other.wrote(message.header)) == (True, False)
    assert message.header["subshell_id"] == "s"
    assert author.write("kernel_info_request", {}).id != message.id


def numbered(number: int, series: str = "s_1") -> Message:
    return Author().write("stream", {}, header={"msg_id": f"{series}_{number}"})


def test_gaps_are_seen_where_the_connection_broke_and_only_there() -> None:
    gaps = Gaps()
    assert [gaps.lost(numbered(number)) for number in (1, 2, 5)] == [0, 0, 0]
    gaps.broken()
    assert gaps.lost(numbered(6)) == 0
    gaps.broken()
    assert gaps.lost(numbered(3, "server_2")) == 0  # the far server's own
    assert gaps.lost(numbered(10)) == 3
    assert gaps.lost(numbered(14)) == 0
    gaps.broken()
    assert gaps.lost(Author().write("stream", {}, header={"msg_id": "no number"})) == 0
    assert gaps.lost(numbered(1, "another")) == 0
