"""From a request's body to its events."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sendoff.testing.sandbox import Answer, NotCompressed, Refused, decompressed

if TYPE_CHECKING:
    from sendoff.testing.sandbox import Request

LARGEST: Final = 16_000_000
"""Bytes of a body that are read, and bytes that are inflated."""

_LINES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")


def refused(status: int, reason: str) -> Refused:
    """A refusal whose answer says why."""
    return Refused(Answer(status, {"error": reason}, reason=reason))


def opened(request: Request) -> bytes:
    """The body before compression; `Refused` for what is not gzip as it says, or too large."""
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding == "identity":
        return request.body
    if coding != "gzip":
        raise refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding is not gzip")
    try:
        inflated = decompressed(request.body, "gzip", LARGEST)
    except NotCompressed as error:
        raise refused(400, f"the body is not gzip, as its header says: {error}") from None
    if inflated.oversize:
        raise refused(413, f"the body holds more than {LARGEST:,} bytes")
    return inflated.content


def events(request: Request, content: bytes) -> list[dict[str, Any]]:
    """The JSON object in a body, or each of its lines; `Refused` (400) for anything else.

    It is taken line by line where Content-Type says so, such as `application/x-ndjson`.
    """
    if request.media_type not in _LINES:
        return [_object(content, "the body")]
    lines = [line for line in content.splitlines() if line.strip()]
    return [_object(line, f"line {number}") for number, line in enumerate(lines, 1)]


def _object(text: bytes, what: str) -> dict[str, Any]:
    try:
        value: object = msgspec.json.decode(text)
    except (ValueError, RecursionError) as error:
        raise refused(400, f"{what} is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise refused(400, f"{what} is no JSON object")
    return value
