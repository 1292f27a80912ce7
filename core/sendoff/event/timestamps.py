"""When it happened: the forms SDKs send, and the one form an event has."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from sendoff.event.blank import is_blank

if TYPE_CHECKING:
    from sendoff.event.marks import Mark

Number = TypeVar("Number", int, float)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MILLISECONDS: Final = 10**11
"""From here on a number counts milliseconds, in 1973: as seconds it would be the year 5138."""
_MILLISECOND: Final = timedelta(milliseconds=1)
_WINDOW: Final = timedelta(minutes=30) // _MILLISECOND
_SECONDS: Final = len("2026-01-02T03:04:05")
_MILLISECONDS: Final = len("2026-01-02T03:04:05.678")
_MICROSECONDS: Final = len("2026-01-02T03:04:05.678901")
_OUR_FORM: Final = re.compile(r"....-..-..T(?!24)..:..:..\....Z").fullmatch
"""Whether a text has the signs of our form, which JavaScript's clients send, in their places.

That the rest are digits, and which, is for datetime to say.
"""


def utc_text(moment: datetime) -> str:
    """`2026-01-02T03:04:05.678Z`: UTC with milliseconds, cut, not rounded. Naive means UTC."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    # isoformat(timespec="milliseconds") says the same in ten times the time.
    text = _encode(moment).decode()
    fraction = text[20:24] if text[20] == "." else ".000"
    return f"{text[1:20]}{fraction}Z"


def read_timestamp(sent: object, original: object, mark: Mark) -> str | None:
    """The UTC text of `sent`, or of `original` where `sent` has no value.

    RudderStack's SDKs send `originalTimestamp` instead of `timestamp`. None where neither has a
    value, or, with a mark, where it cannot be read: Segment's Node SDK passes on whatever its
    caller gave.
    """
    value, place = sent, "$.timestamp"
    if value is None or is_blank(value):  # RudderStack's, which have none, need no call
        value, place = original, "$.originalTimestamp"
        if is_blank(value):
            return None
    if isinstance(value, str):
        text = value if is_utc_text(value) else _rewritten(value)
        if text is not None:
            return text
    try:
        return utc_text(_moment(value))
    except (ValueError, OverflowError):
        mark(f"timestamp_unreadable: {place}")
        return None


def is_utc_text(text: str) -> bool:
    """Whether it is a moment as `utc_text` writes it."""
    if _OUR_FORM(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _rewritten(text: str) -> str | None:
    """A moment in our form, from one that differs in its precision or its way of writing UTC.

    So Python's clients send it. None for every other: that takes longer to read.
    """
    body = text[:-6] if text.endswith("+00:00") else text[:-1] if text.endswith("Z") else ""
    size = len(body)
    if size == _SECONDS:
        body += ".000"
    elif size == _MICROSECONDS and body.isascii() and body[_MILLISECONDS:].isdecimal():
        body = body[:_MILLISECONDS]
    elif size != _MILLISECONDS:
        return None
    rewritten = f"{body}Z"
    return rewritten if is_utc_text(rewritten) else None


def window(timestamp: str) -> int:
    """The 30-minute window of an event's timestamp, counted from 1970."""
    return (milliseconds(timestamp) or 0) // _WINDOW


def milliseconds(text: str) -> int | None:
    """Milliseconds since 1970 of a text in our form; None where the calendar has no such moment."""
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND
    except ValueError:
        return None


def milliseconds_counted(count: Number) -> Number:
    """Milliseconds since 1970 of a count of those or, where that is too small, of seconds."""
    return count if abs(count) >= _FIRST_MILLISECONDS else count * 1000


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        text = value.strip()
        if not text.isdecimal():
            return datetime.fromisoformat(text.upper())
        value = int(text)
    if isinstance(value, int) and not isinstance(value, bool):
        return _EPOCH + timedelta(milliseconds=milliseconds_counted(value))
    raise ValueError("neither text nor a whole number")


_encode: Final = msgspec.json.Encoder().encode
