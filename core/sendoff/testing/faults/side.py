"""One end of a link: the connection to the client, or that to the server."""

from __future__ import annotations

import socket
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

_PIECE = 65_536
_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""Linger for no time at all: closing then sends a reset and forgets what was not sent yet."""


class Side:
    """One end of a link. `kept` was read and not passed on yet; `ended` says nothing follows."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.kept = b""
        self.ended = False
        self._reader = reader
        self._writer = writer

    async def fill(self) -> None:
        """Wait until something is kept, or for the end. Loses nothing when cancelled."""
        if not (self.kept or self.ended):
            self.kept = await self._reader.read(_PIECE)
            self.ended = not self.kept

    async def read(self) -> bytes:
        """Take the next bytes; empty at the end."""
        await self.fill()
        data, self.kept = self.kept, b""
        return data

    async def write(self, data: bytes) -> None:
        """Send, and wait while the other end is behind with its reading."""
        self._writer.write(data)
        await self._writer.drain()

    def finish(self) -> None:
        """Tell the other end that nothing follows; it may still send."""
        self._writer.write_eof()

    async def close(self) -> None:
        """Send what is written, then close."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    def drop(self, *, reset: bool = False) -> None:
        """Close at once, with a TCP reset where asked."""
        if reset and not self._writer.is_closing():
            connection = self._writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self._writer.transport.abort()
