"""What is wrong with an event that its schema does not say: its time, a number, its length."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LONGEST_LINE: Final = 32 * 1024
"""Bytes of an event as JSON. Freshsuccess documents none: it is a limit of ours."""

_AHEAD: Final = 5 * 60 * 1000  # milliseconds that clocks may differ

# Larger, a number is endless to whatever reads it as a double. The schema could say so, at the
# price of all its other rules together.
_LARGEST: Final = sys.float_info.max

_SURELY_SHORT: Final = 3  # details, of 1,100 characters at most, each of six bytes at most

_encode = msgspec.json.Encoder().encode


def problems(payload: Mapping[str, Any], now: datetime) -> list[str]:
    """Each as `$.path: why`, none for an event that may leave. Never quotes a value.

    Takes a payload that fits its action's schema, for which JSON's 1.0 is a whole number.
    """
    found = []
    created_at = payload.get("createdAt")
    if type(created_at) is not int:
        found.append("$.createdAt: this takes a whole number, written without decimals")
    elif created_at > _latest(now):
        found.append(
            "$.createdAt: the time is more than 5 minutes ahead: see to the clock of what sends"
            " the events, and to the unit, which is milliseconds"
        )
    total = payload.get("total")
    if type(total) is int and total > _LARGEST:
        found.append("$.total: the number is too large to be added to any other")
    if _is_too_long(payload):
        found.append(
            f"$: the event is longer than {LONGEST_LINE} bytes as JSON: map fewer or shorter"
            " details"
        )
    return found


@lru_cache(maxsize=1)  # events that came together are judged as of one time
def _latest(now: datetime) -> float:
    return now.timestamp() * 1000 + _AHEAD


def _is_too_long(payload: Mapping[str, Any]) -> bool:
    # The schema bounds all else to 10 KiB (six texts of 256 characters, none of more than six
    # bytes) and one of the details to 7; adding up their lengths takes longer than writing them.
    if len(payload.get("details") or ()) <= _SURELY_SHORT:
        return False
    try:
        return len(_encode(payload)) > LONGEST_LINE
    except ValueError:  # half a surrogate pair, which whoever sends the event finds too
        return False
