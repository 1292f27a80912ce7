"""Reads the body of an answer, and never more of it than was agreed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

LIMIT: Final = 64 * 1024
"""Bytes of an answer that are read."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS


async def read(stream: AsyncIterable[bytes]) -> tuple[bytes, bool]:
    """The body as it came, at most 64 KB of it, and whether there was more."""
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > LIMIT:
            return bytes(body[:LIMIT]), True
    return bytes(body), False


def unpack(body: bytes, encoding: str, limit: int = LIMIT) -> tuple[bytes, bool]:
    """A packed body unpacked, at most `limit` bytes of it, and whether there was more.

    Knows gzip and deflate, the latter with and without its zlib frame. What is packed otherwise,
    or not as it says, comes back as it is.
    """
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return body, False
    for window in (_GZIP_OR_ZLIB, _RAW_DEFLATE):
        unpacker = zlib.decompressobj(window)
        try:
            data = unpacker.decompress(body, limit)
        except zlib.error:
            continue
        return data, bool(unpacker.unconsumed_tail)
    return body, False
