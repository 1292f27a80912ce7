"""Time as the rest of sendoff sees it, so that a test can run an hour in a moment."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from, and how to wait."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some start; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Wait; with zero or less, only let others run."""


def utc_now() -> datetime:
    """The time of day by this machine, aware, in UTC."""
    return datetime.now(UTC)


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        return utc_now()

    def monotonic(self) -> float:
        """Seconds that no change of the time of day disturbs."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; with zero or less, only let others run."""
        await asyncio.sleep(seconds)
