"""The body of a request: read within its limits of size, time and memory, and opened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sendoff.server.inflation import inflate, too_large
from sendoff.server.refusal import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from sendoff.server.inflation import Coding
    from sendoff.server.limits import Limits
    from sendoff.server.memory import Share

_CODINGS: Final[dict[str, Coding]] = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}
_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Body:
    """What was sent, and what is in it: the same where it was not compressed."""

    raw: bytes
    content: bytes


async def read_body(request: Request, limits: Limits, share: Share) -> Body:
    """The body of a request, JSON whatever its Content-Type says.

    RudderStack's Node SDK calls it a form, Segment's in browsers plain text. Raises Refused, and
    ClientDisconnect where the client left.
    """
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", *_CODINGS):
        raise Refused(415, "unsupported_encoding", "the body may be plain, gzip or deflate")
    raw = await _read(request, limits, share)
    if coding not in _CODINGS:
        return Body(raw, raw.removeprefix(_MARK))
    # What will be in it is not known: as much as may be, until it is.
    share.grow(limits.body)
    content = inflate(raw, _CODINGS[coding], limits.body)
    share.grow(len(content) - limits.body)
    return Body(raw, content.removeprefix(_MARK))


async def _read(request: Request, limits: Limits, share: Share) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limits.body:
        raise too_large(limits.body)
    chunks = []
    left = limits.body
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for chunk in request.stream():
                left -= len(chunk)
                if left < 0:
                    raise too_large(limits.body)
                share.grow(len(chunk))
                chunks.append(chunk)
    except TimeoutError:
        raise Refused(
            408, "body_too_slow", f"the body did not come within {limits.body_seconds:.0f} seconds"
        ) from None
    return b"".join(chunks)
