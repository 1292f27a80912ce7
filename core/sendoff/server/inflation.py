"""Opens what a client compressed, and never more of it than was agreed."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Final, Literal, cast

from isal import igzip, isal_zlib

from sendoff.server.refusal import Refused

Coding = Literal["gzip", "deflate"]

_BARE: Final = -zlib.MAX_WBITS
_MEMBER: Final = b"\x1f\x8b\x08"
_MOST_MEMBERS: Final = 1_000
"""SDKs send one; each takes time of its own, however little is in it."""
_NotThat = cast("type[Exception]", isal_zlib.error)


def inflate(body: bytes, coding: Coding, limit: int) -> bytes:
    """The content of a compressed body; raises Refused.

    No more than `limit` bytes and one are ever made of it. A gzip body may have several members
    (RFC 1952). `deflate` is taken with its zlib frame, as RFC 9110 says, and without, as many send
    it.
    """
    try:
        if coding == "gzip":
            return _gzip(body, limit)
        try:
            return _deflate(body, zlib.MAX_WBITS, limit)
        except _NotThat:
            return _deflate(body, _BARE, limit)
    except (_NotThat, EOFError, OSError, OverflowError):  # the last for a head without end
        raise Refused(
            400,
            "invalid_encoding",
            f"the body is not {coding}, as Content-Encoding says, or broken",
        ) from None


def too_large(limit: int) -> Refused:
    """For a body above the limit, as it came or when it was opened."""
    return Refused(413, "body_too_large", f"the body has more than {limit} bytes, the limit")


def _gzip(body: bytes, limit: int) -> bytes:
    if not body:
        raise EOFError
    # What is compressed holds these three bytes by chance once in 16 MiB.
    if body.count(_MEMBER) > _MOST_MEMBERS:
        raise Refused(
            413, "body_too_large", f"the body has more than {_MOST_MEMBERS} gzip members, the limit"
        )
    with igzip.IGzipFile(fileobj=BytesIO(body)) as stream:  # type: ignore[no-untyped-call]
        content: bytes = stream.read(limit + 1)
    if len(content) > limit:
        raise too_large(limit)
    return content


def _deflate(body: bytes, window: int, limit: int) -> bytes:
    inflater = isal_zlib.decompressobj(window)
    content = inflater.decompress(body, limit + 1)
    if len(content) > limit:
        raise too_large(limit)
    if not inflater.eof:
        raise EOFError
    return content
