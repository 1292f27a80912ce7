"""The quota of an account, as an answer's headers tell it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests in the current window; None where the answer did not say."""

    total: float | None
    remaining: float | None


def parse_quota(headers: Mapping[str, str]) -> Quota | None:
    """What the X-RateLimit headers say, None when there is neither a total nor a rest.

    Freshdesk sends X-RateLimit-Total and -Remaining, varies their case and writes some as `100.0`;
    most others name the total X-RateLimit-Limit. What is no number of zero or more counts as not
    said.
    """
    folded = {name.lower(): value for name, value in headers.items()}
    total = _number(folded.get("x-ratelimit-total", folded.get("x-ratelimit-limit")))
    remaining = _number(folded.get("x-ratelimit-remaining"))
    if total is None and remaining is None:
        return None
    return Quota(total, remaining)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
