"""A message as the bytes that are stored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from typing import Any, Final

import msgspec

from sendoff.errors import InvalidEvent


def to_bytes(message: Mapping[str, Any] | str | bytes | bytearray | memoryview) -> bytes:
    """The bytes of a message: those it has, or those of the JSON it is written as.

    Dates and times become ISO 8601 text, UUIDs text, decimals numbers, sets lists, NaN and infinity
    null; a lone surrogate is written as its escape. The same mapping always gives the same
    bytes (keys and sets are sorted), so that a mapping sent twice is seen to be the same event.
    Raises InvalidEvent for what cannot be written.
    """
    if isinstance(message, (bytes, bytearray, memoryview)):
        return bytes(message)
    if isinstance(message, str):
        return message.encode("utf-8", "backslashreplace")
    if not isinstance(message, Mapping):
        raise InvalidEvent(f"neither JSON text nor a mapping, but {type(message).__name__}")
    try:
        return _encode(message)
    except RecursionError:
        raise InvalidEvent("cannot be written as JSON: it nests too deep or holds itself") from None
    except (TypeError, ValueError) as error:
        raise InvalidEvent(f"cannot be written as JSON: {error}") from None


def _encode(message: Mapping[str, Any]) -> bytes:
    try:
        return _ENCODER.encode(message)
    except (TypeError, ValueError, OverflowError):
        # Keys that are no text, sets of unlike elements, lone surrogates.
        plain = msgspec.to_builtins(
            message, str_keys=True, builtin_types=(Decimal,), enc_hook=_plain
        )
        return json.dumps(plain, default=float).encode()


def _plain(value: object) -> object:
    """A value of a type that msgspec does not know, as one that it does."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (Sequence, Set)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_ENCODER: Final = msgspec.json.Encoder(
    enc_hook=_plain, decimal_format="number", order="deterministic"
)
