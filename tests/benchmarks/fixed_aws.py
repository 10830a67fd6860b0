"""An AWS that gives one answer to whatever it is asked, at once or after a while: the floor that clients stand on.

    python tests/benchmarks/fixed_aws.py --delay 0.05

prints what sends clients there and ends with its standard input. It parses no more of HTTP than it must, so that who
asks is measured and not it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys

import made_up
from aws_process import environment_of

_LENGTH = b"content-length:"


class FixedAnswer(asyncio.Protocol):
    """One connection.

    Parameters
    ----------
    answer : bytes
        A whole HTTP response.
    delay : float
        Seconds until it is given.
    """

    def __init__(self, answer: bytes, delay: float) -> None:
        self._answer = answer
        self._delay = delay
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            head = self._heard[:end].lower()
            at = head.find(_LENGTH)
            length = 0 if at < 0 else int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
            if len(self._heard) < end + 4 + length:
                return
            self._heard = self._heard[end + 4 + length :]
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._say)
            else:
                self._say()

    def _say(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._answer)


def answer() -> bytes:
    """The description of a training job as an HTTP response."""
    body = json.dumps(made_up.training_job(random.Random(0))).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve(delay: float) -> None:
    """Serve until the standard input ends."""
    loop = asyncio.get_running_loop()
    said = answer()
    server = await loop.create_server(lambda: FixedAnswer(said, delay), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(json.dumps(environment_of(url)), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that each answer takes")
    asyncio.run(serve(parser.parse_args().delay))
