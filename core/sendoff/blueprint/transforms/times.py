"""Transforms of a point in time: `iso8601`, `epoch_ms`, `epoch_s`."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sendoff.blueprint.transforms.definition import Example, Transform, TransformError, unfit
from sendoff.event.timestamps import milliseconds, milliseconds_counted, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.blueprint.transforms.definition import JsonType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND

_NO_TIME = "is no time: neither ISO 8601 nor a number of seconds or milliseconds since 1970"

_OUR_LENGTH = len("2026-01-02T03:04:05.678Z")
_DIGITS = re.compile(r"-?[0-9]{1,17}")
# fromisoformat alone takes any character between date and time, and differs between Pythons.
_ISO = re.compile(
    r"[0-9]{4}(-?)[0-9]{2}\1[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


def _milliseconds(value: Any) -> int:
    """Milliseconds since 1970 in UTC, what is finer cut off."""
    kind = type(value)
    if kind is str:
        # As an event's own timestamp is written: no pattern is needed to tell.
        if len(value) == _OUR_LENGTH and value[4:20:3] == "--T::." and value[-1] == "Z":
            return _of_our_form(value)
        found = _of_text(value.strip())
    elif kind is int:
        found = milliseconds_counted(value)
    elif kind is float:
        found = _of_fraction(value)
    else:
        raise unfit(value, "text", "number")
    if _FIRST <= found <= _LAST:
        return found
    raise TransformError("is a time outside the years 1 to 9999")


def _of_fraction(count: float) -> int:
    if not math.isfinite(count):
        raise TransformError(_NO_TIME)
    return round(milliseconds_counted(count))


def _of_our_form(text: str) -> int:
    """From a text with every mark in its place; the digits are for datetime to judge."""
    found = milliseconds(text)
    if found is None:
        raise TransformError(_NO_TIME)
    return found


def _of_text(text: str) -> int:
    if _DIGITS.fullmatch(text):
        return milliseconds_counted(int(text))
    if _ISO.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text.upper())
        except ValueError:
            pass  # the shape of a time, but no such day, hour or offset
        else:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return (aware - _EPOCH) // _MILLISECOND
    raise TransformError(_NO_TIME)


def _build_iso8601(_parameters: None) -> Callable[[Any], str]:
    def iso8601(value: Any) -> str:
        return utc_text(_EPOCH + _milliseconds(value) * _MILLISECOND)

    return iso8601


def _build_epoch_ms(_parameters: None) -> Callable[[Any], int]:
    return _milliseconds


def _build_epoch_s(_parameters: None) -> Callable[[Any], int]:
    def epoch_s(value: Any) -> int:
        return _milliseconds(value) // 1000

    return epoch_s


_ACCEPTS: frozenset[JsonType] = frozenset(("text", "integer", "number"))

ISO8601 = Transform(
    name="iso8601",
    summary=(
        "A time as 2026-01-02T03:04:05.678Z; from ISO 8601 (without an offset: UTC) or a count of"
        " seconds since 1970, from 10^11 on of milliseconds."
    ),
    accepts=_ACCEPTS,
    returns=frozenset(("text",)),
    parameters=None,
    build=_build_iso8601,
    bare=True,
    examples=(
        Example("2026-01-02T04:04:05.678901+01:00", "2026-01-02T03:04:05.678Z"),
        Example("2026-01-02 03:04", "2026-01-02T03:04:00.000Z"),
        Example("2026-01-02", "2026-01-02T00:00:00.000Z"),
        Example(1767323045678, "2026-01-02T03:04:05.678Z"),
        Example("1767323045", "2026-01-02T03:04:05.000Z"),
        Example(1767323045.678, "2026-01-02T03:04:05.678Z"),
        Example("yesterday", error="is no time"),
        Example("2026-02-30", error="is no time"),
        Example(10**17, error="is a time outside the years 1 to 9999"),
    ),
)

EPOCH_MS = Transform(
    name="epoch_ms",
    summary="A time, read as `iso8601` reads it, as whole milliseconds since 1970.",
    accepts=_ACCEPTS,
    returns=frozenset(("integer",)),
    parameters=None,
    build=_build_epoch_ms,
    bare=True,
    examples=(
        Example("2026-01-02T03:04:05.678Z", 1767323045678),
        Example(1767323045, 1767323045000),
        Example(1767323045678, 1767323045678),
    ),
)

EPOCH_S = Transform(
    name="epoch_s",
    summary="A time, read as `iso8601` reads it, as whole seconds since 1970, rounded down.",
    accepts=_ACCEPTS,
    returns=frozenset(("integer",)),
    parameters=None,
    build=_build_epoch_s,
    bare=True,
    examples=(
        Example("2026-01-02T03:04:05.678Z", 1767323045),
        Example(1767323045678, 1767323045),
        Example("1969-12-31T23:59:59.999Z", -1),
    ),
)
