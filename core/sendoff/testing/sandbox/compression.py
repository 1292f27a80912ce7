"""Opens what a client compressed, and never more of it than was agreed."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass
from typing import Literal


class NotCompressed(ValueError):  # noqa: N818 - what the body is
    """The body is not of the coding it is said to be, or breaks off."""


@dataclass(frozen=True, slots=True)
class Inflated:
    """What was in a compressed body; `oversize` tells that it went past the limit, and was left."""

    content: bytes
    oversize: bool = False


def decompressed(body: bytes, coding: Literal["gzip", "deflate"], limit: int) -> Inflated:
    """The content of a compressed body, inflated no further than `limit` bytes.

    A gzip body may have several members, as RFC 1952 allows. `deflate` is taken with its zlib
    frame, as RFC 9110 says it is, and without, as many clients send it. NotCompressed: it is
    neither, is incomplete, or something follows it.
    """
    content = _gzip(body, limit) if coding == "gzip" else _deflate(body, limit)
    return Inflated(b"", oversize=True) if len(content) > limit else Inflated(content)


def _gzip(body: bytes, limit: int) -> bytes:
    if not body:
        raise NotCompressed("the body is empty")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as stream:
            return stream.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NotCompressed(str(error)) from None


def _deflate(body: bytes, limit: int) -> bytes:
    try:
        return _stream(body, zlib.MAX_WBITS, limit)
    except NotCompressed:
        return _stream(body, -zlib.MAX_WBITS, limit)


def _stream(body: bytes, window: int, limit: int) -> bytes:
    inflater = zlib.decompressobj(window)
    try:
        content = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise NotCompressed(str(error)) from None
    if len(content) <= limit and not inflater.eof:
        raise NotCompressed("the compressed body breaks off")
    if len(content) <= limit and inflater.unused_data:
        raise NotCompressed("something follows the compressed body")
    return content
