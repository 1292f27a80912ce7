"""From a request's body to its lines."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Literal

from sendoff.testing.sandbox import Answer, NotCompressed, Refused, decompressed
from sendoff_freshsuccess.sandbox.rules import Dropped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.testing.sandbox import Request
    from sendoff_freshsuccess.sandbox.switches import Handling, Settings

LARGEST: Final = 16_000_000
"""Bytes of a body that are read, and bytes that are inflated. The vendor names no limit."""

_CODINGS: Final[dict[str, Literal["gzip", "deflate"]]] = {"gzip": "gzip", "deflate": "deflate"}


def empty(status: int, reason: str = "") -> Answer:
    """The vendor's answers have no body."""
    return Answer(status, content_type="", reason=reason)


def lines(content: bytes) -> Iterator[bytes]:
    r"""The lines that are not empty; each ends at `\n`, and loses one `\r` before it."""
    for each in io.BytesIO(content):
        line = each.removesuffix(b"\n").removesuffix(b"\r")
        if line:
            yield line


def opened(request: Request, settings: Settings) -> bytes:
    """The body as the collector reads it: decompressed where the header says so.

    Any Content-Encoding but gzip and deflate is taken as plain text, as the vendor's page says.
    `Refused`: it is too large; `Dropped`: it cannot be opened, and nothing of it is kept.
    """
    coding = _CODINGS.get(_coding(request))
    if coding is None:
        return request.body
    try:
        inflated = decompressed(request.body, coding, LARGEST)
    except NotCompressed as error:
        lost = Dropped("content_encoding", f"the body is not {coding}, as its header says: {error}")
        raise _dropped(settings.bad_coding, lost) from None
    if inflated.oversize:
        raise Refused(empty(413, f"the body holds more than {LARGEST:,} bytes"))
    return inflated.content


def misread(request: Request) -> str:
    """What to know of a Content-Encoding that is not understood, empty if there is none."""
    coding = _coding(request)
    if not coding or coding in _CODINGS:
        return ""
    return f"; the body was taken as plain text, for its Content-Encoding is {coding[:100]}"


def _coding(request: Request) -> str:
    return request.headers.get("content-encoding", "").strip()


def loss(request: Request, settings: Settings) -> Dropped | None:
    """Why no event of this request is kept, None if nothing about its headers is wrong.

    `Refused`: the switch says that this is 400.
    """
    if "content-length" not in request.headers and request.body and settings.no_length != "keep":
        lost = Dropped("content_length", "the request has no Content-Length")
        return _dropped(settings.no_length, lost)
    named = request.media_type
    if named and named != "application/json" and settings.bad_type != "keep":
        lost = Dropped("content_type", f"Content-Type is {named[:100]}, not application/json")
        return _dropped(settings.bad_type, lost)
    return None


def _dropped(handling: Handling, lost: Dropped) -> Dropped:
    if handling == "refuse":
        raise Refused(empty(400, lost.reason))
    return lost
