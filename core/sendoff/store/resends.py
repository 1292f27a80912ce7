"""What was sent and is to be sent again on purpose: how it stands, and how it is asked for."""

from __future__ import annotations

# At run time too: what crosses a store's socket is read by these types.
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sendoff.decision import Decision
from sendoff.delivery import Delivery

Standing = Literal["ended", "waiting", "dead", "not_sent", "gone"]
"""How the last delivery of an event on a route stands: it has ended for good; it waits or is out;
it is dead, and can be replayed; the route has not sent the event; nothing is known of it any more.
"""

Reply = Literal["queued", "waiting", "dead", "not_sent", "gone", "not_recorded", "sent_meanwhile"]
"""What becomes of a resend: it is queued, or refused. Beside how the delivery stands that may be
because what was sent is not kept, or because somebody was faster.
"""


class Target(NamedTuple):
    """The delivery of an event on a route; `number` is the store's, of the event."""

    number: int
    route: str


@dataclass(frozen=True, slots=True)
class Sent:
    """How a delivery stands, how often it was sent again, and whether what was sent is kept."""

    standing: Standing
    resend: int = 0
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class Resend:
    """A delivery that has ended, to be sent again: as it was recorded, or as it is given here.

    `resend` is the number it gets. It has to be the next one, so that what is asked twice is sent
    once. A new `delivery` bears it too, and comes with its *send* `decision`.
    """

    number: int
    route: str
    resend: int
    decision: Decision | None = None
    delivery: Delivery | None = None


def reply(sent: Sent, resend: Resend) -> Reply:
    """What becomes of a resend of what stands so."""
    if sent.standing != "ended":
        return sent.standing
    if resend.resend != sent.resend + 1:
        return "sent_meanwhile"
    if not (resend.decision and resend.delivery) and not sent.recorded:
        return "not_recorded"
    return "queued"
