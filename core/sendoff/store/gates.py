"""The pace of accounts: rate, quota and holds, as values of time passed in.

Pure but for its own state: engines that keep gates elsewhere use the same arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

from sendoff.store.promise import GateState, Grant

WINDOW = 60.0  # Freshdesk counts by the minute, and so do most; nobody says when a minute ends.


@dataclass(slots=True)
class AccountGate:
    """What one account may send, on a clock of seconds that the caller reads."""

    held_until: float = 0.0
    next_at: float = 0.0
    quota_total: float = 0.0
    quota_left: float | None = None
    window_ends: float = 0.0
    reserve: float = 0.0
    rate: float | None = None

    def take(self, now: float, want: int, rate: float | None) -> Grant:
        """Requests that may leave now; else how long to wait."""
        self.rate = rate
        wait = max(self.held_until - now, self._quota_wait(now))
        if wait > 0:
            return Grant(0, wait)
        if rate is None or rate <= 0:
            return self._grant(want)
        # Requests are spaced evenly: a burst at the start of a minute would leave its rest idle.
        if now < self.next_at:
            return Grant(0, self.next_at - now)
        self.next_at = now + 1 / rate
        return self._grant(1)

    def state(self, now: float) -> GateState:
        """How it stands."""
        return GateState(
            self.rate, self.quota_total or None, self.quota_left, self.reserve,
            max(0.0, self.held_until - now), self._quota_wait(now),
        )  # fmt: skip

    def hold(self, now: float, seconds: float) -> None:
        """No request before `seconds` from now; never shortens a hold."""
        self.held_until = max(self.held_until, now + seconds)

    def observe(
        self, now: float, total: float | None, remaining: float | None, reserve: float
    ) -> None:
        """The quota as an answer told it; `reserve` is the share left to others."""
        self.reserve = max(self.reserve, reserve)
        self.quota_total = total if total is not None else self.quota_total
        if remaining is None:
            return
        # Answers overtake each other, so a small rise is none; a large one is a new window. It
        # ends a window's length after it was first seen, or earlier: waiting that long is safe.
        left = self.quota_left
        if left is None or now >= self.window_ends or remaining > left + 0.1 * self.quota_total:
            self.window_ends = now + WINDOW
        self.quota_left = remaining

    def _quota_wait(self, now: float) -> float:
        if self.quota_left is None or self.quota_left > self.reserve * self.quota_total:
            return 0.0
        if now >= self.window_ends:
            self.quota_left = None  # a new window: the next answer tells what it holds
            return 0.0
        return self.window_ends - now

    def _grant(self, count: int) -> Grant:
        if self.quota_left is not None:
            # What is on its way is spent: the answers that say so come too late for the others.
            count = max(1, min(count, int(self.quota_left - self.reserve * self.quota_total)))
            self.quota_left = max(0.0, self.quota_left - count)
        return Grant(count, 0.0)
