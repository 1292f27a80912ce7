"""Decoding of what real SDKs send though it is not JSON, and of every JSON to plain values."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

from sendoff.errors import InvalidEvent
from sendoff.event.limits import too_deep


def decode_any(message: bytes) -> tuple[Any, bool]:
    """The value of a message, and whether the text had to be repaired first.

    Raises InvalidEvent for text that is no JSON even then, or nests beyond what can be decoded.
    """
    try:
        try:
            return msgspec.json.decode(message), False
        except ValueError:
            return msgspec.json.decode(repaired(message)), True
    except RecursionError:
        raise too_deep() from None
    except ValueError as error:
        raise InvalidEvent(f"not JSON: {error}") from None


def repaired(message: bytes) -> bytes:
    """The message as JSON that every parser takes.

    `NaN`, `Infinity` and numbers too large for a float become null, a lone surrogate becomes
    U+FFFD, a byte order mark goes. Python's Segment SDK sends bare NaN and Infinity; Python and
    JavaScript both send half an emoji where a text was cut. The standard json module reads all
    of these, at a price that only such messages pay. Raises ValueError for text that is no JSON,
    RecursionError, or InvalidEvent.
    """
    value = json.loads(
        message.decode("utf-8-sig"), parse_constant=_null, parse_float=_finite, parse_int=_whole
    )
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _null(_: str) -> None:
    return None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _whole(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:
        raise InvalidEvent(f"a number of {len(digits)} digits is more than can be read") from None
