"""Two clocks: the one that waits are measured by, and the one that outlives the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sendoff.clock import Clock


class Times:
    """Reads a clock, and translates: what is kept in the file is UTC, in seconds since 1970.

    Within the process no change of the time of day makes anything early or late.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.monotonic = clock.monotonic
        self._apart = self.epoch() - clock.monotonic()

    def epoch(self) -> float:
        """The time of day."""
        return self.clock.now().timestamp()

    def epoch_of(self, monotonic: float) -> float:
        """The time of day at some point of the process's time, had nobody set it since."""
        return monotonic + self._apart

    def monotonic_of(self, epoch: float) -> float:
        """The point of the process's time at some time of day, had nobody set it since."""
        return epoch - self._apart
