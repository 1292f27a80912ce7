"""When to try again, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_WAIT = 1.0
LONGEST_WAIT = 300.0
_DOUBLINGS = 9  # 1 s * 2**9 is beyond the longest wait; a larger power would only overflow


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a delivery is tried before it is dead.

    `attempts` counts every attempt, the first included; `within` is in seconds since the first.
    """

    attempts: int = 5
    within: float = 86400.0

    def wait(self, n: int, chance: float) -> float:
        """Seconds before retry `n`, which counts from 1.

        The whole of the wait is random, from zero to one second doubled with each retry and never
        more than five minutes: deliveries that failed together do not come back together.
        `chance` is a random number from 0 up to 1.
        """
        ceiling = FIRST_WAIT * 2.0 ** min(max(n, 1) - 1, _DOUBLINGS)
        return chance * min(LONGEST_WAIT, ceiling)

    def given_up(self, attempts: int, age: float) -> bool:
        """Whether a delivery of `attempts` attempts and `age` seconds is past trying.

        Both have to be spent: a burst of quick failures does not end what a short outage caused,
        and one attempt after a long hold is not the last.
        """
        return attempts >= self.attempts and age >= self.within
