"""A server that answers every request alike, in a process of its own: its time is not counted."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_QUOTA = b"X-RateLimit-Total: 700\r\nX-RateLimit-Remaining: 699\r\n"


class _Answering(asyncio.Protocol):
    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        told = _LENGTH.search(head)
        if len(body) >= (int(told[1]) if told else 0):  # the clients here send one at a time
            self._received = b""
            assert isinstance(self._transport, asyncio.WriteTransport)  # noqa: S101 - for mypy
            self._transport.write(self._answer)


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """The address of a server that gives every request this answer, with a quota's headers."""
    command = [sys.executable, __file__, str(status), body]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - for mypy
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


async def _serve(status: int, body: bytes) -> None:
    head = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
    answer = head % (status, _QUOTA, len(body)) + body
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answering(answer), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2].encode()))
