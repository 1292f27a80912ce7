"""When two messages of one id have the same content."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

import msgspec

from sendoff.errors import InvalidEvent
from sendoff.event.repair import repaired

_TRANSPORT: Final = (
    "sentAt", "sent_at", "receivedAt", "received_at", "writeKey", "write_key", "_metadata",
)  # fmt: skip
_NONE: Final = object()
_EXACT: Final = 2**53
"""Below this every whole float is one integer."""


def content_digest(message: bytes) -> bytes:
    """16 bytes that are the same for messages of the same content.

    That is the JSON with its keys in any order and without what a retry changes: sentAt,
    receivedAt, writeKey and _metadata at the root, and `context.ip`, which the receiver fills in: a
    client may send again from another network. 1 and 1.0 are the same number. Bytes that are no
    JSON object are taken as they are. Never raises.
    """
    try:
        canonical = _canonical(message)
    except (InvalidEvent, ValueError, RecursionError):
        canonical = message
    return sha256(canonical).digest()[:16]


def _canonical(message: bytes) -> bytes:
    try:
        value = _DECODER.decode(message)
    except ValueError:
        value = _DECODER.decode(repaired(message))
    if not isinstance(value, dict):
        return message
    for key in _TRANSPORT:
        value.pop(key, None)
    context = value.get("context")
    if isinstance(context, dict) and context.pop("ip", _NONE) is not _NONE and not context:
        del value["context"]
    return _ENCODER.encode(value)


def _number(digits: str) -> float | int:
    number = float(digits)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


_DECODER: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(float_hook=_number)
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
