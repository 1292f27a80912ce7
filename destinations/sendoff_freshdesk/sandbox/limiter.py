"""The account's requests a minute, and those of its contact list."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sendoff.testing.sandbox import Answer
from sendoff_freshdesk.sandbox.answers import throttled

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff_freshdesk.sandbox.switches import Settings

_MINUTE = 60.0


class Limiter:
    """Counts requests in minutes that begin with the first request after the last one's end.

    The account's limit holds for all its keys together, and invalid requests count too.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._total = settings.rate_limit
        self._lists = settings.list_limit
        self._retry_after = settings.retry_after
        self._clock = clock
        self._start: float | None = None
        self._used = 0
        self._listed = 0

    def take(self, *, listing: bool) -> Answer | None:
        """Count one request; the 429 if there was none left for it."""
        self._turn()
        if self._used >= self._total:
            return throttled(self._wait(), f"all {self._total} requests of this minute are used")
        self._used += 1
        if listing and self._lists is not None:
            if self._listed >= self._lists:
                return throttled(self._wait(), f"all {self._lists} lists of this minute are used")
            self._listed += 1
        return None

    def headers(self) -> tuple[tuple[str, str], ...]:
        """What an ordinary answer tells of the limit."""
        return (
            ("X-RateLimit-Total", str(self._total)),
            ("X-RateLimit-Remaining", str(self._total - self._used)),
            ("X-RateLimit-Used-CurrentRequest", "1"),
        )

    def _turn(self) -> None:
        now = self._clock()
        if self._start is None or not self._start <= now < self._start + _MINUTE:
            self._start, self._used, self._listed = now, 0, 0

    def _wait(self) -> int:
        """Whole seconds until the minute is over, at least one."""
        if self._retry_after is not None:
            return self._retry_after
        over = (self._start or 0.0) + _MINUTE
        return max(1, math.ceil(over - self._clock()))
