"""What follows from an outcome: pure, so that every retry decision can be tested as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.delivery import (
    Delivered,
    NeedsOperator,
    Outcome,
    Rejected,
    Retry,
    Skipped,
    Throttled,
    TooLarge,
)
from sendoff.store.promise import Dead, Done, Later, Lease, Settlement

if TYPE_CHECKING:
    from sendoff.retry import RetryPolicy

PLUGIN_ERRORS = 3
"""A plugin's own error ends a delivery at this attempt, or a later one."""


def settlement(outcome: Outcome, lease: Lease, policy: RetryPolicy, chance: float) -> Settlement:
    """How a delivery is settled after an attempt.

    Waiting for a quota or an operator burns no attempt. `chance` is a random number from 0 up to 1.
    """
    match outcome:
        case Delivered(detail):
            return Done("delivered", detail=detail)
        case Skipped(reason, detail):
            return Done("skipped", reason, detail)
        case Rejected() | TooLarge():
            return _dead(outcome)
        case Throttled(after):
            return Later(after, "throttled", counts=False)
        case NeedsOperator(reason):
            return Later(0.0, reason, counts=False)
        case Retry():
            return _after_retry(outcome, lease, policy, chance)


def _dead(outcome: Rejected | TooLarge) -> Settlement:
    if isinstance(outcome, Rejected):
        return Dead(outcome.reason, outcome.detail)
    return Dead("too_large", outcome.detail or "refused for its size, alone in its request")


def _after_retry(outcome: Retry, lease: Lease, policy: RetryPolicy, chance: float) -> Settlement:
    attempts = lease.delivery.attempt
    gave_up = policy.given_up(attempts, lease.age)
    if outcome.reason == "plugin_error":
        gave_up = attempts >= PLUGIN_ERRORS
    if gave_up:
        times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        tried = f"given up after {times} in {lease.age:.0f} s"
        return Dead(outcome.reason, f"{outcome.detail}; {tried}" if outcome.detail else tried)
    wait = outcome.after if outcome.after is not None else policy.wait(attempts, chance)
    return Later(wait, outcome.reason, maybe_delivered=outcome.maybe_delivered)
