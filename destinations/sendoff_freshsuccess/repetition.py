"""What becomes of events that may have been counted, and must not be counted twice.

Freshsuccess adds up what it gets and knows no id of an event, so nothing tells a repeated one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sendoff.delivery import Rejected, Retry

if TYPE_CHECKING:
    from sendoff.delivery import Outcome

_UNKNOWN: Final = (
    "Freshsuccess may have counted this event: {why}. By `repeat: at_most_once` it is not sent"
    " again; if it was counted, a replay counts it again."
)


def given_up(why: str) -> Rejected:
    """The end of an event of which nobody knows whether it was counted."""
    return Rejected("unknown_outcome", _UNKNOWN.format(why=why))


INTERRUPTED: Final = given_up("an earlier attempt was cut off before its answer")
"""For a delivery that was on its way when a process ended."""


def is_unknown(outcome: Outcome) -> bool:
    """Whether the request may have worked although it did not succeed."""
    return isinstance(outcome, Retry) and outcome.maybe_delivered
