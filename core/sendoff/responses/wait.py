"""How long an answer asks to wait."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT: Final = 3600.0
"""The most seconds a server's Retry-After is followed; after that we ask again."""


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds an answer asks to wait, 0 to one hour; None when it does not say, or not readably.

    Takes seconds, whole or decimal, and HTTP dates. A date is measured against the answer's own
    Date, so that a wrong clock on this side does no harm, and against `now` without one.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        seconds = float(text)
    else:
        until = _http_date(text)
        if until is None:
            return None
        seconds = (until - (_http_date(headers.get("date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
