"""A delivery as the bytes of a row, and the sum that tells whether they are still the same."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final

import msgspec
from isal.isal_zlib import crc32

from sendoff.delivery import Delivery

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Delivery).decode


def pack(delivery: Delivery) -> tuple[bytes, int]:
    """A delivery as bytes, its fields in their order, and their sum."""
    record = _encode(delivery)
    return record, crc32(record)


def unpack(record: Any, crc: Any, route: str) -> Delivery | None:
    """The delivery of a route that was packed; None where that is not what was written there."""
    try:
        if crc32(record) != crc:
            return None
        delivery = _decode(record)
    except (TypeError, ValueError):
        return None  # no bytes, or not those of a delivery
    return delivery if delivery.route == route else None


def line_of(route: int, order_key: str) -> int:
    """The number by which the line of an order key goes in the file.

    Should two keys ever share one, they wait for each other, and no more.
    """
    digest = blake2b(f"{route}\0{order_key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def short(text: str) -> bytes:
    """Sixteen bytes that stand for a text of any length."""
    return blake2b(text.encode(), digest_size=16).digest()
